"""The chronology as the report shows it: claim lines in, addresses with spans and dated lines between them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.chronology import LINE, ClaimLine, ClaimLook, Presence, Span, spans
from evidence.report_page import day, plain

#: How many spans of a claim are shown in full.
MAX_SPANS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A date that a line is drawn at, in words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """One claim: ``rows`` are spans of looks, and the words of a dated line or of what is left out between them."""

    line: ClaimLine
    rows: tuple[Span | str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Address:
    """The claims of one address. ``above`` and ``below`` are dated lines that all its looks lie after, or before."""

    url: str
    claims: tuple[Told, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


def told(lines: Sequence[ClaimLine], served: datetime | None) -> tuple[Address, ...]:
    """The addresses in the order of the lines. ``served`` is when the case's own notice was served, if it was."""
    marks = [Mark(LINE, "End of 7 December 2019 (UTC)")]
    if served is not None:
        marks.append(Mark(served, f"{day(served)}: the notice of this case was served"))
    found: dict[str, list[ClaimLine]] = {}
    for line in lines:
        found.setdefault(line.url, []).append(line)
    return tuple(_address(url, own, marks) for url, own in found.items())


def _address(url: str, lines: Sequence[ClaimLine], marks: Sequence[Mark]) -> Address:
    times = [look.at for line in lines for look in line.looks]
    above = [mark for mark in marks if times and min(times) >= mark.at]
    below = [mark for mark in marks if times and max(times) < mark.at]
    between = [mark for mark in marks if mark not in above and mark not in below]
    return Address(
        url,
        tuple(Told(line, _rows(line.looks, between), _summary(line)) for line in lines),
        tuple(f"{mark.words}. Every look below is later." for mark in above),
        tuple(f"{mark.words}. Every look above is earlier." for mark in below),
    )


def _rows(looks: Sequence[ClaimLook], marks: Sequence[Mark]) -> tuple[Span | str, ...]:
    """Spans, cut at each mark so that none lies on both sides of it."""
    rows: list[Span | str] = []
    left = list(looks)
    for mark in marks:
        rows += [*spans(look for look in left if look.at < mark.at), mark.words]
        left = [look for look in left if look.at >= mark.at]
    rows += spans(left)
    if len(rows) > MAX_SPANS + 1:
        cut = rows[MAX_SPANS // 2 : -MAX_SPANS // 2]
        kept = [row for row in cut if isinstance(row, str)]
        between = f"… {len(cut) - len(kept)} more changes; chronology.csv has every look"
        rows = [*rows[: MAX_SPANS // 2], *kept, between, *rows[-MAX_SPANS // 2 :]]
    return tuple(rows)


def _summary(line: ClaimLine) -> str:
    """When it was there, in one sentence of observation."""
    there = line.present
    if not there:
        return "Quoted from the exhibit."
    first, last = there[0].at, there[-1].at
    gone = [look for look in line.looks if look.at > last and look.presence in (Presence.ABSENT, Presence.PAGE_ABSENT)]
    count = "one look" if len(there) == 1 else f"{len(there)} looks"
    span = f"from {plain(first)} to {plain(last)} UTC" if first != last else f"on {plain(first)} UTC"
    ending = f"; absent at {plain(gone[0].at)} UTC" if gone else ""
    return f"Present at {count}, {span}{ending}."
