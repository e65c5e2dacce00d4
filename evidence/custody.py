"""The custody log: every touch of every exhibit, appended to ``casebook.db`` as the leaves of a Merkle tree (RFC 6962).

In flows who did what to which subject and why; out flow :class:`Entry` records in the order they were written, the
:class:`Head` that exhibit and bundle manifests carry under their timestamps, and the proofs that an entry stands in a
head's tree and that one head grew out of another. Since a stamped manifest names the head, nobody can change an entry
older than the stamp without contradicting the timestamp authority.

How entries are hashed is in :mod:`evidence.custody_entry`; what keeps the tables append-only in
:mod:`evidence.custody_tables`; what finds that somebody got around that in :mod:`evidence.custody_check`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.casebook import writing
from evidence import merkle
from evidence.custody_check import Known, Walk
from evidence.custody_entry import COLUMNS, EMPTY, Entry, Head, entry_from, leaf_of_row, spelled_facts
from evidence.custody_tables import MIGRATIONS
from evidence.errors import ClockBehind, Unverified

__all__ = ["EMPTY", "MIGRATIONS", "CustodyLog", "Entry", "Head"]


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
            last = self._db.execute("SELECT seq, at FROM custody ORDER BY seq DESC LIMIT 1").fetchone() or (0, "")
            moment = clock.iso(clock.now() if at is None else at)
            if moment < last[1]:
                raise ClockBehind(
                    f"the clock says {moment}, which is before custody entry {last[0]} of {last[1]}; set the clock of "
                    "this machine right, then run the step again"
                )
            words = (actor, action, subject, purpose, spelled_facts(facts or {}), key, secrets.token_hex(16))
            return self._insert((last[0] + 1, moment, *words))

    def _insert(self, content: tuple[Any, ...]) -> Entry:
        """The entry, its leaf, and the nodes of the tree that it completes: O(log n) in the number of entries."""
        leaf = leaf_of_row(content)
        row = (*content, leaf.hex())
        self._db.execute(f"INSERT INTO custody ({COLUMNS}) VALUES ({', '.join('?' * 10)})", row)  # noqa: S608  # fixed names
        for node in merkle.grow(self.node, content[0] - 1, leaf):
            self._db.execute("INSERT INTO custody_nodes (level, place, digest) VALUES (?, ?, ?)", node)
        return entry_from(row)

    def head(self) -> Head:
        """The number of entries and the root of their tree."""
        (size,) = self._db.execute("SELECT COALESCE(MAX(seq), 0) FROM custody").fetchone()
        return self.head_at(size)

    def head_at(self, size: int) -> Head:
        """The head as it was when the log had ``size`` entries."""
        return Head(size, merkle.root(self.node, size).hex()) if size else EMPTY

    def node(self, level: int, place: int) -> bytes:
        """The stored digest of a complete subtree. Raises Unverified when it is not there."""
        if level == 0:
            found = self._db.execute("SELECT leaf FROM custody WHERE seq = ?", (place + 1,)).fetchone()
            digest = bytes.fromhex(found[0]) if found else None
        else:
            query = "SELECT digest FROM custody_nodes WHERE level = ? AND place = ?"
            found = self._db.execute(query, (level, place)).fetchone()
            digest = found[0] if found else None
        if digest is None:
            first, last = place * 2**level + 1, (place + 1) * 2**level
            raise Unverified(
                f"the custody log's tree has no node over entries {first} to {last}: somebody deleted something; run "
                "'offsignal custody verify'"
            )
        return digest

    def inclusion(self, index: int, size: int) -> tuple[str, ...]:
        """The proof that leaf ``index`` (an entry's ``seq - 1``) is in the tree of ``size`` entries, in hex."""
        return tuple(step.hex() for step in merkle.inclusion_proof(self.node, index, size))

    def consistency(self, first: int, second: int) -> tuple[str, ...]:
        """The proof that the tree of ``second`` entries grew out of the one of ``first``, in hex."""
        return tuple(step.hex() for step in merkle.consistency_proof(self.node, first, second))

    def entries(self, subject: str | None = None, *, action: str | None = None) -> Iterator[Entry]:
        """All entries in order, or those about one subject, or those of one action."""
        where, values = "", []
        for column, value in (("subject", subject), ("action", action)):
            if value is not None:
                where += f" {'AND' if where else 'WHERE'} {column} = ?"
                values.append(value)
        for row in self._db.execute(f"SELECT {COLUMNS} FROM custody{where} ORDER BY seq", values):  # noqa: S608  # fixed names
            yield entry_from(row)

    def verify(self, known_heads: Iterable[Head] = ()) -> Head:
        """Recomputes every leaf and node and returns the head; reads the log once, in constant memory.

        ``known_heads`` are heads kept elsewhere (in stamped manifests); each must come out as it was named.
        Raises Unverified naming the first bad entry and what is wrong: edited, deleted, out of order, back-dated.
        """
        walk = Walk(self._db, map(Known, known_heads))
        with closing(walk.faults()) as faults:
            if fault := next(faults, None):
                raise Unverified(fault.sentence)
        return walk.head

    def walk(self, known: Iterable[Known] = ()) -> Walk:
        """A walk over the whole log that goes on where :meth:`verify` stops, and names every fault."""
        return Walk(self._db, known)

    def _rows(self, clause: str, values: list[Any]) -> list[Entry]:
        return [entry_from(row) for row in self._db.execute(f"SELECT {COLUMNS} FROM custody {clause}", values)]  # noqa: S608  # fixed names
