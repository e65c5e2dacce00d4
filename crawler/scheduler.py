"""The Scrapy scheduler over the lease queue: addresses from the frontier out as requests, new ones in.

Three kinds of request come in. A retry or a redirect carries its lease and waits in memory: the lease still stands
for it. A page's next address goes into the batch of that page. A seed belongs to no page and is queued at once.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.acknowledge import Acknowledge
from crawler.casebook import writing
from crawler.errors import StoreError
from crawler.frontier import MAX_ATTEMPTS, Lease, Wanted
from crawler.work import Work, work_of

SEED_BATCH = 500

logger = logging.getLogger(__name__)


class LeaseScheduler(BaseScheduler):
    """One source's frontier as Scrapy sees it. All calls come from the engine, in one thread."""

    def __init__(self, work: Work, crawler: Crawler) -> None:
        self.work, self.crawler = work, crawler
        self.frontier, self.ledger = work.frontier, work.ledger
        self._per_host = work.context.settings.crawl.per_host
        self._held: deque[Request] = deque()
        self._seeds: list[Wanted] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler), crawler)

    def open(self, spider: Spider) -> None:  # noqa: ARG002 - Scrapy's signature
        """Takes back what a killed worker had on lease."""
        if lost := self.frontier.release_lost():
            logger.warning(
                "%s: %d pages that a former worker had on lease are taken up again", self.work.spider.name, lost
            )

    def close(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's signature
        """Stores what has not been stored and gives open leases back."""
        self._flush()
        self.frontier.release()

    def has_pending_requests(self) -> bool:
        """True while anything is queued or leased. The engine asks only when nothing is in flight."""
        if self._held or self._seeds or self.work.closing or self.work.context.stopping.is_set():
            return True
        for batch in list(self.ledger.open.values()):
            # Nothing is in flight, so nobody works on this lease any more: a fault of ours, never a silent gap.
            logger.error("the lease of %s was lost inside the crawler", batch.lease.url)
            self.ledger.give_up(batch.lease, "its handling was lost inside the crawler; this is a fault of the crawler")
        self.frontier.release_lost()  # another worker of this run may have been killed meanwhile
        return self.frontier.pending()

    def enqueue_request(self, request: Request) -> bool:
        """Takes a request from the engine; see the module for the three kinds."""
        meta = request.meta
        if "lease" in meta:
            self._held.append(request)
            return True
        wanted = Wanted(request.url, request.cb_kwargs["to"], meta["depth"], request.priority)
        if (parent := meta.get("parent")) is None:
            self._seeds.append(wanted)
            if len(self._seeds) >= SEED_BATCH:
                self._flush()
        else:
            self.ledger.open[parent].wanted.append(wanted)
            self._guarded(self.ledger.arrived, parent)
        return True

    def next_request(self) -> Request | None:
        """The next request, or None when there is none or the hosts that have some are all being asked."""
        if self.work.context.failure is not None:
            return None
        if self._held:
            return self._held.popleft()
        self._flush()
        in_flight = Counter(batch.lease.host for batch in self.ledger.open.values())
        busy = [host for host, requests in in_flight.items() if requests >= self._per_host]
        while (lease := self._guarded(self.frontier.lease, busy)) is not None:
            if lease.attempts <= MAX_ATTEMPTS:
                self.ledger.begin(lease)
                return self._request(lease)
            self.ledger.give_up(lease, f"given up after {MAX_ATTEMPTS} attempts that ended with the crawler")
        return None

    def _request(self, lease: Lease) -> Request:
        acknowledge = self.crawler.get_spider_middleware(Acknowledge)
        assert acknowledge is not None  # noqa: S101 - the settings switch it on
        return Request(
            lease.url,
            callback=self.work.spider.parse,
            errback=acknowledge.failed,
            cb_kwargs={"to": lease.step},
            meta={"lease": lease.id, "depth": lease.depth},
            priority=lease.priority,
            dont_filter=True,
        )

    def _flush(self) -> None:
        if self._seeds:
            seeds, self._seeds = self._seeds, []
            self._guarded(self._store_seeds, seeds)

    def _store_seeds(self, seeds: list[Wanted]) -> None:
        with writing(self.work.context.db):
            self.frontier.add(seeds)

    def _guarded(self, call: Any, *values: Any) -> Any:
        """Calls something that writes; a casebook that cannot be written stops the run."""
        try:
            return call(*values)
        except StoreError as error:
            self.work.fail(error)
            return None
