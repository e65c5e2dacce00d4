"""What the crawler leaves in the casebook: runs, sightings, what each source did, and its issues.

In: records. Out: rows, and records again. Nothing here opens a transaction of its own: whoever writes wraps the
calls that belong together in :func:`crawler.casebook.writing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.draft import Issue
from crawler.sighting import Sighting, SightingState, SpoolRef, url_key
from crawler.tables import MIGRATIONS

__all__ = ["MIGRATIONS", "Issues", "NotedIssue", "Runs", "Sightings", "SourceRun", "SourceRuns", "from_row", "to_row"]


class Sightings:
    """The ``sightings`` table: rows are added, never changed."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, sighting: Sighting) -> bool:
        """Stores a sighting; False when this ID is stored already (the first one stays)."""
        row = to_row(sighting)
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        statement = f"INSERT OR IGNORE INTO sightings ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        return bool(self.db.conn.execute(statement, row).rowcount == 1)

    def get(self, sighting_id: str) -> Sighting | None:
        """The sighting with this ID, or None."""
        return next(self._select("sighting_id = ?", (sighting_id,)), None)

    def of_run(self, run_id: str, source: str = "") -> Iterator[Sighting]:
        """Every sighting of a run, or of one source in it, in the order of seeing."""
        yield from self._select(
            "run_id = ? AND (? = '' OR source = ?) ORDER BY seen_at, sighting_id", (run_id, source, source)
        )

    def latest_before(self, url: str, run_id: str) -> Sighting | None:
        """The last sighting of this address in a run that began before ``run_id`` did (any spelling of the address)."""
        begun = "coalesce((SELECT min(started_at) FROM runs WHERE run_id = ?), '9999')"
        where = f"url_key = ? AND run_id != ? AND seen_at < {begun} ORDER BY seen_at DESC LIMIT 1"
        return next(self._select(where, (url_key(url), run_id, run_id)), None)

    def urls(self, run_id: str) -> tuple[str, ...]:
        """Every address of a run, sorted."""
        rows = self.db.conn.execute("SELECT DISTINCT url FROM sightings WHERE run_id = ? ORDER BY url", (run_id,))
        return tuple(row[0] for row in rows)

    def counts(self, run_id: str, source: str) -> dict[str, int]:
        """How many sightings of a source in a run ended in each state; states that did not occur are left out."""
        rows = self.db.conn.execute(
            "SELECT state, count(*) FROM sightings WHERE run_id = ? AND source = ? GROUP BY state", (run_id, source)
        )
        return dict(rows.fetchall())

    def _select(self, where: str, values: tuple[str, ...]) -> Iterator[Sighting]:
        for row in self.db.query(f"SELECT * FROM sightings WHERE {where}", values):  # noqa: S608 - the conditions above
            yield from_row(row)


def to_row(sighting: Sighting) -> dict[str, Any]:
    """A sighting as a row of plain values; lists and mappings become JSON."""
    ref = sighting.spool
    return {
        "sighting_id": sighting.sighting_id,
        "run_id": sighting.run_id,
        "source": sighting.source,
        "url": sighting.url,
        "url_key": url_key(sighting.url),
        "url_chain": json.dumps(sighting.url_chain, ensure_ascii=False),
        "seen_at": clock.iso(sighting.seen_at),
        "state": sighting.state.value,
        "reason": sighting.reason,
        "status": sighting.status,
        "content_type": sighting.content_type,
        "title": sighting.title,
        "text": sighting.text,
        "links": json.dumps(sighting.links, ensure_ascii=False),
        "facts": json.dumps(dict(sighting.facts), ensure_ascii=False, sort_keys=True),
        "body_sha256": sighting.body_sha256,
        "spool_segment": ref.segment if ref else None,
        "spool_offset": ref.offset if ref else None,
        "spool_record_id": ref.record_id if ref else None,
        "robots": sighting.robots,
        "peer_ip": sighting.peer_ip,
        "rendered": int(sighting.rendered),
    }


def from_row(row: Mapping[str, Any]) -> Sighting:
    """The inverse of :func:`to_row`."""
    segment = row["spool_segment"]
    return Sighting(
        sighting_id=row["sighting_id"],
        run_id=row["run_id"],
        source=row["source"],
        url=row["url"],
        url_chain=tuple(json.loads(row["url_chain"])),
        seen_at=clock.parse(row["seen_at"]),
        state=SightingState(row["state"]),
        reason=row["reason"],
        status=row["status"],
        content_type=row["content_type"],
        title=row["title"],
        text=row["text"],
        links=tuple(json.loads(row["links"])),
        facts=json.loads(row["facts"]),
        body_sha256=row["body_sha256"],
        spool=SpoolRef(segment, row["spool_offset"], row["spool_record_id"]) if segment else None,
        robots=row["robots"],
        peer_ip=row["peer_ip"],
        rendered=bool(row["rendered"]),
    )


class Runs:
    """The ``runs`` table: ``running``, ``finished`` or ``stopped``. A run taken up again keeps its first start."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def begin(self, run_id: str, *, software: str, user_agent: str) -> None:
        """Marks the run as running; software and user agent are those of its first start."""
        self.db.conn.execute(
            """INSERT INTO runs VALUES (?, 'running', ?, '', ?, ?)
               ON CONFLICT (run_id) DO UPDATE SET state = 'running', finished_at = ''""",
            (run_id, clock.iso(clock.now()), software, user_agent),
        )

    def end(self, run_id: str, state: str) -> None:
        """Marks the run as ended."""
        self.db.conn.execute(
            "UPDATE runs SET state = ?, finished_at = ? WHERE run_id = ?", (state, clock.iso(clock.now()), run_id)
        )


@dataclass(frozen=True, slots=True)
class SourceRun:
    """What one source did in one run. ``state``: running, finished, stopped, failed or refused; times ISO or empty."""

    run_id: str
    source: str
    state: str
    reason: str
    counts: Mapping[str, int]
    started_at: str
    finished_at: str


class SourceRuns:
    """The ``source_runs`` table, one row a source and run."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def begin(self, run_id: str, source: str) -> None:
        """Marks a source as running; taken up again it keeps its first start."""
        self.db.conn.execute(
            """INSERT INTO source_runs VALUES (?, ?, 'running', '', '{}', ?, '')
               ON CONFLICT (run_id, source) DO UPDATE SET state = 'running', reason = '', finished_at = ''""",
            (run_id, source, clock.iso(clock.now())),
        )

    def end(self, run_id: str, source: str, state: str, reason: str, counts: Mapping[str, int]) -> None:
        """Records how a source ended and what it counted."""
        self.db.conn.execute(
            "UPDATE source_runs SET state = ?, reason = ?, counts = ?, finished_at = ? WHERE run_id = ? AND source = ?",
            (state, reason, json.dumps(dict(counts), sort_keys=True), clock.iso(clock.now()), run_id, source),
        )

    def of_run(self, run_id: str) -> list[SourceRun]:
        """Every source of a run, in the order they were begun."""
        rows = self.db.query("SELECT * FROM source_runs WHERE run_id = ? ORDER BY started_at, source", (run_id,))
        return [SourceRun(**{**row, "counts": json.loads(row["counts"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class NotedIssue:
    """One thing a source could not handle, how often it came up, and where it was first seen."""

    run_id: str
    source: str
    kind: str
    what: str
    place: str
    times: int
    noted_at: str


class Issues:
    """The ``source_issues`` table: the same issue again only raises its count."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def note(self, run_id: str, source: str, issue: Issue) -> None:
        """Adds an issue, or counts it once more."""
        self.db.conn.execute(
            """INSERT INTO source_issues VALUES (?, ?, ?, ?, ?, 1, ?)
               ON CONFLICT (run_id, source, kind, what) DO UPDATE SET times = times + 1""",
            (run_id, source, issue.kind.value, issue.what, issue.place, clock.iso(clock.now())),
        )

    def of_run(self, run_id: str, source: str = "") -> list[NotedIssue]:
        """Every issue of a run, or of one source in it."""
        rows = self.db.query(
            "SELECT * FROM source_issues WHERE run_id = ? AND (? = '' OR source = ?) ORDER BY source, noted_at, what",
            (run_id, source, source),
        )
        return [NotedIssue(**row) for row in rows]
