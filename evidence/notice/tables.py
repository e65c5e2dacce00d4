"""The tables of notices and of pinned terms, all append-only by trigger. Nothing else is here."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from evidence.append_only import append_only

MIGRATIONS = Migrations("notices")


@MIGRATIONS()
def m001_notices_events_pins(db: Database) -> None:
    """Drafts with their data, everything that happened to each, and clauses bound to captured terms pages."""
    db.executescript("""
        CREATE TABLE notices (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL REFERENCES cases(id),
            draft_sha256 TEXT NOT NULL, data TEXT NOT NULL, drafted_by TEXT NOT NULL, drafted_at TEXT NOT NULL) STRICT;
        CREATE TABLE notice_events (
            seq INTEGER PRIMARY KEY, notice_id TEXT NOT NULL REFERENCES notices(id), kind TEXT NOT NULL,
            by TEXT NOT NULL, at TEXT NOT NULL, facts TEXT NOT NULL) STRICT;
        CREATE INDEX notice_events_notice ON notice_events(notice_id, seq);
        CREATE TABLE term_pins (
            seq INTEGER PRIMARY KEY, document TEXT NOT NULL, regions TEXT NOT NULL, effective TEXT NOT NULL,
            clause TEXT NOT NULL, part TEXT NOT NULL, paraphrase TEXT NOT NULL, exhibit_id TEXT NOT NULL,
            words TEXT NOT NULL, start INTEGER NOT NULL, manifest_sha256 TEXT NOT NULL, url TEXT NOT NULL,
            captured_at TEXT NOT NULL, other_address TEXT NOT NULL, pinned_by TEXT NOT NULL, pinned_at TEXT NOT NULL)
            STRICT;
    """)
    for table, unique in (
        ("notices", "number = NEW.number OR id = NEW.id"),
        ("notice_events", "seq = NEW.seq"),
        ("term_pins", "seq = NEW.seq"),
    ):
        append_only(db, table, unique)
