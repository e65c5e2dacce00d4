"""Obeys robots.txt (RFC 9309) and records what it said: requests in; the same, or a refusal with its reason, out.

A host's file is fetched once a run, through the guard like everything else, and its answer lies in the spool. What
it decided stands in the ``robots`` table, so a run that is taken up again does not ask again.

    2xx            its rules apply: "allowed" or "refused" for each address
    4xx, not 429   there are none: "none" (section 2.3.1.3)
    5xx, 429, no answer   complete disallow: "unreachable" (section 2.3.1.4)
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from crawler import clock
from crawler.casebook import writing
from crawler.errors import EgressRefused, StoreError
from crawler.sighting import SightingState, SpoolRef
from crawler.spool import open_ref
from crawler.visit import NoPage, Stopping, Visit, of_failure
from crawler.work import PRODUCT, Work, work_of

#: More than this of a robots.txt is not read (RFC 9309 section 2.5 asks for at least 500 KiB).
MAX_RULES_BYTES = 500 * 1024

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """One host's robots.txt in one run. ``decision``: "rules", "none" or "unreachable"; ``parser`` only for rules."""

    url: str
    decision: str
    reason: str = ""
    parser: ProtegoRobotParser | None = None


class RobotsGate:
    """Downloader middleware: asks the host's robots.txt before the page, and lets nothing through that it forbids."""

    def __init__(self, work: Work, crawler: Crawler) -> None:
        self.work, self.crawler = work, crawler
        self._rules: dict[str, asyncio.Task[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler), crawler)

    async def process_request(self, request: Request) -> None:
        """Raises NoPage (refused or unreachable) for what must not be asked for; notes the decision in ``meta``."""
        if "robots_txt" in request.meta:
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.get_running_loop().create_task(self._obtain(origin, request))
        rules = await self._rules[origin]
        request.meta["robots"] = "allowed" if rules.decision == "rules" else rules.decision
        if rules.decision == "unreachable":
            raise NoPage(SightingState.UNREACHABLE, f"not looked at: {rules.url}: {rules.reason}")
        if rules.parser is not None and not rules.parser.allowed(request.url, PRODUCT):
            request.meta["robots"] = "refused"
            raise NoPage(SightingState.REFUSED, f"{rules.url} forbids {parts.path or '/'} to {PRODUCT}")

    async def _obtain(self, origin: str, request: Request) -> Rules:
        """The rules of a host, from this run's record or freshly fetched. Raises Stopping, EgressRefused or NoPage."""
        url = f"{origin}/robots.txt"
        rules = self._recorded(origin, url) or await self._fetch(origin, url)
        if rules.parser is not None:
            await self.crawler.signals.send_catch_log_async(
                signal=signals.robots_parsed, robotparser=rules.parser, request=request
            )
        return rules

    async def _fetch(self, origin: str, url: str) -> Rules:
        request = Request(url, callback=NO_CALLBACK, meta={"robots_txt": True}, priority=1000)
        try:
            response = await self.crawler.engine.download_async(request)
        except (Stopping, EgressRefused, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is recorded and obeyed as "unreachable"
            return self._record(origin, self._after_failure(url, error), None)
        visit: Visit = response.meta["visit"]
        if response.status == 429 or response.status >= 500:
            rules = Rules(url, "unreachable", f"{visit.reason}, which forbids everything for now")
        elif response.status >= 300:
            rules = Rules(url, "none", f"it answered {response.status}")
        else:
            rules = Rules(url, "rules", "", self._parse(response.body))
        return self._record(origin, rules, visit)

    def _after_failure(self, url: str, error: Exception) -> Rules:
        """Too many redirects mean that there are no rules (section 2.3.1.2); every other failure forbids everything."""
        state, reason = of_failure(error)
        if reason == "too many redirects":
            return Rules(url, "none", reason)
        return Rules(
            url, "unreachable", reason if state is not SightingState.FAILED else f"it cannot be read: {reason}"
        )

    def _parse(self, body: bytes) -> ProtegoRobotParser:
        return ProtegoRobotParser.from_crawler(self.crawler, body[:MAX_RULES_BYTES])

    def _record(self, origin: str, rules: Rules, visit: Visit | None) -> Rules:
        delay = rules.parser.crawl_delay(PRODUCT) if rules.parser else None
        ref = visit.spool if visit else None
        row = (
            *(self.work.context.run_id, origin, rules.url, clock.iso(clock.now()), visit.status if visit else None),
            *(rules.decision, rules.reason, delay),
            *((ref.segment, ref.offset, ref.record_id) if ref else (None, None, None)),
        )
        with writing(self.work.context.db):
            self.work.context.db.conn.execute(
                f"INSERT OR REPLACE INTO robots VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - question marks
                row,
            )
        return rules

    def _recorded(self, origin: str, url: str) -> Rules | None:
        """What this run has on record for a host: None when nothing, or nothing that can still be read."""
        found: Any = self.work.context.db.conn.execute(
            "SELECT decision, reason, spool_segment, spool_offset, spool_record_id FROM robots "
            "WHERE run_id = ? AND origin = ? AND decision != 'unreachable'",
            (self.work.context.run_id, origin),
        ).fetchone()
        if found is None:
            return None
        decision, reason, *place = found
        if decision != "rules":
            return Rules(url, decision, reason)
        try:
            body = open_ref(self.work.context.spool_dir, SpoolRef(*place)).payload
        except StoreError as error:
            logger.warning("%s is asked for again: %s", url, error)
            return None
        return Rules(url, decision, reason, self._parse(body))
