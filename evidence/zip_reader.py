"""Opens a ZIP file that may be hostile: a path in, the list of its plain files out, each readable within bounds.

Refused: duplicate, absolute, ``..``, back-slashed and non-portable names, directories, symbolic links, encryption,
unknown compression, entries that overlap or leave a gap in which something could hide, and sizes beyond the bounds.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from evidence.errors import EvidenceError, Unreadable, Unverified

MAX_ENTRIES = 1000
MAX_TOTAL_BYTES = 1 << 30
MAX_RATIO = 200
READ_BYTES = 1 << 18
LOCAL_HEADER_BYTES = 30
END_RECORD_BYTES = 22

#: What zipfile raises on bytes that are no ZIP file, or a broken one.
BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    ValueError,
    OSError,
)


class ZipReader:
    """The entries of one ZIP file, checked on opening. Use as a context manager.

    Raises Unreadable for what is no ZIP file, Unverified for one that breaks the rules above.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            raise Unreadable(f"{path.name}: not a ZIP file that can be opened: {error}") from error
        try:
            self._entries = _checked(self._zip, path)
        except EvidenceError:
            self._zip.close()
            raise
        except BROKEN as error:
            self._zip.close()
            raise Unreadable(f"{path.name}: its list of files cannot be read: {error}") from error

    def __enter__(self) -> ZipReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def names(self) -> tuple[str, ...]:
        """The names of all entries in the order of the archive's list."""
        return tuple(self._entries)

    def is_stored(self, name: str) -> bool:
        """Whether the entry lies uncompressed in the archive."""
        return self._entries[name].compress_type == zipfile.ZIP_STORED

    def size(self, name: str) -> int:
        """The declared size of an entry in bytes; reading gives exactly so many or raises."""
        return self._entries[name].file_size

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of one entry. Raises Unreadable when they are damaged or fewer than declared."""
        entry, left = self._entries[name], self._entries[name].file_size
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(READ_BYTES):
                    left -= len(piece)
                    yield piece
        except BROKEN as error:
            raise Unreadable(f"{self.path.name}: {name} cannot be unpacked: {error}") from error
        if left:
            raise Unreadable(f"{self.path.name}: {name} has not the size the archive declares")

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one entry. Raises Unreadable as :meth:`pieces` does, and for more than ``limit`` bytes."""
        if self.size(name) > limit:
            raise Unreadable(f"{self.path.name}: {name} is larger than {limit} bytes")
        return b"".join(self.pieces(name))


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Unverified(f"{path.name}: {len(entries)} entries are more than {MAX_ENTRIES}")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise Unverified(f"{path.name}: it unpacks to more than {MAX_TOTAL_BYTES} bytes")
    seen: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in entries:
        if fault := _name_fault(entry) or _kind_fault(entry):
            raise Unverified(f"{path.name}: the entry {entry.orig_filename[:120]!r} {fault}")
        if entry.filename.casefold() in folded:
            raise Unverified(f"{path.name}: the entry {entry.filename!r} is there twice")
        folded.add(entry.filename.casefold())
        seen[entry.filename] = entry
    _check_places(archive, entries, path)
    return seen


def _name_fault(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if name != entry.orig_filename or not name or not name.isascii() or not name.isprintable() or "\\" in name:
        return "has a name that not every system reads alike"
    if name.endswith("/"):
        return "is a directory"
    if name.startswith("/") or ":" in name:
        return "has an absolute name"
    if str(PurePosixPath(name)) != name or ".." in PurePosixPath(name).parts:
        return "has a name that leads elsewhere"
    return ""


def _kind_fault(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or a special file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "has an unusual compression"
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return f"unpacks to more than {MAX_RATIO} times its size"
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        return "is stored and has two sizes"
    return ""


def _check_places(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], path: Path) -> None:
    """The entries must tile the file up to its list: no overlap, no gap, nothing before the first or after the list."""
    stream, end = archive.fp, 0
    if stream is None:
        raise Unreadable(f"{path.name}: it was closed while being read")
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset != end:
            raise Unverified(f"{path.name}: bytes before {entry.filename!r} belong to no entry, or to two")
        stream.seek(end)
        head = stream.read(LOCAL_HEADER_BYTES)
        name_length, extra_length = struct.unpack("<HH", head[26:30])
        descriptor = _descriptor_bytes(entry) if entry.flag_bits & 0x8 else 0
        end += LOCAL_HEADER_BYTES + name_length + extra_length + entry.compress_size + descriptor
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(size - END_RECORD_BYTES, 0))
    signature, list_bytes, list_start = struct.unpack("<4s8xII2x", stream.read(END_RECORD_BYTES))
    whole = signature == b"PK\x05\x06" and list_start + list_bytes + END_RECORD_BYTES == size
    if not whole or end != archive.start_dir or list_start != end:
        raise Unverified(f"{path.name}: bytes before or after its list of files belong to no entry")


def _descriptor_bytes(entry: zipfile.ZipInfo) -> int:
    """The size of a data descriptor with signature, as every current writer makes it (APPNOTE 4.3.9)."""
    return 24 if entry.compress_size >= 0xFFFFFFFF or entry.file_size >= 0xFFFFFFFF else 16
