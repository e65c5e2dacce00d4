"""Takes HTTP/2 connections apart: what both sides sent in, exchanges out (RFC 9113, HPACK: RFC 7541).

Nothing of a field list is lost or moved: order, repeats and the spelling HTTP/2 asks for are HPACK's own. Bodies are
the DATA frames' content, still encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hpack import Decoder
from hpack.exceptions import HPACKError

from crawler import warc_text
from crawler.exchange import Headers
from evidence.wire_http1 import WireExchange
from evidence.wire_tls import WireError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, PUSH_PROMISE, CONTINUATION = 0, 1, 3, 5, 9
END_STREAM, END_HEADERS, PADDED, PRIORITY = 0x1, 0x4, 0x8, 0x20
MAX_FIELDS_BYTES = 1 << 20
Fields = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Half:
    """One side of one stream: its field lists (interim ones, the message's, trailers), its body, whether it ended."""

    lists: list[Fields] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False


def exchanges(sent: bytes, received: bytes, origin: str, connection: int) -> Iterator[WireExchange]:
    """Every exchange of a connection whose response has a whole field list, by stream number.

    Raises WireError for what is not HTTP/2.
    """
    if not sent.startswith(PREFACE):
        raise WireError("the connection was to speak HTTP/2 and does not begin like it")
    asked, answered = _halves(sent[len(PREFACE) :]), _halves(received)
    for number in sorted(asked):
        there = answered.get(number)
        final = next((one for one in there.lists if not _status(one).startswith("1")), None) if there else None
        if there is None or final is None or not asked[number].lists:
            continue
        yield _exchange(asked[number], there, final, origin, connection)


def _exchange(asked: _Half, there: _Half, final: Fields, origin: str, connection: int) -> WireExchange:
    request = asked.lists[0]
    said = {name.decode("latin-1"): value.decode("latin-1") for name, value in request if name.startswith(b":")}
    method, path, status = said.get(":method", "GET"), said.get(":path", "/"), _status(final)
    authority = said.get(":authority", "")
    where = f"{said.get(':scheme', 'https')}://{authority}" if authority else origin
    host = [("host", authority)] if authority else []
    pseudo = [pair for pair in (*_text(request), *_text(final)) if pair[0].startswith(":")]
    return WireExchange(
        url=where + path,
        method=method,
        protocol="h2",
        request_head=_head(f"{method} {path} HTTP/1.1", [*host, *_plain(request)]),
        request_body=bytes(asked.body),
        status=int(status),
        response_head=_head(f"HTTP/1.1 {status} ", _plain(final)),
        response_body=bytes(there.body),
        whole=there.ended,
        connection=connection,
        pseudo=tuple(pseudo),
    )


def _halves(data: bytes) -> dict[int, _Half]:
    """The streams of one direction, by number."""
    decoder, halves = Decoder(max_header_list_size=MAX_FIELDS_BYTES), dict[int, _Half]()
    decoder.max_allowed_table_size = 1 << 20
    block, block_of, ends, promised = bytearray(), 0, False, False
    for kind, flags, number, payload in _frames(data):
        if kind in (HEADERS, PUSH_PROMISE):
            block, block_of, promised = bytearray(_bare(kind, flags, payload)), number, kind == PUSH_PROMISE
            ends = bool(flags & END_STREAM) and not promised
        elif kind == CONTINUATION:
            block += payload
        elif kind == DATA:
            half = halves.setdefault(number, _Half())
            half.body += _bare(kind, flags, payload)
            half.ended = half.ended or bool(flags & END_STREAM)
        if kind in (HEADERS, PUSH_PROMISE, CONTINUATION) and flags & END_HEADERS:
            fields = _decoded(decoder, bytes(block))
            if not promised:  # a pushed stream answers no request of the page
                half = halves.setdefault(block_of, _Half())
                half.lists.append(fields)
                half.ended = half.ended or ends
    return halves


def _frames(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    at = 0
    while at + 9 <= len(data):
        size = int.from_bytes(data[at : at + 3], "big")
        if at + 9 + size > len(data):
            return
        number = int.from_bytes(data[at + 5 : at + 9], "big") & 0x7FFFFFFF
        yield data[at + 3], data[at + 4], number, data[at + 9 : at + 9 + size]
        at += 9 + size


def _bare(kind: int, flags: int, payload: bytes) -> bytes:
    """A frame's content without padding, priority and the number of a promised stream."""
    start, end = 0, len(payload)
    if flags & PADDED:
        if not payload or payload[0] >= len(payload):
            raise WireError("an HTTP/2 frame is all padding")
        start, end = 1, len(payload) - payload[0]
    if kind == HEADERS and flags & PRIORITY:
        start += 5
    return payload[start + (4 if kind == PUSH_PROMISE else 0) : end]


def _decoded(decoder: Decoder, block: bytes) -> Fields:
    try:
        return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]
    except HPACKError as error:
        raise WireError(f"an HTTP/2 field list cannot be read ({type(error).__name__})") from None


def _status(fields: Fields) -> str:
    """The status of a response's list; "1" for trailers, which have none, so that nobody takes them for one."""
    value = next((value for name, value in fields if name == b":status"), b"1").decode("latin-1")
    return value if value.isascii() and value.isdigit() and len(value) == 3 else "1"


def _text(fields: Fields) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)


def _plain(fields: Fields) -> list[tuple[str, str]]:
    return [pair for pair in _text(fields) if not pair[0].startswith(":")]


def _head(first: str, fields: Iterable[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{warc_text.name(name)}: {warc_text.value(value)}" for name, value in fields)]
    return b"".join(line.encode("latin-1") + b"\r\n" for line in lines) + b"\r\n"
