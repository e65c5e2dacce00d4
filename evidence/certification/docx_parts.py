"""Small parts of a DOCX file that python-docx has no name for: shaded runs, ruled lines, borders, fields, sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evidence.certification.model import Blank, Inline, Runs, Style, Tick, visible

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

#: Width and height in millimetres.
PAPERS = {"A4": (210, 297), "Letter": (216, 279)}
SERIF, SANS, MONO = "Times New Roman", "Arial", "Courier New"
TINT, RED, SOFT, RULE = "EEF3FB", "A1121A", "565B62", "333333"
BODY_PT, SMALL_PT, TABLE_PT, TINY_PT = 10.5, 9.0, 8.5, 6.5


def set_page(section: Any, paper: str, *, landscape: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    width, height = PAPERS[paper]
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(height), Mm(width)) if landscape else (Mm(width), Mm(height))
    section.left_margin = section.right_margin = Mm(10 if landscape else 20)
    section.top_margin = section.bottom_margin = Mm(16 if landscape else 20)


def write_footer(paragraph: Paragraph, text: str) -> None:
    """The line, then "page N of M" as fields that the word processor counts."""
    add_run(paragraph, f"{visible(text)} · page ", 7.5, SANS, colour=SOFT)
    add_field(paragraph, "PAGE")
    add_run(paragraph, " of ", 7.5, SANS, colour=SOFT)
    add_field(paragraph, "NUMPAGES")


def add_field(paragraph: Paragraph, code: str) -> None:
    """A field that the word processor counts, each part in a run of its own as Word writes it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "code", "separate", "result", "end"):
        run = add_run(paragraph, "1" if kind == "result" else "", 7.5, SANS, colour=SOFT)
        if kind == "result":
            continue
        element = OxmlElement("w:instrText" if kind == "code" else "w:fldChar")
        if kind == "code":
            element.text = code
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def add_runs(
    paragraph: Paragraph,
    runs: Runs,
    size: float,
    font: str = SERIF,
    *,
    bold: bool = False,
    shade: bool = True,
    colour: str = "",
) -> None:
    for one in runs:
        add_inline(paragraph, one, size, font, bold=bold, shade=shade, colour=colour)


def add_inline(
    paragraph: Paragraph, one: Inline, size: float, font: str, *, bold: bool, shade: bool, colour: str
) -> None:
    if isinstance(one, Blank):
        add_run(paragraph, "_" * one.width, size, font)
    elif isinstance(one, Tick):
        add_run(paragraph, "☒" if one.ticked else "☐", size + 1, "Segoe UI Symbol")
    elif one.text == "\n":
        paragraph.add_run().add_break()
    else:
        filled = one.style in (Style.FACT, Style.MONO)
        face, points = (MONO, size * 0.86) if one.style is Style.MONO else (font, size)
        tone = {Style.WARNING: RED, Style.SOFT: SOFT}.get(one.style, colour)
        run = add_run(paragraph, visible(one.text), points, face, colour=tone, shade=TINT if filled and shade else "")
        run.bold = bold or one.style in (Style.BOLD, Style.WARNING)
        run.italic = one.style is Style.ITALIC


def add_run(
    paragraph: Paragraph, text: str, size: float, font: str = SERIF, *, colour: str = "", shade: str = ""
) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(round(size * 2) / 2), font
    properties = run._r.get_or_add_rPr()
    set_fonts(properties, font)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)
    if shade:
        element = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", shade)):
            element.set(qn(f"w:{name}"), value)
        properties.append(element)
    return run


def set_fonts(properties: Any, font: str) -> None:
    """One face for all scripts, in place of the theme's; a word processor falls back where it lacks a letter."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), font)


def align(paragraph: Paragraph, centred: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def rule_below(paragraph: Paragraph) -> None:
    """A line under an empty paragraph, to write on; also between it and a like one, which would else be one frame."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:pBdr")
    for side in ("bottom", "between"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    after = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *after)


def set_borders(table: Any, colour: str = "B9BDC4", *, inside: bool = True) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", *(("insideH", "insideV") if inside else ())):
        element = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", colour)):
            element.set(qn(f"w:{name}"), value)
        borders.append(element)
    table._tbl.tblPr.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def keep_row(row: Any, *, repeat: bool) -> None:
    """A row is not torn between pages; the head is repeated on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))
