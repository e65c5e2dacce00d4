"""Text score and claims in, calibrated probability of an offence out.

A small logistic function, fitted on predictions for held-out folds: ``intercept + text * log-odds of the text +
sum over claim types of weight * log(1 + how often)``. It is the only place where a score becomes a probability, and
each part of the sum is the log-odds that its reason carries.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.errors import ModelMissing
from classifiers.labels import ClaimType

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted numbers. ``languages`` are those with enough training documents to trust a high probability."""

    intercept: float
    text: float
    claims: Mapping[ClaimType, float]
    languages: frozenset[str]

    def probability(self, odds: float, claims: Iterable[ClaimType]) -> float:
        """The calibrated probability for a text's log-odds and the types of its claims, repeats included."""
        total = self.intercept + self.text * odds
        total += sum(self.weight(kind, count) for kind, count in Counter(claims).items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

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
            "languages": sorted(self.languages),
        }
        return json.dumps(table, indent=2, sort_keys=True) + "\n"


def from_json(text: str) -> Calibration:
    """The inverse of :meth:`Calibration.to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    table: dict[str, Any] = json.loads(text)
    claims = {ClaimType(kind): float(weight) for kind, weight in table["claims"].items()}
    numbers = (float(table[name]) for name in ("intercept", "text"))
    return Calibration(*numbers, claims, frozenset(table["languages"]))


def load(directory: Path) -> Calibration:
    """The calibration in a pipeline's folder. Raises ModelMissing when it is missing or damaged."""
    path = directory / CALIBRATION_FILE
    try:
        return from_json(path.read_text("utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelMissing(f"{path}: the calibration cannot be read ({error}); retrain or restore it") from error
