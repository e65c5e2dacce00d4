"""The pages of one site -> the same pages with what repeats from page to page flagged: field ``boilerplate``.

A menu, a footer or a cookie notice that no tag gives away is told by standing on most pages of its site. Only whole
lines count, and only those of the page's own text; texts and offsets stay as they are, so quotes and their way back
into the HTML do too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from classifiers.deobfuscate import fold
from classifiers.text import Block, Extracted

LEAST_PAGES = 3
"""On so many pages a line must stand."""
LEAST_SHARE = 0.6
"""And on this share of the site's pages."""
BOILERPLATE = "boilerplate"
OWN_FIELDS = frozenset({"body", "heading", "text"})


def flag_repeats(pages: Sequence[Extracted]) -> tuple[Extracted, ...]:
    """The pages in their order. Fewer than :data:`LEAST_PAGES` of them tell nothing and come back as they are."""
    on_pages = Counter(line for page in pages for line in {key for _, key in _lines(page)})
    least = max(LEAST_PAGES, LEAST_SHARE * len(pages))
    repeated = frozenset(line for line, count in on_pages.items() if count >= least)
    return tuple(_flagged(page, repeated) if repeated else page for page in pages)


def _lines(page: Extracted) -> Iterator[tuple[Block, str]]:
    """Every line of the page's own text as a block with its line end, and what it is compared by."""
    for block in page.blocks:
        if block.field not in OWN_FIELDS:
            continue
        start = block.start
        while start < block.end:
            stop = page.text.find("\n", start, block.end)
            end = block.end if stop < 0 else stop + 1
            # Part of a line beside text of another field is no line that could be compared.
            whole = (start == 0 or page.text[start - 1] == "\n") and page.text[end - 1 : end] == "\n"
            key = " ".join(fold(page.text[start:end]).split())
            if whole and key:
                yield Block(start, end, block.field), key
            start = end


def _flagged(page: Extracted, repeated: frozenset[str]) -> Extracted:
    """The page with its blocks cut where a repeated line begins and ends."""
    flagged = iter([block for block, key in _lines(page) if key in repeated])
    line = next(flagged, None)
    blocks: list[Block] = []
    for block in page.blocks:
        start = block.start
        while line is not None and line.start < block.end:
            if start < line.start:
                blocks.append(Block(start, line.start, block.field))
            blocks.append(Block(line.start, line.end, BOILERPLATE))
            start = line.end
            line = next(flagged, None)
        if start < block.end:
            blocks.append(Block(start, block.end, block.field))
    return replace(page, blocks=tuple(blocks))
