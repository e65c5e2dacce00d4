"""The watch list."""

from __future__ import annotations

from typing import ClassVar

from crawler.access.website import Website
from crawler.frontier import Limits


class Watchlist(Website):
    """Websites that somebody wants looked at every night.

    Service: none; the sites themselves
    What it finds: each seed's page, and the pages of the same registrable domain that it links to
    Endpoint: sources.watchlist.seeds, absolute URLs
    Terms: each site's own; robots.txt is obeyed
    Needs: nothing
    Limits: crawl.max_depth, crawl.max_pages_per_host, sources.watchlist.budget_pages; app packages are never fetched
    """

    name = "watchlist"
    follow: ClassVar[bool] = True

    def limits(self) -> Limits:
        return Limits(self.crawl.max_depth, self.crawl.max_pages_per_host, self.options.budget_pages)
