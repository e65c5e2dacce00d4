"""SIGHTING -> EXHIBIT DRAFT: visits one address in a real browser and lays down every file of an exhibit but the seal.

A page that answers is captured whatever its status: a 404, 410 or 503 is evidence too. A page that misbehaves gives a
partial draft that says what is missing. Only where nothing was answered is there nothing to keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from classifiers.text import decode, extract_html
from crawler.browser import browser_facts, open_browser
from crawler.config import CollectorSettings
from crawler.egress import Guard
from crawler.errors import BrowserFailed
from crawler.exchange import Exchange
from crawler.sighting import Sighting
from evidence import capture_record, claims_file
from evidence.capture_record import BODY, CAPTURE, ROLES, WACZ
from evidence.capture_state import CaptureState
from evidence.claims_file import CLAIMS, TEXT, Findings, Judges
from evidence.collection_facts import Known
from evidence.config import CaptureSettings
from evidence.digest import canonical_json
from evidence.embedded import embedded_metadata
from evidence.errors import CaptureFailed, CaptureRefused
from evidence.host_facts import software
from evidence.page_archive import addresses, storable, write_archive
from evidence.page_capture import DOM, Missing, PageCapture, capture_page
from evidence.page_recorder import Seen

#: What robots.txt said that forbids a visit; see :mod:`crawler.robots`.
ROBOTS_FORBID = frozenset({"refused", "unreachable"})
ENGINE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
TEXT_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True, slots=True)
class ExhibitDraft:
    """An exhibit's files before it is sealed. ``files`` are names in ``directory``, ``capture.json`` among them."""

    exhibit_id: str
    sighting_id: str
    url: str
    captured_at: datetime
    state: CaptureState
    directory: Path
    files: tuple[str, ...]
    missing: tuple[Missing, ...]


def exhibit_id_of(sighting_id: str) -> str:
    """The stable ID of a sighting's exhibit: capturing the same sighting again means the same exhibit."""
    return f"ex-{sha256(sighting_id.encode()).hexdigest()[:24]}"


class Capturer:
    """Captures pages through one egress guard, each in a browser process of its own.

    ``judge`` finds the claims; without one the rules do it alone. The thread must have no running asyncio loop.
    """

    def __init__(
        self, settings: CaptureSettings, collector: CollectorSettings, guard: Guard, judge: Judges | None = None
    ) -> None:
        self._settings, self._collector, self._guard, self._judge = settings, collector, guard, judge

    def capture(self, sighting: Sighting, directory: Path) -> ExhibitDraft:
        """Captures the sighting's address into the empty, existing ``directory``.

        Raises CaptureRefused when robots.txt or the guard forbids it, CaptureFailed when nothing was answered or the
        browser failed, and OSError when the directory cannot be written.
        """
        if sighting.robots in ROBOTS_FORBID:
            reason = sighting.reason or f"robots.txt: {sighting.robots}"
            raise CaptureRefused(f"{sighting.url} is not captured: {reason}")
        try:
            with open_browser(self._guard.url, chromium=self._settings.chromium) as browser:
                facts = {name: value for name, value in browser_facts(browser).items() if name != "pid"}
                agent = user_agent(browser, self._collector.contact)
                page = capture_page(browser, self._guard, sighting.url, directory, self._settings, agent)
        except BrowserFailed as error:
            raise CaptureFailed(f"{sighting.url} cannot be captured: {error}") from error
        main = page.recorder.main
        if main is None or main.exchange is None:
            raise _nothing(sighting.url, page)
        return self._lay_down(sighting, page, main, main.exchange, facts, directory)

    def _lay_down(
        self,
        sighting: Sighting,
        page: PageCapture,
        main: Seen,
        exchange: Exchange,
        browser: Mapping[str, Any],
        directory: Path,
    ) -> ExhibitDraft:
        exhibit_id = exhibit_id_of(sighting.sighting_id)
        (directory / BODY).write_bytes(exchange.body)
        page.files.append(BODY)
        if exchange.truncated:
            page.miss(BODY, f"the body is not whole ({exchange.truncated})")
        findings, html = self._find(exhibit_id, page, exchange, directory)
        embedded = embedded_metadata(html)
        dns = list(addresses(self._guard, page))
        write_archive(directory / WACZ, page, main, str(embedded["title"]), self._collector, dns)
        page.files.append(WACZ)
        listed = {one.what for one in page.missing}
        for name in ROLES:
            if name not in page.files and name not in listed:
                page.miss(name, "there was no page to take it from")
        files = tuple(name for name in ROLES if name in page.files)
        known = Known(
            exhibit_id, sighting, self._collector, self._settings, browser, page, main, embedded, findings, dns
        )
        record = capture_record.build(known, directory, files)
        (directory / CAPTURE).write_bytes(canonical_json(storable(record)))
        state = CaptureState.PARTIAL if page.missing else CaptureState.COMPLETE
        missing = tuple(page.missing)
        return ExhibitDraft(
            exhibit_id, sighting.sighting_id, page.url, page.started_at, state, directory, (*files, CAPTURE), missing
        )

    def _find(
        self, exhibit_id: str, page: PageCapture, exchange: Exchange, directory: Path
    ) -> tuple[Findings | None, str]:
        """Finds and writes the claims; also gives the HTML they came from."""
        kind, charset = _content_type(exchange)
        if DOM in page.files:
            source, html, charset = DOM, (directory / DOM).read_bytes(), "utf-8"
        elif kind in TEXT_TYPES:
            source, html = BODY, exchange.body
        else:
            page.miss(TEXT, f"there is no text to take: the answer is {kind or 'of no type'}")
            page.miss(CLAIMS, "there is no text to find claims in")
            return None, ""
        extracted = extract_html(html, charset=charset)
        page.files.append(claims_file.write_text(directory, extracted))
        try:
            findings = claims_file.find(exhibit_id, extracted, page.url_final or exchange.url, self._judge)
            page.files.append(claims_file.write_claims(directory, findings, source))
        except Exception as error:  # noqa: BLE001  # the page is preserved even if what reads it fails; it is recorded
            page.miss(CLAIMS, f"looking for claims failed: {type(error).__name__}: {error}")
            return None, decode(html, charset)
        return findings, decode(html, charset)


def user_agent(browser: Browser, contact: str) -> str:
    """What the visit says it is: the browser's engine, this program, and where a webmaster can write to."""
    major = browser.version.partition(".")[0]
    engine = (
        f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
    )
    return f"{engine} {software()} (+{contact})"


def _nothing(url: str, page: PageCapture) -> CaptureFailed:
    """Why there is nothing to keep of a visit."""
    asked = page.recorder.main_chain
    if asked and asked[-1].refused:
        return CaptureRefused(f"{url} is not captured: the egress guard refused {asked[-1].url}: {asked[-1].failure}")
    reasons = [asked[-1].failure] if asked and asked[-1].failure else []
    told = [one.reason for one in page.missing]
    # "net::ERR_ABORTED" is what the browser says when it was told to give up; why it was told so is the better reason.
    ordered = [*told, *reasons] if reasons and reasons[0].startswith("net::") else [*reasons, *told]
    return CaptureFailed(f"{url} cannot be captured: {ordered[0] if ordered else 'nothing was answered'}")


def _content_type(exchange: Exchange) -> tuple[str, str]:
    """Media type and charset of an answer, lower case; empty when it names none."""
    value = next((text for name, text in exchange.response_headers if name.lower() == "content-type"), "")
    kind, *parameters = (part.strip().lower() for part in value.split(";"))
    named = (part.removeprefix("charset=").strip("\"' ") for part in parameters if part.startswith("charset="))
    return kind, next(named, "")
