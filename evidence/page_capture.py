"""Visits one page in a fresh browser context and takes what can be taken of it: a URL in, files and facts out.

The page is not trusted: every step is bounded and may fail by itself, and what failed is listed with its reason. Steps
that know no time limit come after a probe, and a watchdog ends the browser if one of them hangs all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler import clock
from crawler.browser import new_context, watchdog
from crawler.browser_memory import MemoryWatch
from crawler.chromium import browser_facts, first_line
from evidence.page_exchanges import broken
from evidence.page_gate import PageGate
from evidence.page_recorder import Bounds, PageRecorder
from evidence.page_visit import (
    DOM,
    FULL_PNG,
    MHTML,
    PDF,
    VIEWPORT_PNG,
    Missing,
    OpenPage,
    PageCapture,
    Visit,
    WhileOpen,
    as_utf8,
)

__all__ = [
    "DOM",
    "FULL_PNG",
    "MHTML",
    "PDF",
    "VIEWPORT_PNG",
    "Missing",
    "OpenPage",
    "PageCapture",
    "Visit",
    "WhileOpen",
    "capture_page",
]

STEP_S = 15.0
PROBE_S = 5.0
SCROLL_PAUSE_MS = 120
MAX_SCROLLS = 40
DRAIN_S = 3.0
#: How long everything after loading may take before the browser is ended.
ARTEFACTS_S = 120.0
MAX_PDF_PAGES = 200
#: How many parts of a page that did not come are named one by one.
MAX_PARTS = 50

HEIGHT = "root => Math.max(root.scrollHeight, root.ownerDocument.body ? root.ownerDocument.body.scrollHeight : 0)"


def capture_page(browser: Browser, url: str, directory: Path, visit: Visit) -> PageCapture:
    """Visits ``url`` and writes what it can into ``directory``.

    ``visit.while_open`` is called once, right after the pictures are taken, with ``dom.html`` and them in place and
    the page as they show it; it must bound its own calls, and what it raises is a failure of the capture. Never raises
    for what a page or a server does: look at ``missing``, and at ``recorder.seen`` for whether there was an answer at
    all. Raises BrowserFailed when the browser cannot even open a page.
    """
    settings = visit.settings
    limit_s = settings.page_timeout_s + settings.settle_s + ARTEFACTS_S
    with (
        watchdog(browser, limit_s, url),
        MemoryWatch(browser_facts(browser)["pid"], settings.max_browser_bytes) as memory,
    ):
        context = new_context(browser, viewport=settings.viewport, locale=settings.locale, user_agent=visit.user_agent)
        page = context.new_page()
        session = context.new_cdp_session(page)
        bounds = Bounds(settings.max_requests, settings.max_documents)
        recorder = PageRecorder(page, session, visit.door, settings.max_page_bytes, visit.keys, bounds)
        moment = clock.now()
        capture = PageCapture(url, moment, moment, recorder, user_agent=visit.user_agent)
        _Visit(page, session, capture, directory, visit).run()
        _close(context)
    capture.ended_at = clock.now()
    capture.memory_bytes = memory.peak_bytes
    if memory.exceeded:
        capture.miss(
            "page", f"the browser used over {settings.max_browser_bytes} bytes of memory, and its pages were ended"
        )
    return capture


DOWNLOAD = "Download is starting"
DOWNLOAD_LOOKS, DOWNLOAD_LOOK_MS = 40, 50


class _Visit:
    """The steps of one visit, in order."""

    def __init__(self, page: Page, session: CDPSession, capture: PageCapture, directory: Path, visit: Visit) -> None:
        self.page, self.session, self.capture = page, session, capture
        self.directory, self.visit, self.settings = directory, visit, visit.settings
        self.gate = PageGate(session, visit.robots)
        self.deadline = clock.now() + timedelta(seconds=self.settings.page_timeout_s)
        self.step_s = STEP_S
        self.no_page = self.unfinished = False

    def run(self) -> None:
        """Loads, settles, scrolls, takes the artefacts, and closes the record."""
        recorder = self.capture.recorder
        if self._load():
            self._settle()
            answers = not recorder.notes.crashed and self._answers()
            if self.unfinished:
                self._take_unfinished()
            if answers:
                self._scroll()
        self._drain()
        recorder.read_open()
        if recorder.main is not None and not self.no_page:
            self.capture.url_final = self.page.url
            for name, take in self._artefacts():
                self._step(name, take)
                if name == FULL_PNG and self.visit.while_open is not None and not recorder.notes.crashed:
                    self.visit.while_open(OpenPage(self.page, self.session, self.capture, self.directory))
        recorder.finish()
        self._bounds_met()

    def _bounds_met(self) -> None:
        """Says which limits were met, what robots.txt forbade, and which parts of the page did not come."""
        recorder, parts = self.capture.recorder, list[Missing]()
        if recorder.tap.over_limit:
            self.capture.miss("responses", f"the page loaded more than {self.settings.max_page_bytes} bytes")
        if recorder.over:
            self.capture.miss("requests", recorder.over)
        for entry in recorder.seen:
            if not entry.is_main and (reason := broken(entry)):
                parts.append(Missing(entry.url[:2000], reason))
            if forbidden := self.gate.refused.get(entry.url.partition("#")[0]):
                entry.failure, entry.refused = forbidden, True
        self.capture.missing += parts[:MAX_PARTS]
        if len(parts) > MAX_PARTS:
            self.capture.miss("parts of the page", f"{len(parts) - MAX_PARTS} more did not come; see urn:pageinfo:")

    def _artefacts(self) -> tuple[tuple[str, Callable[[], bytes]], ...]:
        return (
            (DOM, self._dom),
            (VIEWPORT_PNG, lambda: self.page.screenshot(timeout=self.step_s * 1000)),
            (FULL_PNG, self._full_png),
            (MHTML, lambda: as_utf8(self.session.send("Page.captureSnapshot", {"format": "mhtml"})["data"])),
            (PDF, self._pdf),
        )

    def _load(self) -> bool:
        """Whether there is a page to look at, whole or not."""
        limit_s = self.settings.page_timeout_s
        try:
            self.page.goto(self.capture.url, wait_until="commit", timeout=limit_s * 1000)
        except Error as error:
            late = isinstance(error, PlaywrightTimeout)
            why: str = next(iter(self.gate.refused.values()), "") or self.capture.recorder.over
            self.capture.miss("page", why or (f"no answer within {limit_s:g} seconds" if late else first_line(error)))
            self.no_page = True
            if DOWNLOAD in error.message:
                self._await_download()
            return False
        try:
            self.page.wait_for_load_state("load", timeout=self._left_ms())
        except PlaywrightTimeout:
            self.capture.miss("load", f"the page had not finished loading after {limit_s:g} seconds")
            self.unfinished = True
        except Error as error:
            self.capture.miss("load", first_line(error))
        return True

    def _await_download(self) -> None:
        """The browser says that a download begins before it says of what."""
        for _ in range(DOWNLOAD_LOOKS):
            if self.capture.recorder.notes.downloads:
                return
            self._quietly(lambda: self.page.wait_for_timeout(DOWNLOAD_LOOK_MS))

    def _take_unfinished(self) -> None:
        """What has come so far is read before loading is stopped, because stopping throws it away."""
        self._quietly(self.capture.recorder.tap.finish)
        self.capture.recorder.stop_loading()

    def _settle(self) -> None:
        self._quietly(lambda: self.page.wait_for_timeout(self.settings.settle_s * 1000))

    def _answers(self) -> bool:
        """Whether the page answers; one that does not may run no scripts any more, so that it can be looked at."""
        try:
            self._evaluate("() => 1")
        except PlaywrightTimeout:
            self._quietly(lambda: self.session.send("Runtime.terminateExecution"))
            self._quietly(lambda: self.session.send("Emulation.setScriptExecutionDisabled", {"value": True}))
            self.capture.scripts_run.append("the page did not answer: its scripts were ended and may not run again")
            return False
        except Error:
            return False
        return True

    def _scroll(self) -> None:
        """Goes down screen by screen, so that what loads when it is seen is loaded, and back up."""
        steps = 0
        try:
            height = self._height()
            screen = self.settings.viewport[1]
            while (steps + 1) * screen < min(height, self.settings.max_height_px) and steps < MAX_SCROLLS:
                steps += 1
                self._evaluate(f"() => window.scrollTo(0, {steps * screen})")
                self.page.wait_for_timeout(SCROLL_PAUSE_MS)
                height = self._height()
            self._evaluate("() => window.scrollTo(0, 0)")
            self.page.wait_for_timeout(SCROLL_PAUSE_MS)
        except Error as error:
            self.capture.miss("scrolling", first_line(error))
        if steps:
            self.capture.scripts_run.append(f"scrolled down {steps} screens and back to the top")

    def _drain(self) -> None:
        """Lets requests that have just been answered end, for a little while."""
        until = clock.now() + timedelta(seconds=DRAIN_S)
        while self.capture.recorder.busy and clock.now() < until and not self.capture.recorder.notes.crashed:
            if not self._quietly(lambda: self.page.wait_for_timeout(50)):
                return

    def _dom(self) -> bytes:
        """The document as the browser's own serialiser gives it; the page's scripts cannot interfere."""
        root = self.session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        html = as_utf8(self.session.send("DOM.getOuterHTML", {"nodeId": root})["outerHTML"])
        if not html:
            self.step_s = PROBE_S
            raise _NotTakenError("the browser has no document")
        if len(html) > self.settings.max_page_bytes:
            raise _NotTakenError(f"it is larger than {self.settings.max_page_bytes} bytes")
        return html

    def _full_png(self) -> bytes:
        height = self._height()
        limit = self.settings.max_height_px
        self.capture.height_px = height
        if height <= limit:
            return self.page.screenshot(full_page=True, timeout=self.step_s * 1000)
        self.capture.miss(FULL_PNG, f"the page is {height} pixels high; the picture ends at {limit}")
        clip = {"x": 0, "y": 0, "width": self.settings.viewport[0], "height": limit}
        return self.page.screenshot(full_page=True, clip=clip, timeout=self.step_s * 1000)  # type: ignore[arg-type]

    def _pdf(self) -> bytes:
        return self.page.pdf(format="A4", print_background=True, page_ranges=f"1-{MAX_PDF_PAGES}")

    def _step(self, name: str, take: Callable[[], bytes]) -> None:
        if self.capture.recorder.notes.crashed:
            self.capture.miss(name, "the page's process crashed")
            return
        try:
            data = take()
        except _NotTakenError as error:
            self.capture.miss(name, str(error))
        except Error as error:
            self.capture.miss(name, first_line(error))
        else:
            (self.directory / name).write_bytes(data)
            self.capture.files.append(name)

    def _height(self) -> int:
        height = self._evaluate(HEIGHT)
        return int(height) if isinstance(height, int | float) and 0 <= height < 1e9 else 0

    def _evaluate(self, script: str) -> Any:
        return self.page.locator(":root").evaluate(script, timeout=PROBE_S * 1000)

    def _left_ms(self) -> float:
        return max((self.deadline - clock.now()) / timedelta(milliseconds=1), 1.0)

    def _quietly(self, call: Callable[[], object]) -> bool:
        """Runs what may fail without loss; whether it worked."""
        if self.capture.recorder.notes.crashed:
            return False
        with suppress(Error):
            call()
            return True
        return False


class _NotTakenError(Exception):
    """An artefact that is not taken, for a reason of our own."""


def _close(context: BrowserContext) -> None:
    with suppress(Error):  # the browser is gone already
        context.close()
