"""The chronology of claims: what each look says of each claim, in words of observation, with the dated lines drawn."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from crawler.sighting import Sighting, SightingState
from evidence.chronology import LINE, Capture, ClaimLine, ClaimLook, Presence, claim_lines, folded, spans
from evidence.chronology_csv import chronology_csv
from evidence.report_chronology import told
from evidence.report_model import Seen
from tests.evidence.test_evidence_report import exhibit, report

AT = datetime(2026, 11, 24, 13, 40, 2, tzinfo=UTC)
URL = "http://pelican-sender.example/offer?plan=1"
QUOTE = "50,000 per day"


def seen(days: int, state: SightingState = SightingState.SEEN, status: int | None = 200, reason: str = "") -> Sighting:
    at = AT + timedelta(days=days)
    return Sighting(f"sg-{days}", f"night-{days}", "watchlist", URL, (URL,), at, state, reason, status)


def lines(tmp_path: Path, texts: dict[str, str | None], sightings: list[Sighting]) -> tuple[ClaimLine, ...]:
    path = tmp_path / "text.txt"
    path.write_text("We send 50,000  PER day! बल्क मैसेज बिना बैन إرسال بدون حظر")
    captures = [Capture(exhibit(), "key", path)]
    return claim_lines(captures, {"key": sightings}, lambda one: texts.get(one.sighting_id))


def test_each_look_says_what_it_kept_and_nothing_more(tmp_path: Path) -> None:
    nights = [
        seen(-3),
        seen(1),
        seen(2, SightingState.ABSENT, 410, "the server says it is gone"),
        seen(3, SightingState.UNREACHABLE, None, "no answer"),
        seen(4, SightingState.REFUSED, 403, "the server refuses"),
        seen(5),
    ]
    texts = {"sg--3": "only  50,000\u200b per\nDAY", "sg-1": "other words", "sg-5": None}
    found = lines(tmp_path, texts, nights)
    volume = found[0]
    assert (volume.kind, volume.exhibits) == ("Volume of messages", (1,))
    assert volume.quote == QUOTE
    assert [(look.presence, look.basis) for look in volume.looks] == [
        (Presence.PRESENT, "sighting sg--3"),
        (Presence.PRESENT, "exhibit 1"),
        (Presence.ABSENT, "sighting sg-1"),
        (Presence.PAGE_ABSENT, "sighting sg-2"),
        (Presence.NOT_REACHABLE, "sighting sg-3"),
        (Presence.NOT_LOOKED, "sighting sg-4"),
        (Presence.NOT_KNOWN, "sighting sg-5"),
    ]
    assert volume.looks[3].detail == "answered 410; the server says it is gone"
    words = " ".join(f"{look.presence} {look.detail}" for line in found for look in line.looks)
    assert not any(word in words for word in ("deleted", "removed", "taken down"))


def test_words_that_scripts_make_are_never_called_absent(tmp_path: Path) -> None:
    found = lines(tmp_path, {"sg--1": "an empty page", "sg-1": "an empty page"}, [seen(-1), seen(1)])
    assert [look.presence for look in found[0].looks] == [Presence.NOT_KNOWN, Presence.PRESENT, Presence.NOT_KNOWN]
    assert "which the browser showed" in found[0].looks[0].detail


def test_two_exhibits_of_one_address_share_a_line_and_a_lost_claim_shows(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("50,000 per day")
    second.write_text("nothing now")
    later = exhibit(2, captured_at=AT + timedelta(days=9), claims=())
    captures = [Capture(exhibit(claims=exhibit().claims[:1]), "key", first), Capture(later, "key", second)]
    (line,) = claim_lines(captures, {}, lambda one: None)
    assert [(look.presence, look.basis) for look in line.looks] == [
        (Presence.PRESENT, "exhibit 1"),
        (Presence.ABSENT, "exhibit 2"),
    ]
    (address,) = told([line], None)
    assert address.claims[0].summary == (
        "Present at one look, on 2026-11-24 13:40:02 UTC; absent at 2026-12-03 13:40:02 UTC."
    )


def look(days: float, presence: Presence = Presence.PRESENT, at: datetime = LINE) -> ClaimLook:
    return ClaimLook(at + timedelta(days=days), presence, "sighting sg-1", "answered 200")


def test_looks_in_a_row_are_one_span() -> None:
    found = spans([look(1), look(2), look(3, Presence.NOT_REACHABLE), look(4), look(5, Presence.ABSENT)])
    assert [(span.presence.name, span.count) for span in found] == [
        ("PRESENT", 2),
        ("NOT_REACHABLE", 1),
        ("PRESENT", 1),
        ("ABSENT", 1),
    ]


def test_the_lines_of_2019_and_of_the_notice_are_drawn_where_they_fall() -> None:
    line = ClaimLine(URL, "Price", "9 USD", (1,), (look(-1), look(1), look(40)))
    (address,) = told([line], LINE + timedelta(days=30))
    rows = [row if isinstance(row, str) else (row.presence.name, row.count) for row in address.claims[0].rows]
    assert rows == [
        ("PRESENT", 1),
        "End of 7 December 2019 (UTC)",
        ("PRESENT", 1),
        "7 January 2020: the notice of this case was served",
        ("PRESENT", 1),
    ]
    (after,) = told([ClaimLine(URL, "Price", "9 USD", (1,), (look(1),))], LINE + timedelta(days=30))
    assert after.above == ("End of 7 December 2019 (UTC). Every look below is later.",)
    assert after.below == ("7 January 2020: the notice of this case was served. Every look above is earlier.",)


def test_7_december_2019_itself_is_not_after_and_the_next_moment_is_in_report_file_and_notice() -> None:
    from evidence.notice import acts
    from evidence.report import _line_sentence

    last, next_day = (datetime.fromisoformat(one) for one in ("2019-12-07T23:59:59+00:00", "2019-12-08T00:00:00+00:00"))
    assert "0 of 1 lies after that date." in _line_sentence([Seen(last, "seen, 200")])
    assert "It lies after that date." in _line_sentence([Seen(next_day, "seen, 200")])
    looks = tuple(ClaimLook(at, Presence.PRESENT, "sighting sg-1", "answered 200") for at in (last, next_day))
    line = ClaimLine(URL, "Price", "9 USD", (1,), looks)
    rows = list(csv.DictReader(StringIO(chronology_csv([line], None).decode("utf-8-sig"))))
    assert [row["after_7_december_2019"] for row in rows] == ["no", "yes"]
    (address,) = told([line], None)
    assert address.claims[0].rows[1] == "End of 7 December 2019 (UTC)"
    assert acts.LINE is LINE


def test_many_changes_are_cut_and_said_and_the_lines_stay() -> None:
    kinds = (Presence.PRESENT, Presence.ABSENT)
    line = ClaimLine(URL, "Price", "9 USD", (1,), tuple(look(day - 50, kinds[day % 2]) for day in range(100)))
    (address,) = told([line], None)
    rows = address.claims[0].rows
    assert "End of 7 December 2019 (UTC)" in rows
    assert "… 92 more changes; chronology.csv has every look" in rows
    assert len(rows) == 10


def test_every_look_is_a_row_of_the_file_and_no_cell_is_a_formula() -> None:
    line = ClaimLine(URL, "Price", "=1+1", (1, 3), (look(-1), look(1, Presence.ABSENT)))
    rows = list(csv.DictReader(StringIO(chronology_csv([line], LINE).decode("utf-8-sig"))))
    assert [row["quote"] for row in rows] == ["'=1+1", "'=1+1"]
    assert [row["after_7_december_2019"] for row in rows] == ["no", "yes"]
    assert [row["after_notice"] for row in rows] == ["no", "yes"]
    assert rows[0]["looked_at_utc"] == "2019-12-07T00:00:00.000000Z"
    assert rows[0]["exhibits"] == "1; 3"
    (row,) = csv.DictReader(StringIO(chronology_csv([ClaimLine(URL, "P", "q", (1,), (look(1),))]).decode("utf-8-sig")))
    assert row["after_notice"] == "no notice served"


def test_the_report_shows_the_chronology_and_says_when_no_notice_was_served(tmp_path: Path) -> None:
    from evidence.report import render

    found = lines(tmp_path, {"sg-1": "other"}, [seen(1)])
    html = render(report(chronology=found))
    assert "End of 7 December 2019 (UTC). Every look below is later." in html
    assert "No service of a notice is recorded for this case" in html
    served = render(report(chronology=found, served=AT - timedelta(days=1)))
    assert "23 November 2026: the notice of this case was served. Every look below is later." in served


def test_folding_keeps_marks_and_drops_what_nobody_sees() -> None:
    assert folded("Ａnti\u200b-BAN \n now") == "anti-ban now"
    assert folded("मैसेज") != folded("मसज")
