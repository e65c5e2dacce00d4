"""Loads the pages that are empty without JavaScript in the browser: plain sightings in, rendered ones out.

Each page ends as exactly one sighting: the rendered one, whose spool record is the document as the browser had it,
or the plain one with the reason why it could not be rendered.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import Browser
from scrapy.http import HtmlResponse

from crawler import clock
from crawler.browser import open_browser, render
from crawler.casebook import writing
from crawler.errors import BadURL, BrowserFailed
from crawler.page import Page
from crawler.renders import Renders
from crawler.sighting import Sighting
from crawler.work import RunContext

#: After so many pages the browser and its driver are started anew: the driver keeps memory for every page.
PAGES_A_BROWSER = 500
SETTLE_S = 1.0

logger = logging.getLogger(__name__)


def render_waiting(context: RunContext, stopped: Callable[[], bool]) -> None:
    """Renders every page of the run that waits, one after another. Raises StoreError when nothing can be stored."""
    waiting = Renders(context.db).waiting(context.run_id)
    for start in range(0, len(waiting), PAGES_A_BROWSER):
        if not stopped():
            _render_some(context, waiting[start : start + PAGES_A_BROWSER], stopped)


def _render_some(context: RunContext, waiting: list[Sighting], stopped: Callable[[], bool]) -> None:
    """Renders pages in one browser, or as many as it takes: a page may take the browser down with it."""
    left = deque(waiting)
    while left and not stopped():
        try:
            with open_browser(context.guard.url) as browser:
                while left and not stopped():
                    _settle(context, _attempt(context, browser, left.popleft()))
                    if not browser.is_connected():
                        break
        except BrowserFailed as error:  # there is none, or it does not start: so it will be with the next page
            logger.warning("pages are stored as they came: %s", error)
            while left:
                _settle(context, _plain(left.popleft(), str(error)))


def _attempt(context: RunContext, browser: Browser, plain: Sighting) -> Sighting:
    """The rendered sighting, or the plain one that says why there is none."""
    try:
        return _render(context, browser, plain)
    except (BrowserFailed, BadURL) as error:
        return _plain(plain, str(error))


def _render(context: RunContext, browser: Browser, plain: Sighting) -> Sighting:
    """The sighting of a page as the browser shows it. Raises BrowserFailed."""
    crawl = context.settings.crawl
    shown = render(
        browser,
        plain.url_final,
        timeout_s=crawl.timeout_s,
        settle_s=SETTLE_S,
        max_bytes=crawl.max_body_bytes,
        user_agent=context.user_agent,
    )
    at, data = clock.now(), shown.html.encode("utf-8", "replace")
    page = Page(HtmlResponse(shown.url, body=data, encoding="utf-8"))
    chain = plain.url_chain if shown.url == plain.url_final else (*plain.url_chain, shown.url)
    facts = dict(plain.facts) | ({"render": f"cut short: {shown.truncated}"} if shown.truncated else {})
    if plain.spool is not None:
        facts["exchange"] = f"{plain.spool.segment} byte {plain.spool.offset}: {plain.spool.record_id}"
        facts["exchange_sha256"] = plain.body_sha256
    return replace(
        plain,
        url_chain=chain,
        seen_at=at,
        title=page.title,
        links=page.links,
        facts=facts,
        content_type="text/html; charset=utf-8",
        body_sha256=hashlib.sha256(data).hexdigest(),
        spool=context.spool.put_resource(f"urn:dom:{shown.url}", "text/html; charset=utf-8", data, at),
        rendered=True,
    )


def _plain(plain: Sighting, reason: str) -> Sighting:
    return replace(plain, facts={**plain.facts, "render": f"could not: {reason}"[:500]})


def _settle(context: RunContext, sighting: Sighting) -> None:
    with writing(context.db):
        added = Renders(context.db).settle(sighting)
    if added:
        context.events.sighting(sighting)
