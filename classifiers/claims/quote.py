"""From a hit to the words that are quoted: the clause around it, trimmed, never longer than a reader can take in."""

from __future__ import annotations

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit

MAX_SIDE_CHARS = 70  # how far a quote reaches beyond the words that were found
_EDGE = " \t\n\r-*+•·|>#:;,.=–—→✔✓✅❌☑★⭐👉🔥✨_~()[]\"'`"


def quoted(page: Page, hit: Hit) -> tuple[int, int]:
    """The slice of the judged text to quote for a hit."""
    start, end = hit.start, hit.end
    if not hit.exact:
        left, right = page.words.clause(start, end)
        start = _word_start(page, max(left, start - MAX_SIDE_CHARS), start)
        end = _word_end(page, min(right, end + MAX_SIDE_CHARS), end)
        start, end = _beside_struck(page, start, end, hit)
    start, end = _trim(page.text, start, end, hit)
    return page.original(start, end)


def _beside_struck(page: Page, start: int, end: int, hit: Hit) -> tuple[int, int]:
    """What is crossed out next to a hit stays out of its quote."""
    for low, high in page.struck:
        if start < high <= hit.start:
            start = high
        if hit.end <= low < end:
            return start, low
    return start, end


def _word_start(page: Page, offset: int, limit: int) -> int:
    """The first word border at or after ``offset``, not beyond ``limit``."""
    text = page.text
    if offset == 0 or not text[offset - 1].isalnum():
        return offset
    while offset < limit and text[offset].isalnum():
        offset += 1
    return offset


def _word_end(page: Page, offset: int, limit: int) -> int:
    text = page.text
    if offset >= len(text) or not text[offset].isalnum():
        return offset
    while offset > limit and text[offset - 1].isalnum():
        offset -= 1
    return offset


def _trim(text: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    while start < hit.start and text[start] in _EDGE:
        start += 1
    while end > hit.end and text[end - 1] in _EDGE:
        end -= 1
    return start, end
