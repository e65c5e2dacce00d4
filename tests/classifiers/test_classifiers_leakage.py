"""What could be learnt from the corpus without reading it: page form, length, punctuation, language. Not much may be.

Each probe sees one such trait and is trained and tried on the same folds as the model. One that may read a few words is
tried beside them, so that probes that are broken show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from classifiers.training import corpus
from classifiers.training.corpus import Example
from classifiers.training.crossval import prepare

MARKS = "!?.,;:-_/()[]{}*#|<>\"'`@%&+=~\n"


def length(one: Example) -> list[float]:
    return [math.log1p(len(one.text.split())), math.log1p(one.text.count("\n")), math.log1p(len(one.title))]


def punctuation(one: Example) -> list[float]:
    return [one.text.count(mark) / (len(one.text) + 1) for mark in MARKS]


def tongue(one: Example) -> list[float]:
    return [float(sum(one.lang.encode()) * 31 % 997)]


def messenger_words(one: Example) -> list[float]:
    """Not a trait of form but of content: the probes work, for this one finds something."""
    words = one.text.casefold()
    return [
        float(words.count(word))
        for word in ("bulk", "anti-ban", "unlimited", "qr", "template", "opt-in", "apk", "group")
    ]


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [one for one in corpus.load() if one.file != corpus.PARALLEL]


@pytest.fixture(scope="module")
def folds(examples: list[Example]) -> list[corpus.Fold]:
    return corpus.folds(examples)


def area(examples: Sequence[Example], folds: Sequence[corpus.Fold], feature: Callable[[Example], list[float]]) -> float:
    """The area under the ROC curve of a boosted model over one trait, on held-out folds."""
    x = np.array([feature(one) for one in examples])
    offence = np.array([one.offence for one in examples])
    said = np.zeros(len(examples))
    for train, test in folds:
        model = HistGradientBoostingClassifier(max_depth=3, max_iter=40, random_state=0).fit(x[train], offence[train])
        said[test] = model.predict_proba(x[test])[:, 1]
    return float(roc_auc_score(offence, said))


@pytest.mark.parametrize(("trait", "most"), [(length, 0.72), (punctuation, 0.78), (tongue, 0.58)])
def test_form_alone_tells_little(
    examples: list[Example], folds: list[corpus.Fold], trait: Callable[[Example], list[float]], most: float
) -> None:
    assert area(examples, folds, trait) < most


def test_a_probe_that_may_read_a_few_words_does_better_than_language(
    examples: list[Example], folds: list[corpus.Fold]
) -> None:
    assert area(examples, folds, messenger_words) > area(examples, folds, tongue) + 0.1


def test_which_hand_wrote_a_page_is_no_feature(examples: list[Example]) -> None:
    """Of the fields the loader keeps, the model is given title and text alone: form and file never reach it."""
    one = examples[0]
    other = Example(one.id, "elsewhere", one.lang, one.title, one.text, one.label, (), "", "forum")
    first, second = prepare([one, other])
    assert (first.page.features[0] == second.page.features[0]).all()
    assert first.examined.facts == second.examined.facts
