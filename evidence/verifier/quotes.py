"""What a quote and a stored page are compared by: text without white space and unseen characters."""

from __future__ import annotations

import html
import re

MAX_QUOTES, MAX_QUOTE_CHARS, MAX_PAGE_BYTES = 5000, 20_000, 32 << 20
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\0"))


def compact(text: str) -> str:
    """Text without white space and unseen characters, so that line breaks and mark-up do not part the words."""
    return "".join(text.translate(UNSEEN).split())


def views(data: bytes) -> tuple[list[str], bool]:
    """A stored page as compact text, read as words only, with mark-up, and with JSON escapes undone; is it UTF-8?"""
    try:
        page, is_utf8 = data.decode("utf-8"), True
    except UnicodeDecodeError:
        page, is_utf8 = data.decode("cp1252", "replace"), False
    words, position = [], 0
    while (opened := page.find("<", position)) >= 0 and (closed := page.find(">", opened)) >= 0:
        words.append(page[position:opened])
        position = closed + 1
    readings = ["".join([*words, page[position:]]), page, without_escapes(page)]
    return [compact(html.unescape(reading)) for reading in readings], is_utf8


def without_escapes(page: str) -> str:
    """Text with character references and JSON escapes undone."""
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), html.unescape(page))
    plain = re.sub(r"\\[nrt]", " ", plain).replace('\\"', '"').replace("\\/", "/")
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def reads_as(slices: list[str], quote: str) -> bool:
    """Whether slices of mark-up, put together, are the quote: as they are, or with references or escapes undone."""
    wanted = compact(quote)
    readings = (slices, [html.unescape(part) for part in slices], [without_escapes(part) for part in slices])
    return any(compact("".join(reading)) == wanted for reading in readings)
