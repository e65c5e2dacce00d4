"""Strict reading of proxy requests: octets from a client in, a request that has one meaning out.

A proxy is attacked through requests that it and the server read differently (RFC 9112 section 11.2). So a request
with a bare line feed, a folded header, a NUL, or both a Content-Length and a Transfer-Encoding is not repaired but
refused, and what is forwarded is written anew from what was understood.
"""

from __future__ import annotations

import asyncio
import re

import h11

from crawler.guard_policy import Target, read_target

HEAD_BYTES = 64 * 1024
ANSWER_HEAD_BYTES = 256 * 1024
#: How long a client may stay silent between two requests, and how long it may take to send one head.
IDLE_S = 75.0
HEAD_S = 15.0
CLIENT_HEADER = b"x-offsignal-client"

#: Headers for one connection only (RFC 9110 section 7.6.1), and the one that names the client to the guard.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        CLIENT_HEADER,
    }
)
#: Headers that a Connection header cannot ask to be dropped: they say where a message goes and where it ends.
_NEVER_DROPPED = frozenset({b"host", b"content-length"})

_ABSOLUTE = re.compile(rb"(?i:http)://([^/?#]*)(/[^#]*|\?[^#]*)?")
_CLIENT_NAME = re.compile(rb"[a-z0-9-]{1,20}")


class RequestError(Exception):
    """Raised for what cannot be understood in one way only; carries the status to answer and a clause of text."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


async def read_head(reader: asyncio.StreamReader) -> bytes | None:
    """The octets of one request head with its final blank line; None when the client is done or stays silent.

    The reader's own limit must be HEAD_BYTES. Raises RequestError for a head that is too long, too slow, or not made
    of whole lines.
    """
    try:
        async with asyncio.timeout(IDLE_S):
            lines = [await _read_line(reader)]
    except TimeoutError:
        return None
    if not lines[0]:
        return None
    size = len(lines[0])
    try:
        async with asyncio.timeout(HEAD_S):
            while lines[-1] != b"\r\n":
                lines.append(await _read_line(reader))
                size += len(lines[-1])
                if size > HEAD_BYTES:
                    raise RequestError(431, f"the request's head is larger than {HEAD_BYTES} bytes")
                if not lines[-1]:
                    raise RequestError(400, "the request ends inside its head")
    except TimeoutError:
        raise RequestError(408, f"the request's head took longer than {HEAD_S:g} seconds") from None
    return b"".join(lines)


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    """One line with its CR LF; empty at the end of the stream."""
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise RequestError(400, "the request ends inside a line") from None
        return b""
    except asyncio.LimitOverrunError:
        raise RequestError(431, f"the request's head is larger than {HEAD_BYTES} bytes") from None
    if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line or line[:1] in (b" ", b"\t"):
        raise RequestError(400, "the request holds a bare line end, a NUL or a folded header")
    return line


def parse_request(connection: h11.Connection, head: bytes) -> h11.Request:
    """The request of a head, understood by ``connection`` (a fresh h11 server). Raises RequestError."""
    try:
        connection.receive_data(head)
        request = connection.next_event()
    except h11.RemoteProtocolError as error:
        raise RequestError(error.error_status_hint, f"the request is not HTTP: {error}") from None
    if not isinstance(request, h11.Request):
        raise RequestError(400, "the request has no request line")
    names = {name for name, _ in request.headers}
    if b"content-length" in names and b"transfer-encoding" in names:
        raise RequestError(400, "the request has both Content-Length and Transfer-Encoding")
    if b"transfer-encoding" in names and request.http_version < b"1.1":
        raise RequestError(400, "the request has a Transfer-Encoding and is HTTP/1.0")
    return request


def client_name(request: h11.Request, otherwise: str) -> str:
    """What the client calls itself in ``X-Offsignal-Client``, else the kind of connection."""
    given = next((value for name, value in request.headers if name == CLIENT_HEADER), b"")
    return given.decode("ascii") if _CLIENT_NAME.fullmatch(given) else otherwise


def tunnel_target(request: h11.Request) -> Target:
    """Host and port of a CONNECT request (authority form, RFC 9112 section 3.2.3). Raises RequestError."""
    try:
        return read_target(request.target.decode("ascii"))
    except ValueError as error:
        raise RequestError(400, f"CONNECT needs host:port: {error}") from None


def plain_target(request: h11.Request) -> tuple[Target, bytes]:
    """Host and port, and the path with its query, of a request in absolute form. Raises RequestError.

    ``https`` is not taken in this form: the guard would have to speak TLS for the client.
    """
    match = _ABSOLUTE.fullmatch(request.target)
    if match is None:
        raise RequestError(400, "this is a proxy: it takes http:// URLs in absolute form, and CONNECT")
    try:
        target = read_target(match[1].decode("ascii"), 80)
    except ValueError as error:
        raise RequestError(400, f"the URL cannot be used: {error}") from None
    path = match[2] or b"/"
    return target, path if path.startswith(b"/") else b"/" + path


def forwarded(request: h11.Request, path: bytes, target: Target) -> h11.Request:
    """The request as it goes to the server: origin form, Host from the URL, nothing that is for one hop only.

    No Via header is added: servers answer differently (without compression, for one) when they see it, and what is
    recorded should be what an ordinary visitor gets.
    """
    headers = [(name, value) for name, value in end_to_end(request) if name.lower() != b"host"]
    authority = str(target).removesuffix(":80").encode("ascii")
    if any(name == b"transfer-encoding" for name, _ in request.headers):
        headers.append((b"Transfer-Encoding", b"chunked"))
    return h11.Request(
        method=request.method,
        target=path,
        headers=[(b"Host", authority), *headers, (b"Connection", b"close")],
    )


def end_to_end(message: h11.Request | h11.Response) -> list[tuple[bytes, bytes]]:
    """The headers that are not for one hop only, in their order and spelling."""
    named = {
        option.strip().lower()
        for name, value in message.headers
        if name == b"connection"
        for option in value.split(b",")
    }
    dropped = HOP_BY_HOP | (named - _NEVER_DROPPED)
    return [(name, value) for name, value in message.headers.raw_items() if name.lower() not in dropped]


def wants_websocket(request: h11.Request) -> bool:
    """Whether the request asks to leave HTTP for a WebSocket (RFC 6455 section 4.1)."""
    return any(name == b"upgrade" and b"websocket" in value.lower() for name, value in request.headers)
