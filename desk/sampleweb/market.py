"""The marketplace's live part: search results and categories, paged by ``?page=N``. The listings are real files.

In: ``/search?q=…&page=N`` and ``/c/<category>?page=N``. Out: a result page with cards, schema.org ItemList JSON-LD and
page links, or None for every other path. A listing shows only on its nights (``_listings.json``: ``nights``).
"""

from __future__ import annotations

import json
import re
from html import escape
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlencode

from desk.sampleweb.site import Answer, Request, Site

PER_PAGE = 8
BASE = "http://bazaar-listings.example"


def answer(site: Site, request: Request) -> Answer | None:
    """A result page, 404 for a page past the end, None when the path is a plain file's."""
    query = parse_qs(request.query)
    words = query.get("q", [""])[0]
    category = request.path.removeprefix("/c/").strip("/") if request.path.startswith("/c/") else ""
    if request.path.rstrip("/") != "/search" and not category:
        return None
    number = query.get("page", ["1"])[0]
    if not number.isdigit() or not 0 < int(number) < 1000:
        return site.not_found()
    found = _matching(_listings(site, request.night), words, category)
    pages = max(1, -(-len(found) // PER_PAGE))
    if int(number) > pages or (category and not found):
        return site.not_found()
    shown = found[(int(number) - 1) * PER_PAGE : int(number) * PER_PAGE]
    html = _page(site, shown, title=words or category, total=len(found), here=(request.path, words, int(number), pages))
    return Answer(200, html.encode(), (("Content-Type", "text/html; charset=utf-8"), *site.headers))


def _listings(site: Site, night: int) -> list[dict[str, Any]]:
    """The listings open on a night, newest first as the file has them."""
    rows: list[dict[str, Any]] = json.loads((site.folder / "_listings.json").read_text("utf-8"))
    return [row for row in rows if night in row["nights"]]


def _matching(rows: list[dict[str, Any]], words: str, category: str) -> list[dict[str, Any]]:
    """Rows of a category, or rows with any of the words, those with more of them first."""
    if category:
        return [row for row in rows if row["category"] == category]
    wanted = set(re.findall(r"\w+", words.lower()))
    if not wanted:
        return rows
    scored = []
    for row in rows:
        own = re.findall(r"\w+", " ".join((row["title"], row["snippet"], row["tags"])).lower())
        scored.append((len(wanted.intersection(own)), row))
    return [row for score, row in sorted(scored, key=lambda pair: -pair[0]) if score]


def _page(site: Site, rows: list[dict[str, Any]], *, title: str, total: int, here: tuple[str, str, int, int]) -> str:
    """The result page: the host's ``_results.html`` with cards, structured data and pager filled in."""
    path, words, number, pages = here
    items = [
        {"@type": "ListItem", "position": place, "url": f"{BASE}{row['path']}", "name": row["title"]}
        for place, row in enumerate(rows, (number - 1) * PER_PAGE + 1)
    ]
    structured = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "numberOfItems": total,
        "itemListElement": items,
    }
    template = Template((site.folder / "_results.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title or "Everything"),
        words=escape(words, quote=True),
        total=total,
        number=number,
        pages=pages,
        cards="\n".join(map(_card, rows)) or '<p class="none">Nothing matches. Try fewer words.</p>',
        pager=_pager(path, words, number, pages),
        structured=json.dumps(structured, ensure_ascii=False, indent=1).replace("</", "<\\/"),
    )


def _card(row: dict[str, Any]) -> str:
    """One result."""
    return (
        f'<article class="card"><a class="thumb c{row["hue"]}" href="{row["path"]}">{escape(row["mark"])}</a>'
        f'<div><h2><a href="{row["path"]}">{escape(row["title"])}</a></h2>'
        f'<p class="price">{escape(row["price"])}</p><p>{escape(row["snippet"])}</p>'
        f'<p class="meta">{escape(row["city"])} · {escape(row["posted"])} · {escape(row["seller"])}</p></div></article>'
    )


def _pager(path: str, words: str, number: int, pages: int) -> str:
    """Links to the pages before, after and around."""
    links = []
    for page in range(1, pages + 1):
        query = urlencode([("q", words)] * bool(words) + [("page", str(page))])
        rel = {number - 1: ' rel="prev"', number + 1: ' rel="next"'}.get(page, "")
        link = f'<a href="{escape(f"{path}?{query}")}"{rel}>{page}</a>'
        links.append(f"<b>{page}</b>" if page == number else link)
    return "\n".join(links)
