"""The crawler's tables in the casebook, as named migrations. Sightings are append-only: SQLite refuses otherwise."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("crawler")


@MIGRATIONS()
def runs_and_sightings(db: Database) -> None:
    """Runs, what each source did in them, its issues, and the sightings. ``url_key`` is one spelling per address."""
    db.conn.execute(
        """CREATE TABLE runs (
            run_id TEXT PRIMARY KEY, state TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL,
            software TEXT NOT NULL, user_agent TEXT NOT NULL) STRICT"""
    )
    db.conn.execute(
        """CREATE TABLE source_runs (
            run_id TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, counts TEXT NOT NULL,
            started_at TEXT NOT NULL, finished_at TEXT NOT NULL, PRIMARY KEY (run_id, source)) STRICT"""
    )
    db.conn.execute(
        """CREATE TABLE source_issues (
            run_id TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL, place TEXT NOT NULL,
            times INTEGER NOT NULL, noted_at TEXT NOT NULL, PRIMARY KEY (run_id, source, kind, what)) STRICT"""
    )
    db.conn.execute(
        """CREATE TABLE sightings (
            sighting_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
            url_key TEXT NOT NULL, url_chain TEXT NOT NULL, seen_at TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT NOT NULL, status INTEGER, content_type TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
            links TEXT NOT NULL, facts TEXT NOT NULL, body_sha256 TEXT NOT NULL, spool_segment TEXT,
            spool_offset INTEGER, spool_record_id TEXT, robots TEXT NOT NULL, peer_ip TEXT NOT NULL,
            rendered INTEGER NOT NULL) STRICT"""
    )
    db.conn.execute("CREATE INDEX sightings_of_run ON sightings (run_id, source, state)")
    db.conn.execute("CREATE INDEX sightings_of_address ON sightings (url_key, seen_at)")
    for action in ("UPDATE", "DELETE"):
        db.conn.execute(
            f"""CREATE TRIGGER sightings_no_{action.lower()} BEFORE {action} ON sightings
                BEGIN SELECT RAISE(ABORT, 'sightings are append-only'); END"""
        )
    # INSERT OR REPLACE would delete the old row without firing the trigger above.
    db.conn.execute(
        """CREATE TRIGGER sightings_first_stays BEFORE INSERT ON sightings
            WHEN EXISTS (SELECT 1 FROM sightings WHERE sighting_id = NEW.sighting_id)
            BEGIN SELECT RAISE(IGNORE); END"""
    )


@MIGRATIONS()
def frontier(db: Database) -> None:
    """What is to be visited: one row an address, source and run, and how many addresses were left out and why."""
    db.conn.execute(
        """CREATE TABLE frontier (
            id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, source TEXT NOT NULL, fingerprint TEXT NOT NULL,
            url TEXT NOT NULL, step TEXT NOT NULL, depth INTEGER NOT NULL, priority INTEGER NOT NULL,
            host TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
            owner TEXT NOT NULL DEFAULT '', lease_until TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
            UNIQUE (run_id, source, fingerprint)) STRICT"""
    )
    db.conn.execute("CREATE INDEX frontier_next ON frontier (run_id, source, state, priority DESC, id, host)")
    db.conn.execute("CREATE INDEX frontier_host ON frontier (run_id, source, host)")
    db.conn.execute(
        """CREATE TABLE frontier_skips (
            run_id TEXT NOT NULL, source TEXT NOT NULL, host TEXT NOT NULL, reason TEXT NOT NULL, urls INTEGER NOT NULL,
            PRIMARY KEY (run_id, source, host, reason)) STRICT"""
    )


@MIGRATIONS()
def robots_and_renders(db: Database) -> None:
    """Each host's robots.txt as it was in a run, and the pages that wait for the browser (``sighting`` is JSON)."""
    db.conn.execute(
        """CREATE TABLE robots (
            run_id TEXT NOT NULL, origin TEXT NOT NULL, url TEXT NOT NULL, fetched_at TEXT NOT NULL, status INTEGER,
            decision TEXT NOT NULL, reason TEXT NOT NULL, crawl_delay_s REAL, spool_segment TEXT, spool_offset INTEGER,
            spool_record_id TEXT, PRIMARY KEY (run_id, origin)) STRICT"""
    )
    db.conn.execute(
        """CREATE TABLE renders (
            sighting_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, source TEXT NOT NULL, sighting TEXT NOT NULL) STRICT"""
    )
