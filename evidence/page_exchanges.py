"""Builds a page's exchanges: what the guard recorded and what the browser kept in, one exchange a request out.

The recording is the record. The browser's own account fills in only where the recording has a gap, and then the request
says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from crawler.exchange import Exchange, Headers
from crawler.warc_body import decoded
from evidence.page_tap import Body, PageTap
from evidence.wire import Wire
from evidence.wire_http1 import NO_BODY, WireExchange

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Seen:
    """One request of the page. ``failure`` says why there is no answer, or why its body is not whole.

    ``wire`` is the exchange as it was recorded; where it is None, ``gap`` says why, and ``exchange`` is what the
    browser told. ``exact``: the body is the very bytes that came, without their codings.
    """

    url: str
    method: str
    kind: str
    is_main: bool
    asked_at: datetime
    exchange: Exchange | None = None
    failure: str = ""
    refused: bool = False
    exact: bool = True
    tls: dict[str, str] = field(default_factory=dict)
    wire: WireExchange | None = None
    gap: str = ""


#: What the page itself broke off or forbade; any visitor's browser does without it too.
OF_THE_PAGES_OWN = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY", "csp", "net::ERR_FAILED (cors")


def broken(entry: Seen) -> str:
    """Why a part of a page did not come, or not whole; empty when it came, or when page or guard did without it."""
    if entry.refused:
        return ""
    if entry.exchange is None:
        return "" if entry.failure.startswith(OF_THE_PAGES_OWN) else entry.failure
    if entry.exchange.truncated and not (300 <= entry.exchange.status < 400):
        return f"its body is not whole ({entry.exchange.truncated})"
    return ""


class ExchangeBuilder:
    """Fills in the exchanges of one page; ``limit_bytes`` bounds all bodies without their codings together."""

    def __init__(self, tap: PageTap, wire: Wire, limit_bytes: int) -> None:
        self._tap, self._wire, self._room = tap, wire, limit_bytes

    def complete(self, entry: Seen, otherwise: Callable[[], Body], *, late: bool) -> None:
        """Makes ``entry.exchange``, of which only the browser's headers are there, what was recorded.

        ``otherwise`` gives a body that is to be had nowhere else; ``late``: the answer had not ended.
        """
        bare = entry.exchange
        if bare is None:
            raise ValueError("an answer is needed")
        entry.wire = self._wire.take(entry.method, entry.url, bare.status)
        hop = self._tap.take(bare.url, bare.status)
        body = self._tap.body(hop) if hop else None
        if entry.wire is not None:
            told = body or Body(b"", "time" if late else "disconnect")
            entry.exchange = self._of_wire(entry, entry.wire, bare.fetched_at, told)
            return
        parts = urlsplit(bare.url)
        entry.gap = self._wire.why_not(parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme])
        headers = (self._tap.headers(hop) if hop else ()) or bare.response_headers
        body = body or _of_redirect(bare) or otherwise()
        whole = _is_whole(body, headers)
        entry.exact = body.exact or whole
        truncated = "" if whole else body.truncated
        entry.exchange = replace(bare, response_headers=headers, body=self._kept(body.data), truncated=truncated)

    def recover(self, entry: Seen) -> None:
        """Takes an answer of which the browser said nothing, as when its page was torn away, from the recording."""
        entry.wire = self._wire.take(entry.method, entry.url)
        if entry.wire is not None:
            entry.exchange = self._of_wire(entry, entry.wire, entry.asked_at, Body(b"", "disconnect"))

    def _of_wire(self, entry: Seen, wire: WireExchange, at: datetime, told: Body) -> Exchange:
        """A recorded exchange, its body without codings; ``told`` is what the browser has of that body."""
        packed = decoded(wire.response_headers, wire.response_body, self._room + 1)
        data, truncated = packed.data, "" if wire.whole else told.truncated or "disconnect"
        if packed.problem and wire.whole and len(data) <= self._room and told.data:
            data, entry.exact = told.data, told.exact
            entry.gap = f"its body cannot be unpacked here: {packed.problem}; unpacked by the browser"
        if len(data) > self._room or (self._tap.over_limit and not wire.whole):
            truncated = "length"
        return self._wire.exchange(wire, self._kept(data), at, truncated=truncated)

    def _kept(self, data: bytes) -> bytes:
        """As much of a body as the page's limit leaves room for."""
        kept = data[: self._room]
        self._room -= len(kept)
        return kept


def _of_redirect(bare: Exchange) -> Body | None:
    """Browsers throw the bodies of redirects away; None for what is no redirect."""
    if not 300 <= bare.status < 400:
        return None
    length = next((value for name, value in bare.response_headers if name.lower() == "content-length"), "0")
    return Body(b"", "" if length == "0" or bare.status in NO_BODY else "unspecified")


def _is_whole(body: Body, headers: Headers) -> bool:
    """Whether a body whose loading was broken off, such as a download's, has its declared length all the same."""
    fields = {name.lower(): value for name, value in headers}
    return "content-encoding" not in fields and fields.get("content-length") == str(len(body.data))
