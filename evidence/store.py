"""The tables of exhibits: what was planned and came of it, what was sealed, and every stamp asked for. Append-only.

Rows in, records out; what the records mean is in :mod:`evidence.exhibit`. Every writing function belongs inside
:func:`crawler.casebook.writing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler import clock
from evidence.append_only import append_only
from evidence.capture_state import CaptureState

MIGRATIONS = Migrations("evidence")

_EVENT = "exhibit_id, sighting_id, url, state, reason, at"
_EXHIBIT = (
    "exhibit_id, sighting_id, url, captured_at, state, missing, manifest_sha256, custody_seq, custody_hash, wanted"
)
_STAMP = (
    "exhibit_id, authority, url, practice, state, reason, asked_at, gen_time, serial, policy, signer, "
    "signer_not_after, files"
)


@MIGRATIONS()
def m001_exhibits_files_stamps(db: Database) -> None:
    """Capture events, exhibits, their files, and stamps; at most one verified stamp of an authority for an exhibit."""
    db.executescript("""
        CREATE TABLE captures (
            seq INTEGER PRIMARY KEY, exhibit_id TEXT NOT NULL, sighting_id TEXT NOT NULL, url TEXT NOT NULL,
            state TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL) STRICT;
        CREATE INDEX captures_exhibit ON captures(exhibit_id, seq);
        CREATE TABLE exhibits (
            exhibit_id TEXT PRIMARY KEY, sighting_id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, captured_at TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('complete', 'partial')), missing TEXT NOT NULL,
            manifest_sha256 TEXT NOT NULL, custody_seq INTEGER NOT NULL, custody_hash TEXT NOT NULL,
            wanted INTEGER NOT NULL CHECK (wanted >= 1)) STRICT;
        CREATE TABLE exhibit_files (
            exhibit_id TEXT NOT NULL REFERENCES exhibits(exhibit_id), path TEXT NOT NULL, bytes INTEGER NOT NULL,
            sha256 TEXT NOT NULL, PRIMARY KEY (exhibit_id, path)) STRICT;
        CREATE TABLE stamps (
            seq INTEGER PRIMARY KEY, exhibit_id TEXT NOT NULL REFERENCES exhibits(exhibit_id), authority TEXT NOT NULL,
            url TEXT NOT NULL, practice INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
            asked_at TEXT NOT NULL, gen_time TEXT NOT NULL, serial TEXT NOT NULL, policy TEXT NOT NULL,
            signer TEXT NOT NULL, signer_not_after TEXT NOT NULL, files TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX stamps_verified ON stamps(exhibit_id, authority) WHERE state = 'verified';
    """)
    for table, same in (
        ("captures", "seq = NEW.seq"),
        ("exhibits", "exhibit_id = NEW.exhibit_id OR sighting_id = NEW.sighting_id"),
        ("exhibit_files", "exhibit_id = NEW.exhibit_id AND path = NEW.path"),
        (
            "stamps",
            "seq = NEW.seq OR (NEW.state = 'verified' AND state = 'verified' "
            "AND exhibit_id = NEW.exhibit_id AND authority = NEW.authority)",
        ),
    ):
        append_only(db, table, same)


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """One step in the capture of a sighting; the latest event of an exhibit ID says where it stands."""

    exhibit_id: str
    sighting_id: str
    url: str
    state: CaptureState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExhibitFile:
    """One file of an exhibit: its name there, its size, and the digest by which the vault knows it."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExhibitRow:
    """One sealed exhibit as stored; ``wanted`` is how many timestamps it was to have when it was sealed."""

    exhibit_id: str
    sighting_id: str
    url: str
    captured_at: datetime
    state: CaptureState
    missing: tuple[Mapping[str, str], ...]
    manifest_sha256: str
    custody_seq: int
    custody_hash: str
    wanted: int


@dataclass(frozen=True, slots=True)
class StampRow:
    """What one authority answered once. ``files`` maps the proof's file names to vault digests; empty unless verified.

    ``gen_time`` and ``signer_not_after`` are RFC 3339 text, empty unless verified.
    """

    exhibit_id: str
    authority: str
    url: str
    practice: bool
    state: str
    reason: str
    asked_at: datetime
    gen_time: str = ""
    serial: str = ""
    policy: str = ""
    signer: str = ""
    signer_not_after: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def add_event(db: Database, event: CaptureEvent) -> None:
    """Appends one capture event."""
    row = (event.exhibit_id, event.sighting_id, event.url, str(event.state), event.reason, clock.iso(event.at))
    db.execute(f"INSERT INTO captures ({_EVENT}) VALUES (?, ?, ?, ?, ?, ?)", row)  # noqa: S608  # fixed names


def events(db: Database, exhibit_id: str) -> tuple[CaptureEvent, ...]:
    """Every event of one exhibit ID, oldest first."""
    query = f"SELECT {_EVENT} FROM captures WHERE exhibit_id = ? ORDER BY seq"  # noqa: S608  # fixed names
    return tuple(_event(row) for row in db.execute(query, [exhibit_id]))


def standing(db: Database, state: CaptureState) -> tuple[CaptureEvent, ...]:
    """The latest event of every exhibit ID whose latest event has that state, oldest first."""
    query = (
        f"SELECT {_EVENT} FROM captures AS one WHERE state = ? AND NOT EXISTS "  # noqa: S608  # fixed names
        "(SELECT 1 FROM captures AS later WHERE later.exhibit_id = one.exhibit_id AND later.seq > one.seq) ORDER BY seq"
    )
    return tuple(_event(row) for row in db.execute(query, [str(state)]))


def add_exhibit(db: Database, row: ExhibitRow, files: Iterable[ExhibitFile]) -> None:
    """Appends an exhibit with its files."""
    missing = json.dumps([dict(one) for one in row.missing], ensure_ascii=False)
    values = (
        *(row.exhibit_id, row.sighting_id, row.url, clock.iso(row.captured_at), str(row.state), missing),
        *(row.manifest_sha256, row.custody_seq, row.custody_hash, row.wanted),
    )
    db.execute(f"INSERT INTO exhibits ({_EXHIBIT}) VALUES ({', '.join('?' * 10)})", values)  # noqa: S608  # fixed names
    for file in files:
        db.execute(
            "INSERT INTO exhibit_files (exhibit_id, path, bytes, sha256) VALUES (?, ?, ?, ?)",
            [row.exhibit_id, file.path, file.bytes, file.sha256],
        )


def exhibits(db: Database, where: str = "1", values: Iterable[str] = ()) -> tuple[ExhibitRow, ...]:
    """Exhibits that a fixed condition of this package selects, by time of capture."""
    query = f"SELECT {_EXHIBIT} FROM exhibits WHERE {where} ORDER BY captured_at, exhibit_id"  # noqa: S608  # fixed names
    return tuple(_exhibit(row) for row in db.execute(query, list(values)))


def files(db: Database, exhibit_id: str) -> tuple[ExhibitFile, ...]:
    """The files of an exhibit by name, manifest included."""
    query = "SELECT path, bytes, sha256 FROM exhibit_files WHERE exhibit_id = ? ORDER BY path"
    return tuple(ExhibitFile(*row) for row in db.execute(query, [exhibit_id]))


def add_stamp(db: Database, row: StampRow) -> None:
    """Appends what an authority answered."""
    values = (
        *(row.exhibit_id, row.authority, row.url, int(row.practice), row.state, row.reason, clock.iso(row.asked_at)),
        *(row.gen_time, row.serial, row.policy, row.signer, row.signer_not_after, json.dumps(dict(row.files))),
    )
    db.execute(f"INSERT INTO stamps ({_STAMP}) VALUES ({', '.join('?' * 13)})", values)  # noqa: S608  # fixed names


def stamps(db: Database, exhibit_id: str) -> tuple[StampRow, ...]:
    """Every stamp asked for, oldest first."""
    query = f"SELECT {_STAMP} FROM stamps WHERE exhibit_id = ? ORDER BY seq"  # noqa: S608  # fixed names
    return tuple(_stamp(row) for row in db.execute(query, [exhibit_id]))


def _event(row: tuple[Any, ...]) -> CaptureEvent:
    exhibit_id, sighting_id, url, state, reason, at = row
    return CaptureEvent(exhibit_id, sighting_id, url, CaptureState(state), reason, clock.parse(at))


def _exhibit(row: tuple[Any, ...]) -> ExhibitRow:
    exhibit_id, sighting_id, url, captured_at, state, missing, *rest = row
    at, gaps = clock.parse(captured_at), tuple(json.loads(missing))
    return ExhibitRow(exhibit_id, sighting_id, url, at, CaptureState(state), gaps, *rest)


def _stamp(row: tuple[Any, ...]) -> StampRow:
    exhibit_id, authority, url, practice, state, reason, asked_at, gen_time, serial, policy, signer, end, names = row
    asked = (exhibit_id, authority, url, bool(practice), state, reason, clock.parse(asked_at))
    return StampRow(*asked, gen_time, serial, policy, signer, end, json.loads(names))
