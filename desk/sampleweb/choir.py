"""A crawler trap: a choir's calendar that has a page for every month of eight hundred years, each in three variants."""

from __future__ import annotations

import calendar
import re
from string import Template
from urllib.parse import parse_qs

from desk.sampleweb.site import Answer, Request, Site

FIRST_YEAR, LAST_YEAR = 1627, 2426


def answer(site: Site, request: Request) -> Answer | None:
    """``/calendar?month=YYYY-MM`` with links to the months around it; 404 outside the range, None for other paths."""
    if request.path != "/calendar":
        return None
    month = parse_qs(request.query).get("month", [""])[0]
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return site.not_found()
    count = int(match[1]) * 12 + int(match[2]) - 1
    weeks = calendar.monthcalendar(int(match[1]), int(match[2]))
    days = "".join("<tr>" + "".join(f"<td>{day or ''}</td>" for day in week) + "</tr>" for week in weeks)
    html = Template((site.folder / "_calendar.html").read_text("utf-8")).substitute(
        month=month, before=_name(count - 1), after=_name(count + 1), days=days
    )
    return Answer(200, html.encode(), (("Content-Type", "text/html; charset=utf-8"), *site.headers))


def _name(count: int) -> str:
    return f"{count // 12:04d}-{count % 12 + 1:02d}"
