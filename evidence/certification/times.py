"""Moments in the forms that certificates want: UTC, India, the United Kingdom, Brasília, and the machine's own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: Indian Standard Time has no summer time: always UTC+05:30.
IST = timezone(timedelta(hours=5, minutes=30), "IST")
LONDON = ZoneInfo("Europe/London")
BRASILIA = ZoneInfo("America/Sao_Paulo")
_OFFSET = re.compile(r"(.*?)\s*([+-])(\d\d):?(\d\d)")


def utc(moment: datetime) -> str:
    """``2026-11-24 20:08:17.299 UTC``."""
    return f"{_milliseconds(moment.astimezone(UTC))} UTC"


def ist(moment: datetime) -> str:
    """``2026-11-25 01:38:17.299 IST (UTC+05:30)``."""
    return f"{_milliseconds(moment.astimezone(IST))} IST (UTC+05:30)"


def local(moment: datetime, zone: tzinfo) -> str:
    """The moment in a zone, with the zone's name and offset at that moment."""
    there = moment.astimezone(zone)
    offset = there.strftime("%z")
    name = there.tzname() or ""
    named = name if name and not name.startswith(("+", "-")) else ""
    return f"{_milliseconds(there)} {named + ' ' if named else ''}(UTC{offset[:3]}:{offset[3:5]})"


def zone_of(told: str) -> tzinfo | None:
    """The zone a capture record names as ``CET +0100``; None when it names none."""
    found = _OFFSET.fullmatch(told.strip())
    if found is None:
        return None
    name, sign, hours, minutes = found.groups()
    if int(hours) > 23 or int(minutes) > 59:
        return None
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-shift if sign == "-" else shift, name or f"UTC{sign}{hours}:{minutes}")


def _milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
