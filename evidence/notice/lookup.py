"""Whether the page's owner was looked up in the directory of providers: judgement and exhibit in, result out.

"Not found" is a lead, never a finding. A result that blocks (missing, unclear, listed) is the worst of what the
judgement says and of what the snapshot at hand says of the captured page; a later look-up replaces only a missing one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from classifiers.directory import Directory
from classifiers.document import Document
from classifiers.judgement import Claim, Identifier, Judgement
from classifiers.labels import ClaimType
from classifiers.providers import Standing, check
from classifiers.text import extract_html
from evidence.exhibit import Exhibit, Exhibits
from evidence.notice.acts import read_claims

BLOCKING = frozenset({Standing.NOT_CHECKED, Standing.UNCLEAR, Standing.LISTED})
_WORST_FIRST = (
    Standing.LISTED,
    Standing.UNCLEAR,
    Standing.RESELLER_CLAIMED,
    Standing.NOT_FOUND,
    Standing.NOT_CHECKED,
)
_NAMES = frozenset(one.value for one in Standing)
_RULES = ("route.provider_", "provider.")
BODY, DOM = "body.bin", "dom.html"

_Found = tuple[Standing, str, str, bool]


@dataclass(frozen=True, slots=True)
class LookUp:
    """The result for one exhibit. ``sentence`` holds the snapshot's date and digest; ``stale``: it is too old."""

    exhibit_number: int
    standing: Standing
    source: str
    sentence: str
    stale: bool = False

    @property
    def blocks(self) -> bool:
        """Whether no notice may be approved on it."""
        return self.standing in BLOCKING

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the draft's data."""
        return {
            "exhibit_number": self.exhibit_number,
            "standing": self.standing.value,
            "source": self.source,
            "sentence": self.sentence,
            "stale": self.stale,
        }


def look_up(
    number: int, exhibit: Exhibit, exhibits: Exhibits, judged: Judgement | None, directory: Directory | None
) -> LookUp:
    """The look-up of one exhibit: what its judgement says, and the snapshot at hand held against the captured page."""
    found = [LookUp(number, *one) for one in (_of_judgement(judged), _of_page(exhibit, exhibits, directory)) if one]
    missing = LookUp(number, Standing.NOT_CHECKED, "nothing", "no look-up is on record")
    return min(found, key=lambda one: _WORST_FIRST.index(one.standing), default=missing)


def _of_judgement(judged: Judgement | None) -> _Found | None:
    for reason in judged.reasons if judged else ():
        for prefix in _RULES:
            name = reason.rule.removeprefix(prefix)
            if reason.rule.startswith(prefix) and name in _NAMES:
                return Standing(name), "judgement", reason.sentence, False
    return None


def _of_page(exhibit: Exhibit, exhibits: Exhibits, directory: Directory | None) -> _Found | None:
    if directory is None:
        return None
    held = {file.path for file in exhibits.files(exhibit.exhibit_id)}
    source = DOM if DOM in held else BODY
    extracted = extract_html(exhibits.read(exhibit.exhibit_id, source))
    rows = read_claims(exhibits, exhibit)
    document = Document(exhibit.exhibit_id, extracted, url=exhibit.url)
    found = check(document, tuple(_claims(rows["claims"])), tuple(_identifiers(rows["identifiers"])), directory)
    sentence = f"looked up at drafting: {found.standing.value} ({directory.stamp()})"
    return found.standing, "captured page", sentence, directory.stale


def _claims(rows: Iterable[dict[str, Any]]) -> Iterable[Claim]:
    for row in rows:
        if row["type"] in set(ClaimType):
            yield Claim(ClaimType(row["type"]), row["quote"], row["start"], row["end"], row["field"])


def _identifiers(rows: Iterable[dict[str, Any]]) -> Iterable[Identifier]:
    for row in rows:
        readings = tuple(row.get("readings", ()))
        yield Identifier(row["kind"], row["value"], row["quote"], row["start"], row["end"], row["field"], readings)
