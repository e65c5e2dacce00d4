"""A page and the directory of authorised providers -> whether the page's owner stands in it, with both sides quoted.

"Not found" is a lead and never a finding: the directory may be incomplete, and a reseller needs no entry of its own.
What is listed or unclear goes to a person before anything is captured for a notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifiers.directory import Directory, Provider
from classifiers.document import Document
from classifiers.judgement import CAPTURED, Claim, Decision, Identifier, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, ClaimType
from classifiers.provider_matches import Match, by_domain, by_name, by_number, by_resale

__all__ = ["Directory", "Match", "ProviderCheck", "Standing", "check", "hold", "provider_reasons"]

MAX_UNOFFICIAL = 3

_AFFILIATED = frozenset({ClaimType.FALSE_AFFILIATION, ClaimType.OFFICIAL_API, ClaimType.RESELLER})


class Standing(StrEnum):
    """What the look-up found."""

    NOT_CHECKED = "not_checked"
    LISTED = "listed"
    RESELLER_CLAIMED = "reseller_claimed"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ProviderCheck:
    """The result, with what it rests on. ``unofficial`` are the page's own words for what no provider may sell."""

    standing: Standing
    matches: tuple[Match, ...] = ()
    affiliation: tuple[Claim, ...] = ()
    unofficial: tuple[Claim, ...] = ()
    snapshot: str = ""

    @property
    def blocks(self) -> bool:
        """Whether a person must look before a capture is asked for."""
        return self.standing in (Standing.LISTED, Standing.UNCLEAR)


def check(
    document: Document, found_claims: Sequence[Claim], identifiers: Sequence[Identifier], directory: Directory | None
) -> ProviderCheck:
    """Looks a page's owner up by domain, name and number.

    Listed: the page's own domain, or its name together with its number, stands in the directory. Unclear: only the
    name, only the number, or names of two providers. Reseller claimed: the page names a listed provider as its partner.
    """
    if directory is None:
        return ProviderCheck(Standing.NOT_CHECKED)
    unofficial = tuple(claim for claim in found_claims if claim.type in ABUSE_CLAIMS)[:MAX_UNOFFICIAL]
    affiliation = tuple(claim for claim in found_claims if claim.type in _AFFILIATED)
    matches = (
        *by_domain(document, directory),
        *by_name(document, directory),
        *by_number(identifiers, directory),
        *by_resale(document, directory),
    )
    return ProviderCheck(_standing(matches), matches, affiliation, unofficial, directory.stamp())


def _standing(matches: Sequence[Match]) -> Standing:
    by: dict[str, set[Provider]] = {}
    for match in matches:
        by.setdefault(match.by, set()).add(match.provider)
    if by.get("domain") or by.get("name", set()) & by.get("number", set()):
        return Standing.LISTED
    if by.get("name") or by.get("number"):
        return Standing.UNCLEAR
    return Standing.RESELLER_CLAIMED if by.get("resale") else Standing.NOT_FOUND


def hold(decision: Decision, found: ProviderCheck) -> Decision:
    """The decision after the look-up: what is listed or unclear is for a person. Nothing is ever raised."""
    return Decision.REVIEW if found.blocks and decision in CAPTURED else decision


SENTENCES = {
    Standing.NOT_CHECKED: "Not checked whether this is an authorised provider: no snapshot of the directory is there.",
    Standing.LISTED: "{name} stands in the directory of authorised providers: {entry}.",
    Standing.UNCLEAR: "It may be an authorised provider ({entry}), but only the {by} agrees; a person must settle it.",
    Standing.RESELLER_CLAIMED: "The page says that it works with a listed provider: {entry}. Whether so must be asked.",
    Standing.NOT_FOUND: "Neither domain, name nor number stands in the directory; that alone says nothing.",
}
BOTH = "It is listed ({entry}), and it also offers what the official interface does not allow: see both quotes."


def provider_reasons(found: ProviderCheck) -> tuple[Reason, ...]:
    """The look-up in sentences, each with the page's side quoted and the directory's side in the sentence."""
    tail = f" ({found.snapshot})" if found.snapshot else ""
    # Under "route." stands what held a page back from capture; nothing else of its site may lift it then.
    rule = f"{'route.provider_' if found.blocks else 'provider.'}{found.standing.value}"
    if not found.matches:
        sentence = SENTENCES[found.standing] + tail
        if found.standing is Standing.NOT_FOUND and found.affiliation:
            claim = found.affiliation[0]
            return (Reason(rule, Polarity.NEUTRAL, sentence, claim.quote, claim.start, claim.end),)
        return (Reason(rule, Polarity.NEUTRAL, sentence),)
    first = found.matches[0]
    facts = {"name": first.provider.name, "entry": first.provider.entry(), "by": first.by}
    against = Polarity.AGAINST if found.blocks else Polarity.NEUTRAL
    reasons = [_quoting(rule, against, SENTENCES[found.standing].format(**facts) + tail, first)]
    if found.standing is Standing.LISTED and found.unofficial:
        sentence = BOTH.format(**facts)
        reasons += [
            Reason("provider.also_unofficial", Polarity.FOR, sentence, claim.quote, claim.start, claim.end)
            for claim in found.unofficial
        ]
    return tuple(reasons)


def _quoting(rule: str, polarity: Polarity, sentence: str, match: Match) -> Reason:
    if match.start < 0:
        return Reason(rule, polarity, f"{sentence} On the page's side: {match.by} {match.quote}.")
    return Reason(rule, polarity, sentence, match.quote, match.start, match.end)
