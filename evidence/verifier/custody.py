"""The custody step: the log comes out again up to every head a manifest names; a person accepted each exhibit."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO

from evidence.verifier.forms import MAX_LINE_BYTES, canonical, parsed
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

CUSTODY_FORMAT = "offsignal-custody-1"
ENTRY_DOMAIN, LINK_DOMAIN, GENESIS = b"offsignal-custody-entry-1\n", "offsignal-custody-link-1\n", "0" * 64


def check_custody(run: Run, step: Step) -> None:
    """The custody log of a bundle; of an exhibit that lies alone, the head it names is only told."""
    heads = [(manifest["exhibit_id"], manifest["custody_head"]) for manifest in run.exhibits.values()]
    if not run.is_bundle:
        for name, head in heads:
            told = f"{shown(name)} names entry {head['seq']} with hash {shown(head['hash'])}"
            step.unchecked.append(f"{told}; the log itself comes with a bundle")
        return
    last = run.whole()["custody_head"]
    wanted = {last["seq"], *(head["seq"] for _, head in heads)}
    with run.folder.open("custody.jsonl") as stream:
        chain, count, decided = custody_chain(stream, run.bundle["case"]["id"], wanted)
    for name, head in [*heads, ("the bundle", last)]:
        if chain.get(head["seq"]) != head["hash"]:
            step.failed.append(f"custody.jsonl: entry {head['seq']} has not the hash that {shown(name)} names")
    if count != last["seq"]:
        step.failed.append(f"custody.jsonl: ends at entry {count}, manifest.json says {last['seq']}")
    for name, _ in heads:
        action, actor, at = decided.get(name, ("", "", ""))
        if action == "accepted":
            step.proved.append(f"{shown(name)}: accepted by {shown(actor)} at {shown(at)}")
        else:
            step.failed.append(f"custody.jsonl: no entry shows that a person accepted {shown(name)}")
    if not step.failed:
        step.proved.append(f"{count} entries recomputed, to hash {shown(last['hash'])}")


def custody_chain(
    stream: BinaryIO, case_id: str, wanted: set[int]
) -> tuple[dict[int, str], int, dict[str, tuple[str, str, str]]]:
    """Recomputes the chain: hashes of the wanted entries, the number of entries, the last decision on each exhibit.

    After a first line that names the format, a line is an entry in full with its hash, or the leaf digest alone of
    one that is about something else.
    """
    rows = (parsed(line, "custody.jsonl") for line in iter(lambda: stream.readline(MAX_LINE_BYTES), b""))
    first: dict[str, Any] = next(rows, {})
    if first.get("format") != CUSTODY_FORMAT:
        raise Bad(f"custody.jsonl: its first line does not say {CUSTODY_FORMAT}")
    kept, last, before, number = {0: GENESIS}, GENESIS, "", 0
    decided: dict[str, tuple[str, str, str]] = {}
    for number, row in enumerate(rows, 1):
        hidden = "entry" not in row
        entry = row if hidden else row["entry"]
        if entry["seq"] != number:
            raise Bad(f"custody.jsonl: entry {number} is missing, a gap in the chain")
        leaf = row["leaf"] if hidden else hashlib.sha256(ENTRY_DOMAIN + canonical(entry)).hexdigest()
        last = hashlib.sha256(f"{LINK_DOMAIN}{last}\n{leaf}\n".encode()).hexdigest()
        if number in wanted:
            kept[number] = last
        if hidden:
            continue
        if row["hash"] != last:
            raise Bad(f"custody.jsonl: entry {number}, or one before it, was changed: its hash does not hold")
        if entry["at"] < before:
            raise Bad(f"custody.jsonl: entry {number} is back-dated")
        before = entry["at"]
        if entry["action"] in ("accepted", "rejected") and entry["facts"].get("case") == case_id:
            decided[entry["subject"]] = (entry["action"], entry["actor"], entry["at"])
    return kept, number, decided
