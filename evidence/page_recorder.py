"""Records what one page did on the network and to its visitor: a page's events in, exchanges and notes out.

Which requests the page made, and when, the browser tells; what was sent and answered is what the guard recorded
(:mod:`evidence.wire`), and only where that has a gap is it what the browser says. Only the page's own requests are seen
here, so the browser's own traffic cannot get into the record. An answer that the egress guard made itself is a refusal,
never an exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Dialog, Download, Error, Page, Request, Response, WebSocket

from crawler import clock
from crawler.egress import Door, Verdict
from crawler.exchange import Exchange, Headers
from crawler.guard_tape import Tape
from evidence.page_exchanges import DEFAULT_PORTS, ExchangeBuilder, Seen
from evidence.page_tap import Body, PageTap
from evidence.wire import Wire, read_wire
from evidence.wire_http1 import NO_BODY

GUARD_HEADER = "x-offsignal-egress"
MAX_NOTES = 200
FORBIDDEN = 403


@dataclass(slots=True)
class Notes:
    """What the page tried beside loading: every list is cut at MAX_NOTES."""

    dialogs: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many requests a page may make, and how many documents its main frame may ask for, redirects included."""

    requests: int
    documents: int


class PageRecorder:
    """Attached to a fresh page before it loads; :meth:`finish` once, then read ``seen`` and ``notes``."""

    def __init__(
        self, page: Page, session: CDPSession, guard: Door, limit_bytes: int, keys: Callable[[], str], bounds: Bounds
    ) -> None:
        self._page, self._session, self._guard, self._keys = page, session, guard, keys
        self._bounds, self._limit = bounds, limit_bytes
        self.over = ""
        self.wire = Wire((), ())
        self._seen: dict[Request, Seen] = {}
        self._answered: dict[Request, datetime] = {}
        self._open: set[Request] = set()
        self._unfinished: set[Request] = set()
        self.notes = Notes()
        self.tap = PageTap(session, limit_bytes, self.stop_loading)
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)
        page.on("dialog", self._on_dialog)
        page.on("popup", self._on_popup)
        page.on("download", self._on_download)
        page.on("websocket", self._on_socket)
        page.on("crash", self._on_crash)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every http(s) request of the page, in the order they were made."""
        return tuple(self._seen.values())

    @property
    def busy(self) -> bool:
        """Whether requests are still without an end."""
        return bool(self._open)

    @property
    def main_chain(self) -> tuple[Seen, ...]:
        """The documents of the main frame, redirect hops included, in the order they were asked for."""
        return tuple(entry for entry in self._seen.values() if entry.is_main)

    @property
    def main(self) -> Seen | None:
        """The document that the page is: the last that was answered by a server; None when none was."""
        return next((entry for entry in reversed(self.main_chain) if entry.exchange is not None), None)

    def stop_loading(self) -> None:
        """Stops whatever the page is still loading."""
        try:
            self._session.send("Page.stopLoading")
        except Error:  # the page is gone, and so is its loading
            return

    def read_open(self) -> None:
        """Reads the heads of answers that have not ended, so that :attr:`main` knows of them."""
        self._unfinished |= self._open
        for request in tuple(self._open):
            self._on_end(request)

    def finish(self) -> None:
        """Takes what there is of answers that have not ended, and builds the exchanges of all."""
        if not self.notes.crashed:  # a crashed page answers nothing any more, and nobody says so
            try:
                self.tap.finish()
            except Error:  # the page is gone: what came before stays
                self.notes.crashed = True
        self.read_open()
        self.wire = read_wire(self._guard.tape or Tape(0), self._keys())
        build = ExchangeBuilder(self.tap, self.wire, self._limit)
        for request, entry in self._seen.items():
            if entry.exchange is not None:
                build.complete(entry, self._kept_otherwise(request, entry.exchange), late=request in self._unfinished)
        for entry in self._seen.values():
            if entry.exchange is None and not entry.refused:
                build.recover(entry)

    def _kept_otherwise(self, request: Request, bare: Exchange) -> Callable[[], Body]:
        """What Playwright has of a body that neither the wire nor the tap has."""

        def body() -> Body:
            if self.notes.crashed:
                return Body(b"", "disconnect")
            try:
                response = request.response()
                return Body(response.body() if response and not self.tap.over_limit else b"", "", exact=False)
            except Error:  # not kept, or the browser is gone
                return Body(b"", "" if bare.status in NO_BODY else "unspecified", exact=False)

        return body

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(("http://", "https://")):
            entry = Seen(request.url, request.method, request.resource_type, self._is_main(request), clock.now())
            self._seen[request] = entry
            self._open.add(request)
            self._count(entry)

    def _count(self, entry: Seen) -> None:
        """Stops a page that asks for more than it may."""
        documents = sum(one.is_main for one in self._seen.values()) if entry.is_main else 0
        if not self.over and len(self._seen) > self._bounds.requests:
            self.over = f"the page made more than {self._bounds.requests} requests"
        elif not self.over and documents > self._bounds.documents:
            self.over = f"the page was sent on more than {self._bounds.documents} times"
        if self.over:
            self.stop_loading()
            with suppress(Error):  # the page is gone
                self._session.send("Network.setBlockedURLs", {"urls": ["*"]})

    def _is_main(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self._page.main_frame
        except Error:  # a worker's request belongs to no frame
            return False

    def _on_response(self, response: Response) -> None:
        self._answered[response.request] = clock.now()

    def _on_end(self, request: Request) -> None:
        """Asks for what only the living browser knows; bodies and header text are put in by :meth:`finish`."""
        if (entry := self._seen.get(request)) is None:
            return
        entry.failure = request.failure or ""
        if request in self._answered:
            self._read_answer(request, entry)
        elif verdict := self._fault(request.url):
            entry.failure, entry.refused = verdict.reason, not verdict.allowed
        else:
            entry.failure = entry.failure or "no answer before the capture ended"
        self._open.discard(request)

    def _read_answer(self, request: Request, entry: Seen) -> None:
        try:
            response = request.response()
            if response is None:
                return
            exchange = self._exchange(request, response)
            entry.tls = _tls(response)
        except Error as error:
            entry.failure = f"its headers could not be read: {error.message.splitlines()[0]}"
            return
        if reason := self._guard_answer(exchange.response_headers):
            entry.failure, entry.refused = reason, exchange.status == FORBIDDEN
        else:
            entry.exchange = exchange

    def _exchange(self, request: Request, response: Response) -> Exchange:
        parts = urlsplit(request.url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        return Exchange(
            url=request.url.partition("#")[0],
            method=request.method,
            request_headers=tuple((pair["name"], pair["value"]) for pair in request.headers_array()),
            request_body=request.post_data_buffer or b"",
            status=response.status,
            reason=response.status_text,
            protocol=response.http_version(),
            response_headers=tuple((pair["name"], pair["value"]) for pair in response.headers_array()),
            body=b"",
            fetched_at=self._answered[request],
            peer_ip=self._guard.peer_ip(parts.hostname or "", port),
        )

    def _guard_answer(self, headers: Headers) -> str:
        """The guard's reason, when it was the guard that answered; a server cannot know the token."""
        for name, value in headers:
            token, _, reason = value.partition("; ")
            if name.lower() == GUARD_HEADER and token == self._guard.token:
                return reason or "it gave no reason"
        return ""

    def _fault(self, url: str) -> Verdict | None:
        """The guard's latest verdict about the URL's host and port, when it was not a connection that stood."""
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme])
        verdicts = (entry for entry in reversed(self._guard.verdicts()) if (entry.host, entry.port) == place)
        latest = next(verdicts, None)
        return latest if latest is not None and latest.reason else None

    def _on_dialog(self, dialog: Dialog) -> None:
        _note(self.notes.dialogs, f"{dialog.type}: {dialog.message[:500]}")
        try:
            dialog.dismiss()
        except Error:  # the page closed it
            return

    def _on_popup(self, page: Page) -> None:
        _note(self.notes.popups, page.url[:2000])
        try:
            page.close()
        except Error:  # it closed itself
            return

    def _on_download(self, download: Download) -> None:
        _note(self.notes.downloads, f"{download.url[:2000]} as {download.suggested_filename[:200]}")

    def _on_socket(self, socket: WebSocket) -> None:
        _note(self.notes.sockets, socket.url[:2000])

    def _on_crash(self, _: Page) -> None:
        self.notes.crashed = True


def _note(notes: list[str], text: str) -> None:
    if len(notes) < MAX_NOTES:
        notes.append(text)


def _tls(response: Response) -> dict[str, Any]:
    """What the browser says of the certificate; times as whole seconds since 1970."""
    details: dict[str, Any] = dict(response.security_details() or {})
    return {name: int(value) if isinstance(value, float) else value for name, value in details.items()}
