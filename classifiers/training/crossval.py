"""Examples in, honest predictions out: every document is judged by a model that never saw it or its relatives."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from spacy.lang.xx import MultiLanguage
from spacy.language import Language
from threadpoolctl import threadpool_limits

from classifiers import claims, language
from classifiers.calibration import Calibration
from classifiers.claims import Examined
from classifiers.document import Document, from_text
from classifiers.judgement import Claim
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, OFFENCES, ClaimType, Label
from classifiers.model import architecture
from classifiers.model.linear import LABELS, Weights, log_odds
from classifiers.model.page import Page, compose, read
from classifiers.model.pipeline import TextScores
from classifiers.training.corpus import Example, Fold
from classifiers.training.fit import STRIDE_WORDS, WINDOW_WORDS, fit

CLAIM_STRENGTH = 0.1
"""Inverse of the regularisation of the claim weights. The rules were written beside this corpus: trust them little."""
Bounds = tuple[float | None, float | None]
UP: Bounds = (0, None)
DOWN: Bounds = (None, 0)
FACTS: dict[str, Bounds] = {
    "abuse_density": UP,
    "offers_density": UP,
    "own_density": UP,
    "title": UP,
    "topic_density": UP,
    "official": DOWN,
    "other_channel": DOWN,
    "removed": DOWN,
    "reports_density": DOWN,
    "told_share": DOWN,
    "warns": DOWN,
    "warns_density": DOWN,
}
"""Facts of a page that count, and which way each may point."""
MIN_LANGUAGE = 40
"""Documents a language needs before a capture may rest on it."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One example made ready: its features, its detected language, and what the claim rules see in it.

    ``claims`` are those the rules find without the text model, so that both can be weighed against each other.
    """

    example: Example
    page: Page
    lang: str
    document: Document
    examined: Examined
    claims: tuple[Claim, ...]


def prepare(examples: Sequence[Example]) -> list[Prepared]:
    """Features and claims of every example. The language is detected, as it will be in the field."""
    prepared = []
    for example in examples:
        page = read(compose(example.title, example.text)[0], WINDOW_WORDS, STRIDE_WORDS)
        document = from_text(example.id, example.text, title=example.title)
        lang = language.detect(example.text)
        examined = claims.examine(document.extracted, lang)
        prepared.append(Prepared(example, page, lang, document, examined, examined.claims()))
    return prepared


def train(prepared: Sequence[Prepared]) -> Weights:
    """The text model for these examples."""
    return fit([one.page for one in prepared], [one.example.label for one in prepared])


def pipeline(weights: Weights) -> Language:
    """A spaCy pipeline ``xx`` whose textcat holds these weights."""
    nlp = MultiLanguage()
    model = {"@architectures": "offsignal.HashedNgrams.v1", "window_words": WINDOW_WORDS, "stride_words": STRIDE_WORDS}
    component = nlp.add_pipe("textcat", config={"model": model, "threshold": 0.5})
    for label in LABELS:
        component.add_label(label)  # type: ignore[attr-defined]
    nlp.initialize()
    architecture.fill(component.model, weights)  # type: ignore[attr-defined]
    return nlp


def held_out(prepared: Sequence[Prepared], folds: Sequence[Fold]) -> dict[int, TextScores]:
    """By index: the scores of the text model trained on the other folds, through a real pipeline."""
    scores: dict[int, TextScores] = {}
    for train_at, test_at in folds:
        nlp = pipeline(train([prepared[i] for i in train_at]))
        texts = [compose(prepared[i].example.title, prepared[i].example.text)[0] for i in test_at]
        for i, doc in zip(test_at, nlp.pipe(texts), strict=True):
            labels = {label: float(doc.cats[label.value]) for label in Label}
            scores[int(i)] = TextScores(labels, log_odds(sum(labels[label] for label in OFFENCES)))
    return scores


def calibrate(scores: Sequence[TextScores], prepared: Sequence[Prepared]) -> Calibration:
    """The calibration for these held-out scores and what stands beside them: logistic regressions within bounds.

    A claim of abuse may only raise the probability, one of the official way may only lower it, and how to reach
    somebody does neither: that shops name their telephone more often than sellers do is a habit of the corpus.
    """
    offence = np.array([one.example.offence for one in prepared])
    odds = np.array([score.odds for score in scores])
    alone = _fit(np.column_stack((np.ones_like(odds), odds)), offence, [(None, None), (0, None)])
    rows = []
    for score, one in zip(scores, prepared, strict=True):
        counts = Counter(claim.type for claim in one.claims)
        facts = (one.examined.facts.get(name, 0.0) for name in FACTS)
        rows.append([1.0, score.odds, *(math.log1p(counts[kind]) for kind in ClaimType), *facts])
    bounds = [(None, None), (0, None), *(_bounds(kind) for kind in ClaimType), *FACTS.values()]
    intercept, text, *weights = _fit(np.array(rows), offence, bounds)
    spoken = Counter(one.lang for one in prepared)
    return Calibration(
        intercept=intercept,
        text=text,
        claims={kind: weight for kind, weight in zip(ClaimType, weights, strict=False) if weight},
        facts={name: weight for name, weight in zip(FACTS, weights[len(ClaimType) :], strict=True) if weight},
        alone=(alone[0], alone[1]),
        languages=frozenset(lang for lang, number in spoken.items() if number >= MIN_LANGUAGE),
        share=float(offence.mean()),
    )


def _fit(x: Floats, offence: npt.NDArray[np.bool_], bounds: Sequence[Bounds]) -> list[float]:
    """Weights of a logistic regression; all but the first two are drawn towards zero."""
    sign = np.where(offence, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (x @ weights)
        pull = weights[2:] / CLAIM_STRENGTH
        value = np.logaddexp(0, -margin).sum() + weights[2:] @ pull / 2
        gradient = -(sign / (1 + np.exp(np.clip(margin, -500, 500)))) @ x
        gradient[2:] += pull
        return float(value), gradient

    with threadpool_limits(1):
        fitted = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(weight) for weight in fitted]


def _bounds(kind: ClaimType) -> Bounds:
    """Which way a claim type may point."""
    if kind in ABUSE_CLAIMS or kind is ClaimType.DISCLAIMER:
        return UP
    if kind in MITIGATING_CLAIMS:
        return DOWN
    return (0, 0) if kind is ClaimType.CONTACT else (None, None)
