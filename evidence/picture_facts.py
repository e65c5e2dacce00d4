"""What pictures say of themselves: the bytes of a JPEG, PNG or WebP in, its EXIF texts and XMP packet out.

Nothing is decoded but lengths and texts, within bounds, so a hostile picture can do no harm. EXIF: TIFF directories of
JEITA CP-3451; XMP: the packet as it stands (ISO 16684-1), never parsed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

MAX_XMP_CHARS = 8_000
MAX_TEXT_CHARS = 500
MAX_ENTRIES = 500
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
TEXTS = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x013B: "Artist",
    0x8298: "Copyright",
    0x9003: "DateTimeOriginal",
    0x9004: "DateTimeDigitized",
}
EXIF_DIRECTORY, GPS_DIRECTORY, ASCII, LONG = 0x8769, 0x8825, 2, 4


def picture_facts(data: bytes) -> dict[str, Any]:
    """``{exif: {tag: text}, gps: bool, xmp: text, texts: {keyword: text}}``, only what there is; {} for other files."""
    found: dict[str, Any] = {}
    for kind, part in _parts(data):
        try:
            if kind == "exif":
                exif, gps = _exif(part)
                found.setdefault("exif", exif)
                found["gps"] = found.get("gps", False) or gps
            elif kind == "xmp":
                found.setdefault("xmp", part.decode("utf-8", "replace")[:MAX_XMP_CHARS])
            else:
                keyword, _, text = part.partition(b"\0")
                texts = found.setdefault("texts", {})
                texts.setdefault(keyword.decode("latin-1")[:80], text.decode("latin-1")[:MAX_TEXT_CHARS])
        except (struct.error, ValueError, zlib.error):
            found.setdefault("damaged", True)
    return found


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"\xff\xd8"):
        yield from _jpeg(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        yield from _webp(data)


def _jpeg(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        part = data[at + 4 : at + 2 + size]
        if data[at + 1] == 0xE1 and part.startswith(b"Exif\0\0"):
            yield "exif", part[6:]
        elif data[at + 1] == 0xE1 and part.startswith(XMP_MARK):
            yield "xmp", part[len(XMP_MARK) :]
        at += 2 + max(size, 2)


def _png(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        part = data[at + 8 : at + 8 + size]
        if kind == b"eXIf":
            yield "exif", part
        elif kind == b"iTXt" and part.startswith(b"XML:com.adobe.xmp\0\0"):
            yield "xmp", part.split(b"\0", 5)[-1]
        elif kind == b"tEXt":
            yield "text", part
        at += 12 + size


def _webp(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        part = data[at + 8 : at + 8 + size]
        if data[at : at + 4] == b"EXIF":
            yield "exif", part.removeprefix(b"Exif\0\0")
        elif data[at : at + 4] == b"XMP ":
            yield "xmp", part
        at += 8 + size + size % 2


def _exif(data: bytes) -> tuple[dict[str, str], bool]:
    """The texts of the first directory and of the EXIF one, and whether there is a GPS one."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ValueError("not TIFF")
    texts: dict[str, str] = {}
    has_gps, todo, seen = False, [struct.unpack_from(f"{order}I", data, 4)[0]], set[int]()
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        count = struct.unpack_from(f"{order}H", data, at)[0]
        for number in range(min(count, MAX_ENTRIES)):
            tag, kind, size, value = struct.unpack_from(f"{order}HHII", data, at + 2 + 12 * number)
            if tag == EXIF_DIRECTORY and kind == LONG:
                todo.append(value)
            has_gps = has_gps or tag == GPS_DIRECTORY
            if tag in TEXTS and kind == ASCII:
                start = at + 2 + 12 * number + 8 if size <= 4 else value
                text = data[start : start + min(size, MAX_TEXT_CHARS)].split(b"\0")[0]
                texts.setdefault(TEXTS[tag], text.decode("utf-8", "replace"))
    return texts, has_gps
