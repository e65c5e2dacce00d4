"""The custody step: every entry shown is in the log's tree, every head grew into its last one, a person accepted."""

from __future__ import annotations

from typing import Any, BinaryIO

from evidence.verifier.forms import DIGEST, MAX_LINE_BYTES, parsed
from evidence.verifier.merkle import entry_leaf, proof_steps, root_by_inclusion
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

CUSTODY_FORMAT = "offsignal-custody-2"


def check_custody(run: Run, step: Step) -> None:
    """The custody log of a bundle; of an exhibit that lies alone, the head it names is only told."""
    names = [manifest["exhibit_id"] for manifest in run.exhibits.values()]
    if not run.is_bundle:
        for manifest in run.exhibits.values():
            told = f"{shown(manifest['exhibit_id'])} names the head {shown(manifest['custody_head'])} of the log"
            step.absent.append(f"{told}; the log itself comes with a bundle")
        return
    head = tree_head(run.whole()["custody_head"], "manifest.json")
    with run.folder.open("custody.jsonl") as stream:
        entries = shown_entries(stream, run.bundle["case"]["id"], head)
    decided = {}
    for entry in entries:
        if entry["action"] in ("accepted", "rejected") and entry["facts"].get("case") == run.bundle["case"]["id"]:
            decided[entry["subject"]] = (entry["action"], entry["actor"], entry["at"])
    for name in names:
        action, actor, at = decided.get(name, ("", "", ""))
        if action == "accepted":
            step.proved.append(f"{shown(name)}: accepted by {shown(actor)} at {shown(at)}")
        else:
            step.failed.append(f"custody.jsonl: no entry shows that a person accepted {shown(name)}")
    if not step.failed:
        step.proved.append(f"{len(entries)} entries are in the tree of {head[0]} entries with the root {head[1]}")


def tree_head(stated: Any, where: str) -> tuple[int, str]:
    """A head as size and root; raises Bad for anything else."""
    size, root = stated.get("size"), stated.get("root")
    if type(size) is not int or not 0 <= size < 1 << 53 or not isinstance(root, str) or not DIGEST.fullmatch(root):
        raise Bad(f"{where}: names no head of a tree")
    return size, root


def shown_entries(stream: BinaryIO, case_id: str, head: tuple[int, str]) -> list[dict[str, Any]]:
    """The entries of custody.jsonl, each proved to be in the tree of ``head``, in their order and in time."""
    rows = (parsed(line, "custody.jsonl") for line in iter(lambda: stream.readline(MAX_LINE_BYTES), b""))
    first: dict[str, Any] = next(rows, {})
    if first.get("format") != CUSTODY_FORMAT:
        raise Bad(f"custody.jsonl: its first line does not say {CUSTODY_FORMAT}")
    if first["case"] != case_id or tree_head(first["head"], "custody.jsonl") != head:
        raise Bad("custody.jsonl: is of another case or another head than manifest.json says")
    entries: list[dict[str, Any]] = []
    for row in rows:
        entry = proved_entry(row, head)
        if entries and entry["seq"] <= entries[-1]["seq"]:
            raise Bad(f"custody.jsonl: entry {entry['seq']} is out of order, or stands there twice")
        if entries and entry["at"] < entries[-1]["at"]:
            raise Bad(f"custody.jsonl: entry {entry['seq']} is back-dated")
        entries.append(entry)
    return entries


def proved_entry(row: Any, head: tuple[int, str]) -> dict[str, Any]:
    """The entry of a line ``{entry, index, proof}``, once its proof has led to the root of ``head``."""
    entry: dict[str, Any] = row["entry"]
    number = shown(entry["seq"])
    try:
        found = root_by_inclusion(entry_leaf(entry), row["index"], head[0], proof_steps(row["proof"]))
    except Bad as error:
        raise Bad(f"entry {number} of the custody log: {error}") from None
    if found != head[1] or entry["seq"] != row["index"] + 1:
        raise Bad(f"entry {number} of the custody log was changed or moved: it does not lead to the head's root")
    return entry
