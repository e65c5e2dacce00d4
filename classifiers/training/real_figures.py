"""Judgements of labelled public pages in, figures out: ranking, labels, decisions, calibration, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, f1_score

from classifiers.judgement import Decision
from classifiers.labels import OFFENCES, Label
from classifiers.training.measures import PROTECTED, recall_at
from classifiers.training.real_pages import RealPage

BINS = 10
DRAWS = 1000
MIN_OF_EACH = 3
"""Offences and innocents a language needs before its average precision says anything."""
INNOCENT = tuple(label for label in Label if label not in OFFENCES)
HARMLESS = (Decision.DISCARD, Decision.REVIEW)
"""Bands in which nothing is captured."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled page and what the judge says of it."""

    page: RealPage
    label: Label
    probability: float
    decision: Decision

    @property
    def offence(self) -> bool:
        """Whether the page is one that should be found."""
        return self.page.label in OFFENCES

    @property
    def captured(self) -> bool:
        """Whether it stands in the capture band or above."""
        return self.decision not in HARMLESS

    @property
    def wrong(self) -> bool:
        """An offence that is held for innocent or discarded; an innocent page held for an offence or captured."""
        if self.offence:
            return self.probability < 0.5 or self.decision is Decision.DISCARD
        return self.probability >= 0.5 or self.captured


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """All figures by name; a share is None where there is nothing to divide by. Intervals are [low, high]."""
    offences = [one for one in judged if one.offence]
    innocents = [one for one in judged if not one.offence]
    wronged = [one for one in innocents if one.captured]
    sure = [one for one in judged if one.page.sure]
    languages = sorted({one.page.lang for one in judged})
    return {
        "pages": len(judged),
        "groups": len({one.page.group for one in judged}),
        "offences": len(offences),
        "average_precision": ranking(judged),
        "average_precision_interval": interval(judged, ranking),
        "average_precision_sure": ranking(sure),
        "recall_at_precision_95": recall(judged),
        "recall_at_precision_95_interval": interval(judged, recall),
        "recall_at_precision_95_sure": recall(sure),
        "offences_held_innocent": sum(one.probability < 0.5 for one in offences),
        "offences_discarded": sum(one.decision is Decision.DISCARD for one in offences),
        "offences_captured": sum(one.captured for one in offences),
        "innocents_held_offence": sum(one.probability >= 0.5 for one in innocents),
        "innocents_captured": len(wronged),
        "innocents_captured_by_label": {
            label.value: _count(wronged, label) for label in Label if label not in OFFENCES
        },
        "protected_captured": sum(one.page.label in PROTECTED for one in wronged),
        "macro_f1": macro_f1(judged),
        "macro_f1_sure": macro_f1(sure),
        "brier": float(np.mean([(one.probability - one.offence) ** 2 for one in judged])) if judged else None,
        "calibration_error": calibration_error(judged),
        "languages": {lang: _language([one for one in judged if one.page.lang == lang]) for lang in languages},
    }


def ranking(judged: Sequence[Judged]) -> float | None:
    """Average precision of the probability for offences."""
    truth = [one.offence for one in judged]
    if not any(truth):
        return None
    return float(average_precision_score(truth, [one.probability for one in judged]))


def recall(judged: Sequence[Judged]) -> float | None:
    """The highest recall at a precision of at least 0.95."""
    truth = [one.offence for one in judged]
    return recall_at(truth, [one.probability for one in judged], 0.95) if any(truth) else None


def macro_f1(judged: Sequence[Judged]) -> float | None:
    """Mean F1 of the labels that occur, as truth or as answer."""
    if not judged:
        return None
    truth, answer = [one.page.label.value for one in judged], [one.label.value for one in judged]
    return float(f1_score(truth, answer, average="macro", zero_division=0.0))


def calibration_error(judged: Sequence[Judged], bins: int = BINS) -> float | None:
    """Expected calibration error over bins of equal width (Naeini, Cooper, Hauskrecht, AAAI 2015)."""
    if not judged:
        return None
    total = 0.0
    for number in range(bins):
        members = [one for one in judged if min(int(one.probability * bins), bins - 1) == number]
        total += abs(sum(one.probability - one.offence for one in members))
    return total / len(judged)


def interval(judged: Sequence[Judged], figure: Callable[[Sequence[Judged]], float | None]) -> list[float] | None:
    """The 95 % percentile interval of a figure when whole groups are drawn again with replacement; None without any.

    Pages of one group are alike, so drawing single pages would make the interval too narrow (Efron and Tibshirani,
    An Introduction to the Bootstrap, chapter 13).
    """
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(one.page.group, []).append(one)
    members = [groups[name] for name in sorted(groups)]
    draw = np.random.default_rng(0)
    found = []
    for _draw in range(DRAWS):
        sample = [one for at in draw.integers(0, len(members), len(members)) for one in members[at]] if members else []
        if (value := figure(sample)) is not None:
            found.append(value)
    return [float(edge) for edge in np.percentile(found, (2.5, 97.5))] if found else None


def _language(members: Sequence[Judged]) -> dict[str, Any]:
    offences = sum(one.offence for one in members)
    enough = min(offences, len(members) - offences) >= MIN_OF_EACH
    return {
        "pages": len(members),
        "offences": offences,
        "average_precision": ranking(members) if enough else None,
        "interval": interval(members, ranking) if enough else None,
    }


def _count(judged: Sequence[Judged], label: Label) -> int:
    return sum(one.page.label is label for one in judged)
