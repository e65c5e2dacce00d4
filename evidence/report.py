"""Counsel's report: a :class:`Report` in, one self-contained HTML page out, with no script and no way to the network.

The page takes its images from the bundle's ``exhibits/`` folder by relative address. Its policy allows those, and the
one style sheet inside it by digest. Every word of a captured page is escaped by Jinja2.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from math import ceil

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from evidence.report_model import ExhibitPage, Report, Seen

LINE = datetime.fromisoformat("2019-12-07T00:00:00+00:00")
SHEET_WIDTH_MM, SHEET_HEIGHT_MM, OVERLAP_MM = 172.0, 243.0, 5.0
MAX_SHEETS = 6
#: How many looks at an address the table shows in full when there are many.
KEEP_FIRST, KEEP_LAST = 4, 8
#: A page is drawn this much smaller at most to save a last sheet with a strip on it.
MIN_SCALE = 0.85
#: Facts that are shown in a monospaced face.
MONO = frozenset({"Address reached", "Way there", "Server", "Certificate SHA-256", "User agent", "Exhibit ID"})


@dataclass(frozen=True, slots=True)
class Slice:
    """One sheet of a tall screenshot. ``name`` is its class in the style sheet, ``rest`` what is left out, in words."""

    name: str
    part: int
    of: int
    width_mm: float
    height_mm: float
    offset_mm: float
    rest: str


def render(report: Report) -> str:
    """The report as HTML. The same report gives the same text."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(_template))
    environment.filters.update(utc=_utc, plain=_plain)
    slices = {exhibit.number: _slices(exhibit) for exhibit in report.exhibits}
    style = _template("report.css") + "".join(_rule(one) for several in slices.values() for one in several)
    seen = sorted(((e.number, row) for e in report.exhibits for row in e.seen), key=lambda pair: (pair[1].at, pair[0]))
    times = [exhibit.captured_at for exhibit in report.exhibits]
    return environment.get_template("report.html.j2").render(
        report=report,
        style=Markup(style),  # noqa: S704  # our own file and numbers, no word of a page
        policy=_policy(style),
        slices=slices,
        seen=seen,
        rows=[pair for exhibit in report.exhibits for pair in _thinned(exhibit)],
        line_sentence=_line_sentence([row for _, row in seen]),
        first=min(times),
        last=max(times),
        stamped=any(exhibit.proofs for exhibit in report.exhibits),
        warnings=_warnings(report),
        limits=_limits(report),
        mono=MONO,
    )


def _template(name: str) -> str:
    return resources.files("evidence").joinpath("templates", name).read_text("utf-8")


def _policy(style: str) -> str:
    """The content security policy: nothing but images of the same origin and this very style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    only = f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'"
    return f"{only}; base-uri 'none'; form-action 'none'"


def _slices(exhibit: ExhibitPage) -> tuple[Slice, ...]:
    """The sheets that show the whole page at the width of the text; none when the window shows all of it."""
    full, window = exhibit.full, exhibit.viewport
    if full is None or (window is not None and full.height <= window.height):
        return ()
    step = SHEET_HEIGHT_MM - OVERLAP_MM
    width_mm = SHEET_WIDTH_MM
    exact = (full.height * width_mm / full.width - OVERLAP_MM) / step
    if 1 <= int(exact) < exact <= int(exact) / MIN_SCALE:
        width_mm = SHEET_WIDTH_MM * (int(exact) * step + OVERLAP_MM) / (exact * step + OVERLAP_MM)
    height_mm = full.height * width_mm / full.width
    count = max(1, ceil((height_mm - OVERLAP_MM) / step - 1e-6))
    sheets = min(count, MAX_SHEETS)
    left = round(100 * (1 - (sheets * step + OVERLAP_MM) / height_mm))
    rest = f" The rest of the page, {left} percent of it, is in the image." if sheets < count else ""
    return tuple(
        Slice(
            name=f"sheet-{exhibit.number}-{part}",
            part=part + 1,
            of=count,
            width_mm=width_mm,
            height_mm=min(SHEET_HEIGHT_MM, height_mm - part * step),
            offset_mm=part * step,
            rest=rest if part + 1 == sheets else "",
        )
        for part in range(sheets)
    )


def _rule(one: Slice) -> str:
    frame = f".{one.name}{{width:{one.width_mm:.2f}mm;height:{one.height_mm:.2f}mm;margin:0 auto}}"
    return f"{frame}.{one.name} img{{margin-top:-{one.offset_mm:.2f}mm}}\n"


def _limits(report: Report) -> list[tuple[str, str]]:
    """The limits of the exhibits, each once, with the numbers of the exhibits it is about."""
    found: dict[str, list[str]] = {}
    for exhibit in report.exhibits:
        for limit in exhibit.limits:
            found.setdefault(limit, []).append(str(exhibit.number))
    return [(_exhibits(numbers).capitalize(), limit) for limit, numbers in found.items()]


def _thinned(exhibit: ExhibitPage) -> list[tuple[int, Seen]]:
    """The looks at one exhibit's address as the table shows them: all when they are few, else the ends in full."""
    rows = list(exhibit.seen)
    if len(rows) > KEEP_FIRST + KEEP_LAST + 1:
        between = rows[KEEP_FIRST:-KEEP_LAST]
        there = sum(row.present for row in between)
        told = f"and {len(between)} looks up to {_plain(between[-1].at)}; a page was there {there} times"
        rows = [*rows[:KEEP_FIRST], Seen(between[0].at, told), *rows[-KEEP_LAST:]]
    return [(exhibit.number, row) for row in rows]


def _line_sentence(rows: list[Seen]) -> str:
    """Where the looks at these pages lie against 7 December 2019, and how often the page was there."""
    if not rows:
        return ""
    count, there = len(rows), sum(row.present for row in rows)
    after = sum(row.at > LINE for row in rows)
    times = "once" if count == 1 else f"{count} times"
    first, last = _day(rows[0].at), _day(rows[-1].at)
    span = f"from {first} to {last}" if first != last else f"on {first}"
    which = "All" if after == count > 1 else "It" if count == 1 and after else f"{after} of {count}"
    verb = "lie" if count > 1 else "lies"
    found = "every time" if there == count else f"{there} of {count} times"
    looked = f"The pages shown here were looked at {times}, {span}; a page was there {found}."
    return f"{looked} {which} {verb} after that date."


def _warnings(report: Report) -> list[str]:
    """What the cover must say so that nobody takes a weak exhibit for a strong one."""
    unsealed = [str(exhibit.number) for exhibit in report.exhibits if not exhibit.proofs]
    practice = [
        str(exhibit.number)
        for exhibit in report.exhibits
        if exhibit.proofs and all(proof.practice for proof in exhibit.proofs)
    ]
    partial = [str(exhibit.number) for exhibit in report.exhibits if exhibit.missing]
    texts = (
        (practice, "PRACTICE: only a practice authority, which proves nothing to a stranger, stamped"),
        (unsealed, "UNSEALED: no timestamp authority has stamped"),
        (partial, "PARTIAL: something is missing or not whole in"),
    )
    return [f"{text} {_exhibits(numbers)}." for numbers, text in texts if numbers]


def _exhibits(numbers: list[str]) -> str:
    return f"exhibit{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _plain(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
