"""A new key for the custody log: the old one signs a last checkpoint, the log says so, the new one signs the next.

Killed at any point, it can be run again: the new key lies in its file before the log names it, and takes its place
after.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from evidence import keys
from evidence.checkpoint import Checkpoint, Checkpoints
from evidence.custody import CustodyLog
from evidence.errors import KeyRefused
from evidence.key_history import LOG, ROTATED, introduce, periods
from evidence.signed_note import Signer, new_signer


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: the last checkpoint of the old key (None when that was lost), the first of the new one."""

    old_vkey: str
    new_vkey: str
    place: Path
    before: Checkpoint | None
    after: Checkpoint


def current(log: CustodyLog, data_dir: Path) -> Signer | None:
    """The key of a data directory, after putting a new one into its place that the log names already; None without one.

    Raises KeyRefused as :func:`evidence.keys.load` does.
    """
    known, waiting = periods(log), data_dir / keys.NEXT_FILE
    if known and (new := keys.read_file(waiting)) is not None and new.verifier == known[-1].key:
        os.replace(waiting, data_dir / keys.KEY_FILE)
    return keys.load(data_dir)


def obtain(log: CustodyLog, data_dir: Path, *, origin: str, organisation: str) -> Signer:
    """The key that signs now; the first of a log is made when there is none. Raises KeyRefused when it is gone."""
    signer, known = current(log, data_dir), periods(log)
    if signer is None and known:
        raise KeyRefused(
            f"the key of the custody log, {known[-1].key.vkey}, is neither in {data_dir / keys.KEY_FILE} nor in the "
            f"variable {keys.KEY_VARIABLE}: put it back, or run 'offsignal custody rotate-key --lost'"
        )
    return signer or keys.make(data_dir, keys.key_name(origin, organisation))


def rotate(
    log: CustodyLog, checkpoints: Checkpoints, data_dir: Path, *, by: str, reason: str, lost: bool = False, to: str = ""
) -> Rotation:
    """Replaces the key under the name ``by``. ``lost`` is for a key that is gone: then nothing is signed with it.

    ``to`` is where the new key is written when the old one comes from the environment; whoever keeps it there moves it
    on. Raises KeyRefused when there is no key to replace, or the old one cannot be used and is not said to be lost.
    """
    known, outside = periods(log), keys.from_environment() is not None
    if not known:
        raise KeyRefused("the custody log has no key yet: run 'offsignal custody checkpoint', which makes one")
    if outside != bool(to):
        raise KeyRefused(
            f"the key comes from the variable {keys.KEY_VARIABLE}: say with --to FILE where the new one is to lie"
            if outside
            else f"the key is in {data_dir / keys.KEY_FILE} and its follower takes that place: leave out --to"
        )
    old = None if lost else current(log, data_dir)
    if old is None and not lost:
        raise KeyRefused(f"{data_dir / keys.KEY_FILE}: the key is not there; if it is gone for good, say --lost")
    place = Path(to) if to else data_dir / keys.NEXT_FILE
    new = keys.read_file(place) if not to else None  # one that an earlier run laid there and did not get to enter
    if new is None:
        new = new_signer(known[-1].key.name)
        keys.write_file(place, new)
    with log.batch():
        before = None
        if old is not None:
            introduce(log, old, by)
            before = checkpoints.sign(old, actor=by, purpose="the last one of the old key")
        facts = {"vkey": new.verifier.vkey, "old_vkey": known[-1].key.vkey, "old_key": "lost" if lost else "retired"}
        log.append(ROTATED, LOG, actor=by, purpose=reason, facts=facts)
        after = checkpoints.sign(new, actor=by, purpose="the first one of the new key")
    if not to:
        os.replace(place, data_dir / keys.KEY_FILE)
        place = data_dir / keys.KEY_FILE
    return Rotation(known[-1].key.vkey, new.verifier.vkey, place, before, after)
