"""Pages in the browser: a URL in, the page as scripts have made it out.

Pages are not trusted: no downloads, no service workers, no popups, and limits on time and bytes. A page that asks,
opens windows, or never comes to rest is closed and the browser goes on; see :func:`crawler.chromium.watchdog` for the
last resort.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.chromium import browser_facts, find_chromium, open_browser, watchdog
from crawler.egress import check_url
from crawler.errors import BrowserFailed

__all__ = [
    "Rendered",
    "browser_facts",
    "find_chromium",
    "new_context",
    "open_browser",
    "photograph",
    "render",
    "watchdog",
]

#: What a page's text does not need.
NOT_LOADED = ("image", "media", "font")
#: How long a photograph may take, and where a page that never ends is cut, in CSS pixels.
SHOT_S = 15.0
MAX_HEIGHT = 6_000
#: How long a page that has settled may take to answer, and how much longer than asked a call may last in all.
PROBE_S = 5.0
GRACE_S = 20.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page after its scripts have run.

    ``html`` is the document as it then was, ``url`` where it was, ``status`` the HTTP status of the answer it came
    with. ``truncated`` is "time" when the page was still loading, "length" when it wanted more bytes than allowed.
    """

    html: str
    url: str
    status: int
    title: str
    truncated: str = ""


def new_context(
    browser: Browser, *, viewport: tuple[int, int] = (1366, 900), locale: str = "en-US", user_agent: str = ""
) -> BrowserContext:
    """A fresh profile for one page: no downloads, no service workers, no motion; times are shown in UTC.

    ``viewport`` is width and height in CSS pixels, ``user_agent`` an own one if given. Certificates that do not hold
    are accepted, because a shop with an expired one is still a shop; whoever captures records what they were.
    """
    width, height = viewport
    return browser.new_context(
        viewport={"width": width, "height": height},
        locale=locale,
        timezone_id="UTC",
        user_agent=user_agent or None,
        accept_downloads=False,
        service_workers="block",
        ignore_https_errors=True,
        reduced_motion="reduce",
    )


def render(
    browser: Browser, url: str, *, timeout_s: float, settle_s: float, max_bytes: int, user_agent: str = ""
) -> Rendered:
    """Loads ``url`` and lets its scripts run until the network is quiet, at most ``settle_s`` after the document.

    Lasts at most ``timeout_s`` + ``settle_s`` + 25 seconds. ``max_bytes`` limits the document, and what it loads.
    Raises BadURL; BrowserFailed when there is no page to be had: no answer, a download, a document that is too large,
    scripts that never rest, a crash. After most of these the browser can be used on; ``browser.is_connected()`` tells.
    """
    address = check_url(url)
    with watchdog(browser, timeout_s + settle_s + PROBE_S + GRACE_S, address):
        context = new_context(browser, user_agent=user_agent)
        try:
            return _render(context, address, timeout_s, settle_s, max_bytes)
        finally:
            with suppress(Error):
                context.close()


def photograph(
    browser: Browser, url: str, *, timeout_s: float, settle_s: float, max_bytes: int, user_agent: str = ""
) -> bytes:
    """A PNG of the page as it is shown, from its top down to 6,000 pixels, with its pictures and without films.

    Lasts at most ``timeout_s`` + ``settle_s`` + 35 seconds; ``max_bytes`` limits what the page loads. Raises BadURL,
    and BrowserFailed when there is no page to be had or it cannot be photographed.
    """
    address = check_url(url)
    with watchdog(browser, timeout_s + settle_s + SHOT_S + GRACE_S, address):
        context = new_context(browser, user_agent=user_agent)
        try:
            return _photograph(context, address, timeout_s, settle_s, max_bytes)
        finally:
            with suppress(Error):
                context.close()


def _photograph(context: BrowserContext, address: str, timeout_s: float, settle_s: float, max_bytes: int) -> bytes:
    end = time.monotonic() + timeout_s
    page = context.new_page()
    _Budget(page, max_bytes, refused=("media",))
    page.goto(address, wait_until="commit", timeout=timeout_s * 1000)
    with suppress(PlaywrightTimeout):
        page.wait_for_load_state("load", timeout=max(1.0, (end - time.monotonic()) * 1000))
        page.wait_for_load_state("networkidle", timeout=max(1.0, settle_s * 1000))
    size = page.locator(":root").evaluate("root => [root.clientWidth, root.scrollHeight]", timeout=PROBE_S * 1000)
    if not isinstance(size, list) or not all(isinstance(side, int) and side > 0 for side in size):
        raise BrowserFailed(f"{address}: the page has no size to be photographed")
    width, height = size[0], min(size[1], MAX_HEIGHT)
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    return page.screenshot(full_page=True, clip=clip, timeout=SHOT_S * 1000)  # type: ignore[arg-type]


def _render(context: BrowserContext, address: str, timeout_s: float, settle_s: float, max_bytes: int) -> Rendered:
    end = time.monotonic() + timeout_s
    page = context.new_page()
    budget = _Budget(page, max_bytes)
    response = page.goto(address, wait_until="commit", timeout=timeout_s * 1000)
    truncated = ""
    try:
        page.wait_for_load_state("domcontentloaded", timeout=max(1.0, (end - time.monotonic()) * 1000))
        with suppress(PlaywrightTimeout):
            page.wait_for_load_state("networkidle", timeout=max(1.0, settle_s * 1000))
    except PlaywrightTimeout:
        truncated = "time"
    html = _document(page, address, max_bytes)
    budget.close()
    return Rendered(html, page.url, _status(response), page.title(), "length" if budget.spent else truncated)


def _document(page: Page, address: str, max_bytes: int) -> str:
    """The document's HTML. Its length is asked for first: that has a time limit, and may say that it is too much."""
    try:
        size = page.locator(":root").evaluate("root => root.outerHTML.length", timeout=PROBE_S * 1000)
    except PlaywrightTimeout:
        raise BrowserFailed(f"{address}: the page does not answer, its scripts never come to rest") from None
    html = page.content() if isinstance(size, int) and size <= max_bytes else ""
    if not html or len(html.encode("utf-8", "replace")) > max_bytes:
        raise BrowserFailed(f"{address}: the rendered page is larger than {max_bytes} bytes")
    return html


def _status(response: Response | None) -> int:
    return 0 if response is None else response.status


class _Budget:
    """Counts what a page loads, refuses what it does not need, and everything once ``limit_bytes`` are spent."""

    def __init__(self, page: Page, limit_bytes: int, refused: tuple[str, ...] = NOT_LOADED) -> None:
        self._page, self._left, self._refused = page, limit_bytes, refused
        self._session = page.context.new_cdp_session(page)
        self._session.on("Network.dataReceived", self._count)
        self._session.send("Network.enable")
        page.route("**/*", self._judge)

    @property
    def spent(self) -> bool:
        return self._left < 0

    def close(self) -> None:
        self._page.unroute_all(behavior="ignoreErrors")
        self._session.detach()

    def _count(self, event: dict[str, int]) -> None:
        self._left -= event["dataLength"]

    def _judge(self, route: Route) -> None:
        if self.spent or route.request.resource_type in self._refused:
            route.abort()
        else:
            route.continue_()
