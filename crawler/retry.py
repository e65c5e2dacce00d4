"""Asks again after a passing fault: a failed answer or connection in, the same request later, or the fault, out."""

from __future__ import annotations

import email.utils
import logging
from typing import Self

from scrapy import Request
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

from crawler import clock
from crawler.politeness import MAX_PAUSE_S, HostGate
from crawler.sighting import SightingState
from crawler.urls import host_of
from crawler.visit import NoPage
from crawler.work import work_of

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
