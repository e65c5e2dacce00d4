"""Held-out predictions in, figures out: ranking, labels, decisions, calibration; each with what it is measured on."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, f1_score

from classifiers.judgement import CAPTURED, Decision
from classifiers.labels import Label
from classifiers.training.corpus import Example

PROTECTED = (Label.AUTHORISED_PROVIDER, Label.NEWS_OR_COMMENTARY, Label.CUSTOMER_SERVICE_USE)
"""Those whom an accusation would hurt most: official partners, the press, shops."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model that never saw ``example`` says of it."""

    example: Example
    label: Label
    probability: float
    decision: Decision
    lang: str


def figures(predictions: Sequence[Prediction]) -> dict[str, float]:
    """The figures with floors, by name; higher is better except for those that begin with ``accused``."""
    truth = np.array([one.example.offence for one in predictions])
    probability = np.array([one.probability for one in predictions])
    labels, names = [one.example.label.value for one in predictions], [one.label.value for one in predictions]
    captured = [one for one in predictions if one.decision in CAPTURED]
    wronged = accused(predictions)
    kept = sum(one.decision is not Decision.DISCARD for one in predictions if one.example.offence)
    return {
        "average_precision": float(average_precision_score(truth, probability)),
        "recall_at_precision_95": recall_at(truth.tolist(), probability.tolist(), 0.95),
        "macro_f1": float(f1_score(labels, names, average="macro", zero_division=0.0)),
        "accused_protected": float(sum(one.example.label in PROTECTED for one in wronged)),
        "accused_innocent": float(len(wronged)),
        "captured_share": sum(one.example.offence for one in captured) / int(truth.sum()),
        "not_discarded_share": kept / int(truth.sum()),
        "brier": float(((probability - truth) ** 2).mean()),
        "ece": calibration_error(truth, probability),
        "precision_at_50": precision_at(truth, probability, 50),
        "precision_at_200": precision_at(truth, probability, 200),
    }


def accused(predictions: Sequence[Prediction]) -> list[Prediction]:
    """The innocent documents that would be captured: the worst error there is."""
    return [one for one in predictions if one.decision in CAPTURED and not one.example.offence]


def calibration_error(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64], bins: int = 10) -> float:
    """The expected calibration error over ``bins`` equal parts of the scale (Naeini et al., AAAI 2015)."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [abs(float((truth[place == n] - probability[place == n]).sum())) for n in range(bins)]
    return sum(gaps) / len(truth)


def precision_at(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64], k: int) -> float:
    """The share of offences among the ``k`` likeliest documents: what a reviewer's first day is made of."""
    best = np.argsort(-probability, kind="stable")[:k]
    return float(truth[best].mean())


def recall_at(truth: Sequence[bool], scores: Sequence[float], precision: float) -> float:
    """The highest recall at which precision is at least ``precision``; 0 when it is never reached."""
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    hits, best = 0, 0
    for taken, index in enumerate(order, 1):
        hits += truth[index]
        if hits >= precision * taken:
            best = hits
    return best / sum(truth)


def interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def table(predictions: Sequence[Prediction], key: Callable[[Prediction], str]) -> list[str]:
    """One Markdown row for each value of ``key``: documents, offences found at 0.5, innocents above it, bands."""
    groups: dict[str, list[Prediction]] = defaultdict(list)
    for one in predictions:
        groups[key(one)].append(one)
    heads = (
        "",
        "documents",
        "offences at 0.5",
        "innocent at 0.5",
        "discard / review / capture / notice-ready",
        "label right",
    )
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name in sorted(groups):
        members = groups[name]
        offences = [one for one in members if one.example.offence]
        innocent = [one for one in members if not one.example.offence]
        bands = Counter(one.decision for one in members)
        right = sum(one.label is one.example.label for one in members)
        cells = [
            name,
            str(len(members)),
            share(sum(one.probability >= 0.5 for one in offences), len(offences)),
            share(sum(one.probability >= 0.5 for one in innocent), len(innocent)),
            " / ".join(str(bands[band]) for band in Decision),
            share(right, len(members)),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def reliability(predictions: Sequence[Prediction], bins: int = 10) -> list[str]:
    """One Markdown row for each tenth of the probability scale: documents, mean probability, share of offences."""
    rows = ["| probability | documents | mean | offences |", "|---|---|---|---|"]
    for number in range(bins):
        members = [one for one in predictions if min(int(one.probability * bins), bins - 1) == number]
        if members:
            mean = sum(one.probability for one in members) / len(members)
            offences = share(sum(one.example.offence for one in members), len(members))
            span = f"{number / bins:.1f} to {(number + 1) / bins:.1f}"
            rows.append(f"| {span} | {len(members)} | {mean:.2f} | {offences} |")
    return rows


def share(hits: int, of: int) -> str:
    """``0.83 (0.76 to 0.88)``, or a dash when there is nothing to share."""
    if not of:
        return "–"
    low, high = interval(hits, of)
    return f"{hits / of:.2f} ({low:.2f} to {high:.2f})"
