"""The custody log as a bundle carries it: log and checkpoints in, ``custody.jsonl`` and the folder ``custody/`` out.

* ``custody.jsonl``: a line that names the format, the case and the head of the log's tree; then one line for every
  entry about the case or one of its exhibits, with the proof that it stands in that tree (RFC 6962 section 2.1.1).
  What concerns other cases stays in the house: a proof shows digests alone.
* ``custody/checkpoint``, ``custody/proofs/<authority>/``: that head, signed and stamped.
* ``custody/keys.json``: the keys that signed, with the entries that introduced and retired them.
* ``custody/checkpoints/<number>/``: for each entry shown, the first stamped checkpoint that covers it, with its tokens.
* ``custody/consistency.json``: from each exhibit's head and each of those checkpoints, the proof that the log grew from
  it to the bundle's head and nothing was rewritten (RFC 6962 section 2.1.2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evidence.checkpoint import Checkpoint, Checkpoints, CheckpointStamp
from evidence.custody import CustodyLog, Entry, Head
from evidence.custody_chain import CONVERTED
from evidence.digest import canonical_json
from evidence.history import concerns
from evidence.key_history import KeyPeriod, periods

FORMAT = "offsignal-custody-2"
KEYS_FORMAT = "offsignal-custody-keys-1"
CONSISTENCY_FORMAT = "offsignal-custody-consistency-1"
#: What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410 section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")


def write_custody(
    place: Path, log: CustodyLog, checkpoints: Checkpoints, case_id: str, exhibit_ids: Iterable[str], last: Checkpoint
) -> None:
    """Writes all of the above into the bundle at ``place``, whose exhibits lie below ``exhibits/`` already.

    ``last`` is the checkpoint over the bundle's head. Raises Unverified when the log lacks what a proof needs.
    """
    ids, head = tuple(exhibit_ids), last.head
    entries = shown(log, case_id, frozenset(ids), head)
    folder = place / "custody"
    folder.mkdir()
    with (place / "custody.jsonl").open("wb") as stream:
        stream.writelines(_lines(log, case_id, entries, head))
    _put(folder, last, checkpoints.stamps(last.note_sha256))
    earlier = tuple(_covering(checkpoints, entries, last))
    for checkpoint, stamps in earlier:
        _put(folder / "checkpoints" / f"{checkpoint.number:04d}", checkpoint, stamps)
    keys = [_key(log, period, head) for period in periods(log) if period.introduced.seq <= head.size]
    origin = last.note.partition("\n")[0]
    (folder / "keys.json").write_bytes(canonical_json({"format": KEYS_FORMAT, "origin": origin, "keys": keys}))
    stated = [(f"exhibits/{name}/manifest.json", _head_of(place / "exhibits" / name)) for name in ids]
    stated += [(f"custody/checkpoints/{one.number:04d}/checkpoint", one.head) for one, _ in earlier]
    rows = [_grown(log, name, old, head) for name, old in stated if old is not None]
    whole = {"format": CONSISTENCY_FORMAT, "head": head.to_dict(), "from": rows}
    (folder / "consistency.json").write_bytes(canonical_json(whole))


def shown(log: CustodyLog, case_id: str, exhibit_ids: frozenset[str], head: Head) -> tuple[Entry, ...]:
    """The entries that a bundle shows, for the report too: those of the case, and that the log was converted."""
    subjects = (case_id, *sorted(exhibit_ids))
    found = [one for subject in subjects for one in log.entries(subject) if concerns(one, case_id, exhibit_ids)]
    found += log.entries(action=CONVERTED)
    return tuple(sorted((one for one in found if one.seq <= head.size), key=lambda one: one.seq))


def _lines(log: CustodyLog, case_id: str, entries: Iterable[Entry], head: Head) -> Iterator[bytes]:
    yield canonical_json({"format": FORMAT, "case": case_id, "head": head.to_dict()}) + b"\n"
    for entry in entries:
        yield canonical_json(_proved(log, entry, head)) + b"\n"


def _proved(log: CustodyLog, entry: Entry, head: Head) -> dict[str, Any]:
    """An entry with its place and the proof that it is in the tree of ``head``: ``{"entry", "index", "proof"}``."""
    proof = list(log.inclusion(entry.index, head.size))
    return {"entry": entry.content(), "index": entry.index, "proof": proof}


def _grown(log: CustodyLog, name: str, old: Head, head: Head) -> dict[str, Any]:
    return {"name": name, **old.to_dict(), "proof": list(log.consistency(old.size, head.size))}


def _key(log: CustodyLog, period: KeyPeriod, head: Head) -> dict[str, Any]:
    """A key with the entries about it; ``pem`` is the same key as openssl reads it."""
    retired = period.retired if period.retired and period.retired.seq <= head.size else None
    text = base64.b64encode(SPKI + period.key.public).decode()
    return {
        "vkey": period.key.vkey,
        "pem": f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n",
        "introduced": _proved(log, period.introduced, head),
        "retired": _proved(log, retired, head) if retired else None,
    }


def _covering(
    checkpoints: Checkpoints, entries: Iterable[Entry], last: Checkpoint
) -> Iterator[tuple[Checkpoint, tuple[CheckpointStamp, ...]]]:
    """For each entry the first stamped checkpoint over it, each once, the last one left out."""
    waiting = [entry.seq for entry in entries][::-1]
    for checkpoint, stamps in checkpoints.stamped():
        if checkpoint.number >= last.number:
            return
        if waiting and waiting[-1] <= checkpoint.head.size:
            yield checkpoint, stamps
        while waiting and waiting[-1] <= checkpoint.head.size:
            waiting.pop()


def _put(folder: Path, checkpoint: Checkpoint, stamps: Iterable[CheckpointStamp]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").write_bytes(checkpoint.note.encode())
    for stamp in stamps:
        place = folder / "proofs" / stamp.authority
        place.mkdir(parents=True)
        for name, data in stamp.files.items():
            (place / name).write_bytes(data)


def _head_of(exhibit: Path) -> Head | None:
    """The head that an exhibit's manifest names; None for one of the time when the log was a chain."""
    stated = json.loads((exhibit / "manifest.json").read_bytes())["custody_head"]
    return Head(stated["size"], stated["root"]) if "root" in stated else None
