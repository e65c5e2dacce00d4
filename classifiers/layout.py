"""HTML tokens -> lines of text with a field each: which tags break a line, hide text, strike it out, or make a menu.

The walk keeps a stack of open elements for what they do to the text inside them, and follows the HTML Standard's
tree building only as far as that needs. Links and counts are gathered on the way.
"""

from __future__ import annotations

import re

from classifiers import jsonld
from classifiers.elements import (
    BLOCK,
    CELL,
    CLOSED,
    ENDS,
    FLAGS,
    FOLDED,
    HIDDEN,
    PRE,
    ROLES,
    SKIP,
    SPECIAL,
    STRUCK,
    VOID,
    field_of,
)
from classifiers.markup import Token, attributes, text_pieces, tokens, value, value_pieces
from classifiers.textmap import TextBuilder

MAX_LINKS = 20_000
MAX_DEPTH = 100_000  # elements nested deeper do nothing to their text
MAX_CLIMB = 64  # how far up an end tag looks for its start before it is ignored

_TELLING = re.compile(r"hidden|style|aria-label|role|open", re.IGNORECASE)
_UNSEEN_STYLE = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|font-size\s{0,9}:\s{0,9}0(?![.0-9]{0,9}[1-9])",
    re.IGNORECASE,
)
_STRUCK_STYLE = re.compile(r"text-decoration(?:-line)?\s{0,9}:[^;\"]{0,60}line-through", re.IGNORECASE)
# Addresses that say how a seller is reached or what is handed out: they are evidence, so they become text.
_TELLING_LINK = re.compile(
    r"(?:https?:)?//(?:www\.)?(?:wa\.me|wa\.link|(?:api|chat|web)\.whatsapp\.com|t\.me|telegram\.me)/"
    r"|(?:tel|mailto|upi|whatsapp|tg|sms):"
    r"|[^?#]{1,500}\.(?:apk|xapk|apkm|exe|msi|crx)(?:[?#]|\Z)",
    re.IGNORECASE,
)
_META_NAMES = frozenset(
    ("description", "keywords", "og:title", "og:description", "twitter:title", "twitter:description")
)


class PageWalk:
    """One pass over one page. ``run`` fills ``builder``, ``title``, ``lang``, ``links``, ``images`` and ``scripts``."""

    def __init__(self, html: str, builder: TextBuilder) -> None:
        self.html = html
        self.builder = builder
        self.title = ""
        self.lang = ""
        self.images = 0
        self.scripts = 0
        self.links: dict[str, None] = {}
        self._stack: list[tuple[str, int]] = []
        self._open: dict[str, int] = {}
        self._flags = 0
        self._script_type = ""
        self._meta_seen: set[str] = set()
        self._after_link = False

    def run(self) -> None:
        """Walk the page until its end or until the text is full."""
        for token in tokens(self.html):
            if token.kind == "text":
                self._text(token)
            elif token.kind == "start":
                self._start(token)
            elif token.kind == "end":
                self._end(token.name)
            else:
                self._raw(token)
            if self.builder.full:
                break

    def _text(self, token: Token) -> None:
        if self._flags & SKIP:
            return
        self._after_link = False
        preserve = bool(self._flags & PRE)
        pieces = text_pieces(self.html, token.start, token.end, preserve=preserve)
        self.builder.add(pieces, field_of(self._flags), preserve=preserve)

    def _raw(self, token: Token) -> None:
        if self._flags & SKIP:
            return
        if token.name == "title":
            title = list(text_pieces(self.html, token.start, token.end))
            text = "".join(piece.text for piece in title).strip()
            inside_image = self._open.get("svg", 0) > 0
            self.builder.beside(title, "alt" if inside_image or self.title else "title")
            if not inside_image and not self.title:
                self.title = text
                self._meta_seen.add(text)
        elif token.name == "textarea":
            pieces = text_pieces(self.html, token.start, token.end, preserve=True)
            self.builder.add(pieces, field_of(self._flags), preserve=True)
        elif token.name == "script" and "ld+json" in self._script_type:
            for line in jsonld.lines(self.html, token.start, token.end):
                self.builder.beside(line, "jsonld")

    def _start(self, token: Token) -> None:
        name = token.name
        if name in BLOCK or name == "hr":
            self.builder.end_line()
        elif name == "br":
            self.builder.gap("\n")
        elif name in CELL:
            self.builder.gap("\t")
        elif name == "a" and self._after_link:
            self.builder.gap(" ")
        self._after_link = False
        if name in ENDS:
            ended = ENDS[name]
            while self._stack and self._stack[-1][0] in ended:
                self._pop()
        own = self._own_flags(token)
        if name in VOID or (
            self.html[token.end - 2] == "/" and name not in SPECIAL and name not in FLAGS and name != "a"
        ):
            return
        if len(self._stack) == MAX_DEPTH:
            return
        # A summary is seen although its details are closed.
        inherited = self._flags & ~CLOSED if name == "summary" else self._flags
        self._stack.append((name, self._flags))
        self._open[name] = self._open.get(name, 0) + 1
        self._flags = inherited | own

    def _own_flags(self, token: Token) -> int:
        """What this element does to the text inside it; its own attributes' text and links are taken on the way."""
        name, html = token.name, self.html
        flags = FLAGS.get(name, 0)
        if name == "script":
            self.scripts += 1
            self._script_type = ""
        elif name == "img":
            self.images += 1
        if token.inner_end <= token.inner_start:
            return flags | (CLOSED if name in FOLDED else 0)
        reader = _READERS.get(name)
        if reader is None and name not in FOLDED and not _TELLING.search(html, token.inner_start, token.inner_end):
            return flags
        spans = attributes(html, token)
        if "hidden" in spans or ("style" in spans and _UNSEEN_STYLE.search(html, *spans["style"])):
            flags |= HIDDEN
        if "style" in spans and _STRUCK_STYLE.search(html, *spans["style"]):
            flags |= STRUCK
        if name in FOLDED and "open" not in spans:
            flags |= CLOSED
        if "role" in spans:
            flags |= ROLES.get(value(html, spans["role"]).lower(), 0)
        if "aria-label" in spans and not self._flags & SKIP:
            self.builder.beside(text_pieces(html, *spans["aria-label"]), "alt")
        if reader is not None and not self._flags & SKIP:
            reader(self, spans)
        return flags

    def _pop(self) -> None:
        name, self._flags = self._stack.pop()
        self._open[name] -= 1

    def _end(self, name: str) -> None:
        if name in BLOCK:
            self.builder.end_line()
        elif name == "br":
            self.builder.gap("\n")
        self._after_link = name == "a"
        if not self._open.get(name):
            return
        if name in SPECIAL:
            while self._stack[-1][0] != name:
                self._pop()
            self._pop()
            return
        for depth in range(1, min(MAX_CLIMB, len(self._stack)) + 1):
            above = self._stack[-depth][0]
            if above == name:
                for _ in range(depth):
                    self._pop()
                return
            if above in SPECIAL:
                return

    def _read_link(self, spans: dict[str, tuple[int, int]]) -> None:
        if "href" not in spans:
            return
        address = value(self.html, spans["href"])
        if not address or address in self.links or len(self.links) >= MAX_LINKS:
            return
        self.links[address] = None
        if _TELLING_LINK.match(address):
            self.builder.beside(value_pieces(self.html, *spans["href"]), "link")

    def _read_image(self, spans: dict[str, tuple[int, int]]) -> None:
        if "alt" in spans:
            self.builder.beside(text_pieces(self.html, *spans["alt"]), "alt")

    def _read_input(self, spans: dict[str, tuple[int, int]]) -> None:
        kind = value(self.html, spans["type"]).lower() if "type" in spans else ""
        if kind in ("submit", "button", "reset") and "value" in spans:
            self.builder.beside(text_pieces(self.html, *spans["value"]), "body")

    def _read_meta(self, spans: dict[str, tuple[int, int]]) -> None:
        naming = spans.get("name") or spans.get("property")
        if naming is None or "content" not in spans or value(self.html, naming).lower() not in _META_NAMES:
            return
        content = value(self.html, spans["content"])
        if content and content not in self._meta_seen:
            self._meta_seen.add(content)
            self.builder.beside(text_pieces(self.html, *spans["content"]), "meta")

    def _read_script(self, spans: dict[str, tuple[int, int]]) -> None:
        self._script_type = value(self.html, spans["type"]).lower() if "type" in spans else ""

    def _read_root(self, spans: dict[str, tuple[int, int]]) -> None:
        if "lang" in spans and not self.lang:
            self.lang = value(self.html, spans["lang"])[:35]


_READERS = {
    "a": PageWalk._read_link,
    "area": PageWalk._read_link,
    "img": PageWalk._read_image,
    "input": PageWalk._read_input,
    "meta": PageWalk._read_meta,
    "script": PageWalk._read_script,
    "html": PageWalk._read_root,
}
