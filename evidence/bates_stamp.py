"""Writes page numbers onto printed pages: a PDF file and its numbers in, the numbered PDF file out.

The number is drawn into each page's own content, in the foot that the print leaves empty, and marked as page furniture
for readers that read aloud. The file is written anew, whole: a number cannot be taken off by cutting off an update.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.errors import CaptureFailed

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter
    from pypdf.generic import IndirectObject

FONT, SIZE, GLYPH = "/OffsignalBates", 9.0, 0.6  #: Courier-Bold: every glyph is 0.6 of the size wide
RIGHT_PT, FOOT_PT = 53.86, 19.0  #: from the right edge and from the foot of the page, in points
RANGE_PT, RANGE_SIZE = 46.0, 8.0  #: the range line of a first page, from its top edge


def page_count(path: Path) -> int:
    """How many pages a PDF file has. Raises CaptureFailed when it is no PDF."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with _quiet():
            return len(PdfReader(path).pages)
    except (PyPdfError, OSError, ValueError) as error:
        raise CaptureFailed(f"{path.name}: the print is no PDF file: {error}; build the bundle again") from error


def stamp(path: Path, numbers: Sequence[str], *, at: datetime, title: str, on_first: str = "") -> None:
    """Numbers the pages of ``path``; ``on_first`` is a line for the head of the first page.

    ``at`` and ``title`` become the file's own facts, so that the same print with the same numbers gives the same bytes.
    Raises ValueError when there are not as many numbers as pages or a text is not plain ASCII.
    """
    from pypdf import PdfReader, PdfWriter

    with _quiet():
        reader = PdfReader(path)
        if len(numbers) != len(reader.pages):
            raise ValueError(f"{path.name}: {len(numbers)} numbers for {len(reader.pages)} pages")
        writer = PdfWriter(clone_from=reader)
        fonts = _fonts(writer)
        for index, (page, number) in enumerate(zip(writer.pages, numbers, strict=True)):
            _stamp_page(writer, page, number, on_first if index == 0 else "", fonts)
        written = f"D:{at:%Y%m%d%H%M%S}Z"
        writer.metadata = {"/Title": title, "/Producer": "offsignal", "/CreationDate": written, "/ModDate": written}
        fresh = path.with_suffix(".numbered")
        with fresh.open("wb") as stream:
            writer.write(stream)
        writer.close()
    fresh.replace(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Chromium counts the objects of a long print short by a few; the library says so at every reading and reads on."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _fonts(writer: PdfWriter) -> Mapping[str, IndirectObject]:
    """The one font of the numbers, shared by all pages: one of the fourteen that every reader has."""
    from pypdf.generic import DictionaryObject, NameObject

    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Courier-Bold"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    return {FONT: writer._add_object(font)}


def _stamp_page(
    writer: PdfWriter, page: PageObject, number: str, on_first: str, fonts: Mapping[str, IndirectObject]
) -> None:
    """Wraps the page's own drawing, so that nothing it sets can move or hide the number, and draws after it."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

    right, top, foot = float(page.mediabox.right), float(page.mediabox.top), float(page.mediabox.bottom)
    drawn = _text(number, right - RIGHT_PT - len(number) * SIZE * GLYPH, foot + FOOT_PT, SIZE)
    if on_first:
        drawn += _text(on_first, right - RIGHT_PT - len(on_first) * RANGE_SIZE * GLYPH, top - RANGE_PT, RANGE_SIZE)
    before, after = DecodedStreamObject(), DecodedStreamObject()
    before.set_data(b"q\n")
    after.set_data(b"\nQ\n/Artifact <</Type /Pagination>> BDC\n" + drawn + b"EMC\n")
    contents = page.get("/Contents")
    own = contents.get_object() if contents is not None else None
    middle = list(own) if isinstance(own, ArrayObject) else [] if contents is None else [contents]
    parts = [writer._add_object(before), *middle, writer._add_object(after)]
    page[NameObject("/Contents")] = ArrayObject(parts)
    resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())
    known = DictionaryObject(resources.get("/Font", DictionaryObject()).get_object())
    for name, font in fonts.items():
        known[NameObject(name)] = font
    resources[NameObject("/Font")] = known
    page[NameObject("/Resources")] = resources


def _text(text: str, x: float, y: float, size: float) -> bytes:
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{text!r} cannot be drawn as a page number: plain ASCII only")
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q BT {FONT} {size:g} Tf 0.1 g {x:.2f} {y:.2f} Td ({safe}) Tj ET Q\n".encode("ascii")
