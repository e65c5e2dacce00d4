"""Reads the WARC files this project writes: a path in, records with checked digests out.

Reading is strict, because a file that was torn or altered must never pass as whole: every gzip member must end, every
block must have its declared length, and every digest must hold. Other software's WARC files are read too, as long as
each record is a gzip member of its own.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crawler import clock
from crawler.errors import StoreError
from crawler.exchange import Headers, Record

#: No record of ours comes near this; a member that unpacks to more is not read into memory.
MAX_RECORD_BYTES = 1 << 30
READ_BYTES = 1 << 18
VERSIONS = ("WARC/1.0", "WARC/1.1")


def read_records(path: Path) -> Iterator[Record]:
    """Every record of a file in order. Raises StoreError naming file and offset where it is torn or altered."""
    with _opened(path) as stream:
        offset = 0
        while (record := _next(stream, path, offset)) is not None:
            yield record
            offset += record.length


def read_record_at(path: Path, offset: int) -> Record:
    """The record whose gzip member begins at ``offset``. Raises StoreError when there is none that is whole."""
    with _opened(path) as stream:
        record = _next(stream, path, offset)
    if record is None:
        raise StoreError(f"{path}: there is no record at byte {offset}, the file ends before it")
    return record


def last_good_offset(path: Path) -> int:
    """The end of the last record that is whole, counted from the start of the file: where a torn file may be cut.

    0 for an empty file and for one whose first record is damaged. Raises StoreError when the file cannot be read.
    """
    offset = 0
    with _opened(path) as stream:
        while True:
            try:
                record = _next(stream, path, offset)
            except StoreError:
                return offset
            if record is None:
                return offset
            offset += record.length


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error


def _next(stream: BinaryIO, path: Path, offset: int) -> Record | None:
    """The record at ``offset``, or None at the end of the file."""
    try:
        stream.seek(offset)
        member, length = _unpack(stream)
        return _parse(member, offset, length) if length else None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read at byte {offset}: {error.strerror}") from error
    except (ValueError, zlib.error) as error:
        raise StoreError(f"{path}: the record at byte {offset} is torn or altered: {error}") from error


def _unpack(stream: BinaryIO) -> tuple[bytes, int]:
    """One gzip member at the stream's position, unpacked, and its packed length; ``(b"", 0)`` at the end."""
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
    if packed:
        raise ValueError("the file ends inside it")
    return b"", 0


def _parse(member: bytes, offset: int, length: int) -> Record:
    head, blank, rest = member.partition(b"\r\n\r\n")
    version, _, lines = head.decode("utf-8", "replace").partition("\r\n")
    if not blank or version not in VERSIONS:
        raise ValueError("it does not begin like a WARC record")
    headers = _headers(lines)
    fields = {name.lower(): value for name, value in reversed(headers)}
    size = fields.get("content-length", "")
    if not size.isascii() or not size.isdigit():
        raise ValueError("it has no Content-Length")
    block, end = rest[: int(size)], rest[int(size) :]
    if len(block) != int(size) or end != b"\r\n\r\n":
        raise ValueError("its block has not the declared length")
    status, http_headers, payload = _open_http(fields, block)
    _check(fields.get("warc-block-digest", ""), block, "block")
    if fields.get("warc-type") != "revisit":
        _check(fields.get("warc-payload-digest", ""), payload, "payload")
    return Record(
        type=fields.get("warc-type", ""),
        record_id=fields.get("warc-record-id", ""),
        uri=fields.get("warc-target-uri", ""),
        date=clock.parse(fields.get("warc-date", "")),
        headers=headers,
        http_status=status,
        http_headers=http_headers,
        payload=payload,
        offset=offset,
        length=length,
    )


def _headers(lines: str) -> Headers:
    pairs = (line.partition(":") for line in lines.split("\r\n") if line)
    return tuple((name, value.strip(" \t")) for name, _, value in pairs)


def _open_http(fields: dict[str, str], block: bytes) -> tuple[int | None, Headers, bytes]:
    """Status, headers and body of an HTTP block; the whole block as payload for any other record."""
    is_http = fields.get("content-type", "").startswith("application/http")
    if fields.get("warc-type") not in ("request", "response") or not is_http:
        return None, (), block
    head, blank, payload = block.partition(b"\r\n\r\n")
    first, _, lines = head.decode("latin-1").partition("\r\n")
    if not blank:
        raise ValueError("its HTTP head does not end")
    words = first.split(" ", 2)
    is_response = fields["warc-type"] == "response"
    status = int(words[1]) if is_response and len(words) > 1 and words[1].isdecimal() else None
    return status, _headers(lines), payload


def _check(declared: str, data: bytes, what: str) -> None:
    """Raises ValueError unless ``declared`` (``algorithm:value``, hex or base32; empty is not checked) fits."""
    if not declared:
        return
    algorithm, _, value = declared.partition(":")
    try:
        digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    except ValueError:
        raise ValueError(f"its {what} digest has an unknown algorithm: {declared}") from None
    if value.lower() != digest.hex() and value.rstrip("=") != base64.b32encode(digest).decode().rstrip("="):
        raise ValueError(f"its {what} does not have the declared digest {declared}")
