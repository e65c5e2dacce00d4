"""A numbered print in, one image file per page out: colour JPEG, or Group IV TIFF for those who ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evidence.errors import Unreadable

COLOUR_DPI, FAX_DPI = 150, 300
POINTS_PER_INCH = 72
QUALITY = 85
#: A sheet of A4 at 300 dpi has 8.7 million pixels.
MAX_PIXELS = 40_000_000


def draw(pdf: Path, names: Sequence[str], folder: Path, kind: str) -> Iterator[Path]:
    """Draws the pages of ``pdf`` as ``folder/<name>.<kind>``, one page in memory at a time.

    Raises Unreadable when the file is no PDF, has another number of pages than ``names``, or a page of absurd size.
    """
    import pypdfium2

    dpi = COLOUR_DPI if kind == "jpg" else FAX_DPI
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"{pdf}: cannot be drawn: {error}") from error
    try:
        if len(document) != len(names):
            raise Unreadable(f"{pdf}: has {len(document)} pages where {len(names)} numbers were given")
        for page, name in zip(document, names, strict=True):
            width, height = page.get_size()
            if width * height * (dpi / POINTS_PER_INCH) ** 2 > MAX_PIXELS:
                raise Unreadable(f"{pdf}: the page {name} is too large to draw")
            image = page.render(scale=dpi / POINTS_PER_INCH).to_pil()
            target = folder / f"{name}.{kind}"
            if kind == "jpg":
                image.convert("RGB").save(target, "JPEG", quality=QUALITY, dpi=(dpi, dpi))
            else:
                image.convert("1").save(target, "TIFF", compression="group4", dpi=(dpi, dpi))
            page.close()
            yield target
    finally:
        document.close()
