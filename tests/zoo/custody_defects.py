"""Defects of the custody log: entries lost, edited, moved, back-dated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence.custody import leaf_digest, link_digest
from evidence.digest import canonical_json
from tests.zoo.forging import fails, reseal


def relog(bundle: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Changes the lines of the custody log and makes the bundle's manifest agree, but for the head."""
    path = bundle / "custody.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
    reseal(bundle)


def full(lines: list[dict[str, Any]], action: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("entry", {}).get("action") == action)


@fails("custody", "is missing, a gap in the chain")
def custody_gap(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.pop(4) and None)


@fails("custody", "was changed: its hash does not hold")
def custody_entry_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["entry"].update(actor="Somebody Else"))


@fails("custody", "was changed: its hash does not hold")
def custody_hidden_entry_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: next(line for line in lines if "leaf" in line).update(leaf="0" * 64))


@fails("custody", "is missing, a gap in the chain")
def custody_entries_swapped(bundle: Path, keys: Path) -> None:
    def swap(lines: list[dict[str, Any]]) -> None:
        lines[3], lines[4] = lines[4], lines[3]

    relog(bundle, swap)


@fails("custody", "ends at entry")
def custody_cut_at_the_end(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.pop() and None)


def chained(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines with every hash made right again, as one does who rewrites the whole log."""
    last = "0" * 64
    for line in lines[1:]:
        last = link_digest(last, leaf_digest(line["entry"]) if "entry" in line else line["leaf"])
        if "entry" in line:
            line["hash"] = last
    return [{"seq": len(lines) - 1, "hash": last}]


@fails("custody", "has not the hash that ex-0001 names")
def custody_rewritten_whole(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        lines[1]["entry"]["actor"] = "Somebody Else"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails("custody", "is back-dated")
def custody_entry_back_dated(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        full(lines, "bundle_begun")["entry"]["at"] = "2020-01-01T00:00:00.000000Z"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails("custody", "no entry shows that a person accepted ex-0001")
def exhibit_that_nobody_accepted(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        full(lines, "accepted")["entry"]["action"] = "rejected"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails("custody", "custody.jsonl")
def custody_line_without_end(bundle: Path, keys: Path) -> None:
    path = bundle / "custody.jsonl"
    path.write_bytes(path.read_bytes() + b"[" * (3 << 20))
    reseal(bundle)
