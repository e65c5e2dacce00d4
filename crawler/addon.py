"""The Scrapy add-on that ties one spider to one open run: settings in, wired components out.

``python -m crawler`` hands each spider its open run. ``scrapy crawl NAME`` does not: then the add-on opens one for
the data directory that OFFSIGNAL_DATA names (``-a run=RUN_ID`` takes one up), and closes it at the end. Pages that need
the browser then wait until ``python -m crawler`` takes up the run.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import Any, Self, cast

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawler import clock
from crawler.casebook import writing
from crawler.config import SourceSettings, data_dir_from_environment
from crawler.errors import SettingsError
from crawler.events import Events
from crawler.frontier import Frontier
from crawler.handler import OneConnectionHandler
from crawler.ledger import Ledger
from crawler.owner import this_process
from crawler.secrets import Secrets
from crawler.source import Source
from crawler.store import Runs
from crawler.work import PRODUCT, RunContext, Work, open_run, user_agent

HANDLED = ("http", "https")

logger = logging.getLogger(__name__)


class Addon:
    """Owns the :class:`Work` of one crawler."""

    def __init__(self, crawler: Crawler) -> None:
        self._own = ExitStack()
        spider = cast("Source", crawler.spider)
        context: RunContext | None = getattr(spider, "context", None)
        if context is None:
            run_id = getattr(spider, "run", "") or f"scrapy-{clock.now():%Y%m%dT%H%M%S}"
            context = self._own.enter_context(open_run(data_dir_from_environment(), run_id, Events(None)))
            with writing(context.db):
                Runs(context.db).begin(run_id, software=PRODUCT, user_agent=context.user_agent)
            spider.crawl = context.settings.crawl
            spider.options = context.settings.sources.get(spider.name, SourceSettings())
            crawler.signals.connect(self._close, signals.engine_stopped)
        frontier = Frontier(context.db, context.run_id, spider.name, owner=this_process(), limits=spider.limits())
        ledger = Ledger(context.db, context.run_id, spider.name, frontier, context.events)
        self.work = Work(context, crawler, spider, frontier, ledger, Secrets(spider.token))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: Settings) -> None:
        """Sets what offsignal.toml decides. Raises SettingsError for a download handler that the guard cannot see."""
        crawl = self.work.context.settings.crawl
        given: dict[str, Any] = {
            "USER_AGENT": user_agent(self.work.context.settings),
            "DOWNLOAD_DELAY": crawl.delay_s,
            "CONCURRENT_REQUESTS": crawl.concurrent,
            "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.per_host,
            "DOWNLOAD_TIMEOUT": crawl.timeout_s,
            "DOWNLOAD_MAXSIZE": crawl.max_body_bytes,
            "DOWNLOAD_WARNSIZE": 0,
            "REDIRECT_MAX_TIMES": crawl.max_redirects,
            "RETRY_TIMES": crawl.retries,
        }
        for name, value in given.items():
            settings.set(name, value, priority="addon")
        handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
        for scheme, handler in handlers.items():
            if handler is not None and (scheme not in HANDLED or load_object(handler) is not OneConnectionHandler):
                raise SettingsError(
                    f"the download handler {handler!r} for {scheme}: is not known to go through the egress guard; "
                    "remove it from DOWNLOAD_HANDLERS"
                )

    def _close(self) -> None:
        with writing(self.work.context.db):
            Runs(self.work.context.db).end(self.work.context.run_id, "finished")
        self._own.close()
