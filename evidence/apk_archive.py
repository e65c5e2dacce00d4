"""Reads the ZIP shell of an app package as Android does: an open file in, entries and single small files out.

Nothing is unpacked to a disk. Where Android is more lenient than ZIP readers are, and hostile packages rely on it (an
encryption flag, an unknown compression), this follows Android and says so in ``oddities``. Every size is bounded; what
a package declares about itself is believed only as far as its own bytes reach (APPNOTE.TXT 4.3; AOSP libziparchive).
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

END_MAGIC, ENTRY_MAGIC, LOCAL_MAGIC = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
END_BYTES, ENTRY_BYTES, LOCAL_BYTES = 22, 46, 30
MAX_COMMENT = 0xFFFF
MAX_LIST_BYTES = 32 << 20
MAX_ENTRIES = 100_000
READ_BYTES = 1 << 16
DEFLATED, ENCRYPTED = 8, 0x1
UNKNOWN_SIZE = 0xFFFFFFFF


class BrokenError(ValueError):
    """Raised for what cannot be read as an app package; the text is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the archive's list has it; sizes are what it declares."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int


class Archive:
    """The list of an app package. ``list_start`` and ``end_start`` are where list and end record begin in the file.

    Raises BrokenError when there is no list that can be read. ``oddities`` says what is unusual, one clause each.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = stream.seek(0, 2)
        self.oddities: list[str] = []
        self.end_start, count, list_bytes, self.list_start = self._end()
        if list_bytes > MAX_LIST_BYTES:
            raise BrokenError(f"its list of files has {list_bytes} bytes, more than {MAX_LIST_BYTES}")
        if self.list_start + list_bytes > self.end_start:
            raise BrokenError("its list of files does not lie before its end record")
        self.entries = self._entries(self.at(self.list_start, list_bytes), count)
        self._remark()

    def at(self, start: int, size: int) -> bytes:
        """``size`` bytes from ``start``. Raises BrokenError when the file has not so many there."""
        self.stream.seek(start)
        data = self.stream.read(size)
        if len(data) < size:
            raise BrokenError(f"the file ends where bytes {start} to {start + size} should be")
        return data

    def named(self, name: str) -> tuple[Entry, ...]:
        """All entries of that name, in the list's order."""
        return tuple(entry for entry in self.entries if entry.name == name)

    def read(self, entry: Entry, limit: int) -> bytes:
        """The bytes of an entry, at most ``limit``. Raises BrokenError when it is larger, cut or damaged.

        A wrong checksum is an oddity, not an error: what stands there is told all the same.
        """
        head = self.at(entry.offset, LOCAL_BYTES)
        if head[:4] != LOCAL_MAGIC:
            raise BrokenError(f"{entry.name}: it does not lie where the list says")
        name_bytes, extra_bytes = struct.unpack("<HH", head[26:30])
        start = entry.offset + LOCAL_BYTES + name_bytes + extra_bytes
        if _text(self.at(entry.offset + LOCAL_BYTES, name_bytes)) != entry.name:
            self.oddities.append(f"{entry.name}: goes by another name where it lies")
        data = self._inflated(entry, start, limit) if entry.method == DEFLATED else self._stored(entry, start, limit)
        if zlib.crc32(data) != entry.crc:
            self.oddities.append(f"{entry.name}: its checksum (CRC-32) does not hold")
        if len(data) != entry.size:
            self.oddities.append(f"{entry.name}: has {len(data)} bytes and declares {entry.size}")
        return data

    def _stored(self, entry: Entry, start: int, limit: int) -> bytes:
        if entry.size > limit:
            raise BrokenError(f"{entry.name}: declares {entry.size} bytes, more than {limit}")
        return self.at(start, entry.size)

    def _inflated(self, entry: Entry, start: int, limit: int) -> bytes:
        unpacker, parts, size = zlib.decompressobj(wbits=-15), [], 0
        self.stream.seek(start)
        left = min(entry.packed, self.size - start)
        try:
            while left > 0 and not unpacker.eof:
                piece = self.stream.read(min(READ_BYTES, left))
                left -= len(piece)
                while piece and not unpacker.eof:
                    parts.append(unpacker.decompress(piece, READ_BYTES))
                    piece = unpacker.unconsumed_tail
                    size += len(parts[-1])
                    if size > limit:
                        raise BrokenError(f"{entry.name}: unpacks to more than {limit} bytes")
        except zlib.error as error:
            raise BrokenError(f"{entry.name}: cannot be unpacked: {error}") from None
        if not unpacker.eof:
            raise BrokenError(f"{entry.name}: is cut short")
        return b"".join(parts)

    def _end(self) -> tuple[int, int, int, int]:
        """Where the end record lies; the count of entries, the list's size and its start that it declares."""
        tail_start = max(self.size - END_BYTES - MAX_COMMENT, 0)
        tail = self.at(tail_start, self.size - tail_start)
        place = tail.rfind(END_MAGIC, 0, len(tail) - END_BYTES + len(END_MAGIC))
        if place < 0:
            raise BrokenError("it is no ZIP file, or its end is missing: there is no end record")
        count, list_bytes, list_start, comment = struct.unpack("<HIIH", tail[place + 10 : place + 22])
        if place + END_BYTES + comment != len(tail):
            self.oddities.append("bytes after its end record belong to nothing")
        if UNKNOWN_SIZE in (list_bytes, list_start):
            raise BrokenError("it is a ZIP64 archive, which Android does not install")
        return tail_start + place, count, list_bytes, list_start

    def _entries(self, listing: bytes, count: int) -> tuple[Entry, ...]:
        found: list[Entry] = []
        place = 0
        while place + ENTRY_BYTES <= len(listing) and listing.startswith(ENTRY_MAGIC, place):
            flags, method = struct.unpack_from("<HH", listing, place + 8)
            crc, packed, size, name_bytes, extra, comment = struct.unpack_from("<IIIHHH", listing, place + 16)
            (offset,) = struct.unpack_from("<I", listing, place + 42)
            name = _text(listing[place + ENTRY_BYTES : place + ENTRY_BYTES + name_bytes])
            found.append(Entry(name, method, flags, crc, packed, size, offset))
            place += ENTRY_BYTES + name_bytes + extra + comment
            if len(found) > MAX_ENTRIES:
                raise BrokenError(f"it lists more than {MAX_ENTRIES} files")
        if not found:
            raise BrokenError("it lists no files")
        if len(found) != count:
            self.oddities.append(f"it lists {len(found)} files and declares {count}")
        return tuple(found)

    def _remark(self) -> None:
        """What is odd about the list as a whole."""
        names = [entry.name for entry in self.entries]
        for what, odd in (
            ("names that lead out of the package", [name for name in names if _leads_out(name)]),
            ("names listed twice", [name for name, times in Counter(names).items() if times > 1]),
            ("files marked as encrypted", [one.name for one in self.entries if one.flags & ENCRYPTED]),
            ("files of an unknown compression", [one.name for one in self.entries if one.method not in (0, DEFLATED)]),
            ("files that declare more than 1 GiB", [one.name for one in self.entries if one.size > 1 << 30]),
        ):
            if odd:
                self.oddities.append(f"{len(odd)} {what}, the first is {odd[0][:100]!r}")


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:3]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
