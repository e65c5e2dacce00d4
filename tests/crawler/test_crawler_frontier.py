"""The lease queue: order, limits, leases of the living and the dead, and what is counted."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler import clock, owner
from crawler.casebook import open_casebook, writing
from crawler.frontier import LEASE_S, Frontier, Limits, Wanted
from crawler.tables import MIGRATIONS


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", [MIGRATIONS])


NO_LIMITS = Limits()


def frontier(db: Database, *, name: str = "me", source: str = "watchlist", limits: Limits = NO_LIMITS) -> Frontier:
    return Frontier(db, "r1", source, owner=name, limits=limits)


def put(queue: Frontier, *wanted: Wanted) -> int:
    with writing(queue.db):
        return queue.add(wanted)


def take(queue: Frontier, *busy: str) -> str:
    lease = queue.lease(busy)
    return lease.url if lease else ""


def page(number: int, host: str = "a.example", **given: int) -> Wanted:
    return Wanted(f"http://{host}/{number}", "parse_page", given.pop("depth", 0), **given)


def test_higher_priority_goes_first_then_older(db: Database) -> None:
    queue = frontier(db)
    put(queue, page(1), page(2, priority=-1), page(3, priority=5), page(4))
    assert [take(queue) for _ in range(5)] == [f"http://a.example/{n}" for n in (3, 1, 4, 2)] + [""]


def test_an_address_comes_in_once_in_any_spelling(db: Database) -> None:
    queue = frontier(db)
    spellings = ("http://a.example/?b=2&a=1", "http://a.example/?a=1&b=2", "HTTP://A.example/?b=2&a=1#part")
    assert put(queue, *(Wanted(url, "parse_page", 0) for url in spellings)) == 1
    assert put(frontier(db, source="other"), Wanted(spellings[0], "parse_page", 0)) == 1


def test_a_busy_host_is_passed_over(db: Database) -> None:
    queue = frontier(db)
    put(queue, page(1), page(2), page(3, "b.example"))
    assert take(queue, "a.example") == "http://b.example/3"
    assert take(queue, "a.example", "b.example") == ""
    assert take(queue) == "http://a.example/1"


@pytest.mark.parametrize(
    ("limits", "kept", "skips"),
    [
        (Limits(depth=1), 6, {"depth": 2}),
        (Limits(pages_per_host=2), 4, {"host budget": 4}),
        (Limits(pages=3), 3, {"source budget": 5}),
        (Limits(depth=1, pages_per_host=3, pages=4), 4, {"depth": 2, "host budget": 0, "source budget": 2}),
        (Limits(), 8, {}),
    ],
)
def test_limits_keep_out_and_count_what_they_keep_out(
    db: Database, limits: Limits, kept: int, skips: dict[str, int]
) -> None:
    queue = frontier(db, limits=limits)
    wanted = [page(n, host, depth=n // 2) for n in (1, 2, 3, 4) for host in ("a.example", "b.example")]
    assert put(queue, *wanted) == kept
    expected = {f"skipped: {reason}": number for reason, number in skips.items() if number}
    assert queue.counts() == {"queued": kept, **expected}


def test_what_is_known_is_not_counted_as_left_out(db: Database) -> None:
    queue = frontier(db, limits=Limits(pages=1))
    put(queue, page(1))
    assert put(queue, page(1)) == 0
    assert queue.counts() == {"queued": 1}


def test_finishing_ends_a_lease_and_releasing_gives_it_back_unchanged(db: Database) -> None:
    queue = frontier(db)
    put(queue, page(1), page(2))
    first, second = queue.lease(), queue.lease()
    assert first is not None
    assert second is not None
    with writing(db):
        queue.finish(first.id)
    assert queue.release() == 1
    again = queue.lease()
    assert again == second  # its attempts count the same: it was never looked at
    assert queue.pending()
    with writing(db):
        queue.finish(second.id)
    assert not queue.pending()
    assert queue.counts() == {"done": 2}


def test_the_leases_of_a_process_that_is_gone_come_back_at_once(db: Database) -> None:
    program = "from crawler import owner; print(owner.this_process())"
    gone = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert gone.split(".")[1] != str(os.getpid())
    put(frontier(db), page(1), page(2))
    assert take(frontier(db, name=gone)) == "http://a.example/1"
    assert take(frontier(db, name=owner.this_process())) == "http://a.example/2"
    queue = frontier(db, name="another")
    assert queue.release_lost() == 1
    lease = queue.lease()
    assert lease is not None
    assert (lease.url, lease.attempts) == ("http://a.example/1", 2)
    assert queue.lease() is None


def test_a_lease_whose_time_is_up_comes_back(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put(frontier(db), page(1))
    slow = frontier(db, name=owner.this_process())
    assert take(slow) == "http://a.example/1"
    queue = frontier(db, name="another")
    assert queue.release_lost() == 0
    late = clock.now() + timedelta(seconds=LEASE_S + 1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert slow.release_lost() == 0  # a worker never takes its own lease away
    assert queue.release_lost() == 1


def test_this_process_is_alive_and_nonsense_is_not() -> None:
    me = owner.this_process()
    assert owner.is_alive(me)
    boot, pid, started = me.split(".")
    for other in (f"{boot}.{pid}.{int(started) + 1}", f"x{me}", f"{boot}.999999999.1", "", "..", f"{boot}.1.", "a.b.c"):
        assert not owner.is_alive(other)


def test_nothing_but_addresses_and_names_is_stored(db: Database) -> None:
    columns = {row["name"]: row["type"] for row in db.query("PRAGMA table_info(frontier)")}
    assert set(columns) == {
        *("id", "run_id", "source", "fingerprint", "url", "step", "depth", "priority", "host", "state", "owner"),
        *("lease_until", "attempts"),
    }
    assert "BLOB" not in columns.values()
