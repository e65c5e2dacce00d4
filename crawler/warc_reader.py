"""Reads WARC files, this project's and others': a path in, records with checked digests out.

Reading is strict, because a file that was torn or altered must never pass as whole: every gzip member must end, every
block must have its declared length, and every digest must hold. Other software's WARC files are read too, plain or
with a gzip member for each record. Their bodies are given as they are stored; :mod:`crawler.warc_body` decodes them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crawler import clock
from crawler.errors import StoreError
from crawler.exchange import Headers, Record
from crawler.warc_body import dechunked
from crawler.warc_member import take

VERSIONS = ("WARC/1.0", "WARC/1.1")

#: The blank line of an HTTP head; a server of others' archives may have sent bare line feeds.
_HEAD_END = re.compile(rb"\r\n\r\n|\n\n|\n\r\n")


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
        member, length = take(stream)
        return _parse(member, offset, length) if length else None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read at byte {offset}: {error.strerror}") from error
    except (ValueError, zlib.error) as error:
        raise StoreError(f"{path}: the record at byte {offset} is torn or altered: {error}") from error


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
    if end.startswith((b"\r\n\r\nWARC/1.0\r\n", b"\r\n\r\nWARC/1.1\r\n")):
        raise ValueError("several records are packed as one gzip member; unpack the file with 'gzip -d' and read that")
    if len(block) != int(size) or end != b"\r\n\r\n":
        raise ValueError("its block has not the declared length")
    status, http_headers, payload = _open_http(fields, block)
    _check(fields.get("warc-block-digest", ""), block, "block")
    if fields.get("warc-type") != "revisit":
        _check_payload(fields.get("warc-payload-digest", ""), payload, http_headers)
    return Record(
        type=fields.get("warc-type", ""),
        record_id=fields.get("warc-record-id", ""),
        uri=_bare(fields.get("warc-target-uri", "")),
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


def _bare(uri: str) -> str:
    """``uri`` without the angle brackets that the grammar of WARC 1.0 puts around it, as wget does."""
    return uri[1:-1] if uri.startswith("<") and uri.endswith(">") else uri


def _open_http(fields: dict[str, str], block: bytes) -> tuple[int | None, Headers, bytes]:
    """Status, headers and body of an HTTP block; the whole block as payload for any other record."""
    is_http = fields.get("content-type", "").startswith("application/http")
    if fields.get("warc-type") not in ("request", "response") or not is_http:
        return None, (), block
    end = _HEAD_END.search(block)
    if end is None:
        raise ValueError("its HTTP head does not end")
    head, payload = block[: end.start()], block[end.end() :]
    first, _, lines = head.decode("latin-1").replace("\r\n", "\n").replace("\n", "\r\n").partition("\r\n")
    words = first.split(" ", 2)
    is_response = fields["warc-type"] == "response"
    status = int(words[1]) if is_response and len(words) > 1 and words[1].isdecimal() else None
    return status, _headers(lines), payload


def _check_payload(declared: str, payload: bytes, http_headers: Headers) -> None:
    """As :func:`_check`; writers differ on whether the digest of a chunked body is taken before or after its chunks."""
    try:
        _check(declared, payload, "payload")
    except ValueError:
        chunked = any(name.lower() == "transfer-encoding" and "chunked" in text.lower() for name, text in http_headers)
        bare, whole = dechunked(payload) if chunked else (payload, False)
        if not whole:
            raise
        _check(declared, bare, "payload")


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
