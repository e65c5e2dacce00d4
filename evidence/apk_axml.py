"""Reads Android's binary XML (AXML): bytes in, start tags with their attributes out, in order and within bounds.

The form is AOSP's ``ResourceTypes.h`` (ResXMLTree). As on a device, attributes are told by their resource number where
they have one: the names beside it may be empty or misleading. Every chunk must move the reader forward, so no input
can make it loop; strings are decoded only when somebody asks for them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

STRING_POOL, RESOURCE_MAP, START, END = 0x0001, 0x0180, 0x0102, 0x0103
UTF8_FLAG = 0x100
NOTHING = 0xFFFFFFFF
MAX_TAGS, MAX_ATTRIBUTES, MAX_DEPTH = 100_000, 500, 200
MAX_TEXT = 1_000

REFERENCE, STRING, DECIMAL, HEX, BOOLEAN = 0x01, 0x03, 0x10, 0x11, 0x12


class BadXmlError(ValueError):
    """Raised for bytes that are not Android's binary XML; the text is a clause that says where."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that stands in the package's resources, under this number, and not here."""

    number: int


Value = str | int | bool | Reference | None


@dataclass(frozen=True, slots=True)
class Tag:
    """One start tag: how deep it stands (the root is 1), its name, its attributes by resource number or by name."""

    depth: int
    name: str
    attributes: dict[int | str, Value]


def tags(data: bytes) -> Iterator[Tag]:
    """The start tags of a document in order. Raises BadXmlError where it cannot be read on."""
    pool, numbers, depth, count = _Pool(b"", 0), (), 0, 0
    place = _header(data, 0)[1]
    while place + 8 <= len(data):
        kind, head, size = _header(data, place)
        if kind == STRING_POOL and not pool.offsets:
            pool = _Pool(data[place : place + size], head)
        elif kind == RESOURCE_MAP:
            numbers = struct.unpack_from(f"<{(size - head) // 4}I", data, place + head)
        elif kind == START:
            depth, count = depth + 1, count + 1
            if count > MAX_TAGS or depth > MAX_DEPTH:
                raise BadXmlError(f"it has more than {MAX_TAGS} tags, or more than {MAX_DEPTH} in one another")
            yield _tag(data[place : place + size], head, depth, pool, numbers)
        elif kind == END:
            depth = max(depth - 1, 0)
        place += size


def _header(data: bytes, place: int) -> tuple[int, int, int]:
    """Kind, header size and whole size of the chunk at ``place``; never one that does not lead on."""
    if place + 8 > len(data):
        raise BadXmlError("it ends inside a chunk's header")
    kind, head, size = struct.unpack_from("<HHI", data, place)
    if place == 0:  # the document itself: devices look at nothing but the header's size
        return kind, head if 8 <= head < len(data) else 8, len(data)
    if head < 8 or size < head or place + size > len(data):
        raise BadXmlError(f"the chunk at byte {place} has an impossible size")
    return kind, head, size


def _tag(chunk: bytes, head: int, depth: int, pool: _Pool, numbers: tuple[int, ...]) -> Tag:
    try:
        _, name, start, width, count = struct.unpack_from("<IIHHH", chunk, head)
    except struct.error:
        raise BadXmlError("a start tag is cut short") from None
    if width < 20 or count > MAX_ATTRIBUTES or head + start + width * count > len(chunk):
        raise BadXmlError("a start tag declares attributes that are not there")
    attributes: dict[int | str, Value] = {}
    for index in range(count):
        _, key, raw, _, _, kind, value = struct.unpack_from("<IIIHBBI", chunk, head + start + index * width)
        number = numbers[key] if key < len(numbers) else 0
        attributes.setdefault(number or pool.text(key), _value(kind, value, raw, pool))
    return Tag(depth, pool.text(name), attributes)


def _value(kind: int, value: int, raw: int, pool: _Pool) -> Value:
    if kind == STRING:
        return pool.text(value)
    if kind == REFERENCE:
        return Reference(value)
    if kind == BOOLEAN:
        return value != 0
    if kind in (DECIMAL, HEX):
        return value
    return pool.text(raw) if raw != NOTHING else None


class _Pool:
    """The strings of a document, decoded one by one (ResStringPool)."""

    def __init__(self, chunk: bytes, head: int) -> None:
        self.chunk, self.start, self.utf8 = chunk, 0, False
        self.offsets: tuple[int, ...] = ()
        self._known: dict[int, str] = {}
        if not chunk:
            return
        try:
            count, _, flags, self.start = struct.unpack_from("<IIII", chunk, 8)
            # The count may be a lie; no more offsets than fit before the strings begin.
            count = min(count, max(min(self.start or len(chunk), len(chunk)) - head, 0) // 4)
            self.offsets = struct.unpack_from(f"<{count}I", chunk, head)
        except struct.error:
            raise BadXmlError("its table of strings is cut short") from None
        self.utf8 = bool(flags & UTF8_FLAG)

    def text(self, index: int) -> str:
        """The string of that number, cut at MAX_TEXT characters; empty when there is none. Raises BadXmlError."""
        if index >= len(self.offsets):
            return ""
        if index not in self._known:
            try:
                self._known[index] = (self._read8 if self.utf8 else self._read16)(self.start + self.offsets[index])
            except (struct.error, IndexError):
                raise BadXmlError(f"the string {index} lies outside of its table") from None
        return self._known[index]

    def _read8(self, place: int) -> str:
        _, place = self._length8(place)
        size, place = self._length8(place)
        return self.chunk[place : place + min(size, 4 * MAX_TEXT)].decode("utf-8", "replace")[:MAX_TEXT]

    def _length8(self, place: int) -> tuple[int, int]:
        first = self.chunk[place]
        return (((first & 0x7F) << 8) | self.chunk[place + 1], place + 2) if first & 0x80 else (first, place + 1)

    def _read16(self, place: int) -> str:
        (size,) = struct.unpack_from("<H", self.chunk, place)
        place += 2
        if size & 0x8000:
            (low,) = struct.unpack_from("<H", self.chunk, place)
            size, place = ((size & 0x7FFF) << 16) | low, place + 2
        return self.chunk[place : place + 2 * min(size, MAX_TEXT)].decode("utf-16-le", "replace")
