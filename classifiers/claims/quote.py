"""From a hit to the words that are quoted: the clause around it, whole, never longer than a reader can take in.

A quote never ends within a word, a bracket or a pair of quotation marks if there is a way to avoid it.
"""

from __future__ import annotations

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit

MAX_SIDE_CHARS = 110  # how far a quote reaches beyond the words that were found
MAX_BRACKET_CHARS = 120  # how far the other bracket of a pair is looked for
_EDGE = " \t\n\r-*+•·|>#:;,.=–—→✔✓✅❌☑★⭐👉🔥✨_~"
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = {close: opening for opening, close in _OPENING.items()}
_PAIRED = ("**", '"', "`")


def quoted(page: Page, hit: Hit) -> tuple[int, int]:
    """The slice of the judged text to quote for a hit."""
    start, end = hit.start, hit.end
    if not hit.exact:
        left, right = page.words.clause(start, end)
        left, right = page.asides.bounds(start, end, left, right)
        start = _word_start(page.text, max(left, start - MAX_SIDE_CHARS), start)
        end = _word_end(page.text, min(right, end + MAX_SIDE_CHARS), end)
        start, end = _beside_struck(page, start, end, hit)
        start, end = _trim(page.text, start, end, hit)
        start, end = _in_pairs(page.text, *_in_brackets(page.text, start, end, hit), hit)
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


def _in_word(text: str, offset: int) -> bool:
    """Whether a cut before ``offset`` would part a word."""
    if not 0 < offset < len(text):
        return False
    before, after = text[offset - 1], text[offset]
    return (before.isalnum() or before in "'_") and (after.isalnum() or after in "'_")


def _word_start(text: str, offset: int, limit: int) -> int:
    """The first word border at or after ``offset``, not beyond ``limit``."""
    while offset < limit and _in_word(text, offset):
        offset += 1
    return offset


def _word_end(text: str, offset: int, limit: int) -> int:
    while offset > limit and _in_word(text, offset):
        offset -= 1
    return offset


def _in_brackets(text: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    """The span grown to the other bracket of a pair, or cut before a bracket that has none."""
    waiting: list[int] = []
    for index in range(start, end):
        char = text[index]
        if char in _OPENING:
            waiting.append(index)
        elif char in _CLOSING:
            if waiting and text[waiting[-1]] == _CLOSING[char]:
                waiting.pop()
            elif index < hit.start:
                start, waiting = index + 1, []
            elif index >= hit.end:
                end = index
                break
            elif (opening := text.rfind(_CLOSING[char], max(0, start - MAX_BRACKET_CHARS), start)) >= 0:
                start = opening if "\n" not in text[opening:start] else start
    for index in waiting:
        if start <= index < end:
            start, end = _closed(text, start, end, index, hit)
    return start, end


def _closed(text: str, start: int, end: int, index: int, hit: Hit) -> tuple[int, int]:
    """The span with the bracket at ``index`` closed, or without it."""
    if index >= hit.end:
        return start, index
    close = text.find(_OPENING[text[index]], end, end + MAX_BRACKET_CHARS)
    if close >= 0 and "\n" not in text[end:close]:
        return start, close + 1
    return (index + 1, end) if index < hit.start else (start, end)


def _in_pairs(text: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    """The span with the marks that come in pairs in pairs."""
    for mark in _PAIRED:
        if text.count(mark, start, end) % 2 == 0:
            continue
        if text.startswith(mark, end):
            end += len(mark)
        elif start >= len(mark) and text.startswith(mark, start - len(mark)):
            start -= len(mark)
        elif (at := text.find(mark, start, hit.start)) >= 0:
            start = at + len(mark)
        elif (at := text.rfind(mark, hit.end, end)) >= 0:
            end = at
    return start, end


def _trim(text: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    while start < hit.start and text[start] in _EDGE and not text.startswith("**", start):
        start += 1
    while end > hit.end and text[end - 1] in _EDGE and (text[end - 2 : end] != "**" or text[end - 3 : end - 2] == " "):
        end -= 1
    return start, end
