"""The one WARC 1.1 writer: HTTP exchanges and resources in, records with SHA-256 digests out (ISO 28500:2017).

Every record is its own gzip member, so it can be read alone at its offset. Block and payload digests are
``sha256:<hex>``; dates carry microseconds. Reading is in :mod:`crawler.warc_reader` and offered here too.

:meth:`WarcWriter.wire` stores an exchange whose octets were recorded, as they were. What :meth:`WarcWriter.exchange`
stores, where a client handed over what it understood of an exchange, is and is not:

* Bodies are stored de-chunked and content-decoded. ``Content-Encoding`` and ``Transfer-Encoding`` would be untrue of
  such a body, so they are stored as ``X-Offsignal-Original-Content-Encoding`` and ``…-Transfer-Encoding``. A
  ``Content-Length`` that differs from the stored body is kept as ``X-Offsignal-Original-Content-Length``, and the
  true length is added. A header that a server itself names ``X-Offsignal-…`` gets the same prefix, so nobody can
  forge these.
* Nothing in a header may start a new line; :mod:`crawler.warc_text` says what becomes of it.
* The status line always says HTTP/1.0 or HTTP/1.1, the only two that WARC readers know; another protocol that was
  spoken stands in ``WARC-Protocol``.
* A request whose method WARC readers do not know is kept as a ``metadata`` record with the same block.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter as WarcioWriter

from crawler import clock, warc_text
from crawler.exchange import Exchange, Headers, Octets, Record, RecordRef
from crawler.warc_reader import last_good_offset, read_record_at, read_records

__all__ = [
    "Exchange",
    "Headers",
    "Octets",
    "Record",
    "RecordRef",
    "WarcWriter",
    "last_good_offset",
    "read_record_at",
    "read_records",
]

#: The request methods that WARC readers recognise.
KNOWN_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH")


class WarcWriter:
    """Writes records to the end of a seekable binary stream; the first is a ``warcinfo`` made from ``info``.

    Each call builds its records in memory before it writes the first octet. Errors of the stream (OSError) pass
    through; whoever owns the file decides what to do with a torn tail.
    """

    def __init__(self, stream: BinaryIO, *, filename: str, info: Mapping[str, str]) -> None:
        self._stream = stream
        fields = {"format": "WARC File Format 1.1", **info}
        block = "".join(f"{warc_text.name(name)}: {warc_text.one_line(text)}\r\n" for name, text in fields.items())
        draft = _Draft("warcinfo", "", "application/warc-fields", clock.now(), block.encode("utf-8"))
        self._write([(draft, {"WARC-Filename": warc_text.one_line(filename)})])
        self._shared = {"WARC-Warcinfo-ID": draft.record_id}

    def exchange(self, exchange: Exchange) -> RecordRef:
        """Writes the response, then the request that names it as WARC-Concurrent-To; returns the response's place."""
        octets = Octets(
            warc_text.request_head(exchange), exchange.request_body, warc_text.response_head(exchange), exchange.body
        )
        return self._write(self._both(exchange, octets))[0]

    def wire(self, exchange: Exchange, octets: Octets) -> tuple[RecordRef, RecordRef]:
        """Writes an exchange as it was on the wire: response and request as above, but octet for octet.

        Where the body was sent in a coding, a ``conversion`` record (ISO 28500 section 6.7) with ``exchange.body``, the
        same without codings, follows and refers to the response. Returns the places of the response, and of the record
        whose payload is ``exchange.body``. Heads must end with their only blank line, CR LF CR LF.
        """
        drafts = self._both(exchange, octets)
        if octets.response_body == exchange.body:
            ref = self._write(drafts)[0]
            return ref, ref
        kind = next((text for name, text in exchange.response_headers if name.lower() == "content-type"), "")
        draft = _Draft(
            "conversion",
            warc_text.http_uri(exchange.url),
            warc_text.one_line(kind) or "application/octet-stream",
            exchange.fetched_at,
            exchange.body,
        )
        refers = {"WARC-Refers-To": drafts[0][0].record_id, "WARC-Truncated": exchange.truncated}
        places = self._write([*drafts, (draft, {**self._shared, **refers})])
        return places[0], places[-1]

    def _both(self, exchange: Exchange, octets: Octets) -> list[tuple[_Draft, Mapping[str, str]]]:
        """The response, and the request that it answers."""
        uri, at = warc_text.http_uri(exchange.url), exchange.fetched_at
        shared = {"WARC-IP-Address": warc_text.address(exchange.peer_ip), **self._shared}
        if exchange.protocol not in warc_text.HTTP_VERSIONS:
            shared["WARC-Protocol"] = warc_text.one_line(exchange.protocol)
        response = _Draft(
            "response", uri, "application/http; msgtype=response", at, octets.response_body, octets.response_head
        )
        if exchange.method in KNOWN_METHODS:
            request = _Draft(
                "request", uri, "application/http; msgtype=request", at, octets.request_body, octets.request_head
            )
        else:
            block = octets.request_head + octets.request_body
            request = _Draft("metadata", uri, "application/http; msgtype=request", at, block)
        return [
            (response, {**shared, "WARC-Truncated": exchange.truncated}),
            (request, {**shared, "WARC-Concurrent-To": response.record_id}),
        ]

    def resource(self, uri: str, content_type: str, data: bytes, at: datetime) -> RecordRef:
        """A thing made or fetched outside an exchange: a screenshot (``urn:screenshot:<url>``), a rendered page."""
        draft = _Draft("resource", warc_text.uri(uri), warc_text.one_line(content_type), at, data)
        return self._write([(draft, self._shared)])[0]

    def metadata(self, uri: str, content_type: str, data: bytes, at: datetime, concerns: str = "") -> RecordRef:
        """Facts about ``uri``, or about the record whose ID is ``concerns``."""
        draft = _Draft("metadata", warc_text.uri(uri), warc_text.one_line(content_type), at, data)
        return self._write([(draft, {**self._shared, "WARC-Refers-To": warc_text.uri(concerns)})])[0]

    def _write(self, drafts: list[tuple[_Draft, Mapping[str, str]]]) -> list[RecordRef]:
        start, buffer, refs = self._stream.tell(), BytesIO(), []
        for draft, headers in drafts:
            before = buffer.tell()
            digest = draft.write_to(buffer, headers)
            refs.append(RecordRef(draft.record_id, start + before, buffer.tell() - before, digest))
        left = buffer.getbuffer()
        while left:  # an unbuffered file may take less than it is given
            left = left[self._stream.write(left) :]
        return refs


class _Draft:
    """One record about to be written; an HTTP head, when there is one, belongs to the block and not to the payload."""

    def __init__(self, kind: str, uri: str, content_type: str, at: datetime, payload: bytes, head: bytes = b"") -> None:
        self.kind, self.uri, self.content_type, self.at = kind, uri, content_type, at
        self.payload, self.head = payload, head
        self.record_id = f"<urn:uuid:{uuid.uuid4()}>"

    def write_to(self, buffer: BytesIO, headers: Mapping[str, str]) -> str:
        """Appends the record's gzip member to ``buffer``; returns the payload digest."""
        builder = _Builder(buffer, gzip=True, warc_version="1.1")
        given = {"WARC-Record-ID": self.record_id, "WARC-Date": clock.iso(self.at), **headers}
        record = builder.create_warc_record(
            self.uri,
            self.kind,
            payload=BytesIO(self.payload),
            length=len(self.payload),
            warc_content_type=self.content_type,
            warc_headers_dict={key: text for key, text in given.items() if text},
            http_headers=_Head(self.head) if self.head else None,
        )
        builder.write_record(record)
        return f"sha256:{hashlib.sha256(self.payload).hexdigest()}"


class _Sha256:
    """The digester interface that warcio's writer calls; prints ``sha256:<hex>``."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def __str__(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


class _Builder(WarcioWriter):  # type: ignore[misc]  # warcio ships no types
    """warcio's writer with SHA-256 in place of SHA-1."""

    @staticmethod
    def _create_digester() -> _Sha256:
        return _Sha256()


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio ships no types
    """An HTTP head that is written octet for octet; warcio's own would percent-encode whatever is not ASCII."""

    def __init__(self, raw: bytes) -> None:
        super().__init__("raw", [])
        self._raw = raw

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:  # noqa: ARG002  # warcio's signature
        return self._raw
