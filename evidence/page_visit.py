"""What a visit to a page is made with, and what it gave: the records around :mod:`evidence.page_capture`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from playwright.sync_api import CDPSession, Page

from crawler.egress import Door
from evidence.config import CaptureSettings
from evidence.page_recorder import PageRecorder
from evidence.page_robots import RobotsAsker

FULL_PNG, VIEWPORT_PNG, PDF, MHTML, DOM = "full.png", "viewport.png", "page.pdf", "page.mhtml", "dom.html"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a whole exhibit would have and this one has not, or not whole."""

    what: str
    reason: str


@dataclass(slots=True)
class PageCapture:
    """What one visit gave. ``files`` are the names written into the directory."""

    url: str
    started_at: datetime
    ended_at: datetime
    recorder: PageRecorder
    url_final: str = ""
    files: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    scripts_run: list[str] = field(default_factory=list)
    height_px: int | None = None
    user_agent: str = ""
    memory_bytes: int = 0

    def miss(self, what: str, reason: str) -> None:
        """Notes that ``what`` is missing, and why."""
        self.missing.append(Missing(what, reason))


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page that has been captured and is still open, for whoever must look at it before it closes."""

    page: Page
    session: CDPSession
    capture: PageCapture
    directory: Path


#: What is done with a page while it is open: see :func:`capture_page`.
WhileOpen = Callable[[OpenPage], None]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit is made with. ``keys`` gives the session keys of the TLS connections so far, as a key log."""

    door: Door
    settings: CaptureSettings
    user_agent: str
    robots: RobotsAsker
    keys: Callable[[], str]
    while_open: WhileOpen | None = None


def as_utf8(value: str) -> bytes:
    """UTF-8; half a surrogate pair, which only scripts can make, becomes U+FFFD."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8")
