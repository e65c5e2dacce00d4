"""Small real servers on loopback for the crawler's tests."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

#: What a server does with one connection: the socket, and the head of the first request (empty for "raw" servers).
Answer = Callable[[socket.socket, bytes], None]


class LoopbackServer:
    """Counts every connection, keeps every request head, and answers as it is told. One thread a connection."""

    def __init__(self, answer: Answer, *, raw: bool = False) -> None:
        self._answer, self._raw = answer, raw
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0
        self.heads: list[bytes] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            head = b"" if self._raw else read_head(connection)
            if head or self._raw:
                self.heads.append(head)
                self._answer(connection, head)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._acceptor.join(5)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)


def read_head(connection: socket.socket) -> bytes:
    """Everything up to and with the first blank line; what was received when the other side ends before it."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    return data


def _serving() -> Iterator[Callable[..., LoopbackServer]]:
    servers: list[LoopbackServer] = []

    def start(answer: Answer, *, raw: bool = False) -> LoopbackServer:
        servers.append(LoopbackServer(answer, raw=raw))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., LoopbackServer]]:
    """Starts servers: ``serve(answer)``, or ``serve(answer, raw=True)`` for one that does not wait for a request."""
    yield from _serving()


@pytest.fixture(scope="module")
def serve_all_along() -> Iterator[Callable[..., LoopbackServer]]:
    """The same for servers that live as long as a test module."""
    yield from _serving()


@pytest.fixture
def http_answer() -> Callable[..., Answer]:
    """Makes an answer: ``http_answer(b"body", "Header: value", status="200 OK")``."""

    def make(body: bytes = b"", *headers: str, status: str = "200 OK") -> Answer:
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
        data = "\r\n".join(lines).encode("latin-1") + body
        return lambda connection, head: connection.sendall(data)

    return make
