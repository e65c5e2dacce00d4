"""A deadline is an exact moment in a place: days, weekends, zones, changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from evidence.errors import NotAllowed
from evidence.notice.deadline import compute

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("span", "zone", "utc"),
    [
        ("14d", "Asia/Kolkata", datetime(2026, 12, 8, 12, 30, tzinfo=UTC)),
        ("14d", "America/Sao_Paulo", datetime(2026, 12, 8, 21, 0, tzinfo=UTC)),
        ("10bd", "Europe/Madrid", datetime(2026, 12, 8, 17, 0, tzinfo=UTC)),
        ("4bd", "UTC", datetime(2026, 11, 30, 18, 0, tzinfo=UTC)),
        ("2026-12-01", "UTC", datetime(2026, 12, 1, 18, 0, tzinfo=UTC)),
    ],
)
def test_the_moment(span: str, zone: str, utc: datetime) -> None:
    assert compute(span, zone, TUESDAY).utc == utc


def test_what_is_not_known_is_said() -> None:
    notes = compute("4d", "UTC", TUESDAY).notes
    assert any("holidays are not known" in note for note in notes)
    assert any("2026-11-28 is a Saturday" in note for note in notes)


@pytest.mark.parametrize(
    ("span", "zone", "says"),
    [
        ("0d", "UTC", "must lie after"),
        ("400d", "UTC", "within a year"),
        ("2026-11-24", "UTC", "must lie after"),
        ("two weeks", "UTC", "say 14d"),
        ("14d", "Mars/Olympus", "no time zone"),
        ("14d", "../etc/passwd", "no time zone"),
    ],
)
def test_what_is_refused(span: str, zone: str, says: str) -> None:
    with pytest.raises(NotAllowed, match=says):
        compute(span, zone, TUESDAY)


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    with pytest.raises(NotAllowed, match="does not exist in Europe/Berlin"):
        compute("2026-03-29", "Europe/Berlin", date(2026, 3, 20), time(2, 30))
