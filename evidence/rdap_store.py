"""What registries answered, exactly as it came: rows in, rows out, in the casebook's table ``rdap``. Append-only.

The exact bytes stay here, under their digest, for whoever must show them; what goes into exhibits and out of the house
is the answer without persons (:mod:`evidence.rdap_answer`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler import clock
from crawler.casebook import writing
from evidence.digest import sha256_hex

MIGRATIONS = Migrations("rdap")

_COLUMNS = "subject, server, url, asked_at, status, problem, wait_s, body, sha256, hops"


@MIGRATIONS()
def m001_answers(db: Database) -> None:
    """One row for each question that was asked; ``wait_s`` is how long the server asked to be left alone."""
    db.executescript("""
        CREATE TABLE rdap (
            seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, server TEXT NOT NULL, url TEXT NOT NULL,
            asked_at TEXT NOT NULL, status INTEGER, problem TEXT NOT NULL, wait_s INTEGER NOT NULL,
            body BLOB NOT NULL, sha256 TEXT NOT NULL, hops TEXT NOT NULL) STRICT;
        CREATE INDEX rdap_subject ON rdap(subject, seq);
        CREATE INDEX rdap_server ON rdap(server, seq);
        CREATE TRIGGER rdap_no_update BEFORE UPDATE ON rdap
            BEGIN SELECT RAISE(ABORT, 'rdap is append-only: no update'); END;
    """)


@dataclass(frozen=True, slots=True)
class Row:
    """One question and what came of it. ``subject`` is the domain, or the address of the bootstrap file."""

    subject: str
    server: str
    url: str
    asked_at: datetime
    status: int | None
    problem: str
    wait_s: int
    body: bytes
    hops: Sequence[dict[str, Any]] = ()

    @property
    def sha256(self) -> str:
        """The digest of the bytes that came."""
        return sha256_hex(self.body)


def add(db: Database, row: Row) -> None:
    """Appends a row, in a transaction of its own unless there is one."""
    values = (
        *(row.subject, row.server, row.url, clock.iso(row.asked_at), row.status, row.problem, row.wait_s, row.body),
        *(row.sha256, json.dumps(list(row.hops))),
    )
    with writing(db):
        db.conn.execute(f"INSERT INTO rdap ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608


def latest(db: Database, subject: str, *, good: bool) -> Row | None:
    """The latest row of a subject; with ``good`` the latest that has an answer."""
    where = "subject = ? AND problem = ''" if good else "subject = ?"
    return _row(db, where, subject)


def last_asked(db: Database, server: str) -> Row | None:
    """The latest row of a server: when it was asked, and how long it wants to be left alone."""
    return _row(db, "server = ?", server)


def _row(db: Database, where: str, value: str) -> Row | None:
    sql = f"SELECT {_COLUMNS} FROM rdap WHERE {where} ORDER BY seq DESC LIMIT 1"  # noqa: S608  # words of this module
    found = db.conn.execute(sql, (value,)).fetchone()
    if found is None:
        return None
    subject, server, url, asked_at, status, problem, wait_s, body, _, hops = found
    return Row(subject, server, url, clock.parse(asked_at), status, problem, wait_s, body, json.loads(hops))
