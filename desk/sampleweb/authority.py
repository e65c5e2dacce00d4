"""The practice timestamp authority: RFC 3161 over HTTP on loopback, for trying the program without the internet.

In: ``POST`` with ``application/timestamp-query``. Out: ``application/timestamp-reply``, signed by ``openssl ts
-reply`` with keys that say ``PRACTICE - proves nothing``. What it signs shows how the program works and nothing else.
Everything is bounded: the size of a query, the time of openssl, the number of queries at once.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from crawler.errors import StoreError
from desk.sampleweb.practice_keys import POLICY, TSA_CONFIG, ensure_keys, openssl

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
MAX_QUERY_BYTES = 16 * 1024
AT_ONCE = 4
REPLY_TIMEOUT_S = 15


class PracticeAuthority:
    """The authority as a context manager: ``with PracticeAuthority(directory) as authority: … authority.url``.

    The keys are made in ``directory`` at the first entry and used again after that. ``port`` 0 takes a free one.
    """

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        self.directory = directory.resolve()
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> PracticeAuthority:
        ensure_keys(self.directory)
        self._server = _Server(self.directory, self._wanted_port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None

    @property
    def port(self) -> int:
        """The loopback port. Raises RuntimeError when it is not running."""
        if self._server is None:
            raise RuntimeError("the practice authority is not running; enter it with 'with'")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where it answers, by its loopback address; the egress guard reaches it by a pinned name instead."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def root_path(self) -> Path:
        """The root certificate its tokens chain to, PEM."""
        return self.directory / "root.pem"


def reply(keys: Path, query: bytes) -> bytes:
    """The signed answer to one query; a query openssl cannot read gets a rejection, as RFC 3161 section 2.4.2 asks.

    Raises StoreError when openssl is missing or fails. Works in a temporary directory of its own.
    """
    with tempfile.TemporaryDirectory(prefix="practice-") as name:
        directory = Path(name)
        (directory / "serial").write_text(f"{secrets.randbits(120) | 1 << 120:032X}\n", "ascii")
        (directory / "query.tsq").write_bytes(query)
        config = TSA_CONFIG.format(serial=directory / "serial", keys=keys, policy=POLICY)
        (directory / "tsa.cnf").write_text(config, "utf-8")
        files = ["-queryfile", str(directory / "query.tsq"), "-out", str(directory / "reply.tsr")]
        openssl(["ts", "-reply", "-config", str(directory / "tsa.cnf"), *files], timeout_s=REPLY_TIMEOUT_S)
        return (directory / "reply.tsr").read_bytes()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 32

    def __init__(self, keys: Path, port: int) -> None:
        self.keys = keys
        self.slots = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Says nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):  # the client left in the middle of an answer
            self.close_connection = True

    def do_POST(self) -> None:  # the base class names it so
        """Answers one query: 200 with a reply, or a refusal of what is no query."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not length.isdecimal() or int(length) > MAX_QUERY_BYTES:
            self._send(413, "text/plain", b"a timestamp query has a length, and not a large one\n")
        elif kind != QUERY_TYPE:
            self._send(415, "text/plain", f"send {QUERY_TYPE}\n".encode())
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, query: bytes) -> None:
        try:
            with self.server.slots:
                answer = reply(self.server.keys, query)
        except StoreError as error:
            self._send(500, "text/plain", f"{error}\n".encode())
        else:
            self._send(200, REPLY_TYPE, answer)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, text in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)
