"""CSV files and an Excel workbook of a bundle's tables; a page's words never become a formula in either."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from evidence.exports.material import Material
from evidence.exports.tables import Row, tables

MAX_COLUMN_WIDTH = 60


def write_csv(material: Material, target: Path) -> None:
    """One file per table: UTF-8 with a byte order mark, every cell quoted, CRLF (RFC 4180)."""
    for name, columns, rows in tables(material):
        (target / f"{name}.csv").write_bytes(csv_bytes(columns, rows))


def csv_bytes(columns: Row, rows: list[Row]) -> bytes:
    """A header and rows as the bytes of a CSV file."""
    stream = StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def write_xlsx(material: Material, target: Path) -> None:
    """``<case>.xlsx`` with a sheet per table (ECMA-376); every cell is a string cell."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    for name, columns, rows in tables(material):
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns):
            longest = max([len(column), *(len(row[place]) for row in rows)])
            sheet.column_dimensions[chr(ord("A") + place)].width = min(MAX_COLUMN_WIDTH, longest + 2)
        for number, row in enumerate([columns, *rows]):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value)
                cell.data_type = "s"
                cell.alignment = Alignment(vertical="top", wrap_text=True)
                cell.font = Font(bold=number == 0)
                cells.append(cell)
            sheet.append(cells)
    book.save(target / f"{material.case_id}.xlsx")
