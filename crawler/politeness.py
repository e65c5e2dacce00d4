"""How a host is treated: pauses it asked for, silence when it asked for that, our name and the one way out.

``HostGate`` keeps what hosts asked for. Rates themselves are Scrapy's: ``DOWNLOAD_DELAY`` between two requests to one
host. Asking again after a fault is :mod:`crawler.retry`'s.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.robotstxt import RobotParser

from crawler.sighting import SightingState
from crawler.urls import host_of, same_origin
from crawler.visit import NoPage, Stopping
from crawler.work import PRODUCT, Work, work_of

#: A longer pause than this is not waited for: the host is left alone for the rest of the run.
MAX_PAUSE_S = 60.0

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
