"""The body of a stored HTTP answer as text readers want it: a record in, its bytes without transfer and content coding.

Our own records hold decoded bodies already. Other software stores what was on the wire, chunked and compressed; the
record keeps those bytes (``Record.payload``), and this gives what they decode to, within bounds: a compressed body is
hostile until it is unpacked.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from crawler.exchange import Headers, Record

#: More than a page can be in the crawl (``max_body_bytes``), and little enough to hold in memory.
MAX_DECODED_BYTES = 64 << 20
#: Codings in a row that are undone; RFC 9110 section 8.4 sets no limit, nobody uses more than two.
MAX_CODINGS = 3
MAX_MEMBERS = 10_000
READ_BYTES = 1 << 16

_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """``data`` is what could be decoded; ``problem`` says why that is not all, and is empty when it is.

    ``codings`` are those that were undone, in the order they were applied.
    """

    data: bytes
    codings: tuple[str, ...] = ()
    problem: str = ""


def decoded_body(record: Record, limit: int = MAX_DECODED_BYTES) -> DecodedBody:
    """The body of a request or response record without its codings, at most ``limit`` bytes. Never raises."""
    return decoded(record.http_headers, record.payload, limit)


def decoded(headers: Headers, body: bytes, limit: int = MAX_DECODED_BYTES) -> DecodedBody:
    """``body`` without the codings that ``headers`` name, at most ``limit`` bytes. Never raises."""
    codings, problem = list[str](), ""
    if "chunked" in _listed(headers, "transfer-encoding"):
        body, whole = dechunked(body)
        codings.append("chunked")
        problem = "" if whole else "its chunks do not end"
    wanted = [name for name in _listed(headers, "content-encoding") if name != "identity"]
    if len(wanted) > MAX_CODINGS:
        return DecodedBody(body[:limit], tuple(codings), f"it has {len(wanted)} content codings in a row")
    for name in reversed(wanted):
        decode = _DECODERS.get(name)
        if decode is None:
            return DecodedBody(b"", tuple(codings), f"the content coding {name[:40]!r} is not known here")
        body, fault = _bounded(decode, body, limit)
        codings.insert(0, name)
        problem = fault or problem
    if len(body) > limit:
        body, problem = body[:limit], f"it is cut after {limit} bytes"
    return DecodedBody(body, tuple(codings), problem)


def dechunked(body: bytes) -> tuple[bytes, bool]:
    """``body`` without its chunked framing (RFC 9112 section 7.1), and whether the last chunk was there.

    A body that says it is chunked and is not, which some writers store, comes back as it is and whole.
    """
    if _CHUNK.match(body) is None:
        return body, True
    parts: list[bytes] = []
    at = 0
    while (head := _CHUNK.match(body, at)) is not None:
        size = int(head[1], 16)
        if size == 0:
            return b"".join(parts), True
        parts.append(body[head.end() : head.end() + size])
        at = head.end() + size
        if at >= len(body):
            break
        at += 2 if body.startswith(b"\r\n", at) else 1
    return b"".join(parts), False


def _listed(headers: Headers, name: str) -> list[str]:
    values = ",".join(value for key, value in headers if key.lower() == name)
    return [part for word in values.split(",") if (part := word.strip(" \t").lower())]


def _bounded(decode: Callable[[bytes, int], Iterator[bytes]], body: bytes, limit: int) -> tuple[bytes, str]:
    """What ``decode`` gives of a body, at most ``limit`` bytes, and what went wrong."""
    parts: list[bytes] = []
    size = 0
    try:
        for part in decode(body, READ_BYTES):
            parts.append(part[: limit - size])
            size += len(part)
            if size > limit:
                return b"".join(parts), f"it is cut: it decodes to more than {limit} bytes"
    except ValueError as error:
        return b"".join(parts), str(error)
    return b"".join(parts), ""


def _gzip(body: bytes, step: int) -> Iterator[bytes]:
    """gzip, one member after the other as RFC 1952 section 2.2 has it; what stands behind the last is left out."""
    at = 0
    for _ in range(MAX_MEMBERS):
        unpacker = zlib.decompressobj(wbits=31)
        at = yield from _inflate(unpacker, body, at, step, "gzip")
        if not body.startswith(b"\x1f\x8b", at):
            return
    raise ValueError(f"its gzip data have more than {MAX_MEMBERS} members")


def _deflate(body: bytes, step: int) -> Iterator[bytes]:
    """zlib format as RFC 9110 section 8.4.1.2 says, or the bare deflate data that some servers send instead."""
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflate(zlib.decompressobj(wbits=15 if is_zlib else -15), body, 0, step, "deflate")


def _inflate(unpacker: zlib._Decompress, body: bytes, at: int, step: int, name: str) -> Generator[bytes, None, int]:
    """Unpacks from ``at`` in pieces of ``step``; returns where the packed data end."""
    try:
        while not unpacker.eof and at < len(body):
            piece = body[at : at + step]
            at += len(piece)
            while piece and not unpacker.eof:
                part = unpacker.decompress(piece, step)
                piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                yield part
            at -= len(piece)
        while not unpacker.eof and (part := unpacker.decompress(b"", step)):
            yield part
    except zlib.error as error:
        raise ValueError(f"its {name} data are damaged: {error}") from None
    if not unpacker.eof:
        raise ValueError(f"its {name} data end too early")
    return at


def _brotli(body: bytes, step: int) -> Iterator[bytes]:
    import brotli  # only files of other software need it

    unpacker = brotli.Decompressor()
    try:
        yield unpacker.process(body, output_buffer_limit=step)
        while not unpacker.is_finished() and (part := unpacker.process(b"", output_buffer_limit=step)):
            yield part
    except brotli.error as error:
        raise ValueError(f"its brotli data are damaged: {error}") from None
    if not unpacker.is_finished():
        raise ValueError("its brotli data end too early")


def _zstandard(body: bytes, step: int) -> Iterator[bytes]:
    """Zstandard (RFC 8878), frame after frame; the window is bounded as RFC 9659 asks of what is sent over HTTP."""
    from backports import zstd  # only bodies in that coding need it

    bounds = {int(zstd.DecompressionParameter.window_log_max): 23}
    rest = body
    try:
        for _ in range(MAX_MEMBERS):
            unpacker = zstd.ZstdDecompressor(options=bounds)
            piece = rest
            while not unpacker.eof:
                part = unpacker.decompress(piece, step)
                if not part and unpacker.needs_input and not unpacker.eof:
                    raise ValueError("its zstd data end too early")
                yield part
                piece = b""
            rest = unpacker.unused_data
            if not rest:
                return
    except zstd.ZstdError as error:
        raise ValueError(f"its zstd data are damaged: {error}") from None
    raise ValueError(f"its zstd data have more than {MAX_MEMBERS} frames")


_DECODERS: dict[str, Callable[[bytes, int], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
