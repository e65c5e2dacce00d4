"""Finds what was done to the custody log behind its back: a casebook in, one :class:`Fault` for each thing found out.

The log is read once, in order, in constant memory: each entry's content against its leaf, each leaf and node against
the node above it, each entry's number and time against the one before. Where two do not agree the walk goes on with
the stored one, so that one edit is one fault at one place and the rest is still proved.

Whoever rewrites leaves and nodes as well contradicts a head that stands elsewhere: :class:`Known` heads, out of
stamped manifests and checkpoints, must come out of the tree as they were named.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence import custody_chain, merkle
from evidence.custody_entry import COLUMNS, Head, entry_from, leaf_of_row
from evidence.errors import Unverified

#: So far a token's time may lie before the last entry it is over: two clocks, and an authority that cuts to seconds.
CLOCK_SLACK = timedelta(minutes=5)
#: A hole of more entries than this ends the walk: somebody wrote a number, nobody deleted that many.
MAX_HOLE = 1 << 20
#: So many numbers a walk tries in all to say where moved entries came from; past that they are only called edited.
MAX_TRIES = 1 << 17
#: So far from its place an entry's old number is looked for.
REACH = 1 << 14


class Kind(StrEnum):
    """What was done to the log."""

    EDITED = "edited"
    DELETED = "deleted"
    CUT_OFF = "cut off"
    OUT_OF_ORDER = "out of order"
    BACK_DATED = "back-dated"
    POST_DATED = "post-dated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold, about the entries ``first`` to ``last``; ``sentence`` names them and says why."""

    kind: Kind
    first: int
    last: int
    reason: str

    @property
    def sentence(self) -> str:
        """The fault in words, as errors and reports say it."""
        which = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        return f"custody {which}: {self.kind}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Known:
    """A head that stands outside the log. ``name`` says where; ``stamped_at`` is the earliest token's time, if any.

    ``chained`` is for a manifest of the time when the log was a chain: ``head.root`` is then the hash of entry
    ``head.size``.
    """

    head: Head
    name: str = "a stamped manifest"
    stamped_at: datetime | None = None
    chained: bool = False


def known_head(stated: Mapping[str, Any], name: str, stamped_at: datetime | None = None) -> Known:
    """The head that a manifest states, of the tree or of the older chain. Raises Unverified for anything else."""
    size, digest = ("size", "root") if "root" in stated else ("seq", "hash")
    if not isinstance(stated.get(size), int) or not isinstance(stated.get(digest), str):
        raise Unverified(f"{name}: names no head of the custody log")
    return Known(Head(stated[size], stated[digest]), name, stamped_at, chained=digest == "hash")


class Walk:
    """One walk over the log. ``head`` is the head found, once :meth:`faults` was read to its end."""

    def __init__(self, db: Database, known: Iterable[Known] = ()) -> None:
        self._db = db
        self._known: dict[int, list[Known]] = {}
        for one in known:
            self._known.setdefault(one.head.size, []).append(one)
        self.head = Head(0, merkle.EMPTY_ROOT.hex())
        self.held: list[Known] = []
        self._peaks: list[bytes | None] = []
        self._levels: dict[int, Iterator[tuple[int, bytes]]] = {}
        self._ahead: dict[int, tuple[int, bytes] | None] = {}
        self._tries = MAX_TRIES
        self._sure = 0  # up to here a known head came out as it was named
        self._chain, self._chain_end = custody_chain.START, self._converted()

    def faults(self) -> Generator[Fault, None, None]:
        """Every fault in the order of the entries; reads one snapshot of the casebook, whatever others append."""
        own = not self._db.conn.in_transaction
        if own:
            self._db.conn.execute("BEGIN")
        try:
            yield from self._heads(0, "")
            yield from self._entries()
        finally:
            if own:
                self._db.conn.execute("ROLLBACK")

    def _entries(self) -> Iterator[Fault]:
        size, moment = 0, ""
        for row in self._db.execute(f"SELECT {COLUMNS} FROM custody ORDER BY seq"):  # noqa: S608  # fixed names
            seq = row[0]
            if seq <= size:
                yield Fault(Kind.OUT_OF_ORDER, seq, seq, "no entry has such a number")
                continue
            if seq != size + 1:
                yield Fault(Kind.DELETED, size + 1, seq - 1, f"missing before entry {seq} of {row[1]}")
                if seq - size > MAX_HOLE:
                    break
                for missing in range(size + 1, seq):
                    yield from self._climb(missing - 1, None)
                    yield from self._heads(missing, "")
            yield from self._content(row, moment)
            yield from self._climb(seq - 1, _stored_leaf(row))
            yield from self._heads(seq, row[1])
            size, moment = seq, max(moment, row[1])
        yield from self._end(size)
        self.head = Head(size, "" if None in self._peaks else self._root())

    def _content(self, row: tuple[Any, ...], moment: str) -> Iterator[Fault]:
        """What is wrong with an entry by itself, and with its time after ``moment``."""
        seq, at = row[0], row[1]
        try:
            leaf = leaf_of_row(row).hex()
            if not isinstance(json.loads(row[6]), dict):
                raise ValueError("its facts are no object")
        except (ValueError, TypeError) as error:
            yield Fault(Kind.EDITED, seq, seq, f"it cannot be read ({error})")
            return
        if leaf != row[9]:
            place = self._place_of(row)
            if place:
                yield Fault(Kind.OUT_OF_ORDER, seq, seq, f"it was written as entry {place}")
            else:
                yield Fault(Kind.EDITED, seq, seq, "its content does not match its leaf")
        if at < moment:
            yield Fault(Kind.BACK_DATED, seq, seq, f"it says {at}, an entry before it {moment}")
        if seq <= self._chain_end:
            self._chain = custody_chain.link(self._chain, entry_from(row).content())

    def _place_of(self, row: tuple[Any, ...]) -> int:
        """The number under which an entry's content has its leaf: it was moved from there; 0 when none is found.

        The nearest numbers first, and never more than ``MAX_TRIES`` in a whole walk: a log damaged all over is walked
        in linear time, too.
        """
        (last,) = self._db.execute("SELECT MAX(seq) FROM custody").fetchone()
        seq = int(row[0])
        for distance in range(1, REACH + 1):
            for number in (seq - distance, seq + distance):
                if self._tries <= 0:
                    return 0
                if 1 <= number <= last:
                    self._tries -= 1
                    if leaf_of_row((number, *row[1:])).hex() == row[9]:
                        return number
            if distance >= max(seq, last - seq):
                break
        return 0

    def _climb(self, index: int, digest: bytes | None) -> Iterator[Fault]:
        """Puts a leaf into the tree; each node it completes must be the one that is stored. None is a missing leaf."""
        level = 0
        while index >> level & 1:
            left = self._peaks.pop()
            made = None if left is None or digest is None else merkle.node_hash(left, digest)
            level += 1
            place = index >> level
            stored = self._node(level, place)
            if made is not None and stored != made:
                what = "is missing" if stored is None else "does not match what it is over"
                first, last = (place << level) + 1, (place + 1) << level
                yield Fault(Kind.EDITED, first, last, f"the stored node over them {what}")
            digest = made if stored is None else stored
        self._peaks.append(digest)

    def _node(self, level: int, place: int) -> bytes | None:
        """The stored node, from a cursor for each level that only moves forward."""
        if level not in self._levels:
            query = "SELECT place, digest FROM custody_nodes WHERE level = ? ORDER BY place"
            self._levels[level] = iter(self._db.execute(query, (level,)))
            self._ahead[level] = next(self._levels[level], None)
        ahead = self._ahead[level]
        while ahead is not None and ahead[0] < place:
            ahead = next(self._levels[level], None)
        self._ahead[level] = ahead
        return ahead[1] if ahead is not None and ahead[0] == place else None

    def _heads(self, size: int, at: str) -> Iterator[Fault]:
        """The known heads of that size against the tree as it is now."""
        if size == self._chain_end and size and (kept := self._kept_chain()) != self._chain:
            yield Fault(Kind.REWRITTEN, 1, size, f"the entry of the conversion keeps another chain hash, {kept[:16]}…")
        here, since = self._known.pop(size, []), self._sure
        for one in here:
            found = self._chain if one.chained else "" if None in self._peaks else self._root()
            if found == one.head.root:
                self.held.append(one)
            else:
                reason = f"{one.name} names another {'hash' if one.chained else 'root'} for the first {size} entries"
                yield Fault(Kind.REWRITTEN, min(since + 1, size), size, reason)
            if one.stamped_at is not None and at and clock.parse(at) > one.stamped_at + CLOCK_SLACK:
                reason = f"it says {at}, but {one.name} was stamped at {clock.iso(one.stamped_at)}"
                yield Fault(Kind.POST_DATED, size, size, reason)

        if here and all(one in self.held for one in here):
            self._sure = size

    def _end(self, size: int) -> Iterator[Fault]:
        """What the log must have had and has no more."""
        ever = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'custody'").fetchone()
        nodes = self._db.execute("SELECT level, MAX(place) FROM custody_nodes GROUP BY level")
        covered = max(((place + 1) << level for level, place in nodes), default=0)
        reached = max(ever[0] if ever else 0, covered)
        if reached > size:
            yield Fault(Kind.CUT_OFF, size + 1, reached, f"the log once reached entry {reached}, and ends at {size}")
        for later in sorted(self._known):
            for one in self._known[later]:
                yield Fault(
                    Kind.CUT_OFF, size + 1, later, f"{one.name} names entry {later}, and the log ends at {size}"
                )

    def _root(self) -> str:
        return merkle.fold([peak for peak in self._peaks if peak is not None]).hex()

    def _converted(self) -> int:
        """The last entry that was once part of a hash chain; 0 when the log never was one."""
        return int(self._conversion().get("seq", 0))

    def _kept_chain(self) -> str:
        return str(self._conversion().get("hash", ""))

    def _conversion(self) -> dict[str, Any]:
        query = "SELECT facts FROM custody WHERE action = ? AND subject = 'custody-log' ORDER BY seq LIMIT 1"
        row = self._db.execute(query, (custody_chain.CONVERTED,)).fetchone()
        try:
            facts = json.loads(row[0]) if row else {}
        except ValueError:
            return {}
        return facts if isinstance(facts, dict) and isinstance(facts.get("seq"), int) else {}


def _stored_leaf(row: tuple[Any, ...]) -> bytes | None:
    try:
        return bytes.fromhex(row[9])
    except ValueError:
        return None
