"""Which app packages a captured page offers: its document and what it was given in, addresses out. Nothing is fetched.

An offer is a link whose path ends like an app package, a link that says it saves a file of such a name, an answer of
Android's media type, or a download that the page itself began.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from crawler.exchange import Exchange
from crawler.urls import absolute, is_package

APK_TYPE = "application/vnd.android.package-archive"
LINK, ANSWER, DOWNLOAD = "link", "answer", "download"
MAX_LINKS = 20_000


@dataclass(frozen=True, slots=True)
class Offer:
    """One address, how it was found (``link``, ``answer``, ``download``), and the answer that the page got from it."""

    url: str
    found: tuple[str, ...]
    answer: Exchange | None = None


def offers(html: str, base: str, got: Iterable[Exchange], downloads: Iterable[str]) -> tuple[Offer, ...]:
    """The offers of a page, answers that came first, then downloads, then links in the document's order.

    ``html`` is the document as it stood in the end, ``base`` its address, ``got`` the page's exchanges; ``downloads``
    are the recorder's notes, ``<url> as <name>``.
    """
    ways: dict[str, list[str]] = {}
    answers: dict[str, Exchange] = {}
    for exchange in got:
        if _is_answer(exchange):
            answers.setdefault(exchange.url, exchange)
            ways.setdefault(exchange.url, []).append(ANSWER)
    for note in downloads:
        url, _, name = note.partition(" as ")
        address = absolute(base, url)
        if address in answers or (address.startswith("http") and (is_package(address) or _is_name(name))):
            ways.setdefault(address, []).append(DOWNLOAD)
    for address in _links(html, base):
        ways.setdefault(address, []).append(LINK)
    return tuple(Offer(url, tuple(dict.fromkeys(found)), answers.get(url)) for url, found in ways.items())


def _is_answer(exchange: Exchange) -> bool:
    kind = next((value for name, value in exchange.response_headers if name.lower() == "content-type"), "")
    if not 200 <= exchange.status < 300 or exchange.method != "GET":
        return False
    return kind.partition(";")[0].strip().lower() == APK_TYPE or (
        is_package(exchange.url) and not kind.startswith("text/")
    )


def _links(html: str, base: str) -> Iterator[str]:
    if not html:
        return
    tree = LexborHTMLParser(html)
    first = tree.css_first("base[href]")
    root = absolute(base, first.attributes.get("href") or "") if first is not None else ""
    for node in tree.css("a[href], area[href]")[:MAX_LINKS]:
        address = absolute(root or base, node.attributes.get("href") or "")
        if address.startswith("http") and (is_package(address) or _is_name(node.attributes.get("download") or "")):
            yield address


def _is_name(name: str) -> bool:
    return is_package(f"http://a/{name.strip()}")
