"""The tables of proof health: what was checked again and what came of it, and proofs renewed. Append-only.

Rows in, records out; what they mean is in :mod:`evidence.health` and :mod:`evidence.renewal`. Every writing function
belongs inside :func:`crawler.casebook.writing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.append_only import append_only
from evidence.store import MIGRATIONS

OTS_FILE = "ots/manifest.json.ots"
_RENEWAL = (
    "exhibit_id, number, list_sha256, authority, url, practice, gen_time, serial, policy, signer, signer_not_after, "
    "files"
)


@MIGRATIONS()
def checks_and_renewals(db: Database) -> None:
    """Checks of whole exhibits, and renewed proofs: at most one token of an authority for each renewal."""
    db.executescript("""
        CREATE TABLE proof_checks (
            seq INTEGER PRIMARY KEY, exhibit_id TEXT NOT NULL, at TEXT NOT NULL, files INTEGER NOT NULL,
            tokens INTEGER NOT NULL, faults TEXT NOT NULL) STRICT;
        CREATE INDEX proof_checks_exhibit ON proof_checks(exhibit_id, seq);
        CREATE TABLE renewals (
            seq INTEGER PRIMARY KEY, exhibit_id TEXT NOT NULL, number INTEGER NOT NULL CHECK (number >= 1),
            list_sha256 TEXT NOT NULL, authority TEXT NOT NULL, url TEXT NOT NULL, practice INTEGER NOT NULL,
            gen_time TEXT NOT NULL, serial TEXT NOT NULL, policy TEXT NOT NULL, signer TEXT NOT NULL,
            signer_not_after TEXT NOT NULL, files TEXT NOT NULL, UNIQUE (exhibit_id, number, authority)) STRICT;
    """)
    for table, same in (
        ("proof_checks", "seq = NEW.seq"),
        (
            "renewals",
            "seq = NEW.seq OR (exhibit_id = NEW.exhibit_id AND number = NEW.number AND authority = NEW.authority)",
        ),
    ):
        append_only(db, table, same)


@dataclass(frozen=True, slots=True)
class Check:
    """One look at a whole exhibit: how many files and tokens were checked, and what is wrong, in sentences."""

    exhibit_id: str
    at: datetime
    files: int
    tokens: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renewal:
    """One token over an exhibit's older proofs. ``number`` counts an exhibit's renewals from 1.

    ``list_sha256`` is the vault digest of ``renewal.json``, the bytes the token is over; ``files`` maps the proof's
    file names to vault digests. ``gen_time`` and ``signer_not_after`` are RFC 3339 text.
    """

    exhibit_id: str
    number: int
    list_sha256: str
    authority: str
    url: str
    practice: bool
    gen_time: str
    serial: str
    policy: str
    signer: str
    signer_not_after: str
    files: Mapping[str, str]


def add_check(db: Database, check: Check) -> None:
    """Appends what checking an exhibit gave."""
    row = (check.exhibit_id, clock.iso(check.at), check.files, check.tokens, json.dumps(list(check.faults)))
    db.execute("INSERT INTO proof_checks (exhibit_id, at, files, tokens, faults) VALUES (?, ?, ?, ?, ?)", row)


def last_checks(db: Database) -> dict[str, Check]:
    """By exhibit: the latest check of it."""
    rows = db.execute(
        "SELECT exhibit_id, at, files, tokens, faults FROM proof_checks WHERE seq IN "
        "(SELECT MAX(seq) FROM proof_checks GROUP BY exhibit_id)"
    )
    return {row[0]: Check(row[0], clock.parse(row[1]), row[2], row[3], tuple(json.loads(row[4]))) for row in rows}


def add_renewal(db: Database, one: Renewal) -> None:
    """Appends a renewed proof."""
    values = (
        *(one.exhibit_id, one.number, one.list_sha256, one.authority, one.url, int(one.practice)),
        *(one.gen_time, one.serial, one.policy, one.signer, one.signer_not_after, json.dumps(dict(one.files))),
    )
    db.execute(f"INSERT INTO renewals ({_RENEWAL}) VALUES ({', '.join('?' * 12)})", values)  # noqa: S608  # fixed names


def renewals(db: Database, exhibit_id: str) -> tuple[Renewal, ...]:
    """The renewed proofs of an exhibit, oldest first."""
    query = f"SELECT {_RENEWAL} FROM renewals WHERE exhibit_id = ? ORDER BY seq"  # noqa: S608  # fixed names
    return tuple(_renewal(row) for row in db.execute(query, [exhibit_id]))


def later_files(db: Database, exhibit_id: str) -> dict[str, str]:
    """What came after an exhibit was sealed and goes with it when it is exported: path to vault digest."""
    row = ots_proofs(db).get(exhibit_id)
    return renewal_files(db, exhibit_id) | ({OTS_FILE: row.proof_sha256} if row else {})


def renewal_files(db: Database, exhibit_id: str) -> dict[str, str]:
    """The files of an exhibit's renewals: path to vault digest."""
    found = {}
    for one in renewals(db, exhibit_id):
        folder = f"renewals/{one.number:04d}"
        found[f"{folder}/renewal.json"] = one.list_sha256
        found |= {f"{folder}/{one.authority}/{name}": digest for name, digest in one.files.items()}
    return found


def _renewal(row: tuple[Any, ...]) -> Renewal:
    exhibit_id, number, listed, authority, url, practice, gen_time, serial, policy, signer, end, files = row
    whose = (exhibit_id, number, listed, authority, url, bool(practice))
    return Renewal(*whose, gen_time, serial, policy, signer, end, json.loads(files))


@MIGRATIONS()
def opentimestamps_proofs(db: Database) -> None:
    """OpenTimestamps proofs as they grow: a later row of an exhibit takes the place of the one before."""
    db.executescript("""
        CREATE TABLE ots_proofs (
            seq INTEGER PRIMARY KEY, exhibit_id TEXT NOT NULL, at TEXT NOT NULL, state TEXT NOT NULL,
            blocks TEXT NOT NULL, proof_sha256 TEXT NOT NULL) STRICT;
        CREATE INDEX ots_proofs_exhibit ON ots_proofs(exhibit_id, seq);
    """)
    append_only(db, "ots_proofs", "seq = NEW.seq")


@dataclass(frozen=True, slots=True)
class OtsRow:
    """One OpenTimestamps proof of an exhibit: state, Bitcoin heights it leads to, vault digest of the file."""

    exhibit_id: str
    at: datetime
    state: str
    blocks: tuple[int, ...]
    proof_sha256: str


def add_ots(db: Database, row: OtsRow) -> None:
    """Appends a proof, or what has become of it."""
    values = (row.exhibit_id, clock.iso(row.at), row.state, json.dumps(list(row.blocks)), row.proof_sha256)
    db.execute("INSERT INTO ots_proofs (exhibit_id, at, state, blocks, proof_sha256) VALUES (?, ?, ?, ?, ?)", values)


def ots_proofs(db: Database) -> dict[str, OtsRow]:
    """By exhibit: its latest OpenTimestamps proof."""
    rows = db.execute(
        "SELECT exhibit_id, at, state, blocks, proof_sha256 FROM ots_proofs WHERE seq IN "
        "(SELECT MAX(seq) FROM ots_proofs GROUP BY exhibit_id)"
    )
    return {row[0]: OtsRow(row[0], clock.parse(row[1]), row[2], tuple(json.loads(row[3])), row[4]) for row in rows}
