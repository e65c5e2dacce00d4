"""The tables of cases, decisions and page numbers, append-only by trigger. Nothing else is here."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from evidence.append_only import append_only

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
        append_only(db, table, unique)


@MIGRATIONS()
def m002_bates(db: Database) -> None:
    """Productions and the numbers of their pages; a number below one that was taken is refused."""
    db.executescript("""
        CREATE TABLE productions (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, case_id TEXT NOT NULL REFERENCES cases(id),
            made_by TEXT NOT NULL, made_at TEXT NOT NULL);
        CREATE TABLE bates (
            id INTEGER PRIMARY KEY, production TEXT NOT NULL REFERENCES productions(id), case_id TEXT NOT NULL,
            document TEXT NOT NULL, exhibit_id TEXT NOT NULL, prefix TEXT NOT NULL, width INTEGER NOT NULL,
            first INTEGER NOT NULL CHECK (first >= 1), last INTEGER NOT NULL CHECK (last >= first));
        CREATE INDEX bates_prefix ON bates(prefix, last);
        CREATE TABLE bates_files (range INTEGER PRIMARY KEY REFERENCES bates(id), sha256 TEXT NOT NULL);
        CREATE TRIGGER bates_never_again BEFORE INSERT ON bates
            WHEN NEW.first <= (SELECT MAX(last) FROM bates WHERE prefix = NEW.prefix)
            BEGIN SELECT RAISE(ABORT, 'a page number is given once: this one is taken'); END;
    """)
    for table, key in (("productions", "number"), ("bates", "id"), ("bates_files", "range")):
        append_only(db, table, f"{key} = NEW.{key}")


@MIGRATIONS()
def m003_struck_claims(db: Database) -> None:
    """Which claims of an exhibit people struck out of a case, and restored; superseded, never edited."""
    db.executescript("""
        CREATE TABLE struck_claims (
            id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), exhibit_id TEXT NOT NULL,
            claim INTEGER NOT NULL CHECK (claim >= 0), struck INTEGER NOT NULL CHECK (struck IN (0, 1)),
            reason TEXT NOT NULL, struck_by TEXT NOT NULL, struck_at TEXT NOT NULL,
            supersedes INTEGER UNIQUE REFERENCES struck_claims(id), salt TEXT NOT NULL);
        CREATE UNIQUE INDEX struck_claims_first ON struck_claims(case_id, exhibit_id, claim) WHERE supersedes IS NULL;
    """)
    append_only(db, "struck_claims", "id = NEW.id OR supersedes = NEW.supersedes")
