"""The text of a page's JSON-LD: names, descriptions, prices, telephones, as pieces with their place in the HTML.

The script is read as a run of tokens, not parsed, so broken JSON still gives its strings, each at its own offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.markup import Piece

MAX_VALUES = 2_000
PRICE_KEYS = frozenset({"price", "lowPrice", "highPrice", "priceCurrency"})
TEXT_KEYS = PRICE_KEYS | {"name", "alternateName", "headline", "description", "text", "slogan", "category", "email"}
TEXT_KEYS |= {"featureList", "telephone", "keywords"}

_TOKEN = re.compile(r'"((?:[^"\\]++|\\.?+)*+)(?:"|\Z)|[{}\[\]:,]|[-+.0-9eE]++', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"n": " ", "r": " ", "t": " ", "b": "", "f": " "}


def lines(html: str, start: int, end: int) -> Iterator[list[Piece]]:
    """One list of pieces per value worth reading; a price and its currency in one object share a line."""
    key = last_string = line_key = ""
    in_list = False
    line: list[Piece] = []
    count = 0
    for match in _TOKEN.finditer(html, start, end):
        mark = match[0][0]
        if mark == ":":
            key, in_list = last_string, False
        elif mark in "{}":
            key = line_key = ""
        elif mark in "[]":
            in_list = mark == "["
        elif mark == ",":
            key = key if in_list else ""
        elif key in TEXT_KEYS:
            pieces = list(_string(html, *match.span(1))) if mark == '"' else [Piece(match[0], *match.span())]
            if not (line and line_key in PRICE_KEYS and key in PRICE_KEYS):
                if line:
                    yield line
                line = []
            line.extend([Piece(" ", -1, -1), *pieces] if line else pieces)
            line_key = key
            count += 1
            if count == MAX_VALUES:
                break
        elif mark == '"':
            last_string = match[1][:40]
    if line:
        yield line


def _string(html: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of a JSON string, escapes resolved."""
    position = start
    for match in _ESCAPE.finditer(html, start, end):
        if match.start() > position:
            yield Piece(html[position : match.start()], position, match.start())
        position = match.end()
        yield Piece(_unescape(match[0]), match.start(), position)
    if position < end:
        yield Piece(html[position:end], position, end)


def _unescape(escape: str) -> str:
    letter = escape[1]
    if letter != "u" or len(escape) == 2:
        return _LETTERS.get(letter, letter)
    if len(escape) == 12:
        high, low = int(escape[2:6], 16), int(escape[8:12], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    code = int(escape[2:6], 16)
    return "�" if 0xD800 <= code <= 0xDFFF else chr(code)
