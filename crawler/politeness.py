"""How a host is treated: pauses it asked for, silence when it asked for that, our name and the one way out.

``HostGate`` keeps what hosts asked for; three small Scrapy components act on it. Rates themselves are Scrapy's:
``DOWNLOAD_DELAY`` between two requests to one host.
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
from typing import Self

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawler import clock
from crawler.sighting import SightingState
from crawler.urls import host_of, same_origin
from crawler.visit import NoPage, Stopping
from crawler.work import PRODUCT, Work, work_of

#: A longer pause than this is not waited for: the host is left alone for the rest of the run.
MAX_PAUSE_S = 60.0

RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
RETRY_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    TunnelError,
    OSError,
)

logger = logging.getLogger(__name__)


class HostGate:
    """Downloader middleware: lets no request through to a host that asked to be left alone."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._closed: dict[str, str] = {}
        self._allowed: dict[str, tuple[int, str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler))

    def process_request(self, request: Request) -> None:
        """Raises NoPage (refused) for a host that is closed, Stopping when the crawl is being stopped."""
        if self.work.context.stopping.is_set():
            raise Stopping
        host = host_of(request.url)
        if host in self._allowed and "robots_txt" not in request.meta:
            left, reason = self._allowed[host]
            if left == 0:
                self.close(host, reason)
            self._allowed[host] = (left - 1, reason)
        if host in self._closed:
            raise NoPage(SightingState.REFUSED, self._closed[host])

    def close(self, host: str, reason: str) -> None:
        """No further request to this host in this run."""
        logger.info("%s is left alone: %s", host, reason)
        self._closed.setdefault(host, reason)

    def allow(self, host: str, requests: int, reason: str) -> None:
        """So many further requests to this host, then it is closed."""
        self._allowed.setdefault(host, (requests, reason))

    async def pause(self, seconds: float) -> None:
        """Waits, unless the crawl is stopped meanwhile: then it raises Stopping."""
        try:
            async with asyncio.timeout(seconds):
                await self.work.context.stopping.wait()
        except TimeoutError:
            return
        raise Stopping


class Retry:
    """Downloader middleware: asks again after a passing fault, later each time, and never sooner than the host said."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawl = work_of(crawler).context.settings.crawl
        self._times, self._delay_s = crawl.retries, crawl.delay_s

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The same request again for a passing fault; else the response. A host that asks for long silence gets it."""
        broken_off = "dataloss" in response.flags
        if response.status not in RETRY_STATUS and not broken_off:
            return response
        asked = retry_after_s(response)
        host = host_of(request.url)
        if asked is not None and asked > MAX_PAUSE_S:
            self._gate.close(
                host, f"the host asked for {asked:.0f} seconds without requests (Retry-After, {request.url})"
            )
            return response
        again = self._again(request, "the connection broke off" if broken_off else f"status {response.status}")
        if again is None:
            if response.status == 429:
                self._gate.close(host, f"the host answers that we ask too often (429, {request.url})")
            return response
        await self._gate.pause(max(asked or 0.0, self._backoff_s(again)))
        return again

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The same request again after a connection that failed; None leaves the exception as it is.

        Raises NoPage with the guard's own words when it was a tunnel that could not be opened.
        """
        if not isinstance(exception, RETRY_ERRORS):
            return None
        again = self._again(request, exception)
        if again is not None:
            await self._gate.pause(self._backoff_s(again))
        elif said := request.meta.get("tunnel"):
            raise NoPage(SightingState.UNREACHABLE, said) from exception
        return again

    @property
    def _gate(self) -> HostGate:
        gate = self.crawler.get_downloader_middleware(HostGate)
        if gate is None:
            raise RuntimeError("crawler.politeness.HostGate is not switched on")
        return gate

    def _again(self, request: Request, reason: str | Exception) -> Request | None:
        if self.crawler.spider is None:
            return None
        return get_retry_request(
            request,
            spider=self.crawler.spider,
            reason=reason,
            max_retry_times=self._times,
            priority_adjust=0,
            give_up_log_level=logging.INFO,
        )

    def _backoff_s(self, again: Request) -> float:
        return float(min(self._delay_s * 2 ** again.meta["retry_times"], MAX_PAUSE_S))


class Outgoing:
    """Downloader middleware: every request goes out through the egress guard, with the headers its source needs.

    Such headers (a token) are set here, at the last moment and only for the endpoint's own origin: they never enter
    the frontier and never follow a redirect elsewhere.
    """

    def __init__(self, work: Work) -> None:
        self.work = work

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler))

    def process_request(self, request: Request) -> None:
        """Sets proxy and headers."""
        request.meta["proxy"] = self.work.context.guard.url
        request.headers.pop("Authorization", None)
        endpoint = self.work.spider.endpoint
        if endpoint and "robots_txt" not in request.meta and same_origin(request.url, endpoint):
            for name, value in self.work.spider.send_headers().items():
                request.headers[name] = value


class CrawlDelay:
    """Extension: honours a Crawl-delay in robots.txt by making the pause between two requests to that host longer."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._default_s = work_of(crawler).context.settings.crawl.delay_s
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Sets the host's pause; with one longer than MAX_PAUSE_S a single page is fetched."""
        delay, host = robotparser.crawl_delay(PRODUCT), host_of(request.url)
        if delay is None or delay <= self._default_s:
            return
        gate = self.crawler.get_downloader_middleware(HostGate)
        if delay > MAX_PAUSE_S and gate is not None:
            gate.allow(host, 1, f"robots.txt asks for {delay:.0f} seconds between requests: one page a run")
            return
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if host in downloader.slots:
            downloader.slots[host].delay, downloader.slots[host].concurrency = delay, 1


def retry_after_s(response: Response) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110 section 10.2.3: seconds or a date); None without one."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isdigit() and text.isascii():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        return None
    return max((moment - clock.now()).total_seconds(), 0.0)
