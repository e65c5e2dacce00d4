"""A tall picture in, a PDF of its sheets out: pixels alone, no text layer and no metadata but the page size."""

from __future__ import annotations

import io

#: A4 at the picture's own width.
RATIO = 297 / 210
MAX_SHEETS = 200


def as_pdf(png: bytes) -> bytes:
    """The picture cut into sheets of A4 shape, MAX_SHEETS at most. OSError passes through when it is no picture."""
    from PIL import Image
    from pypdf import PdfReader, PdfWriter

    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        height = max(1, int(image.width * RATIO))
        tops = range(0, min(image.height, height * MAX_SHEETS), height)
        sheets = []
        for top in tops:
            sheet = Image.new("RGB", (image.width, height), (255, 255, 255))
            sheet.paste(image.crop((0, top, image.width, min(image.height, top + height))))
            sheets.append(sheet)
    drawn = io.BytesIO()
    sheets[0].save(drawn, "PDF", save_all=True, append_images=sheets[1:], resolution=image.width / 8.27)
    writer = PdfWriter(clone_from=PdfReader(drawn))
    writer.metadata = None
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
