"""Access pattern: a website, page by page. Pages in; one draft a page and, when followed, its same-site links out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from scrapy.http import Response, TextResponse

from crawler.draft import Draft, Issue, Output, Step
from crawler.page import Page, is_html
from crawler.source import Source, asked_url
from crawler.urls import absolute, host_of, is_fetchable, site_of


class Website(Source):
    """A source that looks at pages as they are. ``follow``: whether it goes on to the pages of the same site."""

    follow: ClassVar[bool] = False

    def first(self) -> Iterator[Step | Issue]:
        for url in self.inputs or self.options.seeds:
            yield Step(url, "parse_page")

    def parse_page(self, response: Response) -> Iterator[Output]:
        """One draft for the page, then the links to follow, nearest first."""
        url = asked_url(response)
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if location and 300 <= response.status < 400:
            # A redirect that could not be followed: it opens an app, or leads nowhere.
            target = absolute(response.url, location)
            yield Draft(url, links=(target,) if target else (), facts={"redirects_to": location})
            return
        if not is_html(response) or not isinstance(response, TextResponse):
            yield Draft(url)
            return
        page = Page(response)
        links = page.links
        yield Draft(url, title=page.title, links=links, thin=page.needs_browser())
        if self.follow:
            depth = response.meta.get("depth", 0)
            # A seed may redirect to the site's real name; deeper pages that lead elsewhere are not followed there.
            sites = {site_of(host_of(url)), site_of(host_of(response.url))} if depth == 0 else {site_of(host_of(url))}
            for link in links:
                if is_fetchable(link) and site_of(host_of(link)) in sites:
                    yield Step(link, "parse_page", priority=-depth - 1)
