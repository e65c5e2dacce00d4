"""Whatever happens to its workers, the frontier loses nothing and hands nothing to two of them at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crawler import owner
from crawler.casebook import open_casebook, writing
from crawler.frontier import Frontier, Lease, Limits, Wanted
from crawler.tables import MIGRATIONS

DEAD = "boot.999999999.1"
HOSTS = ("a.example", "b.example", "c.example")


class FrontierMachine(RuleBasedStateMachine):
    """Two living workers and any number that die; ``known`` is what the frontier must never forget."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = open_casebook(Path(self.folder.name) / "casebook.db", [MIGRATIONS])
        me = owner.this_process()
        self.workers = [self.worker(me), self.worker(DEAD)]
        self.known: set[str] = set()
        self.done: set[str] = set()
        self.held: list[dict[str, Lease]] = [{}, {}]

    def worker(self, name: str) -> Frontier:
        return Frontier(self.db, "r1", "s", owner=name, limits=Limits(pages_per_host=20))

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    @rule(number=st.integers(0, 30), host=st.sampled_from(HOSTS), priority=st.integers(-2, 2))
    def add(self, number: int, host: str, priority: int) -> None:
        url = f"http://{host}/{number}"
        of_host = sum(host in known for known in self.known)
        with writing(self.db):
            added = self.workers[0].add([Wanted(url, "parse_page", 0, priority)])
        assert added == (url not in self.known and of_host < 20)
        if added:
            self.known.add(url)

    @rule(which=st.integers(0, 1), busy=st.sets(st.sampled_from(HOSTS)))
    def take(self, which: int, busy: set[str]) -> None:
        lease = self.workers[which].lease(busy)
        elsewhere = self.held[0].keys() | self.held[1].keys()
        free = {url for url in self.known - self.done - elsewhere if not any(f"//{host}/" in url for host in busy)}
        assert (lease is None) == (not free)
        if lease is not None:
            assert lease.url in free
            self.held[which][lease.url] = lease

    @precondition(lambda self: self.held[0])
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        url = data.draw(st.sampled_from(sorted(self.held[0])))
        with writing(self.db):
            self.workers[0].finish(self.held[0].pop(url).id)
        self.done.add(url)

    @rule()
    def stop(self) -> None:
        assert self.workers[0].release() == len(self.held[0])
        self.held[0].clear()

    @rule()
    def the_other_was_killed(self) -> None:
        assert self.workers[0].release_lost() == len(self.held[1])
        self.held[1].clear()

    @invariant()
    def nothing_is_lost(self) -> None:
        counts = self.workers[0].counts()
        held = len(self.held[0]) + len(self.held[1])
        assert counts.get("done", 0) == len(self.done)
        assert counts.get("leased", 0) == held
        assert counts.get("queued", 0) == len(self.known) - len(self.done) - held
        assert self.workers[0].pending() == (len(self.known) > len(self.done))


TestFrontier = FrontierMachine.TestCase
TestFrontier.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
