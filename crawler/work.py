"""What every Scrapy component of one crawl shares: the open run, and one source's part of it.

A :class:`RunContext` lives as long as the process; a :class:`Work` as long as one spider. Components find theirs by
:func:`work_of`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.crawler import Crawler
from sqlite_utils import Database

from crawler.casebook import open_casebook
from crawler.config import CrawlerSettings, load
from crawler.egress import Guard
from crawler.errors import OffsignalError
from crawler.events import Events
from crawler.frontier import Frontier
from crawler.secrets import Secrets
from crawler.spool import Spool, mend
from crawler.tables import MIGRATIONS

if TYPE_CHECKING:
    from crawler.ledger import Ledger
    from crawler.source import Source

#: What robots.txt files may call us (RFC 9309 section 2.2.1).
PRODUCT = "offsignal"

logger = logging.getLogger(__name__)


@dataclass
class RunContext:
    """One open run. ``inputs`` are addresses given by hand, by source. ``failure`` is what ends the run early."""

    data_dir: Path
    run_id: str
    settings: CrawlerSettings
    db: Database
    spool: Spool
    guard: Guard
    events: Events
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failure: OffsignalError | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spool_dir(self) -> Path:
        """Where the raw exchanges lie."""
        return self.data_dir / "spool"

    @property
    def user_agent(self) -> str:
        """Who we are, and where a webmaster can write to."""
        return user_agent(self.settings)


def user_agent(settings: CrawlerSettings) -> str:
    """``offsignal/<version> (+<contact>)``: the truth, on every request."""
    return f"{PRODUCT}/{version('offsignal')} (+{settings.collector.contact})"


@contextmanager
def open_run(data_dir: Path, run_id: str, events: Events) -> Iterator[RunContext]:
    """Opens casebook, spool and guard for one run, and closes them again. Raises SettingsError or StoreError."""
    settings = load(data_dir)
    db = open_casebook(data_dir / "casebook.db", (MIGRATIONS,))
    # A power cut may undo the last commits. Then the leases come back with them and the pages are fetched again.
    db.conn.execute("PRAGMA synchronous=NORMAL")
    try:
        for sentence in mend(data_dir / "spool"):
            logger.warning(sentence)
        info = {"software": user_agent(settings), "operator": settings.collector.operator, "robots": "obey"}
        with Spool(data_dir / "spool", run_id, info=info) as spool, Guard(settings.egress) as guard:
            yield RunContext(data_dir, run_id, settings, db, spool, guard, events)
    finally:
        db.close()


@dataclass
class Work:
    """One spider's part of a run."""

    context: RunContext
    crawler: Crawler
    spider: Source
    frontier: Frontier
    ledger: Ledger
    secrets: Secrets
    closing: str = ""

    def fail(self, error: OffsignalError) -> None:
        """Stops the whole run because of ``error``: the casebook or the spool cannot be written."""
        if self.context.failure is None:
            self.context.failure = error
            self.stop("failed")

    def stop(self, reason: str) -> None:
        """Asks for nothing more in this source; what is in flight is still stored."""
        if not self.closing:
            self.closing = reason
            task = asyncio.get_running_loop().create_task(self.crawler.engine.close_spider_async(reason=reason))
            task.add_done_callback(lambda _: None)


def work_of(crawler: Crawler) -> Work:
    """The work of a crawler; raises RuntimeError when the add-on is not switched on."""
    addon: Any = next((one for one in crawler.addons.addons if hasattr(one, "work")), None)
    if addon is None:
        raise RuntimeError("crawler.addon.Addon is not in ADDONS: without it nothing would be stored or guarded")
    work: Work = addon.work
    return work
