"""Reads a captured page: its document in; ``text.txt``, ``claims.json`` with pin-cites, and crops out.

What the claims are is found while the page is still open (:class:`Look`), so that the browser can say where it paints
them; the pins are made when the archive is closed, since they name its records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error

from classifiers.judgement import Claim, Identifier
from classifiers.text import Extracted, decode, extract_html
from crawler.exchange import Exchange
from evidence import claims_file
from evidence.claims_file import CLAIMS, TEXT, Findings, Judges
from evidence.page_visit import DOM, FULL_PNG, OpenPage, PageCapture
from evidence.pin_rects import Painted, Place, look, settled, sought
from evidence.pins import BODY, Stored, pin

TEXT_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
PROBE_S = 5.0
BETWEEN_MS = 150
NO_ANSWER = "the page did not answer any more when it was asked where its words are"


class Look:
    """What is found on one page while it is open. :meth:`at` is called by the capture, once, and never raises."""

    def __init__(self, exhibit_id: str, judge: Judges | None) -> None:
        self._exhibit_id, self._judge = exhibit_id, judge
        self.findings: Findings | None = None
        self.failure = ""
        self.painted: Mapping[Place, Painted | str] = {}

    def at(self, opened: OpenPage) -> None:
        """Finds the claims of ``dom.html`` and asks the page where it paints them."""
        if DOM not in opened.capture.files:
            return
        extracted = extract_html((opened.directory / DOM).read_bytes(), charset="utf-8")
        self.read(extracted, opened.capture.url_final or opened.capture.url)
        if self.findings is not None and FULL_PNG in opened.capture.files:
            found: list[Claim | Identifier] = [*self.findings.claims, *self.findings.identifiers]
            self.painted = _painted(opened, extracted, [(one.start, one.end) for one in found])

    def read(self, extracted: Extracted, url: str) -> None:
        """Finds the claims of a text; ``findings`` stays None and ``failure`` says why when that fails."""
        try:
            self.findings = claims_file.find(self._exhibit_id, extracted, url, self._judge)
        except Exception as error:  # noqa: BLE001  # the page is preserved even if what reads it fails; it is recorded
            self.failure = f"looking for claims failed: {type(error).__name__}: {error}"


def _painted(opened: OpenPage, extracted: Extracted, places: Sequence[Place]) -> dict[Place, Painted | str]:
    """Where each quote is painted; asked twice, since what moves by itself is not where a picture shows it."""
    wanted, reasons = sought(extracted, list(dict.fromkeys(places)))
    found: dict[Place, Painted | str] = dict(reasons)
    try:
        opened.page.locator(":root").evaluate("() => 1", timeout=PROBE_S * 1000)
        first = look(opened.session, wanted)
        opened.page.wait_for_timeout(BETWEEN_MS)
        return found | dict(settled(wanted, first, look(opened.session, wanted)))
    except Error:
        return found | dict.fromkeys((one.place for one in wanted), NO_ANSWER)


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page as it was read. ``source`` is the file the text came from; ``html`` is its mark-up, for other readers."""

    findings: Findings | None
    html: str
    source: str


def read_page(look_: Look, page: PageCapture, exchange: Exchange, directory: Path) -> PageRead:
    """Writes ``text.txt`` and gives the findings, made from ``dom.html``, or from the body when there is none."""
    kind, charset = content_type(exchange)
    if DOM in page.files:
        source, data, charset = DOM, (directory / DOM).read_bytes(), "utf-8"
    elif kind in TEXT_TYPES:
        source, data = BODY, exchange.body
    else:
        page.miss(TEXT, f"there is no text to take: the answer is {kind or 'of no type'}")
        page.miss(CLAIMS, "there is no text to find claims in")
        return PageRead(None, "", "")
    extracted = look_.findings.extracted if look_.findings is not None else extract_html(data, charset=charset)
    page.files.append(claims_file.write_text(directory, extracted))
    if look_.findings is None and not look_.failure:
        look_.read(extracted, page.url_final or exchange.url)
    if look_.failure:
        page.miss(CLAIMS, look_.failure)
    return PageRead(look_.findings, decode(data, charset), source)


def write_pinned(
    read: PageRead, look_: Look, page: PageCapture, exchange: Exchange, directory: Path, record_id: str, crops: int
) -> None:
    """Writes ``claims.json`` and the crops, at most ``crops`` of them, and notes their names in ``page.files``.

    ``record_id`` is the record of the archive whose payload is the main document's body.
    """
    if read.findings is None:
        return
    kind, charset = content_type(exchange)
    rendered, painted = read.source == DOM, look_.painted
    stored = Stored(directory, exchange.body, kind, charset, record_id, rendered, painted, crops)
    try:
        pins = pin(read.findings.extracted, [*read.findings.claims, *read.findings.identifiers], stored)
        page.files.append(claims_file.write_claims(directory, read.findings, read.source, pins))
        page.files.extend(pins.files)
    except (ValueError, RecursionError) as error:
        page.miss(CLAIMS, f"writing the claims down failed: {type(error).__name__}: {error}")


def content_type(exchange: Exchange) -> tuple[str, str]:
    """Media type and charset of an answer, lower case; empty when it names none."""
    value = next((text for name, text in exchange.response_headers if name.lower() == "content-type"), "")
    kind, *parameters = (part.strip().lower() for part in value.split(";"))
    named = (part.removeprefix("charset=").strip("\"' ") for part in parameters if part.startswith("charset="))
    return kind, next(named, "")
