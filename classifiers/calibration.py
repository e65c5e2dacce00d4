"""Text score and claims in, calibrated probability of an offence out.

A small logistic function, fitted on predictions for held-out folds: ``intercept + text * log-odds of the text +
sum over claim types of weight * log(1 + how often) + sum over facts of the page of weight * value``. Facts are plain
counts such as how much of the page reports or warns (``classifiers.claims.voice``). It is the only place where a
score becomes a probability, and each part of the sum is the log-odds that its reason carries.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classifiers.errors import ModelMissing
from classifiers.labels import ClaimType

CALIBRATION_FILE = "calibration.json"
DOUBT = 0.003
"""No probability comes nearer to 0 or 1: a thousand documents cannot tell one error in five hundred from none."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted numbers.

    ``alone`` are intercept and slope for the text by itself. ``languages`` are those with enough training documents
    to trust a high probability. ``share`` is that of offences among the documents it was fitted on: a probability
    holds where offences are as frequent.
    """

    intercept: float
    text: float
    claims: Mapping[ClaimType, float]
    facts: Mapping[str, float]
    alone: tuple[float, float]
    languages: frozenset[str]
    share: float = 0.5

    def at(self, share: float) -> Calibration:
        """The same for a crawl in which this share of pages are offences: the log-odds move by the difference.

        Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities",
        Neural Computation 14 (2002).
        """
        moved = _odds(share) - _odds(self.share)
        first, slope = self.alone
        return replace(self, intercept=self.intercept + moved, alone=(first + moved, slope), share=share)

    def probability(self, odds: float, claims: Iterable[ClaimType], facts: Mapping[str, float]) -> float:
        """The calibrated probability for a text's log-odds, its claims' types (repeats included), and facts."""
        total = self.intercept + self.text * odds + self.stance(facts)
        return _share(total + sum(self.weight(kind, count) for kind, count in Counter(claims).items()))

    def of_text(self, odds: float) -> float:
        """The calibrated probability where nothing but the text's log-odds is known."""
        intercept, slope = self.alone
        return _share(intercept + slope * odds)

    def stance(self, facts: Mapping[str, float]) -> float:
        """The log-odds that the facts of the page add."""
        return sum(weight * facts.get(name, 0.0) for name, weight in self.facts.items())

    def weight(self, kind: ClaimType, count: int) -> float:
        """The log-odds that ``count`` claims of one type add."""
        return self.claims.get(kind, 0.0) * math.log1p(count)

    @property
    def id(self) -> str:
        """The first eight hex digits of the SHA-256 of its file form."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """The file form: keys sorted, numbers to six places, so that equal calibrations are equal bytes."""
        table = {
            "intercept": round(self.intercept, 6),
            "text": round(self.text, 6),
            "claims": {kind.value: round(weight, 6) for kind, weight in self.claims.items()},
            "facts": {name: round(weight, 6) for name, weight in self.facts.items()},
            "alone": [round(number, 6) for number in self.alone],
            "languages": sorted(self.languages),
            "share": round(self.share, 6),
        }
        return json.dumps(table, indent=2, sort_keys=True) + "\n"


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


def _share(total: float) -> float:
    """The logistic function, kept :data:`DOUBT` from 0 and 1."""
    return DOUBT + (1 - 2 * DOUBT) / (1 + math.exp(-max(-30.0, min(30.0, total))))


def from_json(text: str) -> Calibration:
    """The inverse of :meth:`Calibration.to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    table: dict[str, Any] = json.loads(text)
    claims = {ClaimType(kind): float(weight) for kind, weight in table["claims"].items()}
    intercept, text_weight = float(table["intercept"]), float(table["text"])
    facts = {str(name): float(weight) for name, weight in table["facts"].items()}
    first, slope = (float(number) for number in table["alone"])
    languages = frozenset(str(tag) for tag in table["languages"])
    return Calibration(intercept, text_weight, claims, facts, (first, slope), languages, float(table["share"]))


def load(directory: Path) -> Calibration:
    """The calibration in a pipeline's folder. Raises ModelMissing when it is missing or damaged."""
    path = directory / CALIBRATION_FILE
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelMissing(f"{path}: the calibration cannot be read ({error}); retrain or restore it") from error
