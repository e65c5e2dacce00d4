"""A small web on loopback for captures: ordinary pages, gone pages, and pages that misbehave on purpose."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawler import clock
from crawler.config import CollectorSettings, EgressSettings
from crawler.egress import Guard
from crawler.sighting import Sighting, SightingState
from desk.sampleweb.practice_keys import openssl
from evidence.config import CaptureSettings

HOST = "pelican-sender.example"
OTHER = "other-shop.example"
COLLECTOR = CollectorSettings(contact="desk@heron.example", operator="R. Iyer", organisation="Heron LLP")
QUICK = CaptureSettings(page_timeout_s=5, settle_s=0.2)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
ROBOTS = b"User-agent: *\nDisallow: /private/\n"
OFFER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pelican Sender</title>
<link rel="canonical" href="http://pelican-sender.example/offer"><meta property="og:title" content="Pelican">
<script type="application/ld+json">{"@type": "Product", "name": "Pelican"}</script>
<link rel="stylesheet" href="/style.css"></head><body><h1>Bulk WhatsApp sender</h1>
<p>Send 50,000 WhatsApp messages per day &amp; stay <b>100% anti</b> ban.</p><img src="/bird.png" alt="bird">
<p>बल्क मैसेज रोज़ ₹1,499</p><p id="late"></p><p>Call +91 90000 00411</p>
<script>document.getElementById("late").textContent = "Rendered by a script: unlimited messages";</script>
</body></html>"""
RUSSIAN = "<!doctype html><title>Рассылка</title><p>Рассылка WhatsApp без бана</p><script src='/cyr.js'></script>"


@dataclass
class Answer:
    """One answer as it goes over the wire."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    more: tuple[tuple[str, str], ...] = ()


def _page(html: str, status: int = 200) -> Answer:
    return Answer(html.encode(), status)


PAGES: dict[str, Answer] = {
    "/offer": Answer(
        OFFER.encode(), more=(("X-Odd-CASE", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Aa-First", "z"))
    ),
    "/style.css": Answer(b"h1 { color: green }", kind="text/css"),
    "/bird.png": Answer(PNG, kind="image/png"),
    "/cyr": Answer(RUSSIAN.encode("cp1251"), kind="text/html; charset=windows-1251"),
    "/cyr.js": Answer("/* рассылка */".encode("cp1251"), kind="text/javascript; charset=windows-1251"),
    "/zipped": Answer(gzip.compress(b"<title>zipped</title><p>anti ban"), more=(("Content-Encoding", "gzip"),)),
    "/moved": Answer(b"over there", 302, more=(("Location", "/moved-again"),)),
    "/moved-again": Answer(b"", 301, more=(("Location", f"http://{OTHER}/offer"),)),
    "/gone": _page("<title>Gone</title><h1>410 Gone</h1>", 410),
    "/missing": _page("<title>Missing</title><h1>404</h1>", 404),
    "/forbidden": _page("<title>Forbidden</title><h1>403</h1>", 403),
    "/down": _page("<title>Down</title><h1>503</h1>", 503),
    "/busy": _page("<title>Busy</title><h1>429</h1>", 429),
    "/robots.txt": Answer(ROBOTS, kind="text/plain"),
    "/private/page": _page("<title>private</title>"),
    "/to-private": Answer(b"", 302, more=(("Location", f"http://{OTHER}/private/page"),)),
    "/script-to-private": _page("<title>s</title><p>anti ban</p><script>location = '/private/page'</script>"),
    "/broken-part": _page("<title>b</title><p>anti ban<img src='http://nobody.example/x.png'><img src='/torn'>"),
    "/circle": Answer(b"", 302, more=(("Location", "/circle?again"),)),
    "/reload": _page("<title>r</title><p>anti ban<script>location = '/reload?' + Math.random()</script>"),
    "/many": _page(
        "<title>m</title><p>anti ban<script>(async () => { for (let i = 0; i < 300; i++) "
        "await fetch('/gone?' + i) })()</script>"
    ),
    "/greedy": _page(
        "<title>g</title><p>anti ban<script>const a = []; for (let i = 0; i < 4000; i++) "
        "a.push(new Uint8Array(1 << 20).fill(1))</script>"
    ),
    "/script-redirect": _page("<script>location = '/gone'</script><p>wait"),
    "/meta-redirect": _page("<meta http-equiv='refresh' content='0;url=/gone'><p>wait"),
    "/loop": _page("<title>loop</title><p>anti ban</p><script>while (true) {}</script>"),
    "/late-loop": _page("<title>loop</title><p>anti ban</p><script>setTimeout(() => { while (true) {} }, 50)</script>"),
    "/dialogs": _page(
        "<title>d</title><script>alert('one\\ud800'); confirm('two'); prompt('three');"
        "window.onbeforeunload = event => { event.preventDefault(); return 'stay' }</script><p>anti ban"
    ),
    "/popup": _page("<title>p</title><script>window.open('/offer')</script><p>anti ban"),
    "/apk": Answer(b"PK\x03\x04" + b"clone" * 50, kind="application/vnd.android.package-archive"),
    "/tall": _page("<title>tall</title><div style='height: 90000px'>anti ban</div>"),
    "/post": _page("<title>p</title><script>fetch('/api', {method: 'POST', body: 'q=1'})</script><p>anti ban"),
    "/api": Answer(b'{"ok": true}', 201, "application/json"),
    "/inward": _page(f"<title>i</title><img src='http://127.0.0.1/x.png'><img src='http://{HOST}/bird.png'>"),
    "/socket": _page(f"<title>s</title><script>new WebSocket('ws://{HOST}/socket')</script><p>anti ban"),
    "/surrogate": _page("<title>x</title><p id=a></p><script>a.textContent = 'half \\ud83d pair'</script>"),
    "/frame": _page("<title>f</title><iframe src='http://other-shop.example/gone'></iframe>"),
    "/": _page("<title>home</title>"),
}


@dataclass
class Web:
    """The running web: which URLs were asked for, and the user agents that asked."""

    port: int
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(b"<title>endless</title><p>anti ban</p>")
    for _ in range(600):
        handler.wfile.write(b"<p>more</p>\n" * 10)
        handler.wfile.flush()
        time.sleep(0.1)


def _torn(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<title>torn</title><p>anti ban")
    handler.wfile.flush()
    handler.connection.close()


def _big(handler: BaseHTTPRequestHandler) -> None:
    size = 3 << 20
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(size))
    handler.end_headers()
    handler.wfile.write(b"<title>big</title><p>anti ban</p>" + b"<p>x</p>" * ((size - 40) // 8))


def _silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(30)


LIVE: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "/endless": _endless,
    "/torn": _torn,
    "/big": _big,
    "/silent": _silent,
}


@contextmanager
def serving(tls: Path | None = None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Iterator[Web]:
    """The web on a free loopback port; with ``tls`` (a directory with cert.pem and key.pem) it speaks HTTPS."""
    web = Web(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Says nothing."""

        def do_GET(self) -> None:  # the base class names it so
            web.asked.append(self.path)
            web.agents.add(self.headers.get("User-Agent", ""))
            try:
                bare = self.path.partition("?")[0]
                LIVE[bare](self) if bare in LIVE else self._answer(PAGES.get(bare, PAGES["/missing"]))
            except OSError:  # the browser had enough
                self.close_connection = True

        def do_POST(self) -> None:  # the base class names it so
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(PAGES[self.path])

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in (("Content-Type", answer.kind), *answer.more):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = newest
        context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def guarded(web: Web, port: int = 80, extra: dict[str, str] | None = None) -> Iterator[Guard]:
    """A guard that lets the two hosts of the web through, and nothing else inward."""
    pinned = {f"{host}:{port}": f"127.0.0.1:{web.port}" for host in (HOST, OTHER)}
    with Guard(EgressSettings(pinned={**pinned, **(extra or {})})) as guard:
        yield guard


def sighting(path: str, *, scheme: str = "http", robots: str = "allowed", run: str = "run-1") -> Sighting:
    url = path if "://" in path else f"{scheme}://{HOST}{path}"
    return Sighting(
        f"sg-{run}-{url}", run, "given", url, (url,), clock.now(), SightingState.SEEN, status=200, robots=robots
    )


def make_certificate(directory: Path) -> Path:
    subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    files = ["-keyout", str(directory / "key.pem"), "-out", str(directory / "cert.pem")]
    openssl(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *files])
    return directory
