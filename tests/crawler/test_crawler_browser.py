"""Pages in the browser: what scripts make of them, and that no page can hold or break the crawl."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crawler.browser import new_context, open_browser, render
from crawler.config import EgressSettings
from crawler.egress import Guard
from crawler.errors import BadURL, BrowserFailed

pytestmark = pytest.mark.browser
Serve = Callable[..., Any]

PAGES = {
    "/": "<html lang=hi><title>नमस्ते</title><body><p>plain</p></body></html>",
    "/script": "<body><script>(async () => document.body.append(await (await fetch('/text')).text()))()</script>",
    "/text": "made by a script",
    "/cookie": "<body><script>document.body.append(`[${document.cookie}]`); document.cookie = 'a=1'</script>",
    "/dialogs": "<body><script>alert(1); confirm(2); prompt(3); print(); document.body.append('after')</script>",
    "/popups": "<body><script>for (let i = 0; i < 30; i++) open('/popped' + i); document.body.append('after')</script>",
    "/asks": "<body><script>Notification.requestPermission(); navigator.geolocation.getCurrentPosition(() => {});"
    "navigator.mediaDevices?.getUserMedia({audio: true}); document.body.append('after')</script>",
    "/download-inside": "<body><iframe src='/download'></iframe><script>document.body.append('after')</script>",
    "/leaving": "<body>stay<script>onbeforeunload = e => e.preventDefault(); onunload = () => { while(1); }</script>",
    "/loop": "<body>before<script>while (1);</script>after</body>",
    "/late-loop": "<body>before<script>setTimeout(() => { while (1); }, 200)</script>",
    "/microtasks": "<body><script>function f() { Promise.resolve().then(f) } f()</script>",
    "/alerts": "<body><script>while (1) alert('again')</script>",
    "/frames": "<body>busy<script>setInterval(() => document.body.append(document.createElement('iframe')))</script>",
    "/huge": "<body><script>document.body.append('x'.repeat(3e6))</script>",
    "/liar": "<body><script>document.body.append('x'.repeat(3e6));"
    "Object.defineProperty(Element.prototype, 'outerHTML', {get: () => 'short'})</script>",
    "/greedy": "<body><script>(async () => { for (const i of [1, 2, 3]) try { await (await fetch('/big' + i)).text() }"
    "catch {} document.body.append('done') })()</script>",
    "/images": "<body><img src='/picture'><video src='/film'></video><p>text</p>",
}  # fmt: skip


class Site:
    """The web site of these tests: fixed pages, and some that answer in their own way."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ")[1].decode()
        self.paths.append(path)
        headers, body, status = ["Content-Type: text/html; charset=utf-8"], PAGES.get(path, "").encode(), "200 OK"
        if path == "/download":
            headers = ["Content-Type: application/zip", "Content-Disposition: attachment; filename=a.zip"]
            body = b"PK\x03\x04"
        elif path.startswith("/big"):
            headers, body = ["Content-Type: text/javascript"], b"/*" + b"x" * 700_000 + b"*/"
        elif path == "/gone":
            status, body = "410 Gone", b"gone"
        elif path == "/round":
            headers, status = ["Location: /round"], "302 Found"
        elif path == "/moved":
            headers, status = ["Location: /"], "302 Found"
        elif path == "/drip":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<body>drop")
            for _ in range(200):
                connection.sendall(b".")
                time.sleep(0.05)
            return
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)


@pytest.fixture(scope="module")
def site(serve_all_along: Serve) -> Any:
    site = Site()
    server = serve_all_along(site)
    server.site = site
    return server


@pytest.fixture(scope="module")
def guard(site: Any) -> Iterator[Guard]:
    pins = {"site.example:80": f"127.0.0.1:{site.port}"}
    with Guard(EgressSettings(pinned=pins), resolver=lambda host, port: ()) as guard:
        yield guard


@pytest.fixture(scope="module")
def browser(guard: Guard) -> Iterator[Any]:
    """One browser for every test that leaves it whole, which is itself part of what they test."""
    with open_browser(guard.url) as browser:
        yield browser


def shown(browser: Any, path: str, **limits: Any) -> Any:
    return render(
        browser, f"http://site.example{path}", **{"timeout_s": 2, "settle_s": 1, "max_bytes": 1_000_000, **limits}
    )


def test_pages_as_their_scripts_have_made_them(browser: Any, guard: Guard, site: Any) -> None:
    plain = shown(browser, "/")
    assert (plain.status, plain.title, plain.url) == (200, "नमस्ते", "http://site.example/")
    assert plain.html.startswith('<html lang="hi">')
    assert "made by a script" in shown(browser, "/script").html
    assert shown(browser, "/gone").status == 410
    assert shown(browser, "/moved").url == "http://site.example/"
    assert "<p>text</p>" in shown(browser, "/images").html
    assert not {"/picture", "/film"} & set(site.site.paths)
    assert [shown(browser, "/cookie").html.count("[]") for _ in range(2)] == [1, 1]  # a fresh profile each time
    assert {verdict.host for verdict in guard.verdicts()} == {"site.example"}  # Chromium made no calls of its own


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/dialogs", "after"),
        ("/popups", "after"),
        ("/asks", "after"),
        ("/download-inside", "after"),
        ("/leaving", "stay"),
        ("/frames", "busy"),
        ("/greedy", "done"),
        ("/drip", "drop"),
    ],
)
def test_pages_that_ask_open_and_load_without_end(browser: Any, site: Any, path: str, text: str) -> None:
    start = time.monotonic()
    page = shown(browser, path)
    assert text in page.html
    assert time.monotonic() - start < 12
    assert page.truncated == {"/greedy": "length", "/drip": "time"}.get(path, "")
    assert not [path for path in site.site.paths if path.startswith("/popped")]
    assert "/big3" not in site.site.paths
    assert "plain" in shown(browser, "/").html


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/loop", "the page does not answer, its scripts never come to rest"),
        ("/late-loop", "the page does not answer"),
        ("/microtasks", "the page does not answer"),
        ("/alerts", "the page does not answer"),
        ("/huge", "the rendered page is larger than 1000000 bytes"),
        ("/liar", "the rendered page is larger than 1000000 bytes"),
        ("/download", "Download is starting"),
        ("/round", "ERR_TOO_MANY_REDIRECTS"),
    ],
)
def test_pages_that_cannot_be_had_are_one_sentence_and_the_browser_goes_on(browser: Any, path: str, says: str) -> None:
    start = time.monotonic()
    with pytest.raises(BrowserFailed) as caught:
        shown(browser, path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"http://site.example{path}: ")
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 15
    assert "plain" in shown(browser, "/").html


def test_addresses_that_are_refused_unreachable_or_no_url(browser: Any, guard: Guard) -> None:
    assert render(browser, "http://127.0.0.1/", timeout_s=5, settle_s=0, max_bytes=10**6).status == 403
    assert guard.refusal("127.0.0.1", 80) == "its address 127.0.0.1 is loopback"
    with pytest.raises(BrowserFailed, match="ERR_TUNNEL_CONNECTION_FAILED"):
        render(browser, "https://127.0.0.1/", timeout_s=5, settle_s=0, max_bytes=10**6)
    for url in ("file:///etc/passwd", "chrome://version", "javascript:1", "about:blank"):
        with pytest.raises(BadURL):
            render(browser, url, timeout_s=5, settle_s=0, max_bytes=10**6)


def test_a_context_downloads_nothing_and_has_no_service_workers(browser: Any) -> None:
    context = new_context(browser, viewport=(800, 600), locale="hi-IN", user_agent="offsignal (+mailto:a@b.example)")
    page = context.new_page()
    page.goto("http://site.example/")
    assert page.evaluate("[innerWidth, innerHeight, navigator.language]") == [800, 600, "hi-IN"]
    assert page.evaluate("navigator.userAgent").startswith("offsignal")
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "UTC"
    with page.expect_download() as started:
        page.evaluate("location = '/download'")
    assert started.value.failure()
    assert page.evaluate("navigator.serviceWorker?.register('/worker.js').then(() => 'on', () => 'off')") in (
        None,
        "off",
    )
    context.close()
