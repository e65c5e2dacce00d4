"""Takes HTTP/1.x connections apart: what both sides sent in, exchanges with their octets unchanged out (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.exchange import Headers

NO_BODY = frozenset({204, 304})
MAX_HEAD_BYTES = 1 << 20

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class WireExchange:
    """One request with its response, octet for octet.

    Heads end with their blank line. ``response_body`` is as it was sent: still encoded, chunks and all; ``whole`` says
    that all of it came. Over HTTP/2 there are no such octets: the heads are the field lists as HPACK gave them, in
    their order, written the HTTP/1.1 way; ``pseudo`` holds both sides' pseudo-header fields (RFC 9113 section 8.3).
    """

    url: str
    method: str
    protocol: str
    request_head: bytes
    request_body: bytes
    status: int
    response_head: bytes
    response_body: bytes
    whole: bool
    connection: int
    pseudo: Headers = ()

    @property
    def request_headers(self) -> Headers:
        """Names and values in their order and spelling, repeats kept."""
        return headers_of(self.request_head)

    @property
    def response_headers(self) -> Headers:
        """Names and values in their order and spelling, repeats kept."""
        return headers_of(self.response_head)

    @property
    def reason(self) -> str:
        """The reason phrase of the status line."""
        words = self.response_head.partition(b"\n")[0].rstrip(b"\r").split(b" ", 2)
        return words[2].decode("latin-1") if len(words) > 2 else ""


def headers_of(head: bytes) -> Headers:
    """The field lines of a head; a folded line stays with the one before it."""
    lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")[1:]
    found: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif line:
            name, _, value = line.partition(":")
            found.append((name, value.strip(" \t")))
    return tuple(found)


def exchanges(
    sent: bytes, received: bytes, origin: str, connection: int, *, ended: bool = False
) -> Iterator[WireExchange]:
    """Every exchange of a connection to ``origin`` (``https://host[:port]``) whose response has a whole head.

    ``ended``: the server closed the connection, which ends a body of unknown length.
    """
    at = 0
    for method, target, head, body in _requests(sent):
        answer = _answer(received, at)
        if answer is None:
            return
        status, response_head, start, version = answer
        end, whole = _body_end(received, start, status, method, headers_of(response_head), ended=ended)
        url = target.decode("latin-1")
        url = url if url.startswith(("http://", "https://")) else origin + url
        yield WireExchange(
            url, method, version, head, body, status, response_head, received[start:end], whole, connection
        )
        if status == 101 or not whole:
            return  # what follows is not HTTP, or cannot be told apart
        at = end


def _requests(sent: bytes) -> Iterator[tuple[str, bytes, bytes, bytes]]:
    at = 0
    while (found := _HEAD_END.search(sent, at)) is not None:
        head = sent[at : found.end()]
        words = head.partition(b"\n")[0].split(b" ")
        if len(words) != 3:
            return
        end, _ = _body_end(sent, found.end(), 0, "", headers_of(head), ended=False, is_request=True)
        yield words[0].decode("latin-1"), words[1], head, sent[found.end() : end]
        at = end


def _answer(received: bytes, at: int) -> tuple[int, bytes, int, str] | None:
    """Status, head, where the body begins, version: of the first final answer from ``at``."""
    while (found := _HEAD_END.search(received, at, at + MAX_HEAD_BYTES)) is not None:
        head = received[at : found.end()]
        words = head.partition(b"\n")[0].rstrip(b"\r").split(b" ", 2)
        if not words[0].startswith(b"HTTP/") or len(words) < 2 or not words[1].isdigit() or len(words[1]) != 3:
            return None
        status = int(words[1])
        if status < 100 or status > 999:
            return None
        if status >= 200 or status == 101:
            return status, head, found.end(), words[0].decode("latin-1")
        at = found.end()
    return None


def _body_end(
    data: bytes, start: int, status: int, method: str, headers: Headers, *, ended: bool, is_request: bool = False
) -> tuple[int, bool]:
    """Where a body ends in what came, and whether that is all of it (RFC 9112 section 6.3)."""
    if status in NO_BODY or status == 101 or method == "HEAD":
        return start, True
    fields = {name.lower(): value for name, value in headers}
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return _chunks_end(data, start)
    length = fields.get("content-length", "").partition(",")[0].strip()
    if length.isascii() and length.isdigit():
        end = start + int(length[:18])
        return min(end, len(data)), end <= len(data)
    return (start, True) if is_request else (len(data), ended)


def _chunks_end(data: bytes, start: int) -> tuple[int, bool]:
    at = start
    while (head := _CHUNK.match(data, at)) is not None:
        size, at = int(head[1], 16), head.end()
        if size == 0:
            while (end := data.find(b"\n", at)) >= 0:  # trailers, and the blank line that ends them
                line, at = data[at:end].rstrip(b"\r"), end + 1
                if not line:
                    return at, True
            return len(data), False
        at += size
        at += 2 if data.startswith(b"\r\n", at) else 1
    return len(data), False
