"""One page made ready for the rules: its words, its lines with their headings, and where every phrase stands."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from classifiers import identifiers
from classifiers.claims import lexicon
from classifiers.claims.asides import Asides, asides
from classifiers.claims.rule import Hit
from classifiers.claims.words import Words, cut, is_whatsapp, split_words
from classifiers.deobfuscate import fold, normalise
from classifiers.judgement import Identifier
from classifiers.text import Extracted

HEADING_WORDS, HEADING_CHARS = 14, 120
MAX_STRUCK = 200  # crossed-out passages that are kept out of quotes
MAX_HIT_CHARS = 300  # a phrase is a few words; nothing longer is looked for behind an offset
_BULLET = re.compile(r"\s*(?:[-*+•·▪‣◦>]+(?=\s)|[0-9]{1,2}[.)](?=\s)|[✔✓✅☑☞➤▶►★⭐👉🔥✨🟢]|\[[x ]\])")
_CROSS = re.compile(r"\s*(?:[-*•|]\s*)?[❌✗✘✖🚫⛔❎🔴]")
_QUOTE_MARK = re.compile('"')
_HEADING_MARK = re.compile(r"\s*#{1,6}\s|\s*\*\*[^*\n]{1,120}\*\*:?\s*\Z")
_NUMBER_NEAR = re.compile(r"[^\n]{0,18}[0-9](?:[ ().\-/]{0,2}[0-9]){6}|\s{1,2}(?:us|me)\b")
_SENTENCE_MARKS = ".!।۔。！…,;"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the view. ``heading`` is the index of the heading line that governs it, -1 without one."""

    start: int
    end: int
    kind: str  # blank, heading, bullet, cross, item (a short line below a heading), text
    heading: int


@dataclass(slots=True)
class Page:
    """What the rules see. Offsets are into ``words.view.text`` unless said otherwise."""

    extracted: Extracted
    lang: str
    words: Words
    lines: tuple[Line, ...]
    title: str
    title_words: tuple[str, ...]
    identifiers: tuple[Identifier, ...] = ()
    quote_marks: array[int] = field(default_factory=lambda: array("l"))
    struck: tuple[tuple[int, int], ...] = ()
    topics: array[int] = field(default_factory=lambda: array("l"))
    asides: Asides = field(default_factory=Asides)
    _hits: dict[str, list[Hit]] = field(default_factory=dict)
    _line_starts: array[int] = field(default_factory=lambda: array("l"))

    @property
    def text(self) -> str:
        """The normalised text."""
        return self.words.view.text

    def hits(self, key: str) -> Iterator[Hit]:
        """Where the phrases of a rule or cue stand, in order."""
        yield from self._hits.get(key, ())

    def count(self, key: str) -> int:
        """In how many lines a cue stands."""
        return len({self.line_index(hit.start) for hit in self._hits.get(key, ())})

    def between(self, key: str, start: int, end: int) -> list[Hit]:
        """The hits of a key that touch ``start:end``. Hits are short, so few before ``start`` are looked at."""
        hits = self._hits.get(key, [])
        low = bisect_left(hits, start - MAX_HIT_CHARS, key=_start)
        return [hit for hit in hits[low : bisect_left(hits, end, key=_start)] if hit.end > start]

    def has(self, key: str, start: int, end: int) -> bool:
        """Whether a cue touches ``start:end``."""
        return bool(self.between(key, start, end))

    def line_index(self, offset: int) -> int:
        """The index of the line that holds ``offset``."""
        return max(bisect_right(self._line_starts, offset) - 1, 0)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the judged text behind a stretch of the view."""
        return self.words.view.original(start, end)

    def view_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the view that stands for a slice of the judged text."""
        starts = self.words.view.starts
        if starts is None:
            return start, end
        return bisect_left(starts, start), bisect_left(starts, end)

    def in_quotation(self, start: int) -> bool:
        """Whether a pair of quotation marks of one line encloses what begins at ``start``."""
        line = self.lines[self.line_index(start)]
        before = bisect_left(self.quote_marks, start)
        opened = before - bisect_left(self.quote_marks, line.start)
        return opened % 2 == 1 and bisect_left(self.quote_marks, line.end) > before

    def topic_between(self, start: int, end: int) -> bool:
        """Whether WhatsApp is named as a matter, not as a way of contact, between two offsets."""
        index = bisect_left(self.topics, start)
        return index < len(self.topics) and self.topics[index] < end


def read(extracted: Extracted, lang: str) -> Page:
    """The page of a text, with every phrase of the lexicons found. Linear in the text's length."""
    words = cut(normalise(extracted.text))
    title = fold(extracted.title)
    page = Page(extracted, lang, words, tuple(_lines(words, extracted)), title, tuple(split_words(title)))
    struck = [block for block in extracted.blocks if block.field == "struck"][:MAX_STRUCK]
    page.struck = tuple(page.view_span(block.start, block.end) for block in struck)
    page.quote_marks = array("l", (match.start() for match in _QUOTE_MARK.finditer(words.view.text)))
    page.identifiers = identifiers.occurrences(extracted, lang, words.view)
    page.topics = array("l", (words.starts[i] for i, mark in enumerate(words.whatsapp) if mark and _is_topic(words, i)))
    page._line_starts = array("l", (line.start for line in page.lines))
    found: dict[str, list[Hit]] = defaultdict(list)
    for match in lexicon.index().find(words):
        found[match.key].append(Hit(words.starts[match.first], words.ends[match.last]))
    page._hits = {key: sorted(set(hits)) for key, hits in found.items()}
    trade = (hit.start for hit in page.hits("cue.topic"))
    page.topics = array("l", sorted((*page.topics, *trade)))
    page.asides = asides(page)
    return page


def _is_topic(words: Words, index: int) -> bool:
    """Not the WhatsApp of "WhatsApp us on +91 …": that is how a page is reached, not what it is about."""
    return _NUMBER_NEAR.match(words.view.text, words.ends[index]) is None


def _start(hit: Hit) -> int:
    return hit.start


def title_names_whatsapp(page: Page) -> bool:
    """Whether the title is about WhatsApp."""
    return any(is_whatsapp(word) for word in page.title_words)


def _lines(words: Words, extracted: Extracted) -> Iterator[Line]:
    text = words.view.text
    start = 0
    governing, index = -1, 0
    kinds: list[str] = []
    while start < len(text):
        stop = text.find("\n", start)
        end = len(text) if stop < 0 else stop
        kind = _kind(text[start:end], words, extracted, start, end, kinds[-1] if kinds else "blank")
        if kind == "heading":
            governing = index
        elif kind == "text" and index > 1 and kinds[-1] == "blank" and kinds[-2] in ("bullet", "cross", "item"):
            governing = -1  # a paragraph after a finished list stands on its own again
        kinds.append(kind)
        yield Line(start, end, kind, -1 if kind == "heading" else governing)
        start = end + 1
        index += 1


def _kind(line: str, words: Words, extracted: Extracted, start: int, end: int, before: str) -> str:
    """What a line is, by its marks, its field and its length; ``before`` is the kind of the line above it."""
    if not line.strip():
        return "blank"
    if _CROSS.match(line):
        return "cross"
    if _HEADING_MARK.match(line) or extracted.field_at(words.view.original(start, start + 1)[0]) == "heading":
        return "heading"
    if _BULLET.match(line):
        return "bullet"
    short = len(line) <= HEADING_CHARS and 0 < len(words.between(start, end)) <= HEADING_WORDS
    last = line.rstrip()[-1]
    if short and last == ":":
        return "heading"
    if short and last not in _SENTENCE_MARKS:
        return "item" if before in ("heading", "item") else "heading"
    return "text"
