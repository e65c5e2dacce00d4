"""After service the night looks again on the days that were set, preserves what it sees, and shows a reoffence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from classifiers.judgement import Claim, Identifier
from classifiers.labels import ClaimType
from crawler import clock
from crawler.sighting import Sighting, SightingState
from crawler.store import Sightings
from desk import looks, nights, notice_watch
from evidence.notice.watching import Watched, due, reoffences, schedule
from tests.evidence.notice_making import NoticeHouse, make_notice_house

URL = "http://pelican-sender.example/offer?plan=1"


def _see(house: NoticeHouse, run: str, at: datetime, state: SightingState = SightingState.SEEN) -> None:
    reason = "" if state is SightingState.SEEN else "404"
    one = Sighting(f"sg-{run}", run, "recheck", URL, (URL,), at, state, reason, 200)
    Sightings(house.db).add(one)


@pytest.fixture
def served(tmp_path: Path) -> tuple[NoticeHouse, datetime]:
    house = make_notice_house(tmp_path)
    nights.MIGRATIONS.apply(house.db)
    house.pin()
    draft = house.draft()
    house.approve(draft)
    at = clock.now()
    given = {"method": "courier", "proof_sha256": "0" * 64, "docx_sha256": draft.docx_sha256, "by": "Anita Rao"}
    house.notices.record_service(draft.notice.id, served_at=at, **given)
    return house, at


def test_the_days_are_counted_in_the_notices_zone() -> None:
    days = schedule(datetime(2026, 11, 25).date(), datetime(2026, 12, 8).date(), "Asia/Kolkata")  # noqa: DTZ001
    assert [name for name, _ in days] == ["-1 d", "+1 d", "+7 d", "deadline", "+30 d", "+90 d"]
    assert dict(days)["+1 d"].astimezone(UTC) == datetime(2026, 11, 25, 18, 30, tzinfo=UTC)


def test_each_day_asks_for_one_look_until_it_is_made(
    served: tuple[NoticeHouse, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, at = served
    zone = ZoneInfo("Asia/Kolkata")
    noon = at.astimezone(zone).replace(hour=12)
    limit = datetime.fromisoformat(house.notices.get("notice-0001").data["deadline"]["local"])
    asked = []
    for day in range(95):
        now = (noon + timedelta(days=day)).astimezone(UTC)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        if looks.to_recheck(house.db, f"night-{day:04d}") == [URL]:
            asked.append(day)
            if day != 7:  # the night of that day is missed, and made good the night after
                _see(house, f"night-{day:04d}", now)
                assert looks.to_recheck(house.db, f"night-{day:04d}") == []
                assert notice_watch.due_looks(house.db) == []
    # the day before service was not looked at: it is made good at once
    assert asked == [0, 1, 7, 8, (limit.date() - noon.date()).days, 30, 90]


def test_a_closed_matter_asks_for_nothing(
    served: tuple[NoticeHouse, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, at = served
    house.notices.record("notice-0001", "complied", by="Anita Rao", note="page gone")
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=8))
    assert notice_watch.due_looks(house.db) == [URL]
    house.notices.record("notice-0001", "closed", by="Anita Rao", note="done")
    assert notice_watch.due_looks(house.db) == []


def test_a_draft_that_nobody_approved_asks_for_nothing(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    draft = house.draft()
    assert due(house.notices, clock.now()) == ()
    house.approve(draft)
    assert [(url, one.name) for url, one in due(house.notices, clock.now())] == [(URL, "-1 d")]


def test_a_page_that_is_gone_is_preserved_too(
    served: tuple[NoticeHouse, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, at = served
    later = at + timedelta(days=7, hours=23)
    monkeypatch.setattr(clock, "now", lambda: later)
    _see(house, "night-0007", later, SightingState.ABSENT)
    assert [one.sighting_id for one in notice_watch.due_captures(house.db, ("night-0007",))] == ["sg-night-0007"]
    assert notice_watch.due_captures(house.db, ("night-0001",)) == []


def _page(at: datetime, **changes: object) -> Watched:
    phone = Identifier("phone", "+919876543211", "+91 98765 43211", 0, 15, "body")
    claim = Claim(ClaimType.ANTI_BAN, "never banned again", 0, 18, "body")
    page = Watched("sg-new", "http://message-flow.example/", at, (claim,), (phone,), "ex-new")
    return replace(page, **changes)


def test_the_same_phone_on_a_new_domain_is_a_reoffence(served: tuple[NoticeHouse, datetime]) -> None:
    house, at = served
    (found,) = reoffences(house.notices, [_page(at + timedelta(days=3))])
    assert (found.notice_id, found.case_id) == ("notice-0001", "case-0001")
    assert (found.kind, found.value) == ("number", "919876543211")
    assert (found.new_claims, found.exhibit_id) == ((("anti_ban", "never banned again"),), "ex-new")
    assert not found.same_address


def test_what_is_no_reoffence(served: tuple[NoticeHouse, datetime]) -> None:
    house, at = served
    later = at + timedelta(days=3)
    old = Claim(ClaimType.ANTI_BAN, "stay 100% anti ban", 0, 18, "body")
    disclaimer = Claim(ClaimType.DISCLAIMER, "not affiliated", 0, 14, "body")
    other = Identifier("phone", "+551199998888", "+55 11 9999 8888", 0, 16, "body")
    lead = Identifier("phone", "+919876543211", "+91 98765 43211", 0, 15, "ocr", lead=True)
    pages = [
        _page(at - timedelta(seconds=1)),
        _page(later, identifiers=(other,)),
        _page(later, identifiers=(lead,)),
        _page(later, claims=(disclaimer,)),
        _page(later, url=URL, claims=(old,)),
    ]
    assert [reoffences(house.notices, [page]) for page in pages] == [()] * len(pages)
    (new,) = reoffences(house.notices, [_page(later, url=URL)])
    assert new.same_address
