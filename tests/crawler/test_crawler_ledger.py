"""A page is stored whole or not at all, once its last output has arrived; a lost lease is never silent."""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.settings import Settings
from sqlite_utils import Database

from crawler import clock
from crawler.addon import Addon
from crawler.casebook import open_casebook, writing
from crawler.config import CollectorSettings, CrawlerSettings
from crawler.draft import Issue, IssueKind
from crawler.errors import SettingsError
from crawler.events import Events
from crawler.frontier import MAX_ATTEMPTS, Frontier, Limits, Wanted
from crawler.ledger import Ledger
from crawler.scheduler import LeaseScheduler
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.store import Issues, Sightings
from crawler.tables import MIGRATIONS


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", [MIGRATIONS])


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def ledger(db: Database, said: io.StringIO) -> Ledger:
    frontier = Frontier(db, "r1", "watchlist", owner="me", limits=Limits(pages_per_host=3))
    with writing(db):
        frontier.add([Wanted("http://a.example/", "parse_page", 0)])
    return Ledger(db, "r1", "watchlist", frontier, Events(said))


def seen(url: str) -> Sighting:
    name = sighting_id("r1", "watchlist", url)
    return Sighting(name, "r1", "watchlist", url, (url,), clock.now(), SightingState.SEEN)


def begin(ledger: Ledger) -> int:
    lease = ledger.frontier.lease()
    assert lease is not None
    ledger.begin(lease)
    return lease.id


def test_a_page_is_stored_when_its_last_output_has_arrived_in_any_order(tmp_path: Path) -> None:
    for number, order in enumerate(itertools.permutations(["expect", "expect", "arrived", "arrived", "end"])):
        balance = [order[:i].count("expect") - order[:i].count("arrived") for i in range(6)]
        if min(balance) < 0 or "expect" in order[order.index("end") :]:
            continue
        db = open_casebook(tmp_path / f"{number}.db", [MIGRATIONS])
        frontier = Frontier(db, "r1", "s", owner="me")
        with writing(db):
            frontier.add([Wanted("http://a.example/", "parse_page", 0)])
        ledger = Ledger(db, "r1", "s", frontier, Events(None))
        lease = begin(ledger)
        ledger.open[lease].sightings.append(seen("http://a.example/"))
        for step in order:
            assert Sightings(db).urls("r1") == ()
            getattr(ledger, step)(lease)
        assert Sightings(db).urls("r1") == ("http://a.example/",)
        assert frontier.counts() == {"done": 1}
        assert ledger.open == {}


def test_sightings_addresses_issues_and_the_acknowledgement_are_one_transaction(
    db: Database, ledger: Ledger, said: io.StringIO
) -> None:
    lease = begin(ledger)
    batch = ledger.open[lease]
    batch.sightings.append(seen("http://a.example/"))
    batch.thin.append(seen("http://a.example/thin"))
    batch.wanted += [Wanted(f"http://a.example/{n}", "parse_page", 1) for n in range(5)]
    batch.issues.append(Issue(IssueKind.ODD, "odd"))
    batch.skipped["a.example", "depth"] = 4
    db.conn.execute("CREATE TRIGGER broken BEFORE UPDATE ON frontier BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(sqlite3.IntegrityError):
        ledger.end(lease)
    for table in ("sightings", "renders", "source_issues", "frontier_skips"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - the names above
    assert ledger.frontier.counts() == {"leased": 1}
    assert said.getvalue() == ""

    db.conn.execute("DROP TRIGGER broken")
    ledger.end(lease)
    assert ledger.frontier.counts() == {
        "queued": 2,
        "done": 1,
        "skipped: host budget": 3,
        "skipped: depth": 4,
    }
    events = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["sighting", "issue"]
    assert events[0] | {"sighting_id": ""} == {
        "event": "sighting",
        "sighting_id": "",
        "source": "watchlist",
        "url": "http://a.example/",
        "state": "seen",
        "reason": "",
    }


def test_a_lease_that_cannot_be_worked_on_leaves_a_failed_sighting(db: Database, ledger: Ledger) -> None:
    lease = ledger.frontier.lease()
    assert lease is not None
    ledger.give_up(lease, "why")
    (one,) = Sightings(db).of_run("r1")
    assert (one.state, one.reason, one.url) == ("failed", "why", "http://a.example/")
    assert ledger.frontier.counts() == {"dead": 1}
    assert [issue.what for issue in Issues(db).of_run("r1")] == ["why"]


def scheduler(ledger: Ledger, **context: Any) -> LeaseScheduler:
    """The scheduler with the parts of a crawl that it asks for."""
    settings = CrawlerSettings(collector=CollectorSettings(contact="a@b.example", operator="A"))
    stopping = SimpleNamespace(is_set=lambda: False)
    about = SimpleNamespace(settings=settings, db=ledger.db, failure=None, stopping=stopping, **context)
    spider = SimpleNamespace(name="watchlist", parse=lambda response: None)
    work = SimpleNamespace(context=about, frontier=ledger.frontier, ledger=ledger, spider=spider, closing="")
    crawler = SimpleNamespace(get_spider_middleware=lambda _: SimpleNamespace(failed=None))
    return LeaseScheduler(cast("Any", work), cast("Any", crawler))


def test_the_scheduler_takes_the_three_kinds_of_request(ledger: Ledger) -> None:
    queue = scheduler(ledger)
    first = queue.next_request()
    assert first is not None
    assert (first.url, first.cb_kwargs, first.meta["depth"]) == ("http://a.example/", {"to": "parse_page"}, 0)
    lease = first.meta["lease"]

    retry = first.replace(url="http://a.example/moved")
    assert queue.enqueue_request(retry)
    assert queue.next_request() is retry

    ledger.expect(lease)
    child = Request("http://b.example/", cb_kwargs={"to": "parse_page"}, meta={"depth": 1, "parent": lease})
    assert queue.enqueue_request(child)
    assert queue.next_request() is None  # it belongs to a page that has not been stored yet
    seed = Request("http://c.example/", cb_kwargs={"to": "parse_page"}, meta={"depth": 0}, priority=3)
    assert queue.enqueue_request(seed)
    assert queue.has_pending_requests()
    following = queue.next_request()
    assert following is not None
    assert (following.url, following.priority) == ("http://c.example/", 3)
    ledger.end(lease)
    last = queue.next_request()
    assert last is not None
    assert (last.url, last.meta["depth"]) == ("http://b.example/", 1)


def test_one_host_is_asked_once_at_a_time(ledger: Ledger) -> None:
    with writing(ledger.db):
        ledger.frontier.add([Wanted("http://a.example/2", "parse_page", 0)])
    queue = scheduler(ledger)
    first = queue.next_request()
    assert first is not None
    assert queue.next_request() is None
    ledger.end(first.meta["lease"])
    assert queue.next_request() is not None


def test_a_lease_nobody_works_on_any_more_is_found_and_said(db: Database, ledger: Ledger) -> None:
    queue = scheduler(ledger)
    assert queue.next_request() is not None
    assert not queue.has_pending_requests()  # the engine asks when nothing is in flight
    (one,) = Sightings(db).of_run("r1")
    assert one.state == "failed"
    assert "lost inside the crawler" in one.reason


def test_a_page_that_kills_the_crawler_again_and_again_is_given_up(db: Database, ledger: Ledger) -> None:
    db.conn.execute("UPDATE frontier SET attempts = ?", (MAX_ATTEMPTS,))
    db.conn.commit()
    assert scheduler(ledger).next_request() is None
    (one,) = Sightings(db).of_run("r1")
    assert one.reason == f"given up after {MAX_ATTEMPTS} attempts that ended with the crawler"


def test_closing_stores_seeds_and_gives_leases_back(ledger: Ledger) -> None:
    queue = scheduler(ledger)
    assert queue.next_request() is not None
    queue.enqueue_request(Request("http://c.example/", cb_kwargs={"to": "parse_page"}, meta={"depth": 0}))
    queue.close("shutdown")
    assert ledger.frontier.counts() == {"queued": 2}


@pytest.mark.parametrize(
    "handlers",
    [
        {"http": "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"},
        {"https": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"},
        {"ftp": "scrapy.core.downloader.handlers.ftp.FTPDownloadHandler"},
        {"file": "scrapy.core.downloader.handlers.file.FileDownloadHandler"},
    ],
)
def test_the_crawl_refuses_to_start_with_a_handler_that_goes_around_the_guard(handlers: dict[str, str]) -> None:
    crawl = CrawlerSettings(collector=CollectorSettings(contact="a@b.example", operator="A"))
    addon = object.__new__(Addon)
    addon.work = cast("Any", SimpleNamespace(context=SimpleNamespace(settings=crawl)))
    settings = Settings()
    settings.setmodule("crawler.settings")
    addon.update_settings(settings)
    assert settings["USER_AGENT"] == "offsignal/0.1.0 (+a@b.example)"
    settings.set("DOWNLOAD_HANDLERS", {**settings.getdict("DOWNLOAD_HANDLERS"), **handlers}, priority="cmdline")
    with pytest.raises(SettingsError, match="is not known to go through the egress guard"):
        addon.update_settings(settings)


def test_a_sighting_needs_a_reason_unless_it_was_seen() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        replace(seen("http://a.example/"), state=SightingState.ABSENT)
