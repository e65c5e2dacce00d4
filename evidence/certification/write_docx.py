"""A document in, the bytes of a DOCX file out, for counsel to edit and a person to sign. Text only: no macro, no link.

Blanks are underscores and ruled paragraphs, boxes are ballot boxes, and what the program filled in is shaded, so that
the file reads the same in every word processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from evidence.certification.docx_parts import (
    BODY_PT,
    PAPERS,
    RED,
    RULE,
    SANS,
    SERIF,
    SMALL_PT,
    TABLE_PT,
    TINY_PT,
    add_run,
    add_runs,
    align,
    keep_row,
    rule_below,
    set_borders,
    set_fonts,
    set_page,
    write_footer,
)
from evidence.certification.model import (
    Block,
    Box,
    Document,
    Facts,
    Heading,
    Lines,
    Para,
    Runs,
    Sheet,
    Signature,
    Table,
    visible,
    words,
)

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument


def to_docx(document: Document, *, made_at: datetime) -> bytes:
    """The file. ``made_at`` goes into its properties; nobody is named as its author, since nobody has adopted it."""
    import docx

    file = docx.Document()
    _set_up(file, document, made_at)
    writer = _Writer(file, document)
    for block in document.blocks:
        writer.block(block)
    stream = BytesIO()
    file.save(stream)
    return stream.getvalue()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Appends blocks to the file."""

    file: DocxDocument
    document: Document

    def block(self, block: Block) -> None:
        """Appends one block."""
        from docx.shared import Mm

        if isinstance(block, Heading):
            paragraph = self.file.add_heading(visible(block.text), block.level)
            align(paragraph, block.centred)
            if block.centred and block.level > 1:
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Mm(0.5)
        elif isinstance(block, Para):
            self._para(block)
        elif isinstance(block, Lines):
            for _ in range(block.count):
                rule_below(self.file.add_paragraph())
        elif isinstance(block, Signature):
            self._signature(block)
        elif isinstance(block, Facts):
            rows = tuple((words(label), runs) for label, runs in block.rows)
            self._grid((), rows, (42, 128), tiny=False)
        elif isinstance(block, Table):
            self._grid(block.columns, block.rows, block.widths, tiny=block.tiny)
        elif isinstance(block, Box):
            self._box(block)
        elif isinstance(block, Sheet):
            self._sheet(block)

    def _para(self, para: Para) -> None:
        from docx.shared import Mm

        paragraph = self.file.add_paragraph()
        align(paragraph, para.centred)
        if para.tight:
            paragraph.paragraph_format.space_after = Mm(0.8)
        size = SMALL_PT if para.small else BODY_PT
        if para.number:
            hang, left = Mm(5 if para.small else 11), Mm(20 if para.number.startswith("(") else 5 if para.small else 11)
            paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = left, -hang
            paragraph.paragraph_format.tab_stops.add_tab_stop(left)
            add_run(paragraph, f"{para.number}\t", size)
        add_runs(paragraph, para.runs, size)

    def _signature(self, block: Signature) -> None:
        from docx.shared import Mm, Pt

        for text, ruled in (("", True), (block.below, False)):
            paragraph = self.file.add_paragraph()
            paragraph.paragraph_format.left_indent = Mm(90)
            paragraph.paragraph_format.space_before = Pt(22 if ruled else 0)
            paragraph.paragraph_format.keep_with_next = ruled
            align(paragraph, not ruled)
            if ruled:
                rule_below(paragraph)
            add_run(paragraph, text, SMALL_PT)

    def _grid(
        self, columns: tuple[str, ...], rows: tuple[tuple[Runs, ...], ...], widths: tuple[int, ...], *, tiny: bool
    ) -> None:
        from docx.shared import Mm

        head = (tuple(words(name) for name in columns),) if columns else ()
        whole = (*head, *rows)
        room = PAPERS[self.document.paper][1] - 20 if sum(widths) > 200 else 170
        widths = tuple(round(width * room / sum(widths)) for width in widths)
        table = self.file.add_table(len(whole), len(widths))
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        set_borders(table)
        size = TINY_PT if tiny else TABLE_PT
        for place, (row, cells) in enumerate(zip(table.rows, whole, strict=True)):
            keep_row(row, repeat=bool(columns) and place == 0)
            for cell, runs, width in zip(row.cells, cells, widths, strict=True):
                cell.width = Mm(width)
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Mm(0.3)
                add_runs(paragraph, runs, size, SANS, bold=bool(columns) and place == 0, shade=not tiny)
        self.file.add_paragraph().paragraph_format.space_after = Mm(1)

    def _box(self, box: Box) -> None:
        from docx.shared import Mm

        table = self.file.add_table(1, 1)
        set_borders(table, RED if box.warning else RULE, inside=False)
        cell = table.rows[0].cells[0]
        for place, runs in enumerate(box.paragraphs):
            paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
            add_runs(paragraph, runs, SMALL_PT, SANS, colour=RED if box.warning else "")
        self.file.add_paragraph().paragraph_format.space_after = Mm(1)

    def _sheet(self, sheet: Sheet) -> None:
        from docx.enum.section import WD_SECTION

        set_page(self.file.add_section(WD_SECTION.NEW_PAGE), self.document.paper, landscape=sheet.landscape)


def _set_up(file: DocxDocument, document: Document, made_at: datetime) -> None:
    """Styles, paper, footer and properties."""
    from docx.shared import Pt, RGBColor

    for name, size in (("Normal", BODY_PT), ("Heading 1", 14.0), ("Heading 2", 12.0), ("Heading 3", BODY_PT)):
        style: Any = file.styles[name]
        style.font.size, style.font.name = Pt(size), SERIF
        set_fonts(style.element.get_or_add_rPr(), SERIF)
        if name != "Normal":
            style.font.color.rgb, style.font.bold = RGBColor(0, 0, 0), True
            style.paragraph_format.keep_with_next = True
            style.paragraph_format.space_before = Pt(10)
        style.paragraph_format.space_after = Pt(4)
    set_page(file.sections[0], document.paper, landscape=False)
    write_footer(file.sections[0].footer.paragraphs[0], document.footer)
    properties = file.core_properties
    properties.title, properties.author, properties.last_modified_by = visible(document.title)[:250], "", ""
    properties.language, properties.comments = document.language, "Unsigned draft"
    properties.created = properties.modified = made_at.replace(tzinfo=None)
