"""Keeps every answer before anything else looks at it: responses in, exchanges in the spool and a visit out.

It stands where the body has just been decoded and nothing has been followed yet, so each hop of a redirect, each
answer that is retried and each answer cut short is in the spool. What the egress guard itself answered is no
server's answer: it becomes an exception.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Self, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Headers, Response

from crawler import clock
from crawler.egress import Guard, Verdict
from crawler.errors import EgressRefused, StoreError
from crawler.exchange import Exchange
from crawler.exchange import Headers as Pairs
from crawler.secrets import MARK
from crawler.sighting import SightingState
from crawler.visit import NoPage, Visit, of_status
from crawler.work import Work, work_of

#: What is not a page is not downloaded: the answer's head is kept, its body is not asked for.
NOT_PAGES = (
    "application/vnd.android.package-archive",
    "application/java-archive",
    "application/octet-stream",
    "application/x-7z",
    "application/x-msdownload",
    "application/x-rar",
    "application/zip",
    "audio/",
    "font/",
    "image/",
    "video/",
)
GUARD_HEADER = "X-Offsignal-Egress"


class Recorder(HttpCompressionMiddleware):
    """Decodes a body as its base does, within the size limit, and spools the exchange."""

    def __init__(self, work: Work, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self.work = work
        self._max_bytes = work.context.settings.crawl.max_body_bytes
        crawler.signals.connect(self.headers_received, signals.headers_received)
        crawler.signals.connect(self.bytes_received, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler), crawler)

    def headers_received(self, headers: Headers, body_length: int, request: Request) -> None:
        """Stops a download that is no page or is announced as too large."""
        request.meta["received"] = 0
        kind = _text(headers.get("Content-Type")).split(";")[0].strip().lower()
        if kind.startswith(NOT_PAGES) and "robots_txt" not in request.meta:
            self._stop(request, f"not a page: {kind}")
        if isinstance(body_length, int) and body_length > self._max_bytes:
            self._stop(request, f"larger than {self._max_bytes} bytes: {body_length} were announced")

    def bytes_received(self, data: bytes, request: Request) -> None:
        """Stops a download that has become too large."""
        request.meta["received"] = request.meta.get("received", 0) + len(data)
        if request.meta["received"] > self._max_bytes:
            self._stop(request, f"larger than {self._max_bytes} bytes")

    def process_response(self, request: Request, response: Response) -> Response:  # type: ignore[override]
        """Spools the exchange and gives the decoded response on, with its visit in ``meta``."""
        if said := self._said_by_guard(response):
            return self._not_an_answer(request, response, said)
        wire = _pairs(response.headers)
        try:
            decoded = cast("Response", super().process_response(request, response))
        except IgnoreRequest as error:
            self._keep(request, response.replace(body=b""), wire, "length")
            reason = f"larger than {self._max_bytes} bytes when decompressed"
            raise self._failed(request, reason) from error
        except Exception as error:
            self._keep(request, response, wire, "")
            raise self._failed(request, f"its content encoding cannot be undone: {type(error).__name__}") from error
        if "dataloss" in response.flags:
            return self._keep(request, decoded, wire, "disconnect")
        return self._keep(request, decoded, wire, "")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Spools what arrived of a stopped download; turns a refused tunnel into the guard's own reason."""
        if isinstance(exception, StopDownload) and exception.response is not None:
            response = exception.response
            encoded = response.headers.get("Content-Encoding") is not None
            body = b"" if encoded else response.body[: self._max_bytes]
            self._keep(request, response.replace(body=body), _pairs(response.headers), "length")
            raise self._failed(request, request.meta["stopped"])
        if isinstance(exception, TunnelError):
            said = _last_verdict(self.work.context.guard, request.url)
            if said is not None and not said.allowed:
                raise EgressRefused(request.url, said.reason)
            request.meta["tunnel"] = "" if said is None else said.reason

    def _stop(self, request: Request, reason: str) -> None:
        request.meta["stopped"] = reason
        raise StopDownload(fail=True)

    def _failed(self, request: Request, reason: str) -> NoPage:
        """The exception of an answer that was kept and cannot be used."""
        visit = replace(request.meta["visit"], state=SightingState.FAILED, reason=reason)
        return NoPage(SightingState.FAILED, reason, visit)

    def _said_by_guard(self, response: Response) -> str:
        """The guard's reason when this is its own answer, else ""."""
        token, _, reason = _text(response.headers.get(GUARD_HEADER)).partition(";")
        return reason.strip() if token and token.strip() == self.work.context.guard.token else ""

    def _not_an_answer(self, request: Request, response: Response, said: str) -> Response:
        """The guard could not reach the server: a visit without an exchange. It refused: EgressRefused."""
        if response.status < 500:
            raise EgressRefused(request.url, said)
        chain = (*request.meta.get("redirect_urls", ()), request.url)
        robots = request.meta.get("robots", "")
        request.meta["visit"] = Visit(chain[0], chain, clock.now(), SightingState.UNREACHABLE, said, robots=robots)
        return response

    def _keep(self, request: Request, response: Response, wire: Pairs, truncated: str) -> Response:
        """Spools one exchange, secrets removed, and hangs its visit on the request."""
        secrets, guard = self.work.secrets, self.work.context.guard
        body, in_body = secrets.in_bytes(response.body)
        chain = tuple(secrets.in_text(url)[0] for url in (*request.meta.get("redirect_urls", ()), response.url))
        at, peer = clock.now(), guard.peer_ip(*_place(request.url))
        exchange = Exchange(
            url=chain[-1],
            method=request.method,
            request_headers=self._sent(request),
            request_body=b"",
            status=response.status,
            reason="",  # Scrapy does not hand it on, and none is made up
            protocol=response.protocol or "HTTP/1.1",
            response_headers=tuple((name, secrets.in_text(value)[0]) for name, value in wire),
            body=body,
            fetched_at=at,
            peer_ip=peer,
            truncated=truncated,
        )
        try:
            ref = self.work.context.spool.put(exchange)
        except StoreError as error:
            self.work.fail(error)
            raise
        state, reason = of_status(response.status)
        if truncated == "disconnect" and state is SightingState.SEEN:
            state, reason = SightingState.FAILED, "the connection broke off in the middle of the answer"
        request.meta["visit"] = Visit(
            url=chain[0],
            url_chain=chain,
            seen_at=at,
            state=state,
            reason=reason,
            status=response.status,
            content_type=_text(response.headers.get("Content-Type")),
            body_sha256=hashlib.sha256(body).hexdigest(),
            spool=ref,
            robots=request.meta.get("robots", ""),
            peer_ip=peer,
            redacted=in_body,
            certificate_sha256=_certificate(response),
        )
        return response.replace(body=body) if in_body else response

    def _sent(self, request: Request) -> Pairs:
        """The request's headers as sent, with the Host that the HTTP library adds, and without secrets."""
        sent = (("Host", urlsplit(request.url).netloc), *_pairs(request.headers))
        return tuple(
            (name, MARK if name.lower() == "authorization" else self.work.secrets.in_text(value)[0])
            for name, value in sent
        )


def _pairs(headers: Headers) -> Pairs:
    """Scrapy's headers as name and value, repeats kept, one character an octet."""
    return tuple((_text(name), _text(value)) for name, values in headers.items() for value in values)


def _certificate(response: Response) -> str:
    """The SHA-256 of the server's certificate; "" without TLS. It is not judged: anyone may have made it."""
    if response.certificate is None:
        return ""
    digest: bytes = response.certificate.digest("sha256")
    return digest.decode("ascii").replace(":", "").lower()


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("latin-1")


def _last_verdict(guard: Guard, url: str) -> Verdict | None:
    """The guard's latest verdict about the host and port of a URL."""
    place = _place(url)
    return next((one for one in reversed(guard.verdicts()) if (one.host, one.port) == place), None)


def _place(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
