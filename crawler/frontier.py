"""The lease queue: addresses in, one at a time out, nothing lost when a worker is killed.

A row is ``queued``, then ``leased`` to one worker, then ``done`` when everything its page gave is stored, or ``dead``
when it was taken up too often. What is stored is an address and the name of a parse method: no header, no token, no
pickle. A lease ends when its owner finishes it, when its time is up, or at once when its owner's process is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlite_utils import Database

from crawler import clock
from crawler.casebook import writing
from crawler.owner import is_alive
from crawler.urls import fingerprint, host_of

LEASE_S = 900.0

#: How often a page may be taken up before it is given up: it may be what kills the worker.
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """How many addresses of a source may enter the frontier in one run. None means no limit; a seed has depth 0."""

    depth: int | None = None
    pages_per_host: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address on its way into the frontier."""

    url: str
    step: str
    depth: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """One address handed to this worker; ``attempts`` counts this hand-out too."""

    id: int
    url: str
    step: str
    depth: int
    priority: int
    host: str
    attempts: int


class Frontier:
    """The frontier of one source in one run. Several workers may open the same one; each has its own ``owner``."""

    def __init__(self, db: Database, run_id: str, source: str, *, owner: str, limits: Limits = Limits()) -> None:
        self.db, self.run_id, self.source, self.owner, self.limits = db, run_id, source, owner, limits
        self._key = (run_id, source)

    def add(self, wanted: Iterable[Wanted]) -> int:
        """Queues what is new and within the limits, counts the rest, in the caller's transaction; how many came in."""
        return sum(self._add(one) for one in wanted)

    def _add(self, wanted: Wanted) -> bool:
        host, name = host_of(wanted.url), fingerprint(wanted.url)
        known = self._value("SELECT 1 FROM frontier WHERE run_id = ? AND source = ? AND fingerprint = ?", name)
        if known is not None:
            return False
        if reason := self._over(wanted.depth, host):
            self.skip(host, reason)
            return False
        self.db.conn.execute(
            """INSERT INTO frontier (run_id, source, fingerprint, url, step, depth, priority, host, state)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued')""",
            (*self._key, name, wanted.url, wanted.step, wanted.depth, wanted.priority, host),
        )
        return True

    def _over(self, depth: int, host: str) -> str:
        """Which limit keeps an address out, or ""."""
        limits = self.limits
        if limits.depth is not None and depth > limits.depth:
            return "depth"
        if limits.pages is not None:
            counted = self._value("SELECT count(*) FROM frontier WHERE run_id = ? AND source = ?")
            if (counted or 0) >= limits.pages:
                return "source budget"
        if limits.pages_per_host is not None:
            counted = self._value("SELECT count(*) FROM frontier WHERE run_id = ? AND source = ? AND host = ?", host)
            if (counted or 0) >= limits.pages_per_host:
                return "host budget"
        return ""

    def skip(self, host: str, reason: str, urls: int = 1) -> None:
        """Counts addresses that were left out, in the caller's transaction."""
        self.db.conn.execute(
            """INSERT INTO frontier_skips VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (run_id, source, host, reason) DO UPDATE SET urls = urls + excluded.urls""",
            (*self._key, host, reason, urls),
        )

    def lease(self, busy_hosts: Collection[str] = ()) -> Lease | None:
        """Takes the next address whose host is not busy, highest priority first, then oldest; None without any."""
        marks = ", ".join("?" * len(busy_hosts))
        with writing(self.db):
            row = self.db.conn.execute(
                f"""UPDATE frontier SET state = 'leased', owner = ?, lease_until = ?, attempts = attempts + 1
                    WHERE id = (SELECT id FROM frontier WHERE run_id = ? AND source = ? AND state = 'queued'
                                AND host NOT IN ({marks}) ORDER BY priority DESC, id LIMIT 1)
                    RETURNING id, url, step, depth, priority, host, attempts""",  # noqa: S608 - marks are question marks
                (self.owner, clock.iso(clock.now() + timedelta(seconds=LEASE_S)), *self._key, *busy_hosts),
            ).fetchall()
        return Lease(*row[0]) if row else None

    def finish(self, lease_id: int, state: str = "done") -> None:
        """Acknowledges a lease, in the caller's transaction that stores what its page gave."""
        self.db.conn.execute("UPDATE frontier SET state = ?, owner = '' WHERE id = ?", (state, lease_id))

    def release(self) -> int:
        """Gives this worker's open leases back, untouched; how many."""
        return self._requeue("owner = ?", self.owner, attempts="max(attempts - 1, 0)")

    def release_lost(self) -> int:
        """Gives back the leases whose time is up and those of processes that are gone; how many."""
        rows = self.db.conn.execute(
            "SELECT DISTINCT owner FROM frontier WHERE run_id = ? AND source = ? AND state = 'leased' AND owner != ?",
            (*self._key, self.owner),
        ).fetchall()
        freed = sum(self._requeue("owner = ?", owner) for (owner,) in rows if not is_alive(owner))
        return freed + self._requeue("owner != ? AND lease_until < ?", self.owner, clock.iso(clock.now()))

    def pending(self) -> bool:
        """Whether anything is queued, or leased to any worker."""
        queued = "SELECT 1 FROM frontier WHERE run_id = ? AND source = ? AND state IN ('queued', 'leased') LIMIT 1"
        return self._value(queued) is not None

    def counts(self) -> dict[str, int]:
        """Addresses by state, and those left out as ``skipped: <reason>``."""
        rows = self.db.conn.execute(
            """SELECT state, count(*) FROM frontier WHERE run_id = ? AND source = ? GROUP BY state
               UNION ALL SELECT 'skipped: ' || reason, sum(urls) FROM frontier_skips WHERE run_id = ? AND source = ?
               GROUP BY reason""",
            (*self._key, *self._key),
        )
        return dict(rows.fetchall())

    def _requeue(self, where: str, *values: str, attempts: str = "attempts") -> int:
        with writing(self.db):
            return int(
                self.db.conn.execute(
                    f"""UPDATE frontier SET state = 'queued', owner = '', attempts = {attempts}
                        WHERE run_id = ? AND source = ? AND state = 'leased' AND {where}""",  # noqa: S608 - own conditions
                    (*self._key, *values),
                ).rowcount
            )

    def _value(self, query: str, *values: str) -> int | None:
        row = self.db.conn.execute(query, (*self._key, *values)).fetchone()
        return None if row is None else int(row[0])
