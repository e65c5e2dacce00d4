"""Access pattern: the public preview of a message channel, newest posts first, paged backwards.

Preview pages in: one draft a post, then a step to the older ones out. A channel without a preview is refused or
absent, with the reason; it is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from scrapy.http import Response, TextResponse
from selectolax.lexbor import LexborNode

from crawler import clock
from crawler.draft import Draft, Issue, IssueKind, Output, Step
from crawler.page import Page, is_html, lines_of, squeeze, text_of
from crawler.sighting import SightingState
from crawler.source import Source, asked_url

CHANNEL = re.compile(r"[A-Za-z]\w{3,31}")
POST = re.compile(r"([A-Za-z]\w{3,31})/(\d{1,12})")
MARK = "tgme_widget_message"


class ChannelPreview(Source):
    """A source of public channel previews. ``options.seeds`` are channel names; ``queries`` narrow them."""

    def first(self) -> Iterator[Step | Issue]:
        for seed in self.options.seeds:
            name = urlsplit(seed).path.strip("/").removeprefix("s/") if "/" in seed else seed.removeprefix("@")
            if not CHANNEL.fullmatch(name):
                yield Issue(IssueKind.BROKEN, f"a seed is not a channel name: {seed[:80]!r}")
                continue
            for query in self.options.queries or ("",):
                yield Step(self._preview(name, {"q": query} if query else {}), "parse_channel")

    def parse_channel(self, response: Response) -> Iterator[Output]:
        """Every post with words, and the page of older ones."""
        asked = asked_url(response)
        if not is_html(response) or not isinstance(response, TextResponse):
            yield Draft(asked, state=SightingState.FAILED, reason="the channel's preview is no HTML page")
            return
        page = Page(response)
        if not urlsplit(response.url).path.startswith("/s/"):
            yield self._closed(asked, page)
            return
        numbers: list[int] = []
        for node in page.tree.css(f".{MARK}[data-post]"):
            post = POST.fullmatch(node.attributes.get("data-post") or "")
            if post is None:
                yield Issue(IssueKind.ODD, "a post whose name is not channel/number was left out", response.url)
                continue
            numbers.append(int(post[2]))
            yield from self._post(post[1], post[2], node, page)
        if numbers:
            yield from self._older(response.url, min(numbers))
        elif page.tree.css_first(".tgme_channel_no_messages_found, .tgme_channel_history") is None:
            yield Issue(
                IssueKind.ODD, "a preview page without posts and without a word that there are none", response.url
            )

    def _post(self, channel: str, number: str, node: LexborNode, page: Page) -> Iterator[Output]:
        classes = (node.attributes.get("class") or "").split()
        if f"{MARK}_service" in classes or "service_message" in classes:
            yield Issue(IssueKind.IGNORED, "service messages are left out")
            return
        words = node.css_first(f".{MARK}_text.js-message_text") or node.css_first(f".{MARK}_text")
        text = lines_of(words) if words is not None else ""
        if words is None or not text:
            yield Issue(IssueKind.IGNORED, "posts without words are left out")
            return
        time = node.css_first(f".{MARK}_date time[datetime]") or node.css_first("time[datetime]")
        published = (time.attributes.get("datetime") or "") if time is not None else ""
        if not _is_time(published):
            yield Issue(IssueKind.ODD, "a post without a time", page.url)
            published = ""
        stated = {
            "published": published,
            "views": squeeze(text_of(node.css_first(f".{MARK}_views"))),
            "author": squeeze(text_of(node.css_first(f".{MARK}_owner_name"))),
            "forwarded_from": squeeze(text_of(node.css_first(f".{MARK}_forwarded_from_name"))),
            "channel": channel,
        }
        links = tuple(dict.fromkeys(link for a in words.css("a[href]") if (link := page.link(a))))
        title = f"{stated['author'] or channel}: post {number}"
        facts = {name: value for name, value in stated.items() if value}
        yield Draft(f"{self._base}/{channel}/{number}", title=title, text=text, links=links, facts=facts)

    def _older(self, url: str, oldest: int) -> Iterator[Step]:
        """The posts before the oldest seen. A page that does not go back is the last one."""
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        before = query.get("before", "")
        if oldest > 1 and not (before.isdigit() and int(before) <= oldest):
            yield Step(self._preview(parts.path.removeprefix("/s/"), {**query, "before": str(oldest)}), "parse_channel")

    def _closed(self, asked: str, page: Page) -> Draft:
        """A channel that redirected away from its preview: refused when its name exists, else absent."""
        if title := squeeze(text_of(page.tree.css_first(".tgme_page_title"))):
            return Draft(asked, title=title, state=SightingState.REFUSED, reason="the channel shows no public preview")
        return Draft(asked, state=SightingState.ABSENT, reason="there is no public channel of this name")

    @property
    def _base(self) -> str:
        return self.endpoint.rstrip("/").removesuffix("/s")

    def _preview(self, channel: str, query: dict[str, str]) -> str:
        return f"{self._base}/s/{quote(channel)}" + (f"?{urlencode(query)}" if query else "")


def _is_time(text: str) -> bool:
    try:
        clock.parse(text)
    except ValueError:
        return False
    return True
