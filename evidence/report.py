"""Counsel's report: a :class:`Report` in, one self-contained HTML page out, with no script and no way to the network.

The page takes its images from the bundle's ``exhibits/`` folder by relative address; the exhibits themselves are
printed one by one, see :mod:`evidence.exhibit_print`.
"""

from __future__ import annotations

from evidence.chronology import LINE
from evidence.method import of_exhibits
from evidence.report_chronology import told
from evidence.report_model import ExhibitPage, Report, Seen
from evidence.report_page import day, plain, render_page

#: How many looks at an address the table shows in full when there are many.
KEEP_FIRST, KEEP_LAST = 4, 8
#: A report of more exhibits shows no screenshots: they are in the printed exhibits, and hundreds fill the memory.
MAX_PICTURED = 30


def render(report: Report) -> str:
    """The report as HTML. The same report gives the same text."""
    seen = sorted(((e.number, row) for e in report.exhibits for row in e.seen), key=lambda pair: (pair[1].at, pair[0]))
    times = [exhibit.captured_at for exhibit in report.exhibits]
    return render_page(
        "report.html.j2",
        report=report,
        seen=seen,
        rows=[pair for exhibit in report.exhibits for pair in _thinned(exhibit)],
        line_sentence=_line_sentence([row for _, row in seen]),
        first=min(times),
        last=max(times),
        pictured=len(report.exhibits) <= MAX_PICTURED,
        stamped=any(exhibit.proofs for exhibit in report.exhibits),
        warnings=_warnings(report),
        limits=_limits(report),
        chronology=told(report.chronology, report.served),
    )


def _limits(report: Report) -> list[tuple[str, str]]:
    """The limits of the exhibits, each once, with the numbers of the exhibits it is about."""
    found: dict[str, list[int]] = {}
    for exhibit in report.exhibits:
        for limit in exhibit.limits:
            found.setdefault(limit, []).append(exhibit.number)
    return [(of_exhibits(numbers).capitalize(), limit) for limit, numbers in found.items()]


def _thinned(exhibit: ExhibitPage) -> list[tuple[int, Seen]]:
    """The looks at one exhibit's address as the table shows them: all when they are few, else the ends in full."""
    rows = list(exhibit.seen)
    if len(rows) > KEEP_FIRST + KEEP_LAST + 1:
        between = rows[KEEP_FIRST:-KEEP_LAST]
        there = sum(row.present for row in between)
        told = f"and {len(between)} looks up to {plain(between[-1].at)}; a page was there {there} times"
        rows = [*rows[:KEEP_FIRST], Seen(between[0].at, told), *rows[-KEEP_LAST:]]
    return [(exhibit.number, row) for row in rows]


def _line_sentence(rows: list[Seen]) -> str:
    """Where the looks at these pages lie against 7 December 2019, and how often the page was there."""
    if not rows:
        return ""
    count, there = len(rows), sum(row.present for row in rows)
    after = sum(row.at >= LINE for row in rows)
    times = "once" if count == 1 else f"{count} times"
    first, last = day(rows[0].at), day(rows[-1].at)
    span = f"from {first} to {last}" if first != last else f"on {first}"
    which = "All" if after == count > 1 else "It" if count == 1 and after else f"{after} of {count}"
    verb = "lie" if count > 1 else "lies"
    found = "every time" if there == count else f"{there} of {count} times"
    looked = f"The pages shown here were looked at {times}, {span}; a page was there {found}."
    return f"{looked} {which} {verb} after that date."


def _warnings(report: Report) -> list[str]:
    """What the cover must say so that nobody takes a weak exhibit for a strong one."""
    unsealed = [exhibit.number for exhibit in report.exhibits if not exhibit.proofs]
    practice = [
        exhibit.number
        for exhibit in report.exhibits
        if exhibit.proofs and all(proof.practice for proof in exhibit.proofs)
    ]
    partial = [exhibit.number for exhibit in report.exhibits if exhibit.missing]
    texts = (
        (practice, "PRACTICE: only a practice authority, which proves nothing to a stranger, stamped"),
        (unsealed, "UNSEALED: no timestamp authority has stamped"),
        (partial, "PARTIAL: something is missing or not whole in"),
    )
    found = [f"{text} {of_exhibits(numbers)}." for numbers, text in texts if numbers]
    if report.work_product:
        found.insert(0, "PRIVILEGED: this bundle holds work product, which is not for the other side.")
    return found
