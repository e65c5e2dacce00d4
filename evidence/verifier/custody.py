"""The custody step: entries are in the log's tree, heads grew into the last one, which is signed; a person accepted."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, BinaryIO

from evidence.verifier.checkpoints import check_signature, read_checkpoint, read_vkey
from evidence.verifier.forms import DIGEST, MAX_LINE_BYTES, moment, parsed
from evidence.verifier.merkle import entry_leaf, grew_out_of, proof_steps, root_by_inclusion
from evidence.verifier.run import PROOF_FILES, Run
from evidence.verifier.timestamps import check_token
from evidence.verifier.words import Bad, Step, shown

CUSTODY_FORMAT, KEYS_FORMAT = "offsignal-custody-2", "offsignal-custody-keys-1"
CONSISTENCY_FORMAT = "offsignal-custody-consistency-1"
MAX_CHECKPOINTS = 100
_PROOFS = "|".join(re.escape(name) for name in PROOF_FILES)
CUSTODY_FILE = re.compile(rf"keys\.json|consistency\.json|(checkpoints/\d+/)?(checkpoint|proofs/[^/]+/({_PROOFS}))")


def check_custody(run: Run, step: Step) -> None:
    """The custody log of a bundle; of an exhibit that lies alone, the head it names is only told."""
    if not run.is_bundle:
        for manifest in run.exhibits.values():
            told = f"{shown(manifest['exhibit_id'])} names the head {shown(manifest['custody_head'])} of the log"
            step.absent.append(f"{told}; the log itself comes with a bundle")
        return
    head = tree_head(run.whole()["custody_head"], "manifest.json")
    foreign = [name for name in run.folder.below("custody/") if not CUSTODY_FILE.fullmatch(name)]
    step.failed.extend(f"custody/{name}: has no place there" for name in foreign)
    entries: list[dict[str, Any]] = []
    with step.noting(""), run.folder.open("custody.jsonl") as stream:
        entries = shown_entries(stream, run.bundle["case"]["id"], head)
        step.proved.append(f"{len(entries)} entries are in the tree of {head[0]} entries with the root {head[1]}")
    check_acceptance(run, step, entries)
    with step.noting(""):
        check_growth(run, step, head, entries)
    with step.noting(""):
        check_checkpoints(run, step, head, entries)


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


def check_acceptance(run: Run, step: Step, entries: list[dict[str, Any]]) -> None:
    """The last decision shown about each exhibit is that a person accepted it for this case."""
    decided = {}
    for entry in entries:
        if entry["action"] in ("accepted", "rejected") and entry["facts"].get("case") == run.bundle["case"]["id"]:
            decided[entry["subject"]] = (entry["action"], entry["actor"], entry["at"])
    for name in [manifest["exhibit_id"] for manifest in run.exhibits.values()]:
        action, actor, at = decided.get(name, ("", "", ""))
        if action == "accepted":
            step.proved.append(f"{shown(name)}: accepted by {shown(actor)} at {shown(at)}")
        else:
            step.failed.append(f"custody.jsonl: no entry shows that a person accepted {shown(name)}")


def check_growth(run: Run, step: Step, head: tuple[int, str], entries: list[dict[str, Any]]) -> None:
    """From the head in each exhibit's manifest, and each checkpoint, the log grew to ``head`` and nothing changed."""
    stated = run.folder.manifest("custody/consistency.json", CONSISTENCY_FORMAT)
    if tree_head(stated["head"], "custody/consistency.json") != head:
        raise Bad("custody/consistency.json: is about another head than manifest.json names")
    rows = {row["name"]: row for row in stated["from"]}
    heads = {f"{prefix}manifest.json": manifest["custody_head"] for prefix, manifest in run.exhibits.items()}
    for name in earlier_checkpoints(run):
        size, root = read_checkpoint(run, name)[1]
        heads[name] = {"size": size, "root": root}
    held = 0
    for name, named in heads.items():
        if "root" not in named:
            kept = [e["seq"] for e in entries if e["action"] == "log_converted" and e["facts"]["seq"] >= named["seq"]]
            told = f"{name}: names a head of the time when the log was a hash chain, entry {shown(named.get('seq'))}"
            step.unchecked.append(f"{told}; entry {kept} keeps the chain's last hash, which the house can recompute")
            continue
        old, row = tree_head(named, name), rows.get(name)
        if row is None or tree_head(row, name) != old or not grew_out_of(old, head, proof_steps(row["proof"])):
            step.failed.append(f"{name}: the log did not grow out of the head named there: it was rewritten since")
        else:
            held += 1
    step.proved.append(f"the log only grew since {held} heads that manifests and checkpoints name")


def earlier_checkpoints(run: Run) -> list[str]:
    """The files of the checkpoints before the bundle's own."""
    names = [name for name in run.folder.below("custody/checkpoints/") if name.endswith("/checkpoint")]
    if len(names) > MAX_CHECKPOINTS:
        raise Bad(f"custody/checkpoints: more than {MAX_CHECKPOINTS} of them")
    return [f"custody/checkpoints/{name}" for name in names]


def check_checkpoints(run: Run, step: Step, head: tuple[int, str], entries: list[dict[str, Any]]) -> None:
    """Each checkpoint is signed by the key that the log had then, and its tokens are over it."""
    stated = run.folder.manifest("custody/keys.json", KEYS_FORMAT)
    keys = [key_period(row, head) for row in stated["keys"]]
    for name in ["custody/checkpoint", *earlier_checkpoints(run)]:
        with step.noting(""):
            origin, over, text, signed = read_checkpoint(run, name)
            if name == "custody/checkpoint" and over != head:
                raise Bad(f"{name}: is over another head than manifest.json names")
            standing = [vkey for vkey, since, until in keys if since <= over[0] < until]
            if len(standing) != 1 or origin != stated["origin"] or read_vkey(standing[0])[0] != origin:
                raise Bad(f"{name}: custody/keys.json names no key for it, or another log")
            check_signature(run, name, text, signed, standing[0], step)
            check_checkpoint_times(run, step, name, over[0], entries)


def key_period(row: Any, head: tuple[int, str]) -> tuple[str, int, float]:
    """A key, and from which entry to before which it was the log's, as entries in the tree say."""
    vkey, since = row["vkey"], proved_entry(row["introduced"], head)
    if since["facts"].get("vkey") != vkey or since["action"] not in ("key_introduced", "key_rotated"):
        raise Bad(f"custody/keys.json: entry {shown(since['seq'])} does not introduce {shown(vkey)}")
    if row["retired"] is None:
        return vkey, since["seq"], float("inf")
    until = proved_entry(row["retired"], head)
    if until["facts"].get("old_vkey") != vkey or until["action"] != "key_rotated":
        raise Bad(f"custody/keys.json: entry {shown(until['seq'])} does not retire {shown(vkey)}")
    return vkey, since["seq"], until["seq"]


def check_checkpoint_times(run: Run, step: Step, name: str, size: int, entries: list[dict[str, Any]]) -> None:
    """The tokens over a checkpoint, which are later than every entry it covers."""
    covered = [moment(entry["at"]) for entry in entries if entry["seq"] <= size]
    before = max(covered, default=datetime(1970, 1, 1, tzinfo=timezone.utc))
    folder = f"{name[: -len('checkpoint')]}proofs/"
    for authority in sorted({path.split("/")[0] for path in run.folder.below(folder)}):
        with step.noting(f"{folder}{authority}: "):
            over = (name, run.folder.digest(name), ["-data", name])
            check_token(run, f"{folder}{authority}/", over, before, step)
