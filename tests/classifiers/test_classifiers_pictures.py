"""Pictures: text and codes with their places, hostile files, the gate, and identifiers that are leads only."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from classifiers import identifiers, pictures
from classifiers.text import plain
from evidence.suggestion import strong_key

POSTERS = Path(__file__).parents[2] / "desk/sampleweb/sites/posterwala.example"
WORDS = ("BULK WHATSAPP SENDER", "Rs 999 only", "Call 90000 00412")
needs_tesseract = pytest.mark.skipif(not pictures.engine(), reason="no text reader is installed")


def png(picture: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def poster(words: tuple[str, ...] = WORDS, size: tuple[int, int] = (1080, 700)) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for row, text in enumerate(words):
        draw.text((60, 60 + row * 140), text, fill="black", font=ImageFont.load_default(72))
    return picture


def with_code(payload: str) -> Image.Image:
    code = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6))
    picture = Image.new("L", (900, 600), 255)
    picture.paste(drawn, (300, 120))
    return picture


@needs_tesseract
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_drawn_poster_is_read_with_places(form: str) -> None:
    found = pictures.read(png(poster(), form))
    assert found.problem == ""
    assert (found.width, found.height) == (1080, 700)
    assert [line.text for line in found.lines] == list(WORDS)
    for row, line in enumerate(found.lines):
        left, top, width, height = line.box
        assert line.confidence > 0.8
        assert 40 <= left < left + width <= 1080
        assert abs(top - (60 + row * 140)) < 40
        assert 0 < height < 120


@needs_tesseract
def test_the_places_of_a_small_picture_are_those_of_the_picture() -> None:
    small = poster().resize((540, 350))
    (first, *_) = pictures.read(png(small)).lines
    assert first.text == WORDS[0]
    assert first.box[0] + first.box[2] <= 540


@needs_tesseract
def test_the_sample_vendor_whose_offer_stands_in_a_picture() -> None:
    found = pictures.read((POSTERS / "poster.png").read_bytes())
    text = found.text
    assert "BULK WHATSAPP" in text
    assert "1 LAKH MSG" in text
    assert "बुक करें" in text
    made = pictures.document("poster", found, "http://posterwala.example/")
    assert {(one.kind, one.value) for one in pictures.leads(made, "en")} >= {("phone", "+919000000445")}


def test_a_code_is_read_and_its_place_told() -> None:
    found = pictures.read(png(with_code("https://wa.me/919000000011?text=hi")))
    (code,) = found.codes
    assert code.text == "https://wa.me/919000000011?text=hi"
    left, top, width, height = code.box
    assert 300 <= left < 360
    assert 120 <= top < 180
    assert 80 < width < 300
    assert 80 < height < 300
    made = pictures.document("x", found)
    assert made.extracted.field_at(made.extracted.text.index("wa.me")) == pictures.QR
    (link,) = pictures.leads(made, "en")
    assert (link.kind, link.value, link.lead) == ("wa_link", "https://wa.me/919000000011", True)
    assert made.extracted.text[link.start : link.end] == link.quote


def test_what_a_machine_read_ties_nothing_together() -> None:
    line = pictures.Line("Call +91 90000 00412", 0.96, (1, 1, 9, 9))
    doubtful = pictures.Line("Call +91 90000 00999", 0.3, (1, 20, 9, 9))
    made = pictures.document("x", pictures.PictureText((line, doubtful)))
    (read,) = pictures.leads(made, "en")
    (typed,) = identifiers.find(plain("Call +91 90000 00412"), "en")
    assert (read.kind, read.value, read.field, read.lead) == ("phone", typed.value, pictures.OCR, True)
    assert strong_key(typed) is not None
    assert strong_key(read) is None


def bomb(width: int, height: int) -> bytes:
    """A small PNG file that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HOSTILE = {
    "empty": (b"", "no PNG"),
    "text": (b"<html>", "no PNG"),
    "vector": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG"),
    "half": (png(poster())[:3000], "damaged"),
    "head": (png(poster())[:20], "damaged"),
    "huge": (bomb(60_000, 60_000), "pixels"),
    "wide": (bomb(100_000, 10), "pixels"),
    "lying": (bomb(5_000, 5_000), "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_a_reason_and_nothing_else(name: str) -> None:
    data, why = HOSTILE[name]
    found = pictures.read(data)
    assert why in found.problem
    assert found.lines == found.codes == ()


def test_a_file_that_is_too_long_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    assert "MiB" in pictures.read(b"12345678901").problem


@needs_tesseract
def test_time_is_limited() -> None:
    crowded = poster(tuple(f"word {n} of many words on it" for n in range(40)), (5_000, 5_800))
    found = pictures.read(png(crowded), seconds=1)
    assert found.problem


def test_without_a_text_reader_codes_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "engine", lambda: "")
    found = pictures.read(png(with_code("https://wa.me/919000000011")))
    assert (found.engine, found.lines) == ("", ())
    assert [code.text for code in found.codes] == ["https://wa.me/919000000011"]


def test_only_large_pictures_of_pages_that_say_little_are_read() -> None:
    assert pictures.worth_reading(12, 900, 1180)
    assert not pictures.worth_reading(400, 900, 1180)
    assert not pictures.worth_reading(12, 900, 80)
    assert not pictures.worth_reading(12, 200, 200)
