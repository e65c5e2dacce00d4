"""The acceptance table of the egress guard for Chromium: whatever a page tries, nothing private is ever reached."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crawler.browser import new_context, open_browser
from crawler.config import EgressSettings
from crawler.egress import Guard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Serve = Callable[..., Any]

#: What a page can try, with U for the private address. One page holds them all, but for those that leave it.
EMBEDDED = """
<link rel=stylesheet href=U/css><link rel=prefetch href=U/prefetch><link rel=preconnect href=U>
<link rel=icon href=U/icon>
<style>body { background: url(U/background) } @import "U/import"; @font-face { font-family: f; src: url(U/font) }
p { font-family: f }</style><p>text</p>
<img src=U/img><iframe src=U/iframe></iframe><script src=U/script></script><video src=U/video></video>
<object data=U/object></object><embed src=U/embed><audio src=U/audio></audio><track src=U/track>
<iframe src="http://site.example/redirect"></iframe><img src="http://site.example/redirect">
<form id=f action=U/form method=post target=inner></form><iframe name=inner></iframe>
<script>
fetch("U/fetch").catch(() => {}); fetch("U/nocors", {mode: "no-cors", method: "POST", body: "x"}).catch(() => {});
fetch("http://site.example/redirect").catch(() => {});
let x = new XMLHttpRequest(); x.open("GET", "U/xhr"); x.send();
try { new WebSocket("U/ws".replace("http", "ws")) } catch {}
try { new WebSocket("U/wss".replace("http", "wss")) } catch {}
new EventSource("U/events"); navigator.sendBeacon("U/beacon", "x");
try { new Worker("U/worker") } catch {}
navigator.serviceWorker?.register("/worker.js").catch(() => {});
import("U/module").catch(() => {});
try { let p = new RTCPeerConnection({iceServers: [{urls: "stun:" + "U".slice(7)}]}); p.createDataChannel("x");
  p.createOffer().then(o => p.setLocalDescription(o)) } catch {}
document.getElementById("f").submit();
</script>
"""
LEAVING = {
    "refresh": '<meta http-equiv=refresh content="0; url=U/refresh">',
    "location": "<script>location = 'U/location'</script>",
    "form": "<form id=f action=U/form></form><script>document.getElementById('f').submit()</script>",
    "open": "<script>window.open('U/open')</script>",
    "frames": "<frameset><frame src=U/frame></frameset>",
}


class Trap:
    """Serves one page, and a redirect to the private address."""

    def __init__(self) -> None:
        self.page, self.goal = "", ""

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        path, body = head.split(b" ")[1], self.page.encode()
        if path == b"/redirect":
            answer = f"HTTP/1.1 302 Found\r\nLocation: {self.goal}/redirected\r\nAccess-Control-Allow-Origin: *\r\n"
            body = b""
        else:
            answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        connection.sendall(answer.encode() + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


@pytest.fixture(scope="module")
def trap(serve_all_along: Serve) -> Any:
    trap = Trap()
    server = serve_all_along(trap)
    server.trap = trap
    return server


def secret(connection: socket.socket, head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 6\r\n\r\nsecret")


@pytest.fixture(scope="module")
def private(serve_all_along: Serve) -> Any:
    """A server that no page must ever reach, in none of these tests."""
    return serve_all_along(secret)


@pytest.fixture(scope="module")
def pinned(serve_all_along: Serve) -> Any:
    """The same server again, but pinned."""
    return serve_all_along(secret)


@pytest.fixture(scope="module")
def trap_guard(trap: Any, private: Any, pinned: Any) -> Iterator[Guard]:
    pins = {"site.example:80": f"127.0.0.1:{trap.port}", f"open.example:{pinned.port}": f"127.0.0.1:{pinned.port}"}

    def resolve(name: str, port: int) -> tuple[str, ...]:
        return ("2a00::1", "127.0.0.1") if name == "rebinding.example" else ("127.0.0.1",)

    with Guard(EgressSettings(ports=(80, 443, private.port), pinned=pins), resolver=resolve) as guard:
        yield guard


@pytest.fixture(scope="module")
def trap_browser(trap_guard: Guard) -> Iterator[Any]:
    with open_browser(trap_guard.url) as browser:
        yield browser


def visit(trap: Any, browser: Any, goal: str, html: str) -> None:
    """Loads the page with ``goal`` as the address it tries to reach, and gives it time to try."""
    trap.trap.page, trap.trap.goal = html.replace("U", goal), goal
    context = new_context(browser)
    page = context.new_page()
    page.goto("http://site.example/", wait_until="commit")
    page.wait_for_timeout(2000)
    page.close()
    context.close()


def refusals(guard: Guard, port: int) -> int:
    return sum(not verdict.allowed for verdict in guard.verdicts() if verdict.port == port)


HOSTS = ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "inside.example",
         "rebinding.example"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_in_a_page_reaches_a_private_address(
    trap: Any, trap_browser: Any, trap_guard: Guard, private: Any, host: str
) -> None:
    before = refusals(trap_guard, private.port)
    visit(trap, trap_browser, f"http://{host}:{private.port}", EMBEDDED)
    assert private.connections == 0
    assert refusals(trap_guard, private.port) - before >= 15


@pytest.mark.parametrize("way", LEAVING)
def test_no_way_out_of_a_page_leads_to_a_private_address(
    trap: Any, trap_browser: Any, trap_guard: Guard, private: Any, way: str
) -> None:
    before = refusals(trap_guard, private.port)
    visit(trap, trap_browser, f"http://127.0.0.1:{private.port}", LEAVING[way])
    assert private.connections == 0
    if way != "open":  # the popup blocker is faster than the guard
        assert refusals(trap_guard, private.port) > before


def test_the_same_page_reaches_an_address_that_is_pinned(trap: Any, trap_browser: Any, pinned: Any) -> None:
    """The control: without the guard's no, the attempts of the tests above would all arrive."""
    visit(trap, trap_browser, f"http://open.example:{pinned.port}", EMBEDDED)
    arrived = {head.split(b" ")[1] for head in pinned.heads if head.startswith((b"GET ", b"POST "))}
    assert {
        b"/img",
        b"/iframe",
        b"/css",
        b"/fetch",
        b"/xhr",
        b"/script",
        b"/redirected",
        b"/beacon",
        b"/form",
    } <= arrived
    assert b"/ws" not in arrived
