"""Listens to one page's network below the scripting interface: DevTools events in, bodies and header text out.

What Playwright does not hand over comes from here. Bodies as bytes: Playwright gives text re-encoded as UTF-8, and
nothing of a document that was replaced, cut off, downloaded or never ends. Response headers in the order and case they
had on the wire (HTTP/1 only). The certificates of the page's TLS connection, from that connection.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Error

from crawler.warc import Headers

UTF8_LIKE = ("", "utf-8", "us-ascii")


@dataclass(frozen=True, slots=True)
class Body:
    """A response's decoded bytes. ``truncated`` is as in a WARC record; not ``exact``: text decoded and encoded."""

    data: bytes
    truncated: str = ""
    exact: bool = True


@dataclass(slots=True)
class Hop:
    """One response of one request; a redirected request has several, told apart by ``place``."""

    request_id: str
    place: int
    url: str
    status: int
    taken: bool = False


@dataclass(slots=True)
class _Heard:
    """What was heard of one request so far."""

    hops: int = 0
    charset: str = ""
    header_texts: list[tuple[int, str]] = field(default_factory=list)
    ended: bool = False
    body: Body | None = None


class PageTap:
    """Attached to a page's session, before the page loads anything.

    ``limit_bytes`` bounds all decoded bodies together; ``on_limit`` is called once when the page goes beyond it.
    """

    def __init__(self, session: CDPSession, limit_bytes: int, on_limit: Callable[[], None]) -> None:
        self._session, self._limit, self._on_limit = session, limit_bytes, on_limit
        self._heard: dict[str, _Heard] = {}
        self._hops: list[Hop] = []
        self._loaded = self._kept = 0
        self.certificates: dict[str, Any] = {}
        for event, handler in (
            ("Network.requestWillBeSent", self._sent),
            ("Network.responseReceived", self._received),
            ("Network.responseReceivedExtraInfo", self._header_text),
            ("Network.dataReceived", self._data),
            ("Network.loadingFinished", lambda event: self._ended(event, "")),
            ("Network.loadingFailed", lambda event: self._ended(event, "disconnect")),
            ("Security.visibleSecurityStateChanged", self._security),
        ):
            session.on(event, handler)
        # Durable: the bodies are kept as bytes, outside the page's process, and outlive a navigation.
        buffers = {"maxTotalBufferSize": 2 * limit_bytes, "maxResourceBufferSize": limit_bytes}
        session.send("Network.enable", {"enableDurableMessages": True, **buffers})
        session.send("Security.enable")

    @property
    def over_limit(self) -> bool:
        """Whether the page loaded more than it may."""
        return self._loaded > self._limit

    def take(self, url: str, status: int) -> Hop | None:
        """The earliest response with that URL and status that was not taken before."""
        for hop in self._hops:
            if not hop.taken and (hop.url, hop.status) == (url.partition("#")[0], status):
                hop.taken = True
                return hop
        return None

    def headers(self, hop: Hop) -> Headers:
        """The response headers as sent, order, case and repeats kept; empty when the protocol has no such text."""
        texts = self._heard[hop.request_id].header_texts
        if hop.place >= len(texts) or texts[hop.place][0] != hop.status:
            return ()
        lines = texts[hop.place][1].split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line)
        return tuple((name, value.strip(" \t")) for name, colon, value in pairs if colon)

    def body(self, hop: Hop) -> Body | None:
        """The body of a request's last response; None for a redirect, and when nothing could be had."""
        heard = self._heard[hop.request_id]
        return heard.body if hop.place == heard.hops - 1 else None

    def finish(self) -> None:
        """Takes what has come so far of the responses that have not ended; call it when nothing more is waited for."""
        for request_id, heard in self._heard.items():
            if heard.hops and not heard.ended:
                # A frame in a process of its own ends there unheard; its body is kept here all the same.
                heard.body = self._kept_body(request_id, heard, "") or self._so_far(request_id)

    def _sent(self, event: dict[str, Any]) -> None:
        if redirect := event.get("redirectResponse"):
            self._add(event["requestId"], redirect)

    def _received(self, event: dict[str, Any]) -> None:
        self._add(event["requestId"], event["response"])

    def _add(self, request_id: str, response: dict[str, Any]) -> None:
        heard = self._heard.setdefault(request_id, _Heard())
        self._hops.append(Hop(request_id, heard.hops, response["url"].partition("#")[0], response["status"]))
        heard.hops, heard.charset = heard.hops + 1, response.get("charset", "")

    def _header_text(self, event: dict[str, Any]) -> None:
        heard = self._heard.setdefault(event["requestId"], _Heard())
        heard.header_texts.append((event["statusCode"], event.get("headersText", "")))

    def _data(self, event: dict[str, Any]) -> None:
        was_over = self.over_limit
        self._loaded += event["dataLength"]
        if self.over_limit and not was_over:
            self._on_limit()

    def _ended(self, event: dict[str, Any], truncated: str) -> None:
        heard = self._heard.setdefault(event["requestId"], _Heard())
        heard.ended = True
        if not heard.hops:
            return
        heard.body = Body(b"", "length") if self.over_limit else self._kept_body(event["requestId"], heard, truncated)

    def _kept_body(self, request_id: str, heard: _Heard, truncated: str) -> Body | None:
        """The body of a response that has ended, from the browser's buffers; None when it is not there."""
        try:
            answer = self._session.send("Network.getResponseBody", {"requestId": request_id})
        except Error:  # not ended, or not kept; Playwright may still have it
            return None
        raw = base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode("utf-8", "replace")
        exact = answer["base64Encoded"] or heard.charset.lower() in UTF8_LIKE
        return self._keep(raw, truncated, exact=exact)

    def _so_far(self, request_id: str) -> Body:
        truncated = "length" if self.over_limit else "time"
        try:
            answer = self._session.send("Network.streamResourceContent", {"requestId": request_id})
        except Error:  # nothing of it is to be had
            return Body(b"", truncated)
        return self._keep(base64.b64decode(answer["bufferedData"]), truncated, exact=True)

    def _keep(self, raw: bytes, truncated: str, *, exact: bool) -> Body:
        room = max(self._limit - self._kept, 0)
        self._kept += min(len(raw), room)
        return Body(raw[:room], truncated if len(raw) <= room else "length", exact)

    def _security(self, event: dict[str, Any]) -> None:
        state = event["visibleSecurityState"]
        if details := state.get("certificateSecurityState"):
            self.certificates = {"state": state["securityState"], **details}
