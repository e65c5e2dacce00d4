"""Defects of the custody log: entries edited, moved, back-dated, left out; trees rewritten, checkpoints forged."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence import merkle
from evidence.checkpoint import note_text, read_text
from evidence.custody import Head
from evidence.digest import canonical_json
from evidence.signed_note import new_signer, split_note
from tests.zoo.forging import fails, reseal

Lines = list[dict[str, Any]]


def relog(bundle: Path, change: Callable[[Lines], object]) -> None:
    """Changes the lines of the custody log and makes the bundle's manifest agree, but for the head."""
    path = bundle / "custody.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
    reseal(bundle)


def full(lines: Lines, action: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("entry", {}).get("action") == action)


def restate(bundle: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes one of the JSON files in ``custody/`` and makes the bundle's manifest agree."""
    path = bundle / "custody" / name
    stated = json.loads(path.read_bytes())
    change(stated)
    path.write_bytes(canonical_json(stated))
    reseal(bundle)


def regrow(bundle: Path, change: Callable[[Lines], object]) -> None:
    """Rewrites the whole log, as one does who has the database and a key: a new tree, proofs, head and checkpoint."""
    keys = json.loads((bundle / "custody" / "keys.json").read_bytes())
    heads: list[dict[str, Any]] = []

    def rewrite(lines: Lines) -> None:
        change(lines)
        head = proved(lines, keys)
        lines[0]["head"] = head
        heads.append(head)

    relog(bundle, rewrite)
    forger = new_signer(keys["origin"])
    keys["keys"][0]["vkey"] = forger.verifier.vkey
    note = forger.sign(note_text(keys["origin"], Head(heads[0]["size"], heads[0]["root"])))
    (bundle / "custody" / "checkpoint").write_text(note, "utf-8")
    (bundle / "custody" / "keys.json").write_bytes(canonical_json(keys))
    restate(bundle, "consistency.json", lambda stated: stated.update(head=heads[0]))
    reseal(bundle, custody_head=heads[0])


def proved(lines: Lines, keys: dict[str, Any]) -> dict[str, Any]:
    """Gives every line a proof in a tree that holds them all; what is not shown is made up. Gives the tree's head."""
    every = [*lines[1:], *(row["introduced"] for row in keys["keys"])]
    leaves = {row["index"]: merkle.leaf_hash(canonical_json(row["entry"])) for row in every}
    size = lines[0]["head"]["size"]
    kept: dict[tuple[int, int], bytes] = {}
    for index in range(size):
        kept[0, index] = leaves.get(index, merkle.leaf_hash(b"made up"))
        for level, place, digest in merkle.grow(lambda level, place: kept[level, place], index, kept[0, index]):
            kept[level, place] = digest

    def nodes(level: int, place: int) -> bytes:
        return kept[level, place]

    for row in every:
        row["proof"] = [step.hex() for step in merkle.inclusion_proof(nodes, row["index"], size)]
    return {"size": size, "root": merkle.root(nodes, size).hex()}


@fails("custody", "was changed or moved: it does not lead to the head's root")
def custody_entry_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["entry"].update(actor="Somebody Else"))


@fails("custody", "was changed or moved: it does not lead to the head's root")
def custody_proof_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["proof"].__setitem__(0, "0" * 64))


@fails("custody", "its proof is too short")
def custody_proof_cut(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["proof"].pop())


@fails("custody", "its proof is too long")
def custody_proof_without_end(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["proof"].append("0" * 64))


@fails("custody", "does not lead to the head's root")
def custody_entry_under_another_number(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted").update(index=full(lines, "accepted")["index"] ^ 1))


@fails("custody", "is out of order, or stands there twice")
def custody_entries_swapped(bundle: Path, keys: Path) -> None:
    def swap(lines: Lines) -> None:
        lines[3], lines[4] = lines[4], lines[3]

    relog(bundle, swap)


@fails("custody", "is out of order, or stands there twice")
def custody_entry_twice(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.insert(3, lines[3]))


@fails("custody", "no entry shows that a person accepted ex-0001")
def custody_gap(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.remove(full(lines, "accepted")))


@fails("custody", "another case or another head than manifest.json says")
def custody_of_another_head(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines[0].update(head={"size": 3, "root": "0" * 64}))


@fails("custody", "exhibits/ex-0001/manifest.json: the log did not grow out of the head named there")
def custody_rewritten_whole(bundle: Path, keys: Path) -> None:
    regrow(bundle, lambda lines: lines[1]["entry"].update(actor="Somebody Else"))


@fails("custody", "is back-dated")
def custody_entry_back_dated(bundle: Path, keys: Path) -> None:
    regrow(bundle, lambda lines: full(lines, "bundle_begun")["entry"].update(at="2020-01-01T00:00:00.000000Z"))


@fails("custody", "no entry shows that a person accepted ex-0001")
def exhibit_that_nobody_accepted(bundle: Path, keys: Path) -> None:
    regrow(bundle, lambda lines: full(lines, "accepted")["entry"].update(action="rejected"))


@fails("custody", "the log did not grow out of the head named there")
def custody_consistency_left_out(bundle: Path, keys: Path) -> None:
    restate(bundle, "consistency.json", lambda stated: stated["from"].pop(0))


@fails("custody", "the log did not grow out of the head named there")
def custody_consistency_forged(bundle: Path, keys: Path) -> None:
    restate(bundle, "consistency.json", lambda stated: stated["from"][0]["proof"].__setitem__(0, "0" * 64))


@fails("custody", "did not sign it")
def custody_checkpoint_of_another_key(bundle: Path, keys: Path) -> None:
    path = bundle / "custody" / "checkpoint"
    origin, head = read_text(split_note(path.read_text("utf-8"))[0])
    path.write_text(new_signer(origin).sign(note_text(origin, head)), "utf-8")
    reseal(bundle)


@fails("custody", "the signature does not hold")
def custody_checkpoint_signature_forged(bundle: Path, keys: Path) -> None:
    """It names the right key, and somebody else signed."""
    path = bundle / "custody" / "checkpoint"
    text, ((origin, key_id, _),) = split_note(path.read_text("utf-8"))
    _, ((_, _, foreign),) = split_note(new_signer(origin).sign(text))
    path.write_text(f"{text}\n— {origin} {base64.b64encode(key_id + foreign).decode()}\n", "utf-8")
    reseal(bundle)


@fails("custody", "is over another head than manifest.json names")
def custody_checkpoint_of_an_older_head(bundle: Path, keys: Path) -> None:
    path = bundle / "custody" / "checkpoint"
    origin, head = read_text(split_note(path.read_text("utf-8"))[0])
    path.write_text(new_signer(origin).sign(note_text(origin, Head(head.size - 1, head.root))), "utf-8")
    reseal(bundle)


@fails("custody", "is no signed checkpoint of a log")
def custody_checkpoint_without_signature(bundle: Path, keys: Path) -> None:
    path = bundle / "custody" / "checkpoint"
    path.write_text(split_note(path.read_text("utf-8"))[0] + "\n", "utf-8")
    reseal(bundle)


@fails("custody", "does not introduce")
def custody_key_that_no_entry_introduces(bundle: Path, keys: Path) -> None:
    def swap(stated: dict[str, Any]) -> None:
        stated["keys"][0]["vkey"] = new_signer(stated["origin"]).verifier.vkey

    restate(bundle, "keys.json", swap)


@fails("custody", "has no place there")
def custody_folder_with_something_else(bundle: Path, keys: Path) -> None:
    (bundle / "custody" / "notes.txt").write_text("read me first", "utf-8")
    reseal(bundle)


@fails("custody", "custody.jsonl")
def custody_line_without_end(bundle: Path, keys: Path) -> None:
    path = bundle / "custody.jsonl"
    path.write_bytes(path.read_bytes() + b"[" * (3 << 20))
    reseal(bundle)
