"""Checks everything about the custody log of a casebook: log, vault and checkpoints in, one step for each question out.

    1  log            every leaf and node, order and times; the heads that manifests and checkpoints name come out
    2  keys           who signed when, as the log itself says
    3  checkpoints    signatures; that none was taken out or slipped in, as the log's entries about them say
    4  growth         from each checkpoint to the next a consistency proof (RFC 6962 section 2.1.2)
    5  times          the authorities' tokens over the checkpoints
    6  decisions      what people decided is what the log has a digest of

Nothing is raised for what does not hold: it is in the steps, in words that name the entries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlite_utils import Database

from crawler import clock
from crawler.errors import OffsignalError, StoreError
from evidence import merkle, store
from evidence.checkpoint import SIGNED, STAMPED, Checkpoint, Checkpoints, CheckpointStamp, read_text
from evidence.custody import CustodyLog
from evidence.custody_check import Known, known_head
from evidence.decision import Decisions
from evidence.errors import BadToken, Unverified
from evidence.key_history import LOG, KeyPeriod, periods
from evidence.signed_note import open_note
from evidence.timestamp import StampState, verify_token
from evidence.vault import Vault
from evidence.verifier.words import Step

#: A token that comes later than this after the signature says little about when the checkpoint was signed.
LATE = timedelta(days=2)
MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Audit:
    """What one audit works on. ``roots`` are the certificates that the authorities are held to, in DER."""

    db: Database
    vault: Vault
    roots: Collection[bytes]
    elsewhere: tuple[Known, ...] = ()

    def steps(self) -> list[Step]:
        """Every step in order; ``elsewhere`` are heads that were kept outside the house."""
        looks: list[tuple[str, str, Callable[[Step], None]]] = [
            ("log", "the log: entries, tree, order and times", self._log),
            ("keys", "the keys that sign it", self._keys),
            ("checkpoints", "signed checkpoints", self._checkpoints),
            ("growth", "that it only grew from one checkpoint to the next", self._growth),
            ("times", "timestamps over the checkpoints", self._times),
            ("decisions", "decisions, against the log", self._decisions),
        ]
        steps = []
        for number, (key, title, look) in enumerate(looks, 1):
            step = Step(number, key, title)
            steps.append(step)
            try:
                look(step)
            except OffsignalError as error:
                step.failed.append(str(error))
        return steps

    def _log(self, step: Step) -> None:
        known = [*self._manifests(step), *self._own_heads(), *self.elsewhere]
        walk = CustodyLog(self.db).walk(known)
        for number, fault in enumerate(walk.faults()):
            if number == MAX_FAULTS:
                step.failed.append(f"and more: only the first {MAX_FAULTS} faults are told")
                break
            step.failed.append(fault.sentence)
        if not step.failed:
            size, root = walk.head.size, walk.head.root
            step.proved.append(f"{size} entries, every leaf and node recomputed, to the root {root}")
            step.proved.append(f"all {len(walk.held)} heads that manifests and checkpoints name come out of it")

    def _manifests(self, step: Step) -> Iterator[Known]:
        """The heads in the sealed manifests; one that cannot be read is said, and the walk goes on without it."""
        for row in store.exhibits(self.db):
            times = [one.gen_time for one in store.stamps(self.db, row.exhibit_id) if one.state == StampState.VERIFIED]
            stamped_at = min((clock.parse(time) for time in times), default=None)
            try:
                manifest = json.loads(self.vault.read(row.manifest_sha256))
                yield known_head(manifest["custody_head"], f"the manifest of {row.exhibit_id}", stamped_at)
            except (StoreError, ValueError, KeyError, TypeError, Unverified) as error:
                step.failed.append(f"the manifest of {row.exhibit_id} cannot be read: {error}")

    def _own_heads(self) -> Iterator[Known]:
        for one, stamps in self._kept():
            stamped_at = min((stamp.gen_time for stamp in stamps), default=None)
            yield Known(one.head, f"checkpoint {one.number}", stamped_at)

    def _kept(self) -> list[tuple[Checkpoint, tuple[CheckpointStamp, ...]]]:
        checkpoints = Checkpoints(self.db)
        return [(one, checkpoints.stamps(one.note_sha256)) for one in checkpoints.all()]

    def _keys(self, step: Step) -> None:
        for period in periods(CustodyLog(self.db)):
            who = f"{period.key.vkey}, from entry {period.introduced.seq} of {clock.iso(period.introduced.at)}"
            if period.retired is None:
                step.proved.append(f"{who}: signs now")
            else:
                why = "said to be lost" if period.lost else "retired"
                step.proved.append(f"{who}: {why} by {period.retired.actor} at entry {period.retired.seq}")
        if not step.proved:
            step.absent.append("no key was made yet: the first checkpoint makes one")

    def _checkpoints(self, step: Step) -> None:
        log, kept = CustodyLog(self.db), {one.note_sha256: one for one, _ in self._kept()}
        logged = {str(entry.facts.get("note_sha256")): entry for entry in log.entries(LOG, action=SIGNED)}
        for digest, entry in logged.items():
            if digest not in kept:
                step.failed.append(
                    f"checkpoint {entry.facts.get('checkpoint')}, signed by entry {entry.seq}, was deleted"
                )
        keys, held = periods(log), 0
        for digest, one in kept.items():
            try:
                if digest not in logged:
                    raise Unverified("no entry of the log says that it was signed")
                _signed(one, keys)
                held += 1
            except OffsignalError as error:
                step.failed.append(f"checkpoint {one.number}, over {one.head.size} entries: {error}")
        if held:
            step.proved.append(f"{held} checkpoints are signed by the key that the log had then, and logged")
        if not kept and not logged:
            step.absent.append("none yet: every night and every bundle makes one")

    def _growth(self, step: Step) -> None:
        log, kept = CustodyLog(self.db), [one.head for one, _ in self._kept()]
        heads = sorted([*kept, log.head()], key=lambda head: head.size)
        for old, new in pairwise(heads):
            proof = [bytes.fromhex(one) for one in log.consistency(old.size, new.size)]
            ends = (old.size, bytes.fromhex(old.root), new.size, bytes.fromhex(new.root))
            if not merkle.is_consistent(*ends, proof):
                step.failed.append(
                    f"the log of {new.size} entries did not grow out of the one of {old.size}: rewritten"
                )
        if kept and not step.failed:
            step.proved.append(f"{len(heads) - 1} steps, from {heads[0].size} entries to {heads[-1].size}")

    def _times(self, step: Step) -> None:
        log, kept = CustodyLog(self.db), self._kept()
        stored = {(one.note_sha256, one.authority) for _, stamps in kept for one in stamps}
        for entry in log.entries(LOG, action=STAMPED):
            if (entry.facts.get("note_sha256"), entry.facts.get("authority")) not in stored:
                told = f"checkpoint {entry.facts.get('checkpoint')} by {entry.facts.get('authority')}"
                step.failed.append(f"the timestamp over {told}, logged by entry {entry.seq}, was deleted")
        for one, stamps in kept:
            for stamp in stamps:
                self._time(step, one, stamp)
        covered = max((one.head.size for one, stamps in kept if stamps), default=0)
        size = log.head().size
        if size > covered:
            step.absent.append(f"entries {covered + 1} to {size} are younger than the last stamped checkpoint")

    def _time(self, step: Step, one: Checkpoint, stamp: CheckpointStamp) -> None:
        told = f"checkpoint {one.number}, over {one.head.size} entries, by {stamp.authority}"
        request, response, root = (stamp.files[name] for name in ("request.tsq", "response.tsr", "root.pem"))
        try:
            token = verify_token(request, response, one.note.encode(), root)
        except BadToken as error:
            step.failed.append(f"{told}: {error}")
            return
        at = f"{token.gen_time:%Y-%m-%d %H:%M:%S} UTC"
        if stamp.practice:
            step.unchecked.append(f"{told}: {at}, by a PRACTICE authority, which proves nothing")
        elif not set(_der(root)) <= set(self.roots):
            step.unchecked.append(f"{told}: {at}, but its root is neither in the settings nor one of this program")
        elif token.gen_time > one.signed_at + LATE:
            step.unchecked.append(f"{told}: {at}, and signed at {clock.iso(one.signed_at)} by our own clock alone")
        else:
            step.proved.append(f"{told}: {at}")

    def _decisions(self, step: Step) -> None:
        count = Decisions(self.db).verify()
        step.proved.append(f"{count} decisions are as they were logged")


def _signed(one: Checkpoint, keys: Iterable[KeyPeriod]) -> None:
    """Raises Unverified or Unreadable unless the note says what its row says and the key of that time signed it."""
    text, key = open_note(one.note, [period.key for period in keys if period.stood_at(one.head.size)])
    origin, head = read_text(text)
    if head != one.head or origin != key.name:
        raise Unverified("its note says another head, or is of another log")


def _der(pem: bytes) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(pem)]
