"""Builds the letters' templates from ``sources/<language>.txt``; ``python -m evidence.notice.building`` does all.

One line is one paragraph::

    = title            # part heading    ## heading       - bullet       > quotation      ~ small print
    % statement        a line of its own that repeats or leaves out what follows ({%p … %} of docxtpl)
    |widths 20 80      begins a table, widths in percent; |! a | b  its head; |% statement; | a | b  a row
    ---                a new page;  ; at the beginning: a remark;  @header, @footer, @language: of the whole document

The same source gives the same bytes, so a test can hold the shipped templates against their sources.
"""

from __future__ import annotations

import io
import sys
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from evidence.errors import Unreadable
from evidence.notice.registry import LANGUAGES
from evidence.notice.rendering import repacked

PAGE_CM, MARGIN_CM = (21.0, 29.7), 2.5
FONT, COMPLEX_FONT = "Liberation Serif", "Noto Serif Devanagari"
STYLES = {"= ": "Title", "# ": "Heading 1", "## ": "Heading 2", "- ": "List Bullet", "> ": "Quote", "~ ": "Caption"}
SIZES = {"Normal": 11, "Title": 15, "Heading 1": 12, "Heading 2": 11, "Quote": 11, "Caption": 8, "List Bullet": 11}


def build(source: str) -> bytes:
    """The template of one source. Raises Unreadable for a line that means nothing."""
    document = Document()
    _page(document)
    language = "en-GB"
    table: list[str] = []
    new_page = False
    for number, line in enumerate((*source.splitlines(), ""), 1):
        if line.startswith("|"):
            table.append(line)
            continue
        if table:
            _table(document, table)
            table = []
        if line == "---":
            new_page = True
        if line == "---" or not line.strip() or line.startswith(";"):
            continue
        if line.startswith("@"):
            language = _whole(document, line, number) or language
        else:
            _paragraph(document, line, new_page=new_page)
            new_page = False
    _look(document, language)
    target = io.BytesIO()
    document.save(target)
    return repacked(target.getvalue())


def shipped_source(language: str) -> str:
    """The source of a language's letter."""
    return resources.files("evidence.notice").joinpath(f"sources/{language}.txt").read_text("utf-8")


def shipped_template(language: str) -> bytes:
    """The built template of a language, as it is shipped."""
    return resources.files("evidence.notice").joinpath(f"templates/{language}.docx").read_bytes()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(PAGE_CM[0]), Cm(PAGE_CM[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    properties = document.core_properties
    properties.author = properties.comments = properties.title = ""
    package = document.part.package  # the library's blank document brings a picture of itself along
    for name in [name for name, one in package.rels.items() if one.reltype.endswith("/thumbnail")]:
        del package.rels[name]
    properties.created = properties.modified = datetime(1980, 1, 1)  # noqa: DTZ001  # the form's fixed date


def _whole(document: Any, line: str, number: int) -> str:
    name, _, value = line[1:].partition(" ")
    section = document.sections[0]
    if name == "header":
        section.header.paragraphs[0].text = value
    elif name == "footer":
        section.footer.paragraphs[0].text = f"{value} · "
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), "PAGE")
        section.footer.paragraphs[0]._element.append(number)
    elif name == "language":
        return value
    else:
        raise Unreadable(f"the letter's source, line {number}: there is no @{name}")
    return ""


def _paragraph(document: Any, line: str, *, new_page: bool) -> None:
    if line.startswith("% "):
        document.add_paragraph(f"{{%p {line[2:]} %}}")
    else:
        mark = next((mark for mark in STYLES if line.startswith(mark)), "")
        added = document.add_paragraph(line[len(mark) :], style=STYLES[mark] if mark else None)
        added.paragraph_format.page_break_before = True if new_page else None


def _table(document: Any, lines: list[str]) -> None:
    widths = [int(word) for word in lines[0].removeprefix("|widths").split()]
    table = document.add_table(rows=0, cols=len(widths))
    table.style = "Table Grid"
    table.autofit = False
    usable = PAGE_CM[0] - 2 * MARGIN_CM
    for column, share in zip(table.columns, widths, strict=True):
        column.width = Cm(usable * share / 100)
    for line in lines[1:]:
        cells = table.add_row().cells
        for cell, share in zip(cells, widths, strict=True):
            cell.width = Cm(usable * share / 100)
        if line.startswith("|%"):
            cells[0].paragraphs[0].text = f"{{%tr {line[2:].strip()} %}}"
            continue
        head = line.startswith("|!")
        for cell, text in zip(cells, line[2 if head else 1 :].split("|"), strict=True):
            run = cell.paragraphs[0].add_run(text.strip())
            run.bold, run.font.size = head, Pt(8)
            _complex(run._element.get_or_add_rPr(), 8)


def _look(document: Any, language: str) -> None:
    """Plain letter styles: one serif face, black, no theme colours; Devanagari and Arabic in their own face."""
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), RGBColor(0, 0, 0)
        properties = style.element.get_or_add_rPr()
        fonts = properties.find(qn("w:rFonts"))
        for attribute in list(fonts.attrib):
            if "Theme" in attribute:
                del fonts.attrib[attribute]
        fonts.set(qn("w:hAnsi"), FONT)
        fonts.set(qn("w:cs"), COMPLEX_FONT)
        _complex(properties, size)
        style.paragraph_format.space_after = Pt(4)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:bidi" if language == "hi-IN" else "w:val"), language)
    document.styles["Normal"].element.get_or_add_rPr().append(spoken)
    quote = document.styles["Quote"]
    quote.paragraph_format.left_indent = Cm(1)
    for name, marks in (("Quote", ("w:i", "w:iCs")), ("Caption", ("w:b", "w:bCs"))):
        for mark in marks:
            _off(document.styles[name].element.get_or_add_rPr(), mark)
    for name in ("header", "footer"):
        for paragraph in getattr(document.sections[0], name).paragraphs:
            for run in paragraph.runs:
                run.font.size = Pt(8)
                _complex(run._element.get_or_add_rPr(), 8)


def _off(properties: Any, mark: str) -> None:
    """Turns a mark (italic, bold) off, for the scripts it stands for."""
    for old in properties.findall(qn(mark)):
        properties.remove(old)
    one = OxmlElement(mark)
    one.set(qn("w:val"), "0")
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        properties.insert(0, one)
    else:
        fonts.addnext(one)


def _complex(properties: Any, points: int) -> None:
    """The size of complex scripts, which Word keeps apart from that of the others."""
    size = properties.find(qn("w:szCs"))
    if size is None:
        size = OxmlElement("w:szCs")
        after = properties.find(qn("w:sz"))
        if after is None:
            properties.append(size)
        else:
            after.addnext(size)
    size.set(qn("w:val"), str(2 * points))


def write_all(folder: Path) -> None:
    """Writes the template of every language into ``folder``."""
    for language in LANGUAGES:
        folder.joinpath(f"{language}.docx").write_bytes(build(shipped_source(language)))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("templates"))
