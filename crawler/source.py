"""What every source is: a Scrapy spider of declared facts and pure parse methods. It writes nothing and asks nothing.

A parse method gets a response and yields drafts, steps and issues (:mod:`crawler.draft`); it can be run on a saved
file. Requests, budgets, robots.txt, storing and failing are not its business.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import scrapy
from scrapy.http import Response

from crawler.config import CrawlSettings, SourceSettings
from crawler.draft import Draft, Issue, IssueKind, Output, Step
from crawler.frontier import Limits
from crawler.sighting import SightingState

logger = logging.getLogger(__name__)


class Source(scrapy.Spider):
    """Base of all sources. ``options`` are the source's settings; ``inputs`` are addresses given by hand."""

    #: The endpoint when the settings name none; "" when it must be named.
    default_endpoint: ClassVar[str] = ""
    #: The environment variable of the key when the settings name none; "" when none is needed.
    default_token_env: ClassVar[str] = ""

    def __init__(
        self,
        *,
        options: SourceSettings | None = None,
        crawl: CrawlSettings | None = None,
        inputs: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.options = SourceSettings() if options is None else options
        self.crawl = CrawlSettings() if crawl is None else crawl
        self.inputs = tuple(inputs)

    @property
    def endpoint(self) -> str:
        """Where the source is asked."""
        return self.options.endpoint or self.default_endpoint

    @property
    def token_env(self) -> str:
        """The environment variable that holds the key, or ""."""
        return self.options.token_env or self.default_token_env

    @property
    def token(self) -> str:
        """The key, or "". It lives in the environment and in request headers, nowhere else."""
        return os.environ.get(self.token_env, "").strip() if self.token_env else ""

    def missing(self) -> str:
        """What the source cannot do without, in a few words; "" when it can run."""
        return f"no key in ${self.token_env}" if self.token_env and not self.token else ""

    def limits(self) -> Limits:
        """How many addresses it may visit in one run. Unless overridden: its own budget."""
        return Limits(pages=self.options.budget_pages)

    def send_headers(self) -> Mapping[str, str]:
        """Headers for requests to the endpoint's own origin."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def first(self) -> Iterator[Step | Issue]:
        """Where the source begins."""
        raise TypeError(f"the source {self.name} does not say where it begins: it needs first()")

    def refused(self, response: Response) -> Iterator[Output]:  # noqa: ARG002 - for those who read error answers
        """What an answer that is no page says, beyond its status. Unless overridden: nothing."""
        yield from ()

    async def start(self) -> AsyncIterator[Any]:
        for step in self.first():
            yield step

    def parse(self, response: Response, to: str = "") -> Iterator[Output]:
        """Hands a page to its parse method; what is no page, or cannot be parsed, becomes a draft that says so."""
        visit = response.meta["visit"]
        try:
            if visit.state is SightingState.SEEN:
                if not to.startswith("parse_"):
                    raise ValueError(f"{to!r} is no parse method")
                yield from getattr(self, to)(response)
                return
            yield from self.refused(response)
        except Exception as error:
            logger.warning("%s: %s cannot be parsed", self.name, visit.url, exc_info=True)
            reason = f"it cannot be parsed: {type(error).__name__}: {str(error)[:200]}"
            yield Issue(IssueKind.BROKEN, reason, visit.url)
            yield Draft(visit.url, state=SightingState.FAILED, reason=reason)
            return
        yield Draft(visit.url, state=visit.state, reason=visit.reason)


def asked_url(response: Response) -> str:
    """The address that was asked for, before any redirect."""
    chain: list[str] = response.meta.get("redirect_urls", [])
    return chain[0] if chain else response.url
