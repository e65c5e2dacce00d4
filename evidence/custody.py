"""The custody log: every touch of every exhibit, appended to ``casebook.db`` and chained by SHA-256.

In flows who did what to which subject and why; out flow :class:`Entry` records in the order they were written, and the
:class:`Head` that exhibit and bundle manifests carry under their timestamps. Since a stamped manifest names the head,
nobody can change an entry older than the stamp without contradicting the timestamp authority.

Two digests an entry, so that an extract can hide entries of other cases and the chain still recomputes:

* leaf = SHA-256("offsignal-custody-entry-1\\n" + canonical JSON of the entry without its links)
* hash = SHA-256("offsignal-custody-link-1\\n" + hash before, hex + "\\n" + leaf, hex + "\\n")

Each entry carries a random salt, so the leaf of a hidden entry tells nothing to somebody who guesses its words.
The table refuses UPDATE, DELETE and REPLACE by trigger; :meth:`CustodyLog.verify` finds what was done around them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler import clock
from crawler.casebook import writing
from evidence.digest import canonical_json
from evidence.errors import ClockBehind, Unverified

MIGRATIONS = Migrations("custody")
GENESIS = "0" * 64
ENTRY_DOMAIN = b"offsignal-custody-entry-1\n"
LINK_DOMAIN = "offsignal-custody-link-1\n"

_COLUMNS = "seq, at, actor, action, subject, purpose, facts, key, salt, leaf, prev, hash"


@MIGRATIONS()
def m001_append_only_log(db: Database) -> None:
    """The log and the triggers that keep it append-only; AUTOINCREMENT remembers a last entry that was cut off."""
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


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash; ``Head(0, GENESIS)`` for an empty log."""

    seq: int
    hash: str

    def to_dict(self) -> dict[str, Any]:
        """``{"seq", "hash"}`` as manifests carry it."""
        return {"seq": self.seq, "hash": self.hash}


@dataclass(frozen=True, slots=True)
class Entry:
    """One touch: who (``actor``) did what (``action``) to which ``subject``, when, why (``purpose``), with which facts.

    ``facts`` is a JSON object with ASCII names and no fractions, which every program spells alike. ``key`` is what
    made the entry idempotent, else empty.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str
    facts: Mapping[str, Any]
    key: str
    salt: str
    leaf: str
    prev: str
    hash: str

    def content(self) -> dict[str, Any]:
        """What the leaf digest is over: everything but the three digests."""
        return {
            "seq": self.seq,
            "at": clock.iso(self.at),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "purpose": self.purpose,
            "facts": dict(self.facts),
            "key": self.key,
            "salt": self.salt,
        }


def leaf_digest(content: Mapping[str, Any]) -> str:
    """The digest of one entry's content, in its own domain."""
    return hashlib.sha256(ENTRY_DOMAIN + canonical_json(content)).hexdigest()


def link_digest(prev: str, leaf: str) -> str:
    """The digest that binds an entry to everything before it; both arguments and the result in lower-case hex."""
    return hashlib.sha256(f"{LINK_DOMAIN}{prev}\n{leaf}\n".encode()).hexdigest()


class CustodyLog:
    """The log of one casebook. An append joins the caller's open transaction: deed and entry stand or fall together."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def batch(self) -> AbstractContextManager[Database]:
        """One transaction for many appends, or for appends together with the caller's own rows."""
        return writing(self._db)

    def append(
        self,
        action: str,
        subject: str,
        *,
        actor: str,
        purpose: str,
        facts: Mapping[str, Any] | None = None,
        key: str = "",
        at: datetime | None = None,
    ) -> Entry:
        """Writes one entry and returns it; with a ``key`` that was used before, returns the earlier entry instead.

        ``at`` is read from the clock under the write lock unless given. Raises ClockBehind when it lies before the
        last entry, ValueError for an empty word or facts of another form, StoreError when the casebook is locked.
        """
        for name, value in (("actor", actor), ("action", action), ("subject", subject), ("purpose", purpose)):
            if not value.strip():
                raise ValueError(
                    f"a custody entry needs an {name}" if name[0] == "a" else f"a custody entry needs a {name}"
                )
        with writing(self._db):
            if key and (known := self._rows("WHERE key = ? AND key <> ''", [key])):
                return known[0]
            last = self._rows("ORDER BY seq DESC LIMIT 1", [])
            moment = clock.now() if at is None else at
            if last and moment < last[0].at:
                raise ClockBehind(
                    f"the clock says {clock.iso(moment)}, which is before custody entry {last[0].seq} of "
                    f"{clock.iso(last[0].at)}; set the clock of this machine right, then run the step again"
                )
            entry = _linked(last[0] if last else None, moment, actor, action, subject, purpose, facts or {}, key)
            self._db.execute(f"INSERT INTO custody ({_COLUMNS}) VALUES ({', '.join('?' * 12)})", _row(entry))  # noqa: S608  # fixed names
            return entry

    def head(self) -> Head:
        """The last entry's number and hash."""
        row = self._db.execute("SELECT seq, hash FROM custody ORDER BY seq DESC LIMIT 1").fetchone()
        return Head(row[0], row[1]) if row else Head(0, GENESIS)

    def entries(self, subject: str | None = None) -> Iterator[Entry]:
        """All entries in order, or those about one subject."""
        where, values = ("", []) if subject is None else ("WHERE subject = ?", [subject])
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM custody {where} ORDER BY seq", values):  # noqa: S608  # fixed names
            yield _entry(row)

    def verify(self, known_heads: Iterable[Head] = ()) -> Head:
        """Recomputes the whole chain and returns its head.

        ``known_heads`` are heads kept elsewhere (in stamped manifests); each must stand in the log as it was named.
        Raises Unverified naming the first bad entry and what is wrong: edited, deleted, out of order, back-dated.
        """
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM custody ORDER BY seq")  # noqa: S608  # fixed names
        wanted: dict[int, set[str]] = {}
        for head in known_heads:
            wanted.setdefault(head.seq, set()).add(head.hash)
        last, moment = Head(0, GENESIS), ""
        for row in rows:
            if fault := self._fault(row, last, moment):
                raise Unverified(f"custody entry {row[0]}: {fault}")
            last, moment = Head(row[0], row[11]), row[1]
            if wanted.pop(last.seq, {last.hash}) != {last.hash}:
                raise Unverified(f"custody entry {last.seq}: edited: a stamped manifest names another hash for it")
        ever = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'custody'").fetchone()
        highest = max([ever[0] if ever else 0, *(seq for seq in wanted if seq > 0)])
        if highest > last.seq:
            ends = f"the log once reached entry {highest}, and ends at {last.seq}"
            raise Unverified(f"custody entry {last.seq + 1}: deleted: {ends}")
        return last

    def _fault(self, row: tuple[Any, ...], last: Head, moment: str) -> str:
        """What is wrong with ``row`` as the entry after ``last``; empty when nothing is."""
        seq, at, prev, stored_leaf, stored_hash = row[0], row[1], row[10], row[9], row[11]
        if seq != last.seq + 1:
            return f"deleted: entry {last.seq + 1} is missing before it"
        if prev != last.hash:
            other = self._db.execute("SELECT seq FROM custody WHERE hash = ? AND seq <> ?", [prev, seq]).fetchone()
            if other:
                return f"out of order: it was written after entry {other[0]}"
            return "edited: its link to the entry before does not hold"
        try:
            leaf = leaf_digest(_entry(row).content())
            exact = list(_row(_entry(row))) == list(row)
        except (ValueError, TypeError) as error:
            return f"edited: it cannot be read ({error})"
        if leaf != stored_leaf or link_digest(prev, leaf) != stored_hash or not exact:
            return "edited: its content does not match its hash"
        if at < moment:
            return f"back-dated: it says {at}, the entry before it {moment}"
        return ""

    def _rows(self, clause: str, values: list[Any]) -> list[Entry]:
        return [_entry(row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM custody {clause}", values)]  # noqa: S608  # fixed names


def _linked(
    last: Entry | None,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    purpose: str,
    facts: Mapping[str, Any],
    key: str,
) -> Entry:
    """A new entry, its digests computed, to stand after ``last``."""
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    whole = _plain(json.loads(canonical_json(dict(facts))))
    draft = Entry(seq, at, actor, action, subject, purpose, whole, key, secrets.token_hex(16), "", prev, "")
    leaf = leaf_digest(draft.content())
    return Entry(seq, at, actor, action, subject, purpose, whole, key, draft.salt, leaf, prev, link_digest(prev, leaf))


def _plain(value: Any) -> Any:
    """``value``, if it is JSON that plain sorting and any number printer spell canonically. Raises ValueError."""
    if isinstance(value, float):
        raise ValueError(f"custody facts hold no fractions: write {value} as text")
    if isinstance(value, dict) and (names := [name for name in value if not name.isascii()]):
        raise ValueError(f"custody facts have ASCII names, not {names[0]!r}")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(part)
    return value


def _row(entry: Entry) -> tuple[Any, ...]:
    facts = canonical_json(dict(entry.facts)).decode()
    who = (entry.actor, entry.action, entry.subject, entry.purpose)
    return (entry.seq, clock.iso(entry.at), *who, facts, entry.key, entry.salt, entry.leaf, entry.prev, entry.hash)


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, at, actor, action, subject, purpose, facts, key, salt, leaf, prev, digest = row
    return Entry(
        seq, clock.parse(at), actor, action, subject, purpose, json.loads(facts), key, salt, leaf, prev, digest
    )
