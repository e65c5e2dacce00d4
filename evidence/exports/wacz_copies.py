"""The web archives of a bundle by exhibit number, with a list of their digests: for ReplayWeb.page and its kind."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence.digest import sha256_file
from evidence.exports.material import Material
from evidence.exports.spreadsheets import csv_bytes
from evidence.exports.tables import harmless

README = """\
Web archives (WACZ 1.1.1) of {case}: each file is one visit to one address.

Open a file at any viewer of web archives. What a viewer shows is a replay: it runs the page's own scripts again and
may differ from what was seen. The pictures in the bundle show what was seen. index.csv lists the SHA-256 of each file;
it is the one in the exhibit's manifest.json, which the timestamps are over.
"""


def write_wacz_copies(material: Material, target: Path) -> None:
    """``exhibit-0001.wacz`` and so on, ``index.csv``, ``README.txt``. An exhibit without an archive has a row only."""
    rows = []
    for item in material.items:
        name = f"exhibit-{item.number:04d}.wacz"
        source = item.folder / "capture.wacz"
        if source.exists():
            shutil.copyfile(source, target / name)
        listed = next((str(row["sha256"]) for row in item.files if row["path"] == "capture.wacz"), "")
        found = (name, sha256_file(target / name)) if source.exists() else ("", "")
        cells = (str(item.number), item.exhibit_id, found[0], item.url, item.captured_at, found[1], listed)
        rows.append(tuple(map(harmless, cells)))
    columns = ("exhibit", "exhibit_id", "file", "url", "captured_at_utc", "sha256", "sha256_in_manifest")
    (target / "index.csv").write_bytes(csv_bytes(columns, rows))
    (target / "README.txt").write_text(README.format(case=material.case_id), "utf-8")
