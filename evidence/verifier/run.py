"""What the steps of one run hand to each other: the folder, both kinds of manifests, and how much was unpacked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evidence.verifier.folder import Folder
from evidence.verifier.forms import MAX_JSON_BYTES
from evidence.verifier.words import Bad

BUNDLE_FORMAT, EXHIBIT_FORMAT = "offsignal-bundle-1", "offsignal-exhibit-1"
PROOF_FILES = ("request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json")


class Run:
    """One run over one folder. ``openssl`` is the path of that command; None leaves signatures out.

    The layout step says whether the folder is a bundle and reads ``bundle``, its manifest; the exhibits step fills
    ``exhibits``, from the prefix of each exhibit in the folder ("" for one that lies alone) to its manifest.
    """

    def __init__(self, root: Path, openssl: str | None) -> None:
        self.folder, self.openssl = Folder(root), openssl
        self.is_bundle, self.unpacked = True, 0
        self.bundle: dict[str, Any] = {}
        self.exhibits: dict[str, dict[str, Any]] = {}

    def capture(self, prefix: str) -> dict[str, Any]:
        """What capture.json of an exhibit states."""
        stated: dict[str, Any] = json.loads(self.folder.read(f"{prefix}capture.json", MAX_JSON_BYTES))
        return stated

    def says_why_missing(self, prefix: str, name: str) -> bool:
        """Whether capture.json of an exhibit gives a reason why the file of that name is not there."""
        return any(row["what"] == name and row["reason"] for row in self.capture(prefix)["missing"])

    def whole(self) -> dict[str, Any]:
        """The bundle's manifest, once step 1 could read it."""
        if not self.bundle:
            raise Bad("manifest.json: cannot be used, see step 1")
        return self.bundle
