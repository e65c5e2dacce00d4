"""The casebook's sightings, runs and issues: what goes in comes out, and a sighting is never changed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.casebook import open_casebook, writing
from crawler.draft import Issue, IssueKind
from crawler.renders import Renders
from crawler.sighting import Sighting, SightingState, SpoolRef, sighting_id
from crawler.store import MIGRATIONS, Issues, Runs, Sightings, SourceRuns, from_row, to_row

AT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", [MIGRATIONS])


def seen(url: str = "http://a.example/", run_id: str = "r1", source: str = "watchlist", at: datetime = AT) -> Sighting:
    name = sighting_id(run_id, source, url)
    return Sighting(name, run_id, source, url, (url, f"{url}landed"), at, SightingState.SEEN)


def full() -> Sighting:
    return replace(
        seen(),
        status=200,
        content_type="text/html",
        title="बल्क",
        text="أرسل \U0001f4e3",
        links=("http://b.example/", "tel:+91"),
        facts={"price": "499", "seller": 'a"b'},
        body_sha256="ab" * 32,
        spool=SpoolRef("r1-0001.warc.gz", 17, "<urn:uuid:1>"),
        robots="allowed",
        peer_ip="192.0.2.1",
        rendered=True,
    )


def refused() -> Sighting:
    return replace(seen("http://c.example/"), state=SightingState.REFUSED, reason="no")


@pytest.mark.parametrize("sighting", [seen(), full(), refused()])
def test_a_sighting_comes_out_as_it_went_in(db: Database, sighting: Sighting) -> None:
    with writing(db):
        assert Sightings(db).add(sighting)
    assert Sightings(db).get(sighting.sighting_id) == sighting
    assert from_row(to_row(sighting)) == sighting


@pytest.mark.parametrize(
    "change",
    ["UPDATE sightings SET title = 'x'", "DELETE FROM sightings", "UPDATE sightings SET facts = '{}' WHERE 1 = 1"],
)
def test_a_sighting_cannot_be_changed_or_taken_out(db: Database, change: str) -> None:
    with writing(db):
        Sightings(db).add(full())
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.conn.execute(change)
    assert Sightings(db).get(full().sighting_id) == full()


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"])
def test_the_first_sighting_of_an_id_stays(db: Database, verb: str) -> None:
    other = to_row(replace(full(), title="another"))
    with writing(db):
        assert Sightings(db).add(full())
        assert not Sightings(db).add(replace(full(), title="another"))
        marks = ", ".join(f":{name}" for name in other)
        db.conn.execute(f"{verb} INTO sightings ({', '.join(other)}) VALUES ({marks})", other)
    assert Sightings(db).get(full().sighting_id) == full()


def test_sightings_by_run_source_and_address(db: Database) -> None:
    second = seen("http://b.example/", at=AT + timedelta(seconds=1))
    other = seen("http://a.example/", source="given")
    with writing(db):
        for one in (second, seen(), other, seen(run_id="r2"), refused()):
            Sightings(db).add(one)
    store = Sightings(db)
    assert list(store.of_run("r1", "watchlist"))[-1] == second
    assert {one.sighting_id for one in store.of_run("r1")} >= {other.sighting_id, second.sighting_id}
    assert store.urls("r1") == ("http://a.example/", "http://b.example/", "http://c.example/")
    assert store.counts("r1", "watchlist") == {"seen": 2, "refused": 1}
    assert store.get("sg-none") is None


def test_the_latest_sighting_before_a_run(db: Database) -> None:
    days = {f"r{day}": AT + timedelta(days=day) for day in range(4)}
    with writing(db):
        for run_id, at in days.items():
            db.conn.execute("INSERT INTO runs VALUES (?, 'finished', ?, '', '', '')", (run_id, at.isoformat()[:19]))
            Sightings(db).add(seen("http://a.example/?x=1&y=2", run_id, at=at + timedelta(hours=1)))
    store, spelled = Sightings(db), "http://a.example/?y=2&x=1#top"
    found = [store.latest_before(spelled, run_id) for run_id in days]
    assert [one.run_id if one else None for one in found] == [None, "r0", "r1", "r2"]
    latest = store.latest_before(spelled, "a run that is not recorded")
    assert latest is not None
    assert latest.run_id == "r3"
    assert store.latest_before("http://elsewhere.example/", "r3") is None


def test_a_run_and_its_sources_keep_their_first_start(db: Database) -> None:
    runs, sources = Runs(db), SourceRuns(db)
    with writing(db):
        runs.begin("r1", software="offsignal", user_agent="offsignal/0 (+x)")
        sources.begin("r1", "watchlist")
        sources.end("r1", "watchlist", "failed", "why", {"seen": 2})
        runs.end("r1", "failed")
    started = next(db.query("SELECT started_at FROM runs"))["started_at"]
    (first,) = sources.of_run("r1")
    assert (first.state, first.reason, first.counts) == ("failed", "why", {"seen": 2})
    with writing(db):
        runs.begin("r1", software="another", user_agent="another")
        sources.begin("r1", "watchlist")
    (row,) = db.query("SELECT * FROM runs")
    assert (row["started_at"], row["state"], row["software"], row["finished_at"]) == (
        started,
        "running",
        "offsignal",
        "",
    )
    (again,) = sources.of_run("r1")
    assert (again.state, again.reason, again.started_at) == ("running", "", first.started_at)


def test_the_same_issue_is_counted_not_repeated(db: Database) -> None:
    issue = Issue(IssueKind.ODD, "a field nobody knows", "http://a.example/1")
    with writing(db):
        for place in ("http://a.example/1", "http://a.example/2"):
            Issues(db).note("r1", "marketplace", replace(issue, place=place))
        Issues(db).note("r1", "marketplace", replace(issue, kind=IssueKind.BROKEN))
    noted = {(one.kind, one.times, one.place) for one in Issues(db).of_run("r1")}
    assert noted == {("odd", 2, "http://a.example/1"), ("broken", 1, "http://a.example/1")}
    assert Issues(db).of_run("r1", "telegram") == []


def test_a_page_waits_for_the_browser_once_and_ends_as_one_sighting(db: Database) -> None:
    renders = Renders(db)
    with writing(db):
        renders.add(full())
        renders.add(full())
    assert renders.waiting("r1") == [full()]
    assert renders.waiting("r2") == []
    with writing(db):
        assert renders.settle(replace(full(), title="rendered"))
        renders.add(full())
    assert renders.waiting("r1") == []
    stored = Sightings(db).get(full().sighting_id)
    assert stored is not None
    assert stored.title == "rendered"
