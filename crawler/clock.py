"""The only reader of the time. Every time in the project is an aware UTC datetime.

Call it through the module (``clock.now()``) so that a test can freeze it in one place.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """``2026-11-24T13:40:00.123456Z``: RFC 3339 in UTC, always with microseconds, so that text order is time order.

    Raises ValueError for a naive datetime: a time without a zone is not a time.
    """
    if moment.tzinfo is None:
        raise ValueError("naive datetime: every time must carry its zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """The inverse of :func:`iso`; accepts any RFC 3339 time with a zone and converts it to UTC.

    Raises ValueError for text that is no time or carries no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return moment.astimezone(UTC)
