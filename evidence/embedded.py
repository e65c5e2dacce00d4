"""What a page says of itself in its head: HTML in, canonical link, Open Graph and JSON-LD out, as written, bounded."""

from __future__ import annotations

from typing import Any

from selectolax.lexbor import LexborHTMLParser

MAX_ITEMS = 100
MAX_CHARS = 20_000


def embedded_metadata(html: str) -> dict[str, Any]:
    """``{title, canonical_link, meta, json_ld}``: the first title and canonical link, named meta texts, raw JSON-LD."""
    tree = LexborHTMLParser(html)
    title = tree.css_first("title")
    link = tree.css_first('link[rel="canonical"]')
    named: dict[str, str] = {}
    for node in tree.css("meta[content]")[:MAX_ITEMS]:
        name = node.attributes.get("property") or node.attributes.get("name")
        if name:
            named.setdefault(name[:200], (node.attributes.get("content") or "")[:MAX_CHARS])
    scripts = tree.css('script[type="application/ld+json"]')[:MAX_ITEMS]
    return {
        "title": " ".join(title.text().split())[:MAX_CHARS] if title else "",
        "canonical_link": (link.attributes.get("href") or "")[:MAX_CHARS] if link else "",
        "meta": named,
        "json_ld": [node.text()[:MAX_CHARS] for node in scripts],
    }
