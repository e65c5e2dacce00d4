"""Access pattern: search results with page links, and listings that describe themselves as JSON-LD.

Result pages in: steps to their listings and to the next result page out. Listing pages in: one draft each out, with
the text of the listing alone, not of what stands around it (other sellers' offers do).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote_plus

from scrapy.http import Response, TextResponse

from crawler import jsonld
from crawler.draft import Draft, Issue, IssueKind, Output, Step
from crawler.jsonld import Node
from crawler.page import Page, is_html, squeeze
from crawler.source import Source, asked_url
from crawler.urls import absolute, host_of, is_fetchable, same_page

#: What can be for sale, as schema.org names it.
OFFERED = ("Product", "Service", "SoftwareApplication", "MobileApplication", "IndividualProduct", "ProductModel")
NEXT_LINKS = 'link[rel~="next" i][href], a[rel~="next" i][href]'


class ListingPages(Source):
    """A source of listings. A subclass declares what a listing's address looks like and which fields it reads."""

    #: Addresses of listings, for result pages without an ItemList.
    listing_path: ClassVar[re.Pattern[str]]
    #: Field of the offered thing, the offer or the seller -> name of the fact.
    product_facts: ClassVar[dict[str, str]]
    offer_facts: ClassVar[dict[str, str]]
    seller_facts: ClassVar[dict[str, str]]
    #: Facts that also belong to the listing's words.
    spoken_facts: ClassVar[tuple[str, ...]] = ()
    #: Fields left out on purpose, of any of the three.
    ignored: ClassVar[frozenset[str]]

    def missing(self) -> str:
        if not self.endpoint and not self.options.seeds:
            return f"no endpoint: set sources.{self.name}.endpoint to the search page's address"
        return super().missing()

    def first(self) -> Iterator[Step | Issue]:
        for seed in self.options.seeds:
            yield Step(seed, "parse_results", priority=1)
        if self.endpoint and "{query}" not in self.endpoint:
            yield Issue(IssueKind.BROKEN, f"sources.{self.name}.endpoint has no {{query}} in it; it is not searched")
            return
        for query in self.options.queries if self.endpoint else ():
            yield Step(self.endpoint.replace("{query}", quote_plus(query)).replace("{page}", "1"), "parse_results", 1)

    def parse_results(self, response: Response) -> Iterator[Output]:
        """The listings of a result page, and the next result page; both on the same host only."""
        if not is_html(response) or not isinstance(response, TextResponse):
            yield Issue(IssueKind.BROKEN, "a result page is no HTML", response.url)
            return
        page, host = Page(response), host_of(response.url)
        structured = jsonld.read(page.tree)
        yield from (Issue(IssueKind.BROKEN, fault, response.url) for fault in structured.faults)
        listings = self._listings(page, structured)
        for link in listings:
            if host_of(link) != host:
                yield Issue(IssueKind.ODD, f"a result on another host, {host_of(link)}, was left out", response.url)
            elif is_fetchable(link):
                yield Step(link, "parse_listing")
        following = [link for node in page.tree.css(NEXT_LINKS) if (link := page.link(node))]
        if not listings and not structured.of_type("ItemList"):
            yield Issue(IssueKind.ODD, "a result page without results that can be told", response.url)
        if following and host_of(following[0]) != host:
            yield Issue(
                IssueKind.ODD, f"the next page is on another host, {host_of(following[0])}; not followed", response.url
            )
        elif following and not same_page(following[0], response.url):
            yield Step(following[0], "parse_results", priority=1)

    def _listings(self, page: Page, structured: jsonld.Structured) -> list[str]:
        """Addresses of listings, from the ItemList when there is one, else by their form; in order, no repeats."""
        found: dict[str, None] = {}
        for items in structured.of_type("ItemList"):
            for item in jsonld.nodes_of(items.get("itemListElement")):
                inner = item.get("item")
                url = item.get("url") or (inner.get("url") or inner.get("@id") if isinstance(inner, dict) else inner)
                if isinstance(url, str) and (link := absolute(page.base, url)):
                    found[link] = None
        return list(found or dict.fromkeys(link for link in page.links if self.listing_path.search(link)))

    def parse_listing(self, response: Response) -> Iterator[Output]:
        """One draft for the listing; whatever its structured data says that was not foreseen is an issue."""
        url = asked_url(response)
        if not is_html(response) or not isinstance(response, TextResponse):
            yield Draft(url)
            return
        page = Page(response)
        structured = jsonld.read(page.tree)
        yield from (Issue(IssueKind.BROKEN, fault, url) for fault in structured.faults)
        title, links = page.title, page.links
        offered = _main(structured.of_type(*OFFERED), response.url, page)
        if offered is None:
            yield Issue(IssueKind.ODD, "a listing without structured data of its own", url)
            yield Draft(url, title=title, links=links, thin=page.needs_browser())
            return
        facts: dict[str, str] = {}
        yield from (Issue(IssueKind.ODD, what, url) for what in self._product(offered, facts))
        name, description = (jsonld.text_of(offered.get(field)) for field in ("name", "description"))
        # Only what the listing states in words of its own: a price without its currency would be no quote.
        own = (name, description, *(facts.get(fact, "") for fact in self.spoken_facts))
        text = "\n\n".join(dict.fromkeys(part for part in own if part))
        yield Draft(url, title=squeeze(name) or title, text=text, links=links, facts=facts)

    def _product(self, offered: Node, facts: dict[str, str]) -> Iterator[str]:
        """Reads the offered thing, its first offer and its seller into ``facts``; yields what was not foreseen."""
        yield from self._read(
            offered, self.product_facts, {"name", "description", "offers", "seller", "provider"}, facts
        )
        offers = jsonld.nodes_of(offered.get("offers"))
        if "offers" in offered and not offers:
            yield "a listing whose offers are no offers"
        offers += [inner for offer in offers for inner in jsonld.nodes_of(offer.get("offers"))]
        for offer in offers:
            yield from self._read(offer, self.offer_facts, {"seller", "offeredBy", "offers"}, facts)
        for node in (offered, *offers):
            seller = node.get("seller") or node.get("offeredBy") or node.get("provider")
            if isinstance(seller, str) and seller.strip():
                facts.setdefault("seller", seller.strip())
            for one in jsonld.nodes_of(seller):
                yield from self._read(one, self.seller_facts, set(), facts)

    def _read(self, node: Node, wanted: dict[str, str], handled: set[str], facts: dict[str, str]) -> Iterator[str]:
        kind = "/".join(sorted(jsonld.types_of(node))) or "node"
        for field, value in node.items():
            if field in wanted:
                if text := jsonld.text_of(_flat(value)):
                    facts.setdefault(wanted[field], text)
            elif field not in handled and field not in self.ignored and not field.startswith("@"):
                yield f"{kind} has the field {field[:60]!r}, which is not read"


def _main(offered: list[Node], url: str, page: Page) -> Node | None:
    """The thing this page is about: the only one, else the one that names this page's address, else none."""
    if len(offered) == 1:
        return offered[0]
    own = [one for one in offered if any(same_page(absolute(page.base, name), url) for name in _addresses(one))]
    return own[0] if own else None


def _addresses(node: Node) -> list[str]:
    values = (node.get("url"), node.get("@id"), node.get("mainEntityOfPage"))
    return [value for value in values if isinstance(value, str) and value]


def _flat(value: Any) -> Any:
    """A postal address as one line; anything else as it is."""
    if isinstance(value, dict) and "PostalAddress" in jsonld.types_of(value):
        parts = ("streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry")
        return ", ".join(text for part in parts if (text := jsonld.text_of(value.get(part))))
    return value
