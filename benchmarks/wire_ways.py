"""Which way of recording a browser's exchanges keeps what: ``python -m benchmarks.wire_ways`` prints the table.

A server on loopback notes the octets it sent and got; each way's account of them is compared with that. It speaks
HTTP/1.1 over TLS: heads with odd spelling, order and repeats, a gzip body, a redirect that has a body.

* ``Playwright``: ``headers_array()``, ``body()``.
* ``DevTools``: ``responseReceivedExtraInfo.headersText``, ``requestWillBeSentExtraInfo``, ``getResponseBody``.
* ``recording``: the guard's recording, opened with the browser's session keys.

A proxy that ends TLS itself would keep the same octets as the recording, of a visit that it changed: ``hello`` shows
how the server is greeted by the browser, and by a proxy that speaks with Python's TLS.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from crawler.browser import open_browser
from crawler.chromium import session_keys
from crawler.config import EgressSettings
from crawler.egress import Guard
from desk.sampleweb.practice_keys import openssl
from evidence.wire import read_wire
from evidence.wire_http1 import headers_of
from evidence.wire_tls import _extensions, _first

HOST = "ways.example"
BODY = gzip.compress(b"<!doctype html><title>ways</title><p>anti ban")
HEAD = (
    b"HTTP/1.1 200 Quite Fine\r\nX-Odd-CASE: b\r\nSet-Cookie: z=2\r\nContent-Type: text/html\r\nset-cookie: a=1\r\n"
    b"Content-Encoding: gzip\r\nAa-First: 1\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)
MOVED = b"HTTP/1.1 302 Over There\r\nLocation: /page\r\nContent-Length: 10\r\n\r\nover there"
WAYS = ("Playwright", "DevTools", "recording")


class Server:
    """Answers over TLS by HTTP/1.1 and keeps every ClientHello and every request head."""

    def __init__(self, keys: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
        self.socket = socket.create_server(("127.0.0.2", 0))  # the proxy is at 127.0.0.1
        self.place = f"127.0.0.2:{self.socket.getsockname()[1]}"
        self.hellos: list[bytes] = []
        self.heads: list[bytes] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with suppress(OSError), raw:
            raw.settimeout(10)
            self.hellos.append(raw.recv(65536, socket.MSG_PEEK))
            with self.context.wrap_socket(raw, server_side=True) as line:
                data = b""
                while part := line.recv(65536):
                    data += part
                    while b"\r\n\r\n" in data:
                        head, _, data = data.partition(b"\r\n\r\n")
                        self.heads.append(head + b"\r\n\r\n")
                        line.sendall(MOVED if b" /moved " in head else HEAD + BODY)


def _hello(octets: bytes) -> dict[str, Any]:
    """What a ClientHello shows of who is greeting."""
    hello = _first(octets, 1, "no hello")
    at = 35 + hello[34]
    extensions = _extensions(hello, client=True)
    alpn, names, at2 = extensions.get(16, b""), [], 2
    while at2 < len(alpn):
        names.append(alpn[at2 + 1 : at2 + 1 + alpn[at2]].decode())
        at2 += 1 + alpn[at2]
    ciphers = int.from_bytes(hello[at : at + 2], "big") // 2
    return {"ciphers": ciphers, "extensions": len(extensions), "alpn": names, "octets": len(hello)}


def _visit(server: Server) -> dict[str, dict[str, Any]]:
    """The redirect and the page, as each way tells them."""
    told: dict[str, dict[str, Any]] = {way: {} for way in WAYS}
    with (
        Guard(EgressSettings(pinned={f"{HOST}:443": server.place})) as guard,
        guard.recording(1 << 22) as door,
        open_browser(door.url, key_log=True) as browser,
    ):
        page = browser.new_context(ignore_https_errors=True).new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        texts: list[dict[str, Any]] = []
        asked: list[dict[str, Any]] = []
        session.on("Network.responseReceivedExtraInfo", lambda event: texts.append(event))
        session.on("Network.requestWillBeSentExtraInfo", lambda event: asked.append(event))
        response = page.goto(f"https://{HOST}/moved")
        assert response is not None  # noqa: S101  # the server answers
        first = response.request.redirected_from
        assert first is not None  # noqa: S101
        pairs = lambda given: tuple((one["name"], one["value"]) for one in given)  # noqa: E731  # short and used here
        told["Playwright"] = {
            "response": pairs(response.headers_array()), "request": pairs(response.request.headers_array()),
            "status": f"{response.status} {response.status_text}", "body": response.body(), "moved": b"",
            "ip": (response.server_addr() or {}).get("ipAddress"), "chain": None,
        }  # fmt: skip
        page.wait_for_timeout(300)
        text = texts[-1].get("headersText", "").encode("latin-1")
        told["DevTools"] = {
            "response": headers_of(text), "request": tuple(asked[-1]["headers"].items()),
            "status": text.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2], "body": b"", "moved": b"",
            "ip": None, "chain": None,
        }  # fmt: skip
        wire = read_wire(door.tape, session_keys(browser))  # type: ignore[arg-type]
        moved = wire.take("GET", f"https://{HOST}/moved", 302)
        found = wire.take("GET", f"https://{HOST}/page", 200)
        assert moved is not None and found is not None  # noqa: S101, PT018
        told["recording"] = {
            "response": found.response_headers, "request": found.request_headers,
            "status": f"{found.status} {found.reason}", "body": found.response_body, "moved": moved.response_body,
            "ip": wire.connections[found.connection].stream.ip, "chain": wire.connections[found.connection].chain,
        }  # fmt: skip
    return told


def _kept(told: dict[str, Any], server: Server, der: bytes) -> dict[str, bool]:
    """What of the truth a way has kept."""
    truth, asked = headers_of(HEAD), headers_of(next(head for head in server.heads if b" /page " in head))
    lower = lambda pairs: sorted((name.lower(), value) for name, value in pairs)  # noqa: E731
    names = [name for name, _ in truth]
    return {
        "response header case": set(names) == {name for name, _ in told["response"]},
        "response header order": [name.lower() for name in names] == [name.lower() for name, _ in told["response"]],
        "repeated headers": lower(truth) == lower(told["response"]),
        "status line": told["status"] == "200 Quite Fine",
        "body as sent": told["body"] == BODY,
        "body of a redirect": told["moved"] == b"over there",
        "request headers, case and order": asked == tuple(told["request"]),
        "the server's address": told["ip"] == server.place.partition(":")[0],
        "chain of that connection": told["chain"] == (der,),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        keys = Path(name)
        files = ["-keyout", str(keys / "key.pem"), "-out", str(keys / "cert.pem")]
        openssl(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}", *files])
        der = ssl.PEM_cert_to_DER_cert((keys / "cert.pem").read_text())
        server = Server(keys)
        kept = {way: _kept(told, server, der) for way, told in _visit(server).items()}
        browser_hello = _hello(server.hellos[0])
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        host, _, port = server.place.partition(":")
        with socket.create_connection((host, int(port))) as raw, trust.wrap_socket(raw, server_hostname=HOST) as line:
            line.sendall(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
            line.recv(100)
        server.socket.close()
    sys.stdout.write(f"{'':34}" + "".join(f"{way:>12}" for way in WAYS) + "\n")
    for what in kept["recording"]:
        sys.stdout.write(f"{what:34}" + "".join(f"{'yes' if kept[way][what] else 'no':>12}" for way in WAYS) + "\n")
    sys.stdout.write(f"\nhello of the browser   {browser_hello}\nhello of Python's TLS  {_hello(server.hellos[-1])}\n")


if __name__ == "__main__":
    main()
