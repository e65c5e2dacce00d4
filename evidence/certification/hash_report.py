"""The hash report: facts about exhibits in; rows, the CSV file and the annexed table out.

Its columns are: serial no, file name, description, size, algorithm, hash at capture, hash at export (computed anew when
the certificate is made), match, capture time UTC, capture time IST, tool and version, person. Cells that a spreadsheet
could take for a formula are made harmless.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from evidence.certification import record as read
from evidence.certification.facts import ExhibitFacts, FileFacts
from evidence.certification.model import Style, Table, Text, mono, words
from evidence.certification.times import ist, utc
from evidence.index_csv import neutral

FILE = "hash_report.csv"
COLUMNS = (
    "Serial no",
    "File name",
    "Description",
    "Size (bytes)",
    "Algorithm",
    "Hash at capture",
    "Hash at export",
    "Match",
    "Capture time UTC",
    "Capture time IST",
    "Tool and version",
    "Person",
)
ALGORITHM = "SHA-256"
_WIDTHS = (11, 44, 32, 14, 19, 50, 50, 12, 22, 22, 17, 19)


@dataclass(frozen=True, slots=True)
class HashRow:
    """One file of one exhibit."""

    exhibit: ExhibitFacts
    file: FileFacts

    @property
    def name(self) -> str:
        """Where the file lies below the exhibits: ``ex-0001/capture.wacz``."""
        return f"{self.exhibit.exhibit_id}/{self.file.path}"


def rows_of(exhibits: Sequence[ExhibitFacts]) -> tuple[HashRow, ...]:
    """Every file of every exhibit in order, its timestamp files last."""
    return tuple(HashRow(one, file) for one in exhibits for file in (*one.files, *one.proof_files))


def cells(rows: Sequence[HashRow], person: str) -> tuple[tuple[str, ...], ...]:
    """The cells of each row in the order of COLUMNS; ``person`` is who had the hashes computed anew."""
    return tuple(
        (
            str(number),
            row.name,
            f"Exhibit {row.exhibit.number}: {row.file.what}",
            str(row.file.size),
            ALGORITHM,
            row.file.sha256,
            row.file.sha256_now,
            "yes" if row.file.matches else "NO",
            utc(row.file.at),
            ist(row.file.at),
            tool(row.exhibit),
            person,
        )
        for number, row in enumerate(rows, 1)
    )


def as_csv(rows: Sequence[HashRow], person: str) -> bytes:
    """The report as a spreadsheet file: UTF-8 with byte order mark, every cell quoted, CRLF."""
    stream = StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([neutral(cell) for cell in row] for row in cells(rows, person))
    return stream.getvalue().encode("utf-8-sig")


def as_table(rows: Sequence[HashRow], person: str) -> Table:
    """The same as a table to annex, for a sheet that lies across."""
    styles = {1: Style.MONO, 5: Style.MONO, 6: Style.MONO}
    body = tuple(
        tuple((Text(_short(cell, place), styles.get(place, Style.PLAIN)),) for place, cell in enumerate(row))
        for row in cells(rows, person)
    )
    return Table(COLUMNS, body, _WIDTHS, tiny=True)


def tool(exhibit: ExhibitFacts) -> str:
    """The program that captured and hashed the exhibit: ``offsignal 0.1.0``."""
    name, version = (read.known(exhibit.record, "collection", "tool", one) for one in ("name", "version"))
    return f"{name} {version}".strip() or read.ABSENT


def file_table(exhibit: ExhibitFacts) -> Table:
    """The files of one exhibit, for the body of a declaration."""
    rows = tuple(
        (mono(file.path), words(file.what), words(f"{file.size:,}"), mono(file.sha256)) for file in exhibit.files
    )
    return Table(("File", "What it is", "Bytes", "SHA-256, at capture and now"), rows, (28, 54, 20, 66), tiny=True)


def _short(cell: str, place: int) -> str:
    """Times without what the column's head says already."""
    if COLUMNS[place] == "Capture time IST":
        return cell.removesuffix(" IST (UTC+05:30)")
    return cell.removesuffix(" UTC") if COLUMNS[place] == "Capture time UTC" else cell
