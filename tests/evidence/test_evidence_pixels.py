"""The verifier's PNG reader against Pillow: every filter, every kind, and pictures that are none."""

from __future__ import annotations

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from evidence.verifier import pixels
from evidence.verifier.pixels import PNG_MARK, TooMuch, part_digests
from evidence.verifier.words import Bad
from tests.evidence.pin_making import stripes

PART = (10, 20, 30, 15)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(picture: Image.Image, kind: int) -> bytes:
    """A PNG of the RGB picture in which every row has the filter ``kind``, in many small chunks."""
    width, height = picture.size
    rows = [picture.tobytes()[y * width * 3 : (y + 1) * width * 3] for y in range(height)]
    out, above = b"", bytes(width * 3)
    for row in rows:
        out += bytes([kind]) + bytes(
            (value - guess(kind, row[at - 3] if at > 2 else 0, above[at], above[at - 3] if at > 2 else 0)) % 256
            for at, value in enumerate(row)
        )
        above = row
    packed = zlib.compress(out)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = b"".join(chunk(b"IDAT", packed[at : at + 50]) for at in range(0, len(packed), 50))
    return PNG_MARK + head + data + chunk(b"IEND", b"")


def guess(kind: int, left: int, above: int, corner: int) -> int:
    """What a filter predicts of a byte (PNG, section 9.2), in other words than the reader's."""
    if kind == 4:
        distances = {value: abs(left + above - corner - value) for value in (corner, above, left)}
        return min((left, above, corner), key=distances.__getitem__)
    return (0, left, above, (left + above) // 2)[kind]


def truth(picture: Image.Image) -> str:
    left, top, width, height = PART
    return hashlib.sha256(picture.crop((left, top, left + width, top + height)).tobytes()).hexdigest()


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone(kind):
    picture = Image.open(BytesIO(stripes(64, 48)))
    data = filtered(picture, kind)
    assert Image.open(BytesIO(data)).tobytes() == picture.tobytes()
    assert part_digests(BytesIO(data), [PART]) == [truth(picture)]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
def test_every_kind_of_8_bits_is_read(mode):
    picture = Image.open(BytesIO(stripes(64, 48))).convert(mode)
    stream = BytesIO()
    picture.save(stream, "PNG", bits=8)
    stream.seek(0)
    assert part_digests(stream, [PART]) == [truth(picture)]


@pytest.mark.parametrize("part", [(0, 0, 65, 1), (-1, 0, 2, 2), (0, 40, 5, 9), (0, 0, 0, 5)])
def test_a_part_that_is_not_in_the_picture_is_refused(part):
    with pytest.raises(Bad, match="does not lie in 64 by 48 pixels"):
        part_digests(BytesIO(stripes(64, 48)), [part])


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(40), stripes(64, 48)[:400]])
def test_what_is_no_whole_picture_is_refused(data):
    with pytest.raises(Bad, match=r"not a PNG image|too early"):
        part_digests(BytesIO(data), [PART])


def test_a_bomb_is_not_unpacked():
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 2**31 - 1, 8, 6, 0, 0, 0))
    with pytest.raises(TooMuch, match="more than this check reads"):
        part_digests(BytesIO(PNG_MARK + head), [(0, 2**31 - 9, 5, 5)])


def test_a_slow_picture_is_left_alone(monkeypatch):
    monkeypatch.setattr(pixels, "MAX_SLOW_BYTES", 64 * 3 * 10)
    with pytest.raises(TooMuch, match="too long"):
        part_digests(BytesIO(filtered(Image.open(BytesIO(stripes(64, 48))), 4)), [PART])


def test_interlaced_pictures_are_not_read():
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 1))
    with pytest.raises(TooMuch, match="does not read"):
        part_digests(BytesIO(PNG_MARK + head), [PART])
