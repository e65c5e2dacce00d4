"""The egress proxy against servers and clients that misbehave: every size and every time has an end."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
import tracemalloc
from typing import Any

import httpx
import pytest

from crawler.config import EgressSettings
from crawler.egress import Guard
from tests.crawler.guard_talking import MIB, Answers, Serve, guarded, reason


@pytest.fixture
def echo(serve: Serve, http_answer: Answers) -> Any:
    """Answers with the head it was sent."""
    return serve(lambda connection, head: http_answer(head, "Content-Type: text/plain")(connection, head))


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
