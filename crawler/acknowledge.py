"""The outermost spider middleware: counts what a page gives, so that its lease ends when all of it is stored.

In: a spider's drafts, steps, issues. Out: items for the pipeline, and requests for addresses not seen before. A
request that ended in an exception comes here as the errback of every request.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import clock
from crawler.draft import Draft, Issue, IssueKind, Output, Step, Stop
from crawler.egress import check_url
from crawler.errors import BadURL, StoreError
from crawler.sighting import SightingState
from crawler.urls import fingerprint, host_of
from crawler.visit import NoPage, Stopping, Visit, of_failure
from crawler.work import Work, work_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A draft or an issue on its way to the pipeline, with the page it came from."""

    output: Draft | Issue | Stop
    visit: Visit
    lease: int


class Acknowledge:
    """Accounts for every output of every leased page."""

    def __init__(self, work: Work) -> None:
        self.work, self.ledger = work, work.ledger
        self._seen: set[str] = set()
        self._known: set[str] = set()
        self._too_deep: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler))

    async def process_start(self, start: AsyncIterator[Step | Issue]) -> AsyncIterator[Request]:
        """A spider's first steps as requests of depth 0; a seed that is no address becomes an issue."""
        async for output in start:
            if isinstance(output, Issue):
                self.ledger.note(output)
                continue
            try:
                url = check_url(output.url)
            except BadURL as error:
                self.ledger.note(Issue(IssueKind.BROKEN, f"a seed cannot be used: {error}", output.url[:200]))
                continue
            self._seen.add(fingerprint(url))
            yield Request(url, cb_kwargs={"to": output.to}, meta={"depth": 0}, priority=output.priority)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Output]) -> AsyncIterator[Any]:
        """Passes a page's outputs on, counted; at the end the batch may close."""
        lease, visit = response.meta["lease"], response.meta["visit"]
        async for output in result:
            ready = self._step(output, response) if isinstance(output, Step) else Found(output, visit, lease)
            if ready is not None:
                self.ledger.expect(lease)
                yield ready
        self._end(lease)

    def _end(self, lease: int) -> None:
        try:
            self.ledger.end(lease)
        except StoreError as error:
            self.work.fail(error)

    def failed(self, failure: Failure) -> Iterator[Found]:
        """The one output of a request that ended in an exception: a draft that says why."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        lease, error = request.meta["lease"], failure.value or RuntimeError("a failure without a cause")
        if isinstance(error, Stopping | StoreError) or lease not in self.ledger.open:
            return
        visit = self._visit(request, error)
        self.ledger.expect(lease)
        yield Found(Draft(visit.url, state=visit.state, reason=visit.reason), visit, lease)
        self._end(lease)

    def _visit(self, request: Request, error: BaseException) -> Visit:
        if isinstance(error, NoPage) and error.visit is not None:
            return error.visit
        state, reason = of_failure(error)
        if state is SightingState.FAILED and reason == "too many redirects":
            reason = f"more than {self.work.context.settings.crawl.max_redirects} redirects"
        chain = (*request.meta.get("redirect_urls", ()), request.url)
        last = request.meta.get("visit")
        if isinstance(error, IgnoreRequest) and isinstance(last, Visit) and last.url_chain[-1] == request.url:
            return replace(last, state=state, reason=reason)  # an answer that was kept, and could not be followed
        return Visit(chain[0], chain, clock.now(), state, reason, robots=request.meta.get("robots", ""))

    def _step(self, step: Step, response: Response) -> Request | None:
        """A request for a step's address, or None when it has been seen in this crawl or lies too deep."""
        if step.url in self._known:  # spelled as before: most links of a page are
            return None
        try:
            url = check_url(step.url)
        except BadURL:
            return None
        name, depth, lease = fingerprint(url), response.meta["depth"] + 1, response.meta["lease"]
        limit = self.work.frontier.limits.depth
        if name in self._seen:
            self._known.add(step.url)
            return None
        if limit is not None and depth > limit:
            if name not in self._too_deep:
                self._too_deep.add(name)
                self.ledger.open[lease].skipped[host_of(url), "depth"] += 1
            return None
        self._seen.add(name)
        self._known.add(step.url)
        meta = {"depth": depth, "parent": lease}
        return Request(url, cb_kwargs={"to": step.to}, meta=meta, priority=step.priority)
