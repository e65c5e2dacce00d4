"""Stores what one page gave in one transaction, and acknowledges its lease in the same one.

A page's sightings, next addresses and issues gather in a :class:`Batch`. When the parse method has ended and every
output has arrived, they are committed together with the acknowledgement: a kill before that moment leaves nothing
of the page behind and its lease returns; a kill after it leaves everything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlite_utils import Database

from crawler import clock
from crawler.casebook import writing
from crawler.draft import Issue, IssueKind
from crawler.events import Events
from crawler.frontier import Frontier, Lease, Wanted
from crawler.renders import Renders
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.store import Issues, Sightings


@dataclass
class Batch:
    """What one leased page has given so far. ``awaited`` outputs are on their way through Scrapy."""

    lease: Lease
    sightings: list[Sighting] = field(default_factory=list)
    thin: list[Sighting] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    awaited: int = 0
    ended: bool = False


class Ledger:
    """The open leases of one source and their batches."""

    def __init__(self, db: Database, run_id: str, source: str, frontier: Frontier, events: Events) -> None:
        self.db, self.run_id, self.source = db, run_id, source
        self.frontier, self.events = frontier, events
        self.open: dict[int, Batch] = {}
        self._sightings, self._issues, self._renders = Sightings(db), Issues(db), Renders(db)

    def begin(self, lease: Lease) -> None:
        """Opens the batch of a lease that has just been taken."""
        self.open[lease.id] = Batch(lease)

    def expect(self, lease_id: int) -> None:
        """One more output of this page is on its way."""
        self.open[lease_id].awaited += 1

    def arrived(self, lease_id: int) -> None:
        """One output of this page has been put into its batch, or has turned out to be nothing."""
        batch = self.open[lease_id]
        batch.awaited -= 1
        self._settle(batch)

    def end(self, lease_id: int) -> None:
        """The page's parse method has ended: no further output will be expected."""
        batch = self.open[lease_id]
        batch.ended = True
        self._settle(batch)

    def give_up(self, lease: Lease, reason: str) -> None:
        """Closes a lease that cannot be worked on, leaving a failed sighting with the reason. Never silent."""
        batch = self.open.pop(lease.id, Batch(lease))
        batch.sightings.append(self.failed(lease.url, reason))
        batch.issues.append(Issue(IssueKind.BROKEN, reason, lease.url))
        self._commit(batch, "dead")

    def note(self, issue: Issue) -> None:
        """Stores an issue that belongs to no page."""
        with writing(self.db):
            self._issues.note(self.run_id, self.source, issue)
        self.events.say("issue", source=self.source, kind=issue.kind.value, what=issue.what, place=issue.place)

    def failed(self, url: str, reason: str) -> Sighting:
        """The sighting that says: this could not be looked at, and why."""
        name = sighting_id(self.run_id, self.source, url)
        return Sighting(name, self.run_id, self.source, url, (url,), clock.now(), SightingState.FAILED, reason)

    def _settle(self, batch: Batch) -> None:
        if batch.ended and batch.awaited == 0:
            self._commit(batch, "done")
            del self.open[batch.lease.id]

    def _commit(self, batch: Batch, state: str) -> None:
        """One transaction; the events go out when it has succeeded."""
        with writing(self.db):
            new = [one for one in batch.sightings if self._sightings.add(one)]
            for one in batch.thin:
                self._renders.add(one)
            for issue in batch.issues:
                self._issues.note(self.run_id, self.source, issue)
            self.frontier.add(batch.wanted)
            for (host, reason), urls in batch.skipped.items():
                self.frontier.skip(host, reason, urls)
            self.frontier.finish(batch.lease.id, state)
        for sighting in new:
            self.events.sighting(sighting)
        for issue in batch.issues:
            self.events.say("issue", source=self.source, kind=issue.kind.value, what=issue.what, place=issue.place)
