"""The egress proxy as an HTTP intermediary: keep-alive, framing, smuggling, limits, tunnels, and broken servers."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler import clock, guard_http
from crawler.config import EgressSettings
from crawler.egress import Guard

Serve = Callable[..., Any]
Answers = Callable[..., Any]
MIB = 2**20


def guarded(server: Any, **limits: Any) -> Guard:
    pins = {f"site.example:{port}": f"127.0.0.1:{server.port}" for port in (80, 443, 8080)}
    return Guard(EgressSettings(pinned=pins, **limits), resolver=lambda host, port: ())


@pytest.fixture
def echo(serve: Serve, http_answer: Answers) -> Any:
    """Answers with the head it was sent."""
    return serve(lambda connection, head: http_answer(head, "Content-Type: text/plain")(connection, head))


def connect(guard: Guard) -> socket.socket:
    host, _, port = guard.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def talk(guard: Guard, request: bytes) -> bytes:
    """Sends octets and returns everything that comes back until the guard closes; resets count as the end."""
    with connect(guard) as connection:
        parts = []
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                parts.append(part)
        except OSError:
            pass
        return b"".join(parts)


def reason(guard: Guard) -> str:
    """The reason of the latest verdict, once its connection has been wound up."""
    end = time.monotonic() + 10
    while not guard.verdicts()[-1].reason and time.monotonic() < end:
        time.sleep(0.01)
    return guard.verdicts()[-1].reason


# --- what is forwarded ------------------------------------------------------------------------------------------------


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


# --- what comes back --------------------------------------------------------------------------------------------------


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


# --- what is not understood -------------------------------------------------------------------------------------------


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


# --- limits, and servers that misbehave -------------------------------------------------------------------------------


def test_an_endless_body_is_cut_at_the_cap_with_bounded_memory(serve: Serve) -> None:
    block = b"x" * 65536

    def endless(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        while True:
            connection.sendall(block)

    server = serve(endless)
    with guarded(server, max_connection_bytes=48 * MIB) as guard, httpx.Client(proxy=guard.url) as client:
        received = 0
        tracemalloc.start()
        try:
            with client.stream("GET", "http://site.example/") as answer, contextlib.suppress(httpx.TransportError):
                for part in answer.iter_raw():
                    received += len(part)
                pytest.fail("the answer looked whole")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert reason(guard) == "length"
    assert received <= 48 * MIB
    assert received > 40 * MIB
    assert peak < 4 * MIB


def test_a_body_of_exactly_the_cap_is_whole(serve: Serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    body = b"x" * (MIB - len(head % MIB))
    data = head % len(body) + body
    assert len(data) == MIB
    server = serve(lambda connection, _: connection.sendall(data))
    with guarded(server, max_connection_bytes=MIB) as guard, httpx.Client(proxy=guard.url) as client:
        assert client.get("http://site.example/").content == body
        assert guard.verdicts()[0].reason == ""


def test_a_request_body_over_the_cap_is_cut(serve: Serve) -> None:
    server = serve(lambda connection, head: [None for _ in iter(lambda: connection.recv(65536), b"")])
    with guarded(server, max_connection_bytes=MIB) as guard, httpx.Client(proxy=guard.url) as client:
        answer = client.post("http://site.example/", content=b"x" * 3 * MIB)
        assert answer.status_code == 502
        assert reason(guard) == "length"


def drip(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drip_head(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        connection.sendall(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


def silent(connection: socket.socket, head: bytes) -> None:
    connection.recv(1)


@pytest.mark.parametrize("server", [drip, drip_head, silent])
def test_a_server_that_takes_for_ever_is_cut_off(serve: Serve, server: Any) -> None:
    with guarded(serve(server), max_connection_s=0.7) as guard, httpx.Client(proxy=guard.url) as client:
        start = time.monotonic()
        if server is drip:
            with pytest.raises(httpx.TransportError):
                client.get("http://site.example/")
        else:
            assert client.get("http://site.example/").status_code == 504
        assert time.monotonic() - start < 3
        assert reason(guard) == "time"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the server hung up without an answer"),
        (b"\x00\x01garbage\xff" * 100, "the answer is not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10 * MIB + b"\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (10 * MIB // 6) + b"\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "the answer is not HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "the answer is not HTTP"),
    ],
)  # fmt: skip
def test_garbage_instead_of_http(serve: Serve, raw: bytes, says: str) -> None:
    server = serve(lambda connection, head: connection.sendall(raw))
    with guarded(server) as guard, httpx.Client(proxy=guard.url) as client:
        answer = client.get("http://site.example/")
        assert answer.status_code == 502
        assert says in answer.headers["X-Offsignal-Egress"]
        assert says in guard.verdicts()[0].reason
        assert guard.verdicts()[0].allowed
        assert guard.refusal("site.example", 80) == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
    ],
)
def test_half_an_answer_never_looks_whole(serve: Serve, raw: bytes) -> None:
    server = serve(lambda connection, head: connection.sendall(raw))
    with guarded(server) as guard, httpx.Client(proxy=guard.url) as client:
        with pytest.raises(httpx.TransportError):
            client.get("http://site.example/")
        assert reason(guard)


def test_a_server_that_is_not_there_and_a_resolver_that_hangs() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()

    def hang(host: str, port: int) -> tuple[str, ...]:
        time.sleep(1.0)
        return ("8.8.8.8",)

    settings = EgressSettings(pinned={"off.example:80": f"127.0.0.1:{port}"}, connect_timeout_s=0.3)
    with Guard(settings, resolver=hang) as guard, httpx.Client(proxy=guard.url) as client:
        assert client.get("http://off.example/").status_code == 502
        assert guard.verdicts()[-1].reason == "unreachable: 127.0.0.1 did not take the connection (111)"
        assert client.get("http://slow.example/").status_code == 502
        assert guard.verdicts()[-1].reason == "unreachable: looking up slow.example took longer than 0.3 s"


# --- tunnels ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "site.example")])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.now() - day)
        .not_valid_after(clock.now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_site(serve: Serve, certificate: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket, head: bytes) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            while stream.recv(65536):
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")

    return serve(answer, raw=True)


def test_tls_goes_through_a_tunnel_untouched(tls_site: Any, certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    with (
        guarded(tls_site) as guard,
        httpx.Client(proxy=httpx.Proxy(guard.url, headers={"X-Offsignal-Client": "tsa"}), verify=trust) as client,
    ):
        assert [client.get("https://site.example/").text for _ in range(3)] == ["secret"] * 3
        assert guard.peer_ip("site.example", 443) == "127.0.0.1"
    (verdict,) = guard.verdicts()  # one connection, so one verdict
    assert (verdict.client, verdict.port, verdict.allowed) == ("tsa", 443, True)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", b"SSH-2.0-x\r\n"])
def test_a_tunnel_carries_nothing_but_tls(serve: Serve, first: bytes) -> None:
    received: list[bytes] = []
    server = serve(lambda connection, _: received.append(connection.recv(100)), raw=True)
    with guarded(server) as guard:
        answer = talk(guard, b"CONNECT site.example:80 HTTP/1.1\r\nHost: site.example:80\r\n\r\n" + first)
        assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"
        assert guard.refusal("site.example", 80) == "the tunnel does not begin with TLS"
        assert not guard.verdicts()[0].allowed
    assert b"".join(received) == b""


@pytest.mark.parametrize(
    ("target", "status"), [(b"site.example:22", b"403"), (b"127.0.0.1:443", b"403"), (b"gone.example:443", b"502")]
)
def test_tunnels_that_are_not_opened(tls_site: Any, target: bytes, status: bytes) -> None:
    with guarded(tls_site) as guard:
        answer = talk(guard, b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, target))
    assert answer.split(b" ")[1] == status
    assert b"X-Offsignal-Egress: " in answer
    assert tls_site.connections == 0


def open_tunnel(guard: Guard) -> socket.socket:
    connection = connect(guard)
    connection.sendall(b"CONNECT site.example:443 HTTP/1.1\r\nHost: site.example:443\r\n\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    connection.sendall(b"\x16 like TLS")
    return connection


def read_all(connection: socket.socket) -> int:
    received = 0
    try:
        while part := connection.recv(65536):
            received += len(part)
    except OSError:
        pass
    return received


def test_a_tunnel_is_cut_at_the_cap(serve: Serve) -> None:
    def endless(connection: socket.socket, head: bytes) -> None:
        while True:
            connection.sendall(b"x" * 65536)

    with guarded(serve(endless, raw=True), max_connection_bytes=MIB) as guard, open_tunnel(guard) as connection:
        assert read_all(connection) == MIB - len(b"\x16 like TLS")
        assert reason(guard) == "length"


def test_a_tunnel_is_cut_when_its_time_is_over(serve: Serve) -> None:
    def wait(connection: socket.socket, head: bytes) -> None:
        while connection.recv(100):
            pass

    with guarded(serve(wait, raw=True), max_connection_s=0.5) as guard, open_tunnel(guard) as connection:
        assert read_all(connection) == 0
        assert reason(guard) == "time"


def test_a_tunnel_that_either_side_ends_is_wound_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo_to_the_end(connection: socket.socket, head: bytes) -> None:
        data = b"".join(iter(lambda: connection.recv(100), b""))
        connection.sendall(data)

    with guarded(serve(echo_to_the_end, raw=True)) as guard, open_tunnel(guard) as connection:
        connection.sendall(b" and more")
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").read() == b"\x16 like TLS and more"
    assert [verdict.reason for verdict in guard.verdicts()] == [""]
