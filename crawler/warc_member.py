"""Takes one WARC record's bytes out of a file at its place: a gzip member unpacked, or the plain record as it lies.

Nothing is believed here but lengths, and those only within bounds; what the bytes mean is :mod:`crawler.warc_reader`'s.
"""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO

#: No record of ours comes near this; what has more is not read into memory.
MAX_RECORD_BYTES = 1 << 30
#: A record's own headers; ours have under 2 kB.
MAX_HEAD_BYTES = 1 << 20
READ_BYTES = 1 << 18
GZIP_MAGIC = b"\x1f\x8b"
PLAIN_MAGIC = b"WARC/"
BLANK = b"\r\n\r\n"

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,19})[ \t]*(?=\r\n)", re.IGNORECASE)


def take(stream: BinaryIO) -> tuple[bytes, int]:
    """The record at the stream's position and the bytes it takes in the file; ``(b"", 0)`` at the end of the file.

    A record is a gzip member, or stands uncompressed, both as ISO 28500 (annex D and clause 4) has them; a file may
    mix them. Raises ValueError with a clause saying what is wrong, and zlib.error.
    """
    start = stream.tell()
    magic = stream.read(len(PLAIN_MAGIC))
    stream.seek(start)
    if not magic:
        return b"", 0
    if magic.startswith(GZIP_MAGIC):
        return _member(stream)
    if magic == PLAIN_MAGIC:
        record = _plain(stream)
        return record, len(record)
    raise ValueError("it begins neither like a gzip member nor like a WARC record")


def _member(stream: BinaryIO) -> tuple[bytes, int]:
    """One gzip member, unpacked, and its packed length."""
    unpacker, parts, size, packed = zlib.decompressobj(wbits=31), [], 0, 0
    while data := stream.read(READ_BYTES):
        while data and not unpacker.eof:
            part = unpacker.decompress(data, READ_BYTES)
            size += len(part)
            if size > MAX_RECORD_BYTES:
                raise ValueError(f"it unpacks to more than {MAX_RECORD_BYTES} bytes")
            parts.append(part)
            # At the end of a member the rest of the input stands in unused_data, and may stand in the other one too.
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            packed += len(data) - len(left)
            data = left
        if unpacker.eof:
            return b"".join(parts), packed
    raise ValueError("the file ends inside it")


def _plain(stream: BinaryIO) -> bytes:
    """One uncompressed record: head, block, and the two line ends behind it."""
    head = bytearray()
    while BLANK not in head:
        data = stream.read(min(READ_BYTES, MAX_HEAD_BYTES + 1 - len(head)))
        if not data:
            raise ValueError("the file ends inside its headers")
        head += data
        if BLANK not in head and len(head) > MAX_HEAD_BYTES:
            raise ValueError(f"its headers are longer than {MAX_HEAD_BYTES} bytes")
    end = head.index(BLANK) + len(BLANK)
    found = _LENGTH.search(head, 0, end)
    if found is None:
        raise ValueError("it has no Content-Length")
    size = end + int(found[1]) + len(BLANK)
    if size > MAX_RECORD_BYTES:
        raise ValueError(f"it says that it has more than {MAX_RECORD_BYTES} bytes")
    missing = size - len(head)
    if missing <= 0:
        return bytes(head[:size])
    rest = stream.read(missing)
    if len(rest) < missing:
        raise ValueError("the file ends inside it")
    return bytes(head) + rest
