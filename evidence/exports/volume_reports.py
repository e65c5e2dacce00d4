"""The reports of a production volume: hash report, custody, what is withheld and what was redacted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from pathlib import Path

from crawler import clock
from evidence.digest import sha256_file
from evidence.exports.material import Item, Material
from evidence.exports.spreadsheets import csv_bytes
from evidence.exports.tables import Row, harmless, tables

IST = timezone(timedelta(hours=5, minutes=30), "IST")
HASH_COLUMNS = (
    *("Serial no", "File name", "Description", "Size (bytes)", "Algorithm", "Hash at capture", "Hash at export"),
    *("Match", "Capture time UTC", "Capture time IST", "Tool and version", "Person"),
)
#: FRCP 26(b)(5)(A), as practice lays it out.
PRIVILEGE_COLUMNS = (
    *(
        "LogID",
        "Bates or placeholder",
        "Document type",
        "Date (UTC)",
        "Author",
        "Author is attorney",
        "To",
        "Cc",
        "Bcc",
    ),
    *("Subject", "Description", "Privilege type", "Work product kind", "Withheld or redacted", "Attorney names"),
    *("Custodian", "Family ID", "Disposition"),
)
REDACTION_COLUMNS = (
    *("Bates", "Page", "Region", "Reason code", "Basis", "Redactor", "Time (UTC)", "Hash before", "Hash after"),
)
README = """\
{volume}: a production of the evidence in {case}.

DATA/{volume}.dat   Concordance load file; DATA/{volume}.opt   Opticon image load file
IMAGES/             one image per page, named by its page number, as stamped on the page
NATIVES/            web archives (WACZ) and, where captured, app packages. APP PACKAGES MAY BE HARMFUL: NEVER RUN THEM.
TEXT/               the text of each document, UTF-8
REPORTS/            hash_report.csv, custody.csv, privilege_log.csv, redaction_log.csv, proofs/

To check that nothing was changed:   sha256sum -c manifest-sha256.txt
When there is manifest.tsr, an authority stamped that list:
    openssl ts -verify -in manifest.tsr -data manifest-sha256.txt \\
        -CAfile manifest-root.pem -untrusted manifest-chain.pem
Each exhibit's own timestamps lie in REPORTS/proofs/<exhibit>/<authority>/, over REPORTS/proofs/<exhibit>/manifest.json.
"""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that exists and is not in the production: work product. ``at`` is RFC 3339 text."""

    placeholder: str
    kind: str
    at: str
    author: str
    description: str
    opinion: bool


def write_reports(material: Material, folder: Path, withheld: Sequence[Withheld], by: str) -> None:
    """Writes the reports into the new ``folder``; the hashes are computed anew from the bundle's files."""
    import shutil

    folder.mkdir(parents=True)
    hashes = [row for item in material.items for row in _hashes(item, by)]
    numbered = [tuple(map(harmless, (str(number), *row))) for number, row in enumerate(hashes, 1)]
    (folder / "hash_report.csv").write_bytes(csv_bytes(HASH_COLUMNS, numbered))
    custody = next((columns, rows) for name, columns, rows in tables(material) if name == "custody")
    (folder / "custody.csv").write_bytes(csv_bytes(*custody))
    (folder / "privilege_log.csv").write_bytes(csv_bytes(PRIVILEGE_COLUMNS, _privileged(withheld)))
    (folder / "redaction_log.csv").write_bytes(csv_bytes(REDACTION_COLUMNS, []))
    for item in material.items:
        place = folder / "proofs" / item.exhibit_id
        place.mkdir(parents=True)
        shutil.copyfile(item.folder / "manifest.json", place / "manifest.json")
        for source in sorted((item.folder / "proofs").glob("*")) if (item.folder / "proofs").exists() else ():
            shutil.copytree(source, place / source.name)


def _hashes(item: Item, by: str) -> list[Row]:
    at = clock.parse(item.captured_at).astimezone(UTC)
    rows: list[Row] = []
    for file in item.files:
        now = sha256_file(item.folder / str(file["path"]))
        same = "yes" if now == file["sha256"] else "NO"
        described = f"exhibit {item.number}, {item.url}"
        times = (f"{at:%Y-%m-%d %H:%M:%S}", f"{at.astimezone(IST):%Y-%m-%d %H:%M:%S}")
        name = f"{item.exhibit_id}/{file['path']}"
        digests = ("SHA-256", str(file["sha256"]), now, same)
        rows.append((name, described, str(file["bytes"]), *digests, *times, item.tool, by))
    return rows


def _privileged(withheld: Sequence[Withheld]) -> list[Row]:
    """One row for each thing withheld; who is an attorney, and who it went to, is for counsel to fill in."""
    rows: list[Row] = []
    for number, one in enumerate(withheld, 1):
        kind = "opinion" if one.opinion else "fact"
        whose = (one.author, "", "", "", "", "")
        rest = (one.description, "WP", kind, "withheld", "", one.author, "", "")
        rows.append(tuple(map(harmless, (f"PL{number:04d}", one.placeholder, one.kind, one.at, *whose, *rest))))
    return rows
