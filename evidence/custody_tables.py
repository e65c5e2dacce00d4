"""The tables of the custody log: entries, the nodes of their tree, checkpoints and their timestamps. All append-only.

The triggers refuse UPDATE, DELETE and REPLACE, an entry out of turn, and one before the last entry's time. What is done
around them is found by :mod:`evidence.custody_check`.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler import clock
from evidence import custody_chain, merkle
from evidence.custody_entry import COLUMNS, entry_from, leaf_of_row, spelled_facts
from evidence.errors import ClockBehind, Unverified

MIGRATIONS = Migrations("custody")

_KEPT = "seq, at, actor, action, subject, purpose, facts, key, salt"
_NO_SALT = "0" * 32  # what the program itself says when it converts a log needs no hiding


@MIGRATIONS()
def m001_append_only_log(db: Database) -> None:
    """The log as a hash chain; AUTOINCREMENT remembers a last entry that was cut off."""
    db.executescript("""
        CREATE TABLE custody (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
            subject TEXT NOT NULL, purpose TEXT NOT NULL, facts TEXT NOT NULL, key TEXT NOT NULL, salt TEXT NOT NULL,
            leaf TEXT NOT NULL, prev TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE);
        CREATE INDEX custody_subject ON custody(subject, seq);
        CREATE UNIQUE INDEX custody_key ON custody(key) WHERE key <> '';
        CREATE TRIGGER custody_no_update BEFORE UPDATE ON custody
            BEGIN SELECT RAISE(ABORT, 'the custody log is append-only: no update'); END;
        CREATE TRIGGER custody_no_delete BEFORE DELETE ON custody
            BEGIN SELECT RAISE(ABORT, 'the custody log is append-only: no delete'); END;
        CREATE TRIGGER custody_no_replace BEFORE INSERT ON custody
            WHEN NEW.seq <= (SELECT MAX(seq) FROM custody)
              OR EXISTS (SELECT 1 FROM custody WHERE hash = NEW.hash)
              OR EXISTS (SELECT 1 FROM custody WHERE prev = NEW.prev)
              OR EXISTS (SELECT 1 FROM custody WHERE key = NEW.key AND key <> '')
            BEGIN SELECT RAISE(ABORT, 'the custody log is append-only: no replace'); END;
    """)


@MIGRATIONS()
def m002_a_tree_instead_of_a_chain(db: Database) -> None:
    """The log as a Merkle tree. Entries keep their content; a ``log_converted`` entry keeps the chain's last head."""
    db.executescript("""
        ALTER TABLE custody RENAME TO custody_chained;
        CREATE TABLE custody (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
            subject TEXT NOT NULL, purpose TEXT NOT NULL, facts TEXT NOT NULL, key TEXT NOT NULL, salt TEXT NOT NULL,
            leaf TEXT NOT NULL CHECK (length(leaf) = 64)) STRICT;
        CREATE TABLE custody_nodes (
            level INTEGER NOT NULL CHECK (level >= 1), place INTEGER NOT NULL CHECK (place >= 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32), PRIMARY KEY (level, place)) WITHOUT ROWID, STRICT;
    """)
    _convert(db)
    db.executescript("DROP TABLE custody_chained;")
    db.executescript("""
        CREATE INDEX custody_subject ON custody(subject, seq);
        CREATE INDEX custody_action ON custody(action, seq);
        CREATE UNIQUE INDEX custody_key ON custody(key) WHERE key <> '';
        CREATE TRIGGER custody_in_order BEFORE INSERT ON custody
            WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM custody)
            BEGIN SELECT RAISE(ABORT, 'the custody log is append-only: an entry out of turn'); END;
        CREATE TRIGGER custody_in_time BEFORE INSERT ON custody
            WHEN NEW.at < (SELECT at FROM custody ORDER BY seq DESC LIMIT 1)
            BEGIN SELECT RAISE(ABORT, 'the custody log is append-only: an entry before the last one''s time'); END;
    """)
    _append_only(db, "custody", "the custody log", "key = NEW.key AND key <> ''")
    _append_only(db, "custody_nodes", "the tree of the custody log", "level = NEW.level AND place = NEW.place")


@MIGRATIONS()
def m003_checkpoints(db: Database) -> None:
    """Signed heads of the tree, and what the authorities answered that were asked to stamp them."""
    db.executescript("""
        CREATE TABLE checkpoints (
            number INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL,
            note_sha256 TEXT NOT NULL UNIQUE, signed_at TEXT NOT NULL) STRICT;
        CREATE TABLE checkpoint_stamps (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, note_sha256 TEXT NOT NULL, authority TEXT NOT NULL,
            practice INTEGER NOT NULL, gen_time TEXT NOT NULL, request BLOB NOT NULL, response BLOB NOT NULL,
            chain BLOB NOT NULL, root BLOB NOT NULL, result BLOB NOT NULL, UNIQUE (note_sha256, authority)) STRICT;
    """)
    _append_only(db, "checkpoints", "checkpoints", "number <= NEW.number AND note_sha256 = NEW.note_sha256")
    same = "note_sha256 = NEW.note_sha256 AND authority = NEW.authority"
    _append_only(db, "checkpoint_stamps", "checkpoint_stamps", same)


def _append_only(db: Database, table: str, what: str, same: str) -> None:
    """Triggers that keep ``table`` from being changed; ``same`` is when a row would replace another one."""
    key = {"custody": "seq", "custody_nodes": "level", "checkpoints": "number", "checkpoint_stamps": "seq"}[table]
    again = same if table == "custody_nodes" else f"{key} = NEW.{key} OR ({same})"
    db.executescript(f"""
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{what}: append-only, no update'); END;
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{what}: append-only, no delete'); END;
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {again})
            BEGIN SELECT RAISE(ABORT, '{what}: append-only, no replace'); END;
    """)  # noqa: S608  # fixed names


def _convert(db: Database) -> None:
    """Copies the chained entries, builds their tree, and appends the entry that keeps the chain's last head.

    Raises Unverified when the chain does not hold, and ClockBehind when this machine's clock lies before the last
    entry; then nothing is converted and nothing is lost.
    """
    count, chain, last_at = 0, custody_chain.START, ""
    peaks: list[bytes] = []
    for row in db.execute(f"SELECT {_KEPT}, prev, hash FROM custody_chained ORDER BY seq"):  # noqa: S608  # fixed names
        *kept, before, stored = row
        if kept[0] != count + 1 or before != chain:
            raise _broken(count + 1, "it is missing, or the entry after it was written elsewhere")
        try:
            chain = custody_chain.link(chain, entry_from((*kept, "")).content())
        except (ValueError, TypeError) as error:
            raise _broken(count + 1, f"it cannot be read: {error}") from error
        if chain != stored or str(kept[1]) < last_at:
            raise _broken(count + 1, "its content does not match its hash, or its time lies before the last one's")
        count, last_at = count + 1, str(kept[1])
        _keep(db, peaks, tuple(kept))
    ever = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'custody_chained'").fetchone()
    if ever and ever[0] > count:
        raise _broken(count + 1, f"it was cut off, the log once reached entry {ever[0]}")
    if not count:
        return
    now = clock.iso(clock.now())
    if now < last_at:
        raise ClockBehind(
            f"the clock says {now}, which is before the last custody entry of {last_at}; set the clock of this machine "
            "right, then run the step again"
        )
    facts = {"form": "offsignal-custody-1", "seq": count, "hash": chain}
    words = ("offsignal", custody_chain.CONVERTED, "custody-log", "the log became a Merkle tree (RFC 6962)")
    _keep(db, peaks, (count + 1, now, *words, spelled_facts(facts), "", _NO_SALT))


def _broken(seq: int, what: str) -> Unverified:
    return Unverified(
        f"custody entry {seq}: {what}; the log of an older form does not hold and is not converted: restore the "
        "casebook from a copy that holds"
    )


def _keep(db: Database, peaks: list[bytes], kept: tuple[Any, ...]) -> None:
    """Inserts one entry with its leaf and the nodes it completes; ``peaks`` are the complete subtrees so far."""
    leaf, index = leaf_of_row(kept), int(kept[0]) - 1
    db.execute(f"INSERT INTO custody ({COLUMNS}) VALUES ({', '.join('?' * 10)})", (*kept, leaf.hex()))  # noqa: S608  # fixed names
    digest, level = leaf, 0
    while index >> level & 1:
        digest, level = merkle.node_hash(peaks.pop(), digest), level + 1
        place = index >> level
        db.execute("INSERT INTO custody_nodes (level, place, digest) VALUES (?, ?, ?)", (level, place, digest))
    peaks.append(digest)
