"""The tables of cases and decisions, both append-only by trigger. Nothing else is here."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("cases")


@MIGRATIONS()
def m001_cases_and_decisions(db: Database) -> None:
    """Cases, which exhibits were put into them, and what people decided; a decision is superseded, never edited."""
    db.executescript("""
        CREATE TABLE cases (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
            sighting_id TEXT NOT NULL, purpose TEXT NOT NULL, opened_by TEXT NOT NULL, opened_at TEXT NOT NULL);
        CREATE UNIQUE INDEX cases_sighting ON cases(sighting_id) WHERE sighting_id <> '';
        CREATE TABLE case_exhibits (
            position INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), exhibit_id TEXT NOT NULL,
            reason TEXT NOT NULL, added_by TEXT NOT NULL, added_at TEXT NOT NULL, UNIQUE (case_id, exhibit_id));
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY, case_id TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL,
            reason TEXT NOT NULL, judgement TEXT NOT NULL, decided_by TEXT NOT NULL, decided_at TEXT NOT NULL,
            supersedes INTEGER UNIQUE REFERENCES decisions(id), salt TEXT NOT NULL);
        CREATE UNIQUE INDEX decisions_first ON decisions(case_id, subject) WHERE supersedes IS NULL;
        CREATE INDEX decisions_subject ON decisions(subject);
    """)
    for table, unique in (
        ("cases", "number = NEW.number OR id = NEW.id"),
        ("case_exhibits", "position = NEW.position OR (case_id = NEW.case_id AND exhibit_id = NEW.exhibit_id)"),
        ("decisions", "id = NEW.id OR supersedes = NEW.supersedes"),
    ):
        db.executescript(f"""
            CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only: no update'); END;
            CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
                BEGIN SELECT RAISE(ABORT, '{table} is append-only: no delete'); END;
            CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
                WHEN EXISTS (SELECT 1 FROM {table} WHERE {unique})
                BEGIN SELECT RAISE(ABORT, '{table} is append-only: no replace'); END;
        """)  # noqa: S608  # fixed names
