"""What is new, changed, absent or not seen tonight, against the last time each address was looked at. Pure functions.

The words are observations: "absent at that time" is not "deleted", and a failed look is not a change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifiers.judgement import CAPTURED, Claim, Decision, Judgement
from crawler.sighting import SightingState, url_key


@dataclass(frozen=True, slots=True)
class Look:
    """One sighting with its judgement, as the report needs it. ``seen_at`` is RFC 3339 in UTC."""

    sighting_id: str
    source: str
    url: str
    url_final: str
    seen_at: str
    state: SightingState
    reason: str
    title: str
    judgement: Judgement | None

    @property
    def key(self) -> str:
        """One spelling per address."""
        return url_key(self.url)

    @property
    def offers(self) -> bool:
        """Whether this look showed an offer sure enough to be captured."""
        return self.judgement is not None and self.judgement.decision in CAPTURED

    @property
    def discarded(self) -> bool:
        """Whether the machine found nothing in it."""
        return self.judgement is not None and self.judgement.decision is Decision.DISCARD

    @property
    def supporting(self) -> bool:
        """Whether the page makes no offer itself and was taken along with a page of its site that does."""
        return self.judgement is not None and any(one.rule == "site.supporting" for one in self.judgement.reasons)

    @property
    def unsure(self) -> bool:
        """Whether a person has to look."""
        return self.judgement is not None and self.judgement.decision is Decision.REVIEW


@dataclass(frozen=True, slots=True)
class Change:
    """An address whose claims are not those of the last look."""

    now: Look
    before: Look
    came: tuple[Claim, ...]
    went: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a night found. Every look of the night is in exactly one of the groups, or unremarkable."""

    new: tuple[Look, ...]
    changed: tuple[Change, ...]
    same: tuple[Look, ...]
    absent: tuple[tuple[Look, Look], ...]  #: (tonight's look, the last look that showed the offer)
    review: tuple[Look, ...]
    not_seen: tuple[Look, ...]
    not_judged: tuple[Look, ...]


def compare(tonight: Iterable[Look], earlier: Mapping[str, Look]) -> Findings:
    """Sorts tonight's looks. ``earlier`` maps an address key to its last look before tonight, if an offer."""
    new: list[Look] = []
    changed: list[Change] = []
    same: list[Look] = []
    absent: list[tuple[Look, Look]] = []
    review: list[Look] = []
    not_seen: list[Look] = []
    not_judged: list[Look] = []
    for look in best_per_address(tonight):
        before = earlier.get(look.key)
        if look.state is SightingState.ABSENT and before is not None:
            absent.append((look, before))
        elif look.state is not SightingState.SEEN:
            not_seen.append(look)
        elif look.judgement is None:
            not_judged.append(look)
        elif before is not None:
            came, went = claim_changes(before.judgement, look.judgement)
            if came or went or not look.offers:
                changed.append(Change(look, before, came, went))
            else:
                same.append(look)
        elif look.offers:
            new.append(look)
        elif look.unsure:
            review.append(look)
    return Findings(
        tuple(new),
        tuple(changed),
        tuple(same),
        tuple(absent),
        tuple(review),
        tuple(not_seen),
        tuple(not_judged),
    )


def best_per_address(looks: Iterable[Look]) -> list[Look]:
    """One look per address: a seen one before an unseen one, a surer one before a less sure one, else the earlier."""
    best: dict[str, Look] = {}
    for look in looks:
        other = best.get(look.key)
        if other is None or _rank(look) > _rank(other):
            best[look.key] = look
    return sorted(best.values(), key=lambda look: (-_rank(look)[1], look.url))


def claim_changes(before: Judgement | None, now: Judgement) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Claims that came and that went, compared by type and folded quote: moved text is no change."""
    old = {} if before is None else {_fold(claim): claim for claim in before.claims}
    fresh = {_fold(claim): claim for claim in now.claims}
    came = tuple(claim for key, claim in fresh.items() if key not in old)
    went = tuple(claim for key, claim in old.items() if key not in fresh)
    return came, went


def _fold(claim: Claim) -> tuple[str, str]:
    return claim.type, " ".join(unicodedata.normalize("NFKC", claim.quote).casefold().split())


def _rank(look: Look) -> tuple[bool, float]:
    probability = -1.0 if look.judgement is None else look.judgement.probability
    return look.state is SightingState.SEEN, probability
