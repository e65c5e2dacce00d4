"""``index.csv``: the exhibits of a report in, one row each out, safe to open in a spreadsheet.

A cell that a spreadsheet could take for a formula gets an apostrophe before it: a page decides its own title and
address, and must not decide what runs on counsel's machine. The file is UTF-8 with a byte order mark, which Excel
needs to read Devanagari or Arabic.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from io import StringIO

from crawler import clock
from evidence.report_model import ExhibitPage

COLUMNS = (
    "exhibit",
    "exhibit_id",
    "folder",
    "url",
    "title",
    "captured_at_utc",
    "http_status",
    "quoted_claims",
    "quoted_mitigating",
    "identifiers",
    "stamped_at_utc",
    "stamped_by",
    "practice_only",
    "missing",
    "manifest_sha256",
    "pages_begin",
    "pages_end",
    "print",
    "print_sha256",
)

#: Characters that begin a formula in Excel, LibreOffice or Google Sheets, also in their full-width forms.
FORMULA_STARTS = ("=", "+", "-", "@", "|", "%")


def index_csv(exhibits: Iterable[ExhibitPage]) -> bytes:
    """The file's bytes: a header and one row per exhibit, every cell quoted, CRLF."""
    stream = StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for exhibit in exhibits:
        writer.writerow([neutral(cell) for cell in _cells(exhibit)])
    return stream.getvalue().encode("utf-8-sig")


def neutral(cell: str) -> str:
    """``cell`` on one line, and with an apostrophe before it when it could be read as a formula."""
    line = "".join(" " if unicodedata.category(character)[0] == "C" else character for character in cell)
    first = unicodedata.normalize("NFKC", line.lstrip())[:1]
    return f"'{line}" if first in FORMULA_STARTS and first else line


def _cells(exhibit: ExhibitPage) -> list[str]:
    proofs = sorted(exhibit.proofs, key=lambda proof: proof.at)
    return [
        str(exhibit.number),
        exhibit.exhibit_id,
        exhibit.folder,
        exhibit.url,
        exhibit.title,
        clock.iso(exhibit.captured_at),
        "" if exhibit.status is None else str(exhibit.status),
        str(len(exhibit.claims)),
        str(len(exhibit.mitigating)),
        "; ".join(dict.fromkeys(row.value for row in exhibit.identifiers)),
        clock.iso(proofs[0].at) if proofs else "UNSEALED",
        "; ".join(proof.authority for proof in proofs),
        "yes" if proofs and all(proof.practice for proof in proofs) else "no",
        "; ".join(what for what, _ in exhibit.missing),
        exhibit.manifest_sha256,
        *((one.begin, one.end, one.path, one.sha256) if (one := exhibit.printed) else ("", "", "", "")),
    ]
