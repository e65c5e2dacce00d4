"""The egress proxy as an HTTP intermediary: what goes on to the server, what comes back, and what it will not read."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from crawler import guard_http
from tests.crawler.guard_talking import MIB, Answers, Serve, connect, guarded, talk


@pytest.fixture
def echo(serve: Serve, http_answer: Answers) -> Any:
    """Answers with the head it was sent."""
    return serve(lambda connection, head: http_answer(head, "Content-Type: text/plain")(connection, head))


def test_only_end_to_end_headers_go_on(echo: Any) -> None:
    with guarded(echo) as guard:
        answer = talk(
            guard,
            b"GET http://SITE.example/a/../b%20?q=1&q=2 HTTP/1.1\r\nHost: other.example\r\n"
            b"X-Offsignal-Client: browser\r\nProxy-Connection: keep-alive\r\n"
            b"Proxy-Authorization: Basic eA==\r\nTE: trailers\r\nUpgrade: h2c\r\n"
            b"Keep-Alive: timeout=5\r\nConnection: keep-alive, X-Hop, Host, Content-Length\r\nX-Hop: 1\r\n"
            b"X-CaseD: kept\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
        )
    _, _, body = answer.partition(b"\r\n\r\n")
    assert body == (
        b"GET /a/../b%20?q=1&q=2 HTTP/1.1\r\nHost: site.example\r\nX-CaseD: kept\r\nCookie: a=1\r\nCookie: b=2\r\n"
        b"Connection: close\r\n\r\n"
    )
    (verdict,) = guard.verdicts()
    assert (verdict.client, verdict.host, verdict.port, verdict.ip) == ("browser", "site.example", 80, "127.0.0.1")
    assert (verdict.allowed, verdict.reason) == (True, "")


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (b"http://site.example", b"GET / HTTP/1.1\r\nHost: site.example\r\n"),
        (b"http://site.example?x", b"GET /?x HTTP/1.1\r\nHost: site.example\r\n"),
        (b"HTTP://site.example:8080/p", b"GET /p HTTP/1.1\r\nHost: site.example:8080\r\n"),
    ],
)
def test_the_request_line_is_in_origin_form(echo: Any, target: bytes, line: bytes) -> None:
    with guarded(echo) as guard:
        assert line in talk(guard, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")


def test_a_client_keeps_its_connection_and_every_request_is_judged(echo: Any) -> None:
    with guarded(echo) as guard, connect(guard) as connection, connection.makefile("rb") as stream:
        for path in ("one", "two", "three"):
            connection.sendall(f"GET http://site.example/{path} HTTP/1.1\r\nHost: site.example\r\n\r\n".encode())
            head = list(iter(stream.readline, b"\r\n"))
            length = next(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length"))
            assert f"/{path} ".encode() in stream.read(length)
        connection.sendall(b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: site.example\r\n\r\n")
        assert stream.readline().startswith(b"HTTP/1.1 403")
    assert [verdict.allowed for verdict in guard.verdicts()] == [True, True, True, False]


def test_requests_sent_ahead_are_answered_in_order(echo: Any) -> None:
    request = b"GET http://site.example/%d HTTP/1.1\r\nHost: site.example\r\n\r\n"
    with guarded(echo) as guard:
        answer = talk(guard, b"".join(request % number for number in range(3)))
    assert [f"GET /{number} ".encode() in answer for number in range(3)] == [True] * 3


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_reach_the_server(serve: Serve, http_answer: Answers, chunked: bool) -> None:
    received = bytearray()

    def swallow(connection: socket.socket, head: bytes) -> None:
        received.extend(head)
        while len(received) < 300_000:
            received.extend(connection.recv(65536))
        http_answer(b"thanks", status="201 Created")(connection, head)

    body = bytes(range(256)) * 1200
    with guarded(serve(swallow)) as guard, httpx.Client(proxy=guard.url) as client:
        content = iter([body[:1000], body[1000:]]) if chunked else body
        assert client.post("http://site.example/", content=content).status_code == 201
        assert client.get("http://127.0.0.1/").status_code == 403
    assert (b"chunked" in received) == chunked
    assert received.count(b"\r\nContent-Length: 307200\r\n") == (0 if chunked else 1)


def test_a_client_that_waits_for_100_is_told_to_go_on(serve: Serve, http_answer: Answers) -> None:
    heads: list[bytes] = []

    def take(connection: socket.socket, head: bytes) -> None:
        while b"body" not in head:
            head += connection.recv(100)
        heads.append(head)
        http_answer(b"ok")(connection, head)

    with guarded(serve(take)) as guard, connect(guard) as connection:
        connection.sendall(
            b"POST http://site.example/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"body")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert b"xpect" not in heads[0]


def test_repeated_headers_their_order_and_an_encoded_body_come_through(serve: Serve, http_answer: Answers) -> None:
    gzipped = b"\x1f\x8b\x08\x00not really gzip"
    received = ("Set-Cookie: a=1", "X-mIxEd: 1", "Content-Encoding: gzip", "Set-Cookie: b=\xe9")
    server = serve(http_answer(gzipped, *received, "Connection: x-gone", "X-Gone: 1"))
    with guarded(server) as guard:
        answer = talk(guard, b"GET http://site.example/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer == (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-mIxEd: 1\r\nContent-Encoding: gzip\r\nSet-Cookie: b=\xe9\r\n"
        b"Content-Length: 19\r\n\r\n" + gzipped
    )


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "raw", "status", "body"),
    [
        ("GET", CHUNKED, 200, b"abcde"),
        ("GET", b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        ("GET", b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b""),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 200, b""),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n", 304, b""),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            "GET",
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            200,
            b"x",
        ),
        ("GET", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, b"no"),
    ],
)
def test_framings(serve: Serve, method: str, raw: bytes, status: int, body: bytes) -> None:
    server = serve(lambda connection, head: connection.sendall(raw))
    with guarded(server) as guard, httpx.Client(proxy=guard.url, timeout=10) as client:
        answers = [client.request(method, "http://site.example/") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(status, body)] * 2
    assert "X-Offsignal-Egress" not in answers[0].headers  # a server's own 403 can be told from a refusal
    assert [verdict.reason for verdict in guard.verdicts()] == ["", ""]


GET = b"GET http://site.example/ HTTP/1.1\r\nHost: x\r\n"
POST = b"POST http://site.example/ HTTP/1.1\r\nHost: x\r\n"

BAD = {
    "both lengths": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length with a sign": POST + b"Content-Length: +3\r\n\r\nabc",
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "coding in 1.0": b"POST http://site.example/ HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare line feed": b"GET http://site.example/ HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "bare line feeds at the end": GET + b"\n",
    "bare carriage return": b"GET http://site.example/ HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
    "nul": b"GET http://site.example/ HTTP/1.1\r\nHost: x\0\r\n\r\n",
    "folded header": GET + b" y\r\n\r\n",
    "space before colon": b"GET http://site.example/ HTTP/1.1\r\nHost : x\r\n\r\n",
    "no colon": GET + b"nothing\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n\r\n",
    "no host": b"GET http://site.example/ HTTP/1.1\r\n\r\n",
    "no version": b"GET http://site.example/\r\n\r\n",
    "origin form": b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "https in absolute form": b"GET https://site.example/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "other scheme": b"GET ftp://site.example/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "user name": b"GET http://a@site.example/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "fragment": b"GET http://site.example/#x HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "backslash": b"GET http://site.example\\@127.0.0.1/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "escaped host": b"GET http://site%2eexample/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "connect without a port": b"CONNECT site.example HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "connect with a path": b"CONNECT site.example:443/x HTTP/1.1\r\nHost: site.example\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "garbage": b"\x00\x01\x02\r\n\r\n",
    "an empty line": b"\r\n\r\n",
    "half a head": GET,
    "half a line": b"GET http://site.exa",
    "a body that is not chunked": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "half a body": POST + b"Content-Length: 50\r\n\r\nabc",
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_has_not_one_meaning_is_not_sent_on(echo: Any, case: str) -> None:
    with guarded(echo) as guard:
        answer = talk(guard, BAD[case])
        assert answer.split(b" ")[1] in (b"400", b"501"), answer
        assert guard.token.encode() in answer
        assert talk(guard, b"GET http://site.example/next HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert all(b"/next" in head for head in echo.heads if case not in ("a body that is not chunked", "half a body"))


def test_a_head_of_ten_megabytes_is_refused_early(echo: Any) -> None:
    with guarded(echo) as guard:
        for request in (
            b"GET http://site.example/" + b"x" * 10 * MIB + b" HTTP/1.1\r\n\r\n",
            b"GET http://site.example/ HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * (10 * MIB // 6) + b"\r\n",
        ):
            assert talk(guard, request).startswith(b"HTTP/1.1 431 ")
    assert echo.connections == 0


def test_a_slow_head_is_cut_off(echo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_http, "HEAD_S", 0.3)
    monkeypatch.setattr(guard_http, "IDLE_S", 0.3)
    with guarded(echo) as guard:
        with connect(guard) as silent:
            assert silent.recv(10) == b""
        with connect(guard) as slow:
            slow.sendall(b"GET http://site.example/ HTTP/1.1\r\n")
            assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_websockets_are_refused(echo: Any) -> None:
    with guarded(echo) as guard:
        answer = talk(
            guard,
            b"GET http://site.example/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        )
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert guard.refusal("site.example", 80) == "WebSockets are not let through"
    assert echo.connections == 0
