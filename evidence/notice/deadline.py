"""A deadline: the day of the letter, a span and a time zone in; an exact moment out, with what is not known about it.

Days are counted from the day after the letter's date. Holidays are not known to the program and that is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evidence.errors import NotAllowed

_SPAN = re.compile(r"(\d{1,3})(d|bd)")
_SATURDAY = 5
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Deadline:
    """``moment`` is local and aware. ``notes`` say what a person must still look at."""

    moment: datetime
    zone: str
    rule: str
    notes: tuple[str, ...]

    @property
    def utc(self) -> datetime:
        """The same moment in UTC."""
        return self.moment.astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises NotAllowed for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotAllowed(f"there is no time zone {name!r}: name one as Asia/Kolkata or America/Sao_Paulo") from error


def compute(span: str, zone_name: str, letter: date, at: time = time(18)) -> Deadline:
    """``span``: ``14d`` calendar days, ``10bd`` days without Saturdays and Sundays, or a date as 2026-12-08.

    ``at`` is the local time of day. Raises NotAllowed for another form, a day that is not after the letter's, one
    farther than a year, or a local time that a change of clocks leaves out.
    """
    zone = zone_of(zone_name)
    day, rule = _day(span, letter)
    if not letter < day <= letter + timedelta(days=MAX_DAYS):
        raise NotAllowed(f"the deadline {day} must lie after {letter}, the date of the letter, and within a year of it")
    moment = datetime.combine(day, at, tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise NotAllowed(f"{day} {at:%H:%M} does not exist in {zone_name}: the clocks change then; choose another time")
    notes = ["public holidays are not known to the program: look at the calendar of the recipient's place"]
    if day.weekday() >= _SATURDAY:
        notes.append(f"{day} is a {'Saturday' if day.weekday() == _SATURDAY else 'Sunday'}")
    if "bd" in span:
        notes.append("Saturdays and Sundays were left out; other places rest on other days")
    return Deadline(moment, zone_name, rule, tuple(notes))


def _day(span: str, letter: date) -> tuple[date, str]:
    if match := _SPAN.fullmatch(span):
        count, unit = int(match[1]), match[2]
        if unit == "d":
            return letter + timedelta(days=count), f"{count} calendar days after {letter}"
        return _working(letter, count), f"{count} days without Saturdays and Sundays after {letter}"
    try:
        return date.fromisoformat(span), "the date given"
    except ValueError as error:
        raise NotAllowed(f"--deadline {span!r}: say 14d, 10bd or a date as 2026-12-08") from error


def _working(letter: date, count: int) -> date:
    day = letter
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
