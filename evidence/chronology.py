"""When each quoted claim was there: an address's looks and its exhibits' claims in, one dated line per claim out.

Observation only. A claim is "present" at a look when its words stood in what that look kept, "absent" when they did
not, and neither when the page could not be looked at: nothing here says that anybody removed anything. Two quotes are
one claim when their type and their words are the same but for case, width and white space.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from crawler.sighting import Sighting, SightingState
from evidence.report_model import ExhibitPage

#: The day that WhatsApp's public statement names; it names no time zone, so UTC is taken.
STATEMENT = datetime(2019, 12, 7, tzinfo=UTC)
#: The statement counts what continues after that date, so the day itself is before the line. What is at or after this
#: moment is "after" in the report, in chronology.csv and in a notice.
LINE = STATEMENT + timedelta(days=1)
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))

#: The text of a sighting as it was kept; None when it cannot be read any more.
Texts = Callable[[Sighting], str | None]


class Presence(StrEnum):
    """What one look says of one claim."""

    PRESENT = "present"
    ABSENT = "absent"
    PAGE_ABSENT = "page absent"
    NOT_REACHABLE = "page not reachable"
    NOT_LOOKED = "not looked at"
    NOT_KNOWN = "cannot be told"


#: Looks that say whether the words were there.
TOLD = frozenset({Presence.PRESENT, Presence.ABSENT, Presence.PAGE_ABSENT})


@dataclass(frozen=True, slots=True)
class ClaimLook:
    """One look at a claim. ``basis`` names the exhibit or the sighting it rests on, ``detail`` the answer in words."""

    at: datetime
    presence: Presence
    basis: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim of one address through time, the looks oldest first. ``exhibits`` are the numbers that quote it."""

    url: str
    kind: str
    quote: str
    exhibits: tuple[int, ...]
    looks: tuple[ClaimLook, ...]

    @property
    def present(self) -> tuple[ClaimLook, ...]:
        """The looks at which it was there."""
        return tuple(look for look in self.looks if look.presence is Presence.PRESENT)


@dataclass(frozen=True, slots=True)
class Span:
    """Looks in a row that gave the same: the first and last time, and how many there were."""

    presence: Presence
    first: datetime
    last: datetime
    count: int
    detail: str


@dataclass(frozen=True, slots=True)
class Capture:
    """What the chronology takes of an exhibit: its page in the report, the key of its address, its ``text.txt``."""

    page: ExhibitPage
    key: str
    text: Path


def folded(text: str) -> str:
    """The words alone: one case, one width, one white space, without signs that nobody sees."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold().split())


def claim_lines(
    captures: Sequence[Capture], sightings: Mapping[str, Sequence[Sighting]], texts: Texts
) -> tuple[ClaimLine, ...]:
    """A line for each claim of each address, in the order of the exhibits. ``sightings`` are by key of the address."""
    lines: list[ClaimLine] = []
    for key in dict.fromkeys(capture.key for capture in captures):
        own = [capture for capture in captures if capture.key == key]
        claims = _claims(own)
        wanted = frozenset(words for _, words in claims)
        shown = [(one.page, _held(one.text.read_text("utf-8"), wanted)) for one in own if one.text.exists()]
        read = [(one, _kept(one, texts, wanted)) for one in sightings.get(key, ())]
        for (kind, words), (first, numbers) in claims.items():
            looks = [*_captured(shown, words), *_seen(read, words)]
            looks.sort(key=lambda look: (look.at, look.basis))
            lines.append(ClaimLine(own[0].page.url, kind, first, tuple(sorted(numbers)), tuple(looks)))
    return tuple(lines)


def spans(looks: Iterable[ClaimLook]) -> tuple[Span, ...]:
    """Looks in a row that gave the same, as one line each."""
    found: list[Span] = []
    for look in looks:
        last = found[-1] if found else None
        if last and last.presence is look.presence and (last.detail == look.detail or look.presence in TOLD):
            found[-1] = Span(last.presence, last.first, look.at, last.count + 1, last.detail)
        else:
            found.append(Span(look.presence, look.at, look.at, 1, look.detail))
    return tuple(found)


def _claims(own: Sequence[Capture]) -> dict[tuple[str, str], tuple[str, set[int]]]:
    """Type and folded words of every claim of these exhibits: the quote as first written, and who quotes it."""
    found: dict[tuple[str, str], tuple[str, set[int]]] = {}
    for page in (capture.page for capture in own):
        for quote in page.claims:
            found.setdefault((quote.kind, folded(quote.quote)), (quote.quote, set()))[1].add(page.number)
    return found


def _held(text: str, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the wanted words stand in a text."""
    plain = folded(text)
    return frozenset(words for words in wanted if words in plain)


def _kept(sighting: Sighting, texts: Texts, wanted: frozenset[str]) -> frozenset[str] | None:
    """Which of the wanted words a sighting's text holds; None when there is no text to look into."""
    text = texts(sighting) if sighting.state is SightingState.SEEN else None
    return None if text is None else _held(text, wanted)


def _captured(shown: Iterable[tuple[ExhibitPage, frozenset[str]]], words: str) -> Iterable[ClaimLook]:
    for page, held in shown:
        there = Presence.PRESENT if words in held else Presence.ABSENT
        status = "no answer" if page.status is None else f"answered {page.status}"
        yield ClaimLook(page.captured_at, there, f"exhibit {page.number}", f"captured, {status}")


def _seen(read: Sequence[tuple[Sighting, frozenset[str] | None]], words: str) -> Iterable[ClaimLook]:
    """The crawler's looks. Words that none of its looks ever kept may be the work of scripts: then it cannot tell."""
    ever = any(held is not None and words in held for _, held in read)
    for sighting, held in read:
        basis = f"sighting {sighting.sighting_id}"
        if sighting.state is not SightingState.SEEN:
            yield ClaimLook(sighting.seen_at, _STATES[sighting.state], basis, _detail(sighting))
        elif held is None:
            yield ClaimLook(sighting.seen_at, Presence.NOT_KNOWN, basis, "the page was there; its text was not kept")
        elif words in held:
            yield ClaimLook(sighting.seen_at, Presence.PRESENT, basis, _detail(sighting))
        elif ever:
            yield ClaimLook(sighting.seen_at, Presence.ABSENT, basis, f"the page was there, {_detail(sighting)}")
        else:
            told = "the page was there; its plain text never held these words, which the browser showed"
            yield ClaimLook(sighting.seen_at, Presence.NOT_KNOWN, basis, told)


_STATES = {
    SightingState.ABSENT: Presence.PAGE_ABSENT,
    SightingState.UNREACHABLE: Presence.NOT_REACHABLE,
    SightingState.REFUSED: Presence.NOT_LOOKED,
    SightingState.FAILED: Presence.NOT_KNOWN,
}


def _detail(sighting: Sighting) -> str:
    answered = f"answered {sighting.status}" if sighting.status is not None else ""
    return "; ".join(part for part in (answered, sighting.reason) if part) or "no answer is recorded"
