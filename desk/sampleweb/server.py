"""The sample web's HTTP server: one loopback port, many names, chosen by the Host header.

In: HTTP/1.1 GET and HEAD. Out: the answers of ``sites/<host>/`` and of the live services (marketplace search, ad
library, channel previews, a calendar without end). It keeps connections alive, counts what was asked, and stops
without leaving a thread.
"""

from __future__ import annotations

import gzip
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from crawler import clock
from desk.sampleweb import adlibrary, channels, choir, market
from desk.sampleweb.site import NOT_FOUND, Answer, Request, Site, load_sites

SITES = Path(__file__).parent / "sites"
LIVE: dict[str, Callable[[Site, Request], Answer | None]] = {
    "bazaar-listings.example": market.answer,
    "graph.facebook.example": adlibrary.answer,
    "www.facebook.example": adlibrary.snapshot,
    "sunnyside-choir.example": choir.answer,
    "t.example": channels.answer,
}
ENDLESS_LIMIT = 256 * 2**20
CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in, and the status it got."""

    method: str
    url: str
    status: int
    night: int
    user_agent: str


class SampleWeb:
    """The web as a context manager: ``with SampleWeb() as web: … web.pins()``.

    ``port`` 0 takes a free one. ``slow_s`` is how long slow pages take to answer. ``hazards`` lets endless bodies
    run (to 256 MiB); otherwise they are 404. ``night`` may be changed while it runs.
    """

    def __init__(self, port: int = 0, *, night: int = 1, slow_s: float = 3.0, hazards: bool = False) -> None:
        self.night = night
        self.slow_s = slow_s
        self.hazards = hazards
        self.sites = load_sites(SITES)
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._asked: list[Asked] = []
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> SampleWeb:
        self._server = _Server(self, self._wanted_port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stops answering, ends open connections and joins every thread."""
        self.stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError when it is not running."""
        if self._server is None:
            raise RuntimeError("the sample web is not running; enter it with 'with'")
        return int(self._server.server_address[1])

    def hosts(self) -> tuple[str, ...]:
        """Every name it answers for."""
        return tuple(self.sites)

    def pins(self) -> dict[str, str]:
        """``{"name:80": "127.0.0.1:PORT"}`` for every host: what the egress guard must let through, and no more."""
        return {f"{host}:80": f"127.0.0.1:{self.port}" for host in self.sites}

    def asked(self) -> tuple[Asked, ...]:
        """Every request so far, in order of arrival."""
        with self._lock:
            return tuple(self._asked)

    def counts(self) -> Counter[str]:
        """How often each URL was asked for, by GET or HEAD."""
        return Counter(entry.url for entry in self.asked())

    def note(self, entry: Asked) -> None:
        """Adds one request to the log."""
        with self._lock:
            self._asked.append(entry)

    def answer(self, host: str, request: Request) -> Answer:
        """The answer of the whole web to one request; an unknown host is 404."""
        site = self.sites.get(host)
        if site is None:
            return Answer(404, NOT_FOUND, (("Content-Type", "text/html; charset=utf-8"),))
        live = LIVE.get(host)
        answer = live(site, request) if live else None
        answer = answer or site.answer(request)
        return site.not_found() if answer.endless and not self.hazards else answer


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that it can end them."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, web: SampleWeb, port: int) -> None:
        self.web = web
        self.open: set[socket.socket] = set()
        self.guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def hang_up(self) -> None:
        """Ends every open connection; the handlers' reads then return empty."""
        with self.guard:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was faster
                    continue


class _Handler(BaseHTTPRequestHandler):
    """Puts answers on the wire."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    error_message_format = "<!doctype html><title>%(code)d %(message)s</title><h1>%(message)s</h1>\n"
    plain: ClassVar[tuple[tuple[str, str], ...]] = (("Content-Type", "text/html; charset=utf-8"),)

    def setup(self) -> None:
        super().setup()
        with self.server.guard:
            self.server.open.add(self.connection)

    def finish(self) -> None:
        with self.server.guard:
            self.server.open.discard(self.connection)
        try:
            super().finish()
        except OSError:  # the client left before the last flush
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):  # the client left in the middle of an answer
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing; the log is :meth:`SampleWeb.asked`."""

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def _refuse(self) -> None:
        """Every other method: 405, and the connection ends, because a body may follow."""
        self.close_connection = True
        body = b"<!doctype html><title>405 Method Not Allowed</title><h1>Method Not Allowed</h1>\n"
        self._send(Answer(405, body, (("Allow", "GET, HEAD"), ("Connection", "close"), *self.plain)), with_body=True)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_CONNECT = do_TRACE = _refuse  # noqa: N815

    def _serve(self, *, with_body: bool) -> None:
        """Finds the answer by Host and path, waits if the page is slow, and sends it."""
        web = self.server.web
        target = urlsplit(self.path)
        host = (target.netloc or self.headers.get("Host", "")).rpartition("@")[2].split(":")[0].lower()
        if not host:
            self.close_connection = True
            self._send(Answer(400, b"<h1>Bad Request: no Host</h1>\n", self.plain), with_body=with_body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(unquote(target.path or "/"), target.query, web.night, headers)
        answer = web.answer(host, request)
        url = f"http://{host}{target.path or '/'}" + (f"?{target.query}" if target.query else "")
        web.note(Asked(self.command, url, answer.status, web.night, headers.get("user-agent", "")))
        if answer.slow and web.stopping.wait(web.slow_s):
            return
        if answer.endless and with_body:
            self._send_endless(answer)
        else:
            self._send(answer, with_body=with_body)

    def _send(self, answer: Answer, *, with_body: bool) -> None:
        """Status, headers and body: compressed only when the client takes gzip, chunked only when the page says so."""
        body = answer.body
        self._head(answer)
        if answer.gzip:
            self.send_header("Vary", "Accept-Encoding")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, mtime=0)
                self.send_header("Content-Encoding", "gzip")
        if answer.chunked and self.request_version == "HTTP/1.1":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if with_body:
                for start in range(0, len(body), CHUNK):
                    part = body[start : start + CHUNK]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _head(self, answer: Answer) -> None:
        """Status line, date and the answer's own headers, repeats kept; the Server header is the host's own."""
        self.send_response_only(answer.status)
        self.send_header("Date", format_datetime(clock.now(), usegmt=True))
        for name, value in answer.headers:
            self.send_header(name, value)

    def _send_endless(self, answer: Answer) -> None:
        """A body without length that goes on until the client has had enough."""
        self._head(answer)
        self.send_header("Connection", "close")  # which also ends the connection afterwards
        self.end_headers()
        self.wfile.write(answer.body)
        line = b"<p>and another line of the same, and so on, and so on.</p>\n" * 256
        for _ in range(ENDLESS_LIMIT // len(line)):
            if self.server.web.stopping.is_set():
                return
            self.wfile.write(line)
