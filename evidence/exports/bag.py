"""The whole bundle as a bag (RFC 8493): payload, tag files, SHA-256 and SHA-512 manifests, by the authors' library."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from evidence.exports.material import Material

CHECKSUMS = ("sha256", "sha512")


def write_bag(material: Material, target: Path) -> None:
    """Makes ``target`` a bag whose payload is a copy of the bundle. OSError passes through."""
    import bagit

    logging.getLogger("bagit").setLevel(logging.ERROR)
    shutil.copytree(material.root, target, dirs_exist_ok=True)
    info = {
        "Source-Organization": "offsignal",
        "External-Identifier": material.case_id,
        "External-Description": f"Sealed evidence bundle of {material.case_id}, {len(material.items)} exhibits",
        "Internal-Sender-Identifier": material.manifest_sha256,
        "Internal-Sender-Description": "SHA-256 of manifest.json in the payload, which the timestamps are over",
        "Bag-Software-Agent": material.software,
        "Bagging-Date": material.created_at[:10],
    }
    bagit.make_bag(str(target), info, checksums=list(CHECKSUMS))
