"""A judgement taken apart: every term of the log-odds, the bands, and what would move the page into another one.

The calibration is a sum (``classifiers.calibration``), so its terms are exact: they add up to the log-odds of the
probability. What the text model sees in the text enters as one term; its loudest sentence is a reason of the judgement.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from classifiers.calibration import DOUBT, Calibration
from classifiers.config import JudgeSettings
from classifiers.document import Document
from classifiers.judgement import Decision, Judgement
from classifiers.labels import ClaimType
from classifiers.reasons import STANCES

FACTS = {
    "abuse_types": "how many kinds of abuse it claims",
    "abuse_density": "how densely it claims abuse",
    "offers_density": "how much it offers",
    "own_density": "how much it speaks of itself",
    "topic": "how often it names WhatsApp",
    "topic_density": "how much of it is about WhatsApp",
    "title": "WhatsApp in its title",
}
"""Facts of the page in words; others are named as they are."""
SMALL = 0.005  # log-odds; smaller terms are told as one
HELD_BACK = "route."
LIMIT = 30.0  # log-odds beyond this are no surer


@dataclass(frozen=True, slots=True)
class Part:
    """One term of the sum. ``kind`` is start, text, claim or page; ``claim`` names the type of a claim's term."""

    kind: str
    name: str
    weight: float
    claim: ClaimType | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A band of the settings, and the log-odds at which it begins."""

    decision: Decision
    probability: float
    log_odds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The judgement of a document with its terms, strongest first. ``sum(part.weight)`` is ``log_odds``."""

    document: Document
    judgement: Judgement
    parts: tuple[Part, ...]
    log_odds: float
    bands: tuple[Band, ...]

    @property
    def band(self) -> Decision:
        """The band by the probability alone, before any rule held the page back."""
        return band_of(self.log_odds, self.bands)

    def changes(self) -> Iterator[str]:
        """What would decide otherwise, in sentences."""
        yield from self._distances()
        carrying = [part for part in self.parts if part.kind != "start" and self._without(part) is not self.band]
        for part in carrying:
            yield (
                f"Without {part.name} ({part.weight:+.2f}) the probability would be "
                f"{probability_of(self.log_odds - part.weight):.2f}: {self._without(part).value}."
            )
        if not carrying:
            yield "No single part carries it: without any one of them the band by probability stays the same."
        held = [reason.sentence for reason in self.judgement.reasons if reason.rule.startswith(HELD_BACK)]
        if held and self.judgement.decision is not self.band:
            yield f"By probability alone it would be {self.band.value}; a rule decided: {' '.join(held)}"

    def _without(self, part: Part) -> Decision:
        return band_of(self.log_odds - part.weight, self.bands)

    def _distances(self) -> Iterator[str]:
        above = next((band for band in self.bands if band.log_odds > self.log_odds), None)
        below = next((band for band in reversed(self.bands) if band.log_odds <= self.log_odds), None)
        if above is not None:
            short = above.log_odds - self.log_odds
            yield f"{short:.2f} log-odds are missing to {above.decision.value} (probability {above.probability:.2f})."
        if below is not None:
            spare = self.log_odds - below.log_odds
            yield f"It lies {spare:.2f} log-odds above where {below.decision.value} begins ({below.probability:.2f})."


def terms(
    calibration: Calibration, odds: float, alleged: Iterable[ClaimType], facts: Mapping[str, float]
) -> tuple[Part, ...]:
    """The terms of a page's log-odds, strongest first; they add up to it exactly (up to rounding of the last bits)."""
    parts = [
        Part("start", "where every page starts", calibration.intercept),
        Part("text", "how the text as a whole reads", calibration.text * odds),
    ]
    for kind, count in Counter(alleged).items():
        words = kind.value.replace("_", " ")
        name = f"the claim of {words}" if count == 1 else f"the {count} claims of {words}"
        parts.append(Part("claim", name, calibration.weight(kind, count), kind))
    parts += _of_page(calibration, facts)
    small = [part for part in parts if part.kind == "page" and abs(part.weight) < SMALL]
    parts = [part for part in parts if part not in small]
    if small:
        parts.append(Part("page", "smaller facts of the page", sum(part.weight for part in small)))
    return tuple(sorted(parts, key=lambda part: (part.kind != "start", -abs(part.weight))))


def unasked(probability: float) -> Part:
    """The only term of a page that no model was asked about."""
    return Part("start", "no messaging app is named, so that no model was asked", max(log_odds_of(probability), -LIMIT))


def _of_page(calibration: Calibration, facts: Mapping[str, float]) -> Iterator[Part]:
    """The facts of the page, those of one kind of stance together."""
    left = {name: weight * facts.get(name, 0.0) for name, weight in calibration.facts.items()}
    for names, sentence in STANCES.values():
        found = [left.pop(name) for name in names if name in left]
        if found:
            yield Part("page", f"“{sentence.rstrip('.')}”", sum(found))
    for name, weight in left.items():
        yield Part("page", FACTS.get(name, f"the page's {name.replace('_', ' ')}"), weight)


def bands(settings: JudgeSettings) -> tuple[Band, ...]:
    """The bands above discard, in order."""
    limits = (
        (Decision.REVIEW, settings.review_at),
        (Decision.CAPTURE, settings.capture_at),
        (Decision.NOTICE_READY, settings.notice_at),
    )
    return tuple(Band(decision, at, log_odds_of(at)) for decision, at in limits)


def band_of(log_odds: float, ordered: Iterable[Band]) -> Decision:
    """The highest band that begins at or below ``log_odds``."""
    found = Decision.DISCARD
    for band in ordered:
        if band.log_odds <= log_odds:
            found = band.decision
    return found


def probability_of(log_odds: float) -> float:
    """The calibrated probability of a sum (see ``classifiers.calibration``)."""
    return DOUBT + (1 - 2 * DOUBT) / (1 + math.exp(-max(-LIMIT, min(LIMIT, log_odds))))


def log_odds_of(probability: float) -> float:
    """The inverse of :func:`probability_of`; infinite where no sum reaches so far."""
    share = (probability - DOUBT) / (1 - 2 * DOUBT)
    if share <= 0:
        return -math.inf
    return math.inf if share >= 1 else math.log(share / (1 - share))
