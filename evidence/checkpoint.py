"""Checkpoints of the custody log: the head of its tree, signed (C2SP tlog-checkpoint) and stamped (RFC 3161), kept.

In flow the log, a key and the timestamp authorities; out flow :class:`Checkpoint` records with the tokens over their
notes. A note's text is three lines: the log's name, the number of entries, the root in base64. Whoever rewrites the log
later contradicts his own signature, and the authorities' time.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlite_utils import Database

from crawler import clock
from evidence.custody import CustodyLog, Head
from evidence.digest import sha256_hex
from evidence.errors import Unreadable, Unverified
from evidence.key_history import LOG, introduce
from evidence.signed_note import Signer
from evidence.timestamp import StampResult

SIGNED, STAMPED, STAMP_FAILED = "checkpoint_signed", "checkpoint_stamped", "checkpoint_stamp_failed"
FILES = ("request", "response", "chain", "root", "result")
NAMES = dict(zip(FILES, ("request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json"), strict=True))


class Stamps(Protocol):
    """Who stamps a note: :class:`evidence.timestamp.Stamper`."""

    def stamp(self, data: bytes) -> Sequence[StampResult]:
        """One result for every authority; none of them raises."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One signed head. ``note`` is the whole signed note; ``note_sha256`` is over its bytes in UTF-8."""

    number: int
    head: Head
    note: str
    note_sha256: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class CheckpointStamp:
    """One token over a checkpoint's note; ``files`` are the proof by the names that exhibits' proofs have, too."""

    note_sha256: str
    authority: str
    practice: bool
    gen_time: datetime
    files: dict[str, bytes]


def note_text(origin: str, head: Head) -> str:
    """The text that is signed: origin, size, and root in base64, a line each."""
    return f"{origin}\n{head.size}\n{base64.b64encode(bytes.fromhex(head.root)).decode()}\n"


def read_text(text: str) -> tuple[str, Head]:
    """Origin and head out of a checkpoint's text. Raises Unreadable for anything else."""
    origin, size, root, *rest = [*text.split("\n"), "", "", ""]
    try:
        digest = base64.b64decode(root, validate=True)
    except binascii.Error:
        digest = b""
    if not origin or not size.isdecimal() or str(int(size)) != size or len(digest) != 32 or any(rest):
        raise Unreadable("it is no checkpoint: three lines, the log's name, a number of entries, and a root in base64")
    return origin, Head(int(size), digest.hex())


class Checkpoints:
    """The checkpoints of one casebook's log. Append-only, as the log is; every one of them is an entry, too."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._log = CustodyLog(db)

    def sign(self, signer: Signer, *, actor: str, purpose: str) -> Checkpoint:
        """Signs the head as it is now and keeps the note. Inside the caller's batch it is the head of that moment.

        The log's first key is introduced before. Raises KeyRefused when the log has another key than ``signer``.
        """
        with self._log.batch():
            introduce(self._log, signer, actor)
            head, at = self._log.head(), clock.now()
            self._refuse_a_rewritten_log()
            note = signer.sign(note_text(signer.name, head))
            digest = sha256_hex(note.encode())
            if known := self._select("WHERE note_sha256 = ?", [digest]):
                return known[0]
            (number,) = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM checkpoints").fetchone()
            row = (number, head.size, head.root, note, digest, clock.iso(at))
            self._db.execute(
                "INSERT INTO checkpoints (number, size, root, note, note_sha256, signed_at) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            facts = {"checkpoint": number, **head.to_dict(), "note_sha256": digest, "key": signer.verifier.id.hex()}
            self._log.append(SIGNED, LOG, actor=actor, purpose=purpose, facts=facts)
            return _checkpoint(row)

    def stamp(self, checkpoint: Checkpoint, stamper: Stamps, *, actor: str) -> tuple[str, ...]:
        """Asks every authority to stamp the note and keeps what it answers; gives the names of those that did.

        One that does not answer is an entry and nothing else: the next checkpoint covers this one.
        """
        results = stamper.stamp(checkpoint.note.encode())
        for result in results:
            with self._log.batch():
                self._keep(checkpoint, result, actor)
        return tuple(result.authority for result in results if result.token is not None)

    def all(self) -> tuple[Checkpoint, ...]:
        """Every checkpoint, oldest first."""
        return self._select("")

    def stamps(self, note_sha256: str) -> tuple[CheckpointStamp, ...]:
        """The tokens over one note."""
        columns = "note_sha256, authority, practice, gen_time, request, response, chain, root, result"
        query = f"SELECT {columns} FROM checkpoint_stamps WHERE note_sha256 = ? ORDER BY seq"  # noqa: S608  # fixed names
        return tuple(_stamp(row) for row in self._db.execute(query, [note_sha256]))

    def stamped(self) -> Iterator[tuple[Checkpoint, tuple[CheckpointStamp, ...]]]:
        """Every checkpoint that has a token, with its tokens, oldest first."""
        for checkpoint in self.all():
            if stamps := self.stamps(checkpoint.note_sha256):
                yield checkpoint, stamps

    def ending(self, before: datetime) -> tuple[tuple[str, datetime, int], ...]:
        """Tokens of the last stamped checkpoint whose signer's certificate ends before: authority, end, checkpoint.

        Older tokens do not count: each checkpoint is over everything that the earlier ones are over.
        """
        for checkpoint in reversed(self.all()):
            if stamps := self.stamps(checkpoint.note_sha256):
                ends = [(one.authority, _signer_end(one), checkpoint.number) for one in stamps]
                return tuple(row for row in ends if row[1] < before)
        return ()

    def _refuse_a_rewritten_log(self) -> None:
        """Raises Unverified unless the log still begins as the last checkpoint says: two heads are never signed."""
        (number,) = self._db.execute("SELECT COALESCE(MAX(number), 0) FROM checkpoints").fetchone()
        for last in self._select("WHERE number = ?", [number]):
            if self._log.head_at(last.head.size) != last.head:
                raise Unverified(
                    f"the custody log is not what checkpoint {last.number} over its first {last.head.size} entries "
                    "says: it was rewritten and is not signed; run 'offsignal custody verify'"
                )

    def _keep(self, checkpoint: Checkpoint, result: StampResult, actor: str) -> None:
        about: dict[str, Any] = {"checkpoint": checkpoint.number, "note_sha256": checkpoint.note_sha256}
        about |= {"authority": result.authority, "practice": result.practice}
        if result.token is None:
            facts = {**about, "state": str(result.state), "reason": result.reason}
            self._log.append(STAMP_FAILED, LOG, actor=actor, purpose="proof of time", facts=facts)
            return
        if any(one.authority == result.authority for one in self.stamps(checkpoint.note_sha256)):
            return
        files, at = result.files(), clock.iso(result.token.gen_time)
        row = (checkpoint.note_sha256, result.authority, int(result.practice), at, *(files[NAMES[n]] for n in FILES))
        self._db.execute(
            "INSERT INTO checkpoint_stamps (note_sha256, authority, practice, gen_time, request, response, chain, "
            "root, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        facts = {**about, "gen_time": at, "serial": result.token.serial, "response_sha256": sha256_hex(result.response)}
        self._log.append(STAMPED, LOG, actor=actor, purpose="proof of time", facts=facts)

    def _select(self, where: str, values: Sequence[str | int] = ()) -> tuple[Checkpoint, ...]:
        columns = "number, size, root, note, note_sha256, signed_at"
        rows = self._db.execute(f"SELECT {columns} FROM checkpoints {where} ORDER BY number", list(values))  # noqa: S608  # fixed names
        return tuple(_checkpoint(row) for row in rows)


def _checkpoint(row: tuple[Any, ...]) -> Checkpoint:
    number, size, root, note, digest, at = row
    return Checkpoint(number, Head(size, root), note, digest, clock.parse(at))


def _signer_end(stamp: CheckpointStamp) -> datetime:
    return clock.parse(json.loads(stamp.files["result.json"])["signer_not_after"])


def _stamp(row: tuple[Any, ...]) -> CheckpointStamp:
    digest, authority, practice, gen_time, *blobs = row
    files = {NAMES[name]: data for name, data in zip(FILES, blobs, strict=True)}
    return CheckpointStamp(digest, authority, bool(practice), clock.parse(gen_time), files)
