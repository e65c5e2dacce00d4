"""HTML bytes or plain text -> the judged text, its labelled blocks, and the way back into the decoded HTML.

Fields: ``title``, ``meta`` (description, og: and twitter: texts), ``jsonld``, ``heading``, ``body``, ``menu`` (nav,
footer, select, and a header's links), ``hidden`` (not shown as loaded: ``hidden``, closed details, display:none),
``struck`` (crossed out, such as a former price), ``alt`` (image alternatives and aria-labels), ``link`` (the address
of a contact or download link), and ``text`` for plain text.

A line of text is a paragraph, heading, list item or table row; cells are parted by a tab. Every block but those in
the middle of a line ends with a line feed, and the blocks tile the text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from classifiers.charset import decode
from classifiers.layout import PageWalk
from classifiers.textmap import Block, SourceMap, TextBuilder

__all__ = ["Block", "Extracted", "decode", "extract_html", "plain"]

MAX_BODY_BYTES = 50 * 2**20
MAX_TEXT_CHARS = 5_000_000


@dataclass(frozen=True, slots=True)
class Extracted:
    """The judged text of one page. Offsets are code points into ``text``.

    ``links`` are the addresses of a and area elements as written, each once. ``lang_hint`` is the html element's
    lang attribute. ``truncated`` says that the page was longer than the bounds and its rest was not read. ``html`` is
    the decoded page that ``body_spans`` point into; "" for plain text.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    images: int = 0
    scripts: int = 0
    links: tuple[str, ...] = ()
    lang_hint: str = ""
    truncated: bool = False
    html: str = field(default="", repr=False, compare=False)
    source: SourceMap | None = field(default=None, repr=False, compare=False)

    def field_at(self, start: int) -> str:
        """The field of the block that holds offset ``start``; "" outside the text."""
        index = bisect_right(self.blocks, start, key=_block_start) - 1
        return self.blocks[index].field if index >= 0 and start < self.blocks[index].end else ""

    def body_spans(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Code-point spans in the decoded HTML that ``text[start:end]`` came from; () for plain text.

        Their contents, character references resolved and tags left out, are the quote up to white space.
        """
        return self.source.spans(start, end) if self.source is not None else ()


def _block_start(block: Block) -> int:
    return block.start


def extract_html(body: bytes, *, charset: str = "") -> Extracted:
    """The text of a page. ``charset`` is what the HTTP header said. Never raises, whatever the bytes; linear time.

    Offsets of ``body_spans`` point into ``decode(body, charset)``.
    """
    html = decode(body[:MAX_BODY_BYTES], charset)
    builder = TextBuilder(MAX_TEXT_CHARS)
    walk = PageWalk(html, builder)
    walk.run()
    text, blocks, source = builder.finish()
    return Extracted(
        text=text,
        blocks=blocks,
        title=walk.title,
        images=walk.images,
        scripts=walk.scripts,
        links=tuple(walk.links),
        lang_hint=walk.lang,
        truncated=builder.full or len(body) > MAX_BODY_BYTES,
        html=html,
        source=source,
    )


def plain(text: str, title: str = "") -> Extracted:
    """Text given without HTML: verbatim, one block ``text``. The title is kept beside it and is no part of it."""
    blocks = (Block(0, len(text), "text"),) if text else ()
    return Extracted(text=text, blocks=blocks, title=title)
