"""Steps 1 and 2: the files that belong there and no others; the seal, which comes out again byte for byte."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from evidence.verifier.folder import Folder
from evidence.verifier.forms import MAX_JSON_BYTES, canonical, listed
from evidence.verifier.run import BUNDLE_FORMAT, EXHIBIT_FORMAT, PROOF_FILES, Run
from evidence.verifier.words import Step, shown

SEAL_FORMAT = "offsignal-seal-1"
ROOT_FILES = {"manifest.json", "seal.json", "custody.jsonl", "index.csv", "report.html", "report.pdf"}
ROOT_FILES |= {"VERIFY.md", "verify.py", "chronology.csv", "README.txt"}
OTS_FILE, RENEWAL_NUMBER = "ots/manifest.json.ots", re.compile(r"\d{4}")
ROOT_FOLDERS = ("exhibits/", "custody/", "pdf/", "work-product/")  # besides proofs/, which the seal lists


def check_layout(run: Run, step: Step) -> None:
    """Every file is listed and every listed file is there, under safe names, in the places a bundle has."""
    run.folder.scan()
    files = run.folder.files
    step.failed.extend(run.folder.odd)
    run.is_bundle = "seal.json" in files or any(name.startswith("exhibits/") for name in files)
    manifest = run.folder.manifest("manifest.json", BUNDLE_FORMAT if run.is_bundle else EXHIBIT_FORMAT)
    expected = {*listed(manifest, "manifest.json"), "manifest.json"}
    if run.is_bundle:
        run.bundle = manifest
        expected.add("seal.json")
        foreign = sorted(name for name in expected if name not in ROOT_FILES and not name.startswith(ROOT_FOLDERS))
        step.failed.extend(f"{name}: has no place in a bundle" for name in foreign)
    expected |= {f"proofs/{n}" for n in run.folder.below("proofs/") if n.split("/")[1:] in [[p] for p in PROOF_FILES]}
    expected |= set() if run.is_bundle else later_paths(run.folder, "")
    step.failed.extend(f"{name}: in the folder, but not in the manifest" for name in sorted({*files} - expected))
    step.failed.extend(f"{name}: missing" for name in sorted(expected - {*files}))
    needed = {parent.as_posix() for name in expected for parent in PurePosixPath(name).parents}
    step.failed.extend(f"{name}: an empty or foreign folder" for name in run.folder.folders if name not in needed)
    if not step.failed:
        step.proved.append(f"{len(files)} files, none missing and none foreign, all under safe names")


def later_paths(folder: Folder, prefix: str) -> set[str]:
    """The files below ``prefix`` of proofs that came after the manifest, which it therefore cannot list."""
    good = {OTS_FILE} if prefix + OTS_FILE in folder.files else set()
    for name in folder.below(f"{prefix}renewals/"):
        number, *rest = name.split("/")
        proof = len(rest) == 2 and rest[1] in PROOF_FILES
        if RENEWAL_NUMBER.fullmatch(number) and (rest == ["renewal.json"] or proof):
            good.add(f"renewals/{name}")
    return good


def check_seal(run: Run, step: Step) -> None:
    """seal.json is what manifest.json and the proofs over it give."""
    parts = ["manifest.json", *(f"proofs/{name}" for name in run.folder.below("proofs/"))]
    rows = [{"path": n, "bytes": run.folder.files[n], "sha256": run.folder.digest(n)} for n in parts]
    found = run.folder.read("seal.json", MAX_JSON_BYTES)
    if found == canonical({"format": SEAL_FORMAT, "manifest": rows[0], "proofs": rows[1:]}):
        step.proved.append(f"seal.json is what manifest.json and {len(rows) - 1} proof files give")
        return
    step.failed.append("seal.json: does not come out again when it is recomputed")
    stated = run.folder.manifest("seal.json", SEAL_FORMAT)
    old = {row["path"]: row for row in [stated["manifest"], *stated["proofs"]]}
    new = {row["path"]: row for row in rows}
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    step.failed.extend(f"{shown(name)}: not what seal.json says it was" for name in changed)
