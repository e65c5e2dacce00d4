"""PNG images in, digests of the pixels of their parts out (PNG, third edition, sections 9 and 11), without any library.

Read: 8 bits a sample, not interlaced, which is what browsers write as screenshots. Rows are read one after another and
forgotten, so a picture of any height takes the memory of two rows.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from itertools import accumulate
from typing import BinaryIO

from evidence.verifier.words import Bad

Region = tuple[int, int, int, int]  # left, top, width, height in pixels
MAX_RAW_BYTES, MAX_SLOW_BYTES, MAX_ROW_BYTES = 128 << 20, 24 << 20, 1 << 20
PNG_MARK = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class TooMuch(Exception):  # noqa: N818  # read aloud: "TooMuch: more pixels than this check reads"
    """A picture is larger, or packed in a slower way, than this check reads; the text is one sentence."""


def png_head(stream: BinaryIO) -> tuple[int, int, int]:
    """Width, height and samples a pixel of a PNG; the stream then stands behind its first chunk."""
    head = stream.read(33)
    if len(head) != 33 or head[:8] != PNG_MARK or head[12:16] != b"IHDR":
        raise Bad("it is not a PNG image")
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    depth, kind, interlaced = head[24], head[25], head[28]
    if depth != 8 or kind not in SAMPLES or interlaced:
        raise TooMuch("its pixels are packed in a way that this check does not read")
    return width, height, SAMPLES[kind]


def part_digests(stream: BinaryIO, parts: list[Region]) -> list[str]:
    """The SHA-256 of the pixels in each part of a PNG, row by row. Raises Bad for a part that does not lie in it."""
    width, height, samples = png_head(stream)
    for left, top, across, down in parts:
        if left < 0 or top < 0 or across < 1 or down < 1 or left + across > width or top + down > height:
            raise Bad(f"the part {left}, {top}, {across} by {down} does not lie in {width} by {height} pixels")
    last = max(top + down for _, top, _, down in parts)
    if width * samples > MAX_ROW_BYTES or width * samples * last > MAX_RAW_BYTES:
        raise TooMuch(f"{width} by {last} pixels are more than this check reads")
    digests = [hashlib.sha256() for _ in parts]
    for number, row in enumerate(rows_of(stream, width * samples, samples, last)):
        for (left, top, across, down), digest in zip(parts, digests):
            if top <= number < top + down:
                digest.update(row[left * samples : (left + across) * samples])
    return [digest.hexdigest() for digest in digests]


def rows_of(stream: BinaryIO, length: int, samples: int, count: int) -> Iterator[bytes]:
    """The first ``count`` rows of pixels, their filters undone."""
    unpacked, before, slow = unpacked_data(stream), bytes(length), 0
    data = bytearray()
    for _ in range(count):
        while len(data) <= length:
            piece = next(unpacked, b"")
            if not piece:
                raise Bad("its pixels end too early")
            data += piece
        kind, row = data[0], bytes(data[1 : length + 1])
        del data[: length + 1]
        slow += length if kind > 2 else 0
        if slow > MAX_SLOW_BYTES:
            raise TooMuch("its pixels are packed in a way that takes too long to read")
        before = unfiltered(kind, row, before, samples)
        yield before


def unpacked_data(stream: BinaryIO) -> Iterator[bytes]:
    """The contents of a PNG's IDAT chunks, unpacked, in pieces of at most a mebibyte, none of them empty."""
    unpacker = zlib.decompressobj()
    for packed in packed_data(stream):
        while packed and not unpacker.eof:
            if piece := unpacker.decompress(packed, 1 << 20):
                yield piece
            packed = unpacker.unconsumed_tail


def packed_data(stream: BinaryIO) -> Iterator[bytes]:
    """The contents of a PNG's IDAT chunks as they are stored."""
    while len(head := stream.read(8)) == 8 and head[4:] != b"IEND":
        left = int.from_bytes(head[:4], "big")
        while left:
            piece = stream.read(min(left, 1 << 16))
            if not piece:
                raise Bad("a chunk of it ends too early")
            left -= len(piece)
            if head[4:] == b"IDAT":
                yield piece
        stream.read(4)


def unfiltered(kind: int, row: bytes, above: bytes, samples: int) -> bytes:
    """One row of pixels out of a filtered one and the row above it."""
    if kind == 0:
        return row
    if kind == 1:
        out = bytearray(len(row))
        for channel in range(samples):
            out[channel::samples] = bytes([value & 255 for value in accumulate(row[channel::samples])])
        return bytes(out)
    if kind == 2:
        low, high = (int.from_bytes(mask * len(row), "big") for mask in (b"\x7f", b"\x80"))
        one, two = int.from_bytes(row, "big"), int.from_bytes(above, "big")
        return (((one & low) + (two & low)) ^ ((one ^ two) & high)).to_bytes(len(row), "big")
    if kind not in (3, 4):
        raise Bad("a row of its pixels has no known filter")
    out = bytearray(row)
    for place in range(len(row)):
        left = out[place - samples] if place >= samples else 0
        corner = above[place - samples] if place >= samples else 0
        guess = (left + above[place]) // 2 if kind == 3 else nearest(left, above[place], corner)
        out[place] = (out[place] + guess) & 255
    return bytes(out)


def nearest(left: int, above: int, corner: int) -> int:
    """Which of three neighbours lies nearest to left + above - corner (PNG, section 9.4)."""
    guess = left + above - corner
    off = abs(guess - left), abs(guess - above), abs(guess - corner)
    return left if off[0] <= off[1] and off[0] <= off[2] else above if off[1] <= off[2] else corner
