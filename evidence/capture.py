"""SIGHTING -> EXHIBIT DRAFT: visits one address in a real browser and lays down every file of an exhibit but the seal.

A page that answers is captured whatever its status: a 404, 410 or 503 is evidence too. A page that misbehaves gives a
partial draft that says what is missing. Only where nothing was answered is there nothing to keep.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import Browser

from crawler.browser import browser_facts, open_browser
from crawler.chromium import session_keys
from crawler.config import CollectorSettings
from crawler.egress import Door, Guard
from crawler.errors import CrawlError
from crawler.exchange import Exchange
from crawler.sighting import Sighting
from evidence import beside, capture_record
from evidence.capture_record import BODY, CAPTURE, EXPECTED, ROLES, WACZ
from evidence.capture_state import CaptureState
from evidence.claims_file import Judges
from evidence.collection_facts import Around, Known
from evidence.config import CaptureSettings
from evidence.digest import canonical_json
from evidence.earlier import Earlier
from evidence.embedded import embedded_metadata
from evidence.errors import CaptureFailed, CaptureRefused
from evidence.host_facts import software
from evidence.page_archive import addresses, storable, write_archive
from evidence.page_capture import Missing, OpenPage, PageCapture, Visit, WhileOpen, capture_page
from evidence.page_claims import Look, read_page, write_pinned
from evidence.page_exchanges import Seen
from evidence.page_robots import ROBOTS, RobotsAsker
from evidence.pin_crops import is_crop
from evidence.rdap import Registry

#: What robots.txt said that forbids a visit; see :mod:`crawler.robots`.
ROBOTS_FORBID = frozenset({"refused", "unreachable"})
#: What connections carry beside bodies: TLS, heads, what is sent.
OVERHEAD_BYTES = 16 * 2**20


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
    """Captures pages through one egress guard, each in a browser process and through a door of its own.

    ``judge`` finds the claims; without one the rules do it alone. ``while_open`` is called while the captured page is
    still open (:func:`evidence.page_capture.capture_page`); ``registry`` is asked about the page's domain. The thread
    must have no running asyncio loop.
    """

    def __init__(
        self,
        settings: CaptureSettings,
        collector: CollectorSettings,
        guard: Guard,
        judge: Judges | None = None,
        while_open: WhileOpen | None = None,
        registry: Registry | None = None,
    ) -> None:
        self._settings, self._collector, self._guard, self._judge = settings, collector, guard, judge
        self._while_open, self._registry = while_open, registry

    def capture(self, sighting: Sighting, directory: Path, earlier: Earlier | None = None) -> ExhibitDraft:
        """Captures the sighting's address into the empty, existing ``directory``.

        ``earlier`` is the latest exhibit of the same address, which the record compares this capture with.

        Raises CaptureRefused when robots.txt or the guard forbids it, CaptureFailed when nothing was answered or the
        browser failed, and OSError when the directory cannot be written.
        """
        if sighting.robots in ROBOTS_FORBID:
            reason = sighting.reason or f"robots.txt: {sighting.robots}"
            raise CaptureRefused(f"{sighting.url} is not captured: {reason}")
        room = self._settings.max_page_bytes + OVERHEAD_BYTES
        try:
            with self._guard.recording(room) as door:
                return self._visit(sighting, directory, door, earlier)
        except CrawlError as error:
            raise CaptureFailed(f"{sighting.url} cannot be captured: {error}") from error

    def _visit(self, sighting: Sighting, directory: Path, door: Door, earlier: Earlier | None) -> ExhibitDraft:
        with (
            tempfile.TemporaryDirectory(prefix="keys-") as place,
            open_browser(door.url, chromium=self._settings.chromium, key_log=True) as browser,
        ):
            facts = {name: value for name, value in browser_facts(browser).items() if name != "pid"}
            agent, own_keys = user_agent(browser, self._collector.contact), Path(place) / "robots.keys"
            robots = RobotsAsker(door, agent, sighting.robots, own_keys)
            decision = robots.decide(sighting.url)
            if not decision.allowed:
                raise CaptureRefused(f"{sighting.url} is not captured: robots.txt: {decision.reason}")

            def keys() -> str:
                return session_keys(browser) + (own_keys.read_text("ascii") if own_keys.exists() else "")

            look = Look(exhibit_id_of(sighting.sighting_id), self._judge)

            def while_open(page: OpenPage) -> None:
                look.at(page)
                if self._while_open is not None:
                    self._while_open(page)

            visit = Visit(door, self._settings, agent, robots, keys, while_open)
            page = capture_page(browser, sighting.url, directory, visit)
        main = page.recorder.main
        if main is None or main.exchange is None:
            raise _nothing(sighting.url, page)
        around = Around(sighting, door, robots, facts, earlier)
        return self._lay_down(around, page, main, main.exchange, directory, look)

    def _lay_down(
        self,
        around: Around,
        page: PageCapture,
        main: Seen,
        exchange: Exchange,
        directory: Path,
        look: Look,
    ) -> ExhibitDraft:
        sighting = around.sighting
        exhibit_id = exhibit_id_of(sighting.sighting_id)
        (directory / BODY).write_bytes(exchange.body)
        page.files.append(BODY)
        if exchange.truncated:
            page.miss(BODY, f"the body is not whole ({exchange.truncated})")
        read = read_page(look, page, exchange, directory)
        embedded = embedded_metadata(read.html)
        dns = list(addresses(around.door, page))
        title = str(embedded["title"])
        kept = write_archive(directory / WACZ, page, main, title, self._collector, dns, around.robots)
        page.files.append(WACZ)
        record_id = kept[id(main)].body.record_id
        write_pinned(read, look, page, exchange, directory, record_id, self._settings.max_crops)
        rules = around.robots.first()
        if rules is not None and rules.status is not None:
            (directory / ROBOTS).write_bytes(rules.body)
            page.files.append(ROBOTS)
        listed = {one.what for one in page.missing}
        for name in EXPECTED:
            if name not in page.files and name not in listed:
                page.miss(name, "there was no page to take it from")
        files = (*(name for name in ROLES if name in page.files), *(name for name in page.files if is_crop(name)))
        files = (*files, *self._lay_beside(page, main, read.html, directory))
        known = Known(
            exhibit_id, around, self._collector, self._settings, page, main, embedded, read.findings, dns, kept
        )
        record = capture_record.build(known, directory, files)
        (directory / CAPTURE).write_bytes(canonical_json(storable(record)))
        state = CaptureState.PARTIAL if page.missing else CaptureState.COMPLETE
        missing = tuple(page.missing)
        return ExhibitDraft(
            exhibit_id, sighting.sighting_id, page.url, page.started_at, state, directory, (*files, CAPTURE), missing
        )

    def _lay_beside(self, page: PageCapture, main: Seen, html: str, directory: Path) -> tuple[str, ...]:
        """What belongs to the exhibit beside the page: the apps it offers, its domain's registration."""
        found = beside.lay_down(
            directory,
            html,
            page.url_final or main.url,
            [entry.exchange for entry in page.recorder.seen if entry.exchange is not None],
            page.recorder.notes.downloads,
            settings=self._settings,
            collector=self._collector,
            guard=self._guard,
            registry=self._registry,
        )
        for what, reason in found.missing:
            page.miss(what, reason)
        return found.files


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
