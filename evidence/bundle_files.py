"""The small files of a bundle: facts in; manifest, proofs and seal out, spelled so that anybody can recompute them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.digest import canonical_json, sha256_file, sha256_hex

BUNDLE_FORMAT = "offsignal-bundle-1"
SEAL_FORMAT = "offsignal-seal-1"
MANIFEST, SEAL, PROOFS = "manifest.json", "seal.json", "proofs"


def listing(root: Path, *, leave_out: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Every file below ``root`` as ``{path, bytes, sha256}``, sorted by path; ``leave_out`` names files or folders."""
    rows = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if not any(name == left or name.startswith(f"{left}/") for left in leave_out):
            rows.append({"path": name, "bytes": path.stat().st_size, "sha256": sha256_file(path)})
    return sorted(rows, key=lambda row: str(row["path"]))


def write_manifest(root: Path, facts: Mapping[str, Any]) -> bytes:
    """Writes ``manifest.json``: ``facts`` and every file of the bundle but itself, the seal and the proofs over it."""
    files = listing(root, leave_out=(MANIFEST, SEAL, PROOFS))
    data = canonical_json({"format": BUNDLE_FORMAT, **facts, "files": files})
    (root / MANIFEST).write_bytes(data)
    return data


def write_proofs(root: Path, proofs: Mapping[str, Mapping[str, bytes]]) -> None:
    """Writes the proof files of each authority to ``proofs/<authority>/``."""
    for authority, files in proofs.items():
        folder = root / PROOFS / authority
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


def write_seal(root: Path) -> None:
    """Writes ``seal.json``: the digests of the manifest and of the proofs over it, which no manifest can list."""
    data = (root / MANIFEST).read_bytes()
    manifest = {"path": MANIFEST, "bytes": len(data), "sha256": sha256_hex(data)}
    proofs = [{**row, "path": f"{PROOFS}/{row['path']}"} for row in listing(root / PROOFS)]
    (root / SEAL).write_bytes(canonical_json({"format": SEAL_FORMAT, "manifest": manifest, "proofs": proofs}))


def make_durable(root: Path) -> None:
    """Flushes every file and folder below ``root`` to the disk, so that the rename after it means what it says."""
    for path in [*root.rglob("*"), root]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
