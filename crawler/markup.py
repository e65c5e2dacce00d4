"""Keeps hostile markup from holding the crawl: any text in, its longest harmless beginning out.

An HTML parser's work grows with the square of the nesting, of the formatting left open, and of the attributes of one
tag: forty thousand nested lists take seconds, a few megabytes of them hours. Browsers stop nesting at 512; what
comes after far more than that is not read here. Ordinary pages are not looked at twice.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_CHARS = 4_000_000
MAX_OPEN = 1_000
MAX_ATTRIBUTES = 1_000

#: Below both of these the parser's worst case is a fraction of a second.
HARMLESS_TAGS = 3_000
HARMLESS_CHARS = 100_000
LONG_TAG_CHARS = 8_000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"})
#: Elements that never stay open: void ones, and those that the next one of their kind closes.
_NOT_COUNTED = frozenset(
    {
        *(
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "track",
            "wbr",
        ),
        *("dd", "dt", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"),
        *("body", "head", "html"),
    }
)


def harmless(text: str) -> str:
    """``text`` up to where it nests too deeply, leaves too much open, or has a tag with too many attributes."""
    text = text[:MAX_CHARS]
    if len(text) <= HARMLESS_CHARS and text.count("<") <= HARMLESS_TAGS:
        return text
    still_open: Counter[str] = Counter()
    depth, position = 0, 0
    while match := _TAG.search(text, position):
        position, name = match.end(), match[2].lower()
        end = text.find(">", position)
        if end - position > LONG_TAG_CHARS or end < 0:
            tag = _QUOTED.sub("", text[position : end if end >= 0 else len(text)])
            if len(tag.split()) > MAX_ATTRIBUTES:
                return text[: match.start()]
        if match[1]:
            if still_open[name] > 0:
                still_open[name] -= 1
                depth -= 1
        elif name in _RAW:
            position = _after(text, name, position)
        elif name not in _NOT_COUNTED:
            still_open[name] += 1
            depth += 1
            if depth > MAX_OPEN:
                return text[: match.start()]
    return text


def _after(text: str, name: str, position: int) -> int:
    """Behind the end tag of an element whose content is no markup; the end of the text when there is none."""
    found = re.compile(rf"</{name}", re.IGNORECASE).search(text, position)
    return found.start() if found else len(text)
