"""The normalised view cut into words, lines, sentences and clauses, with the way back to the original text."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from classifiers.deobfuscate import View

NUMBER_CLASS, WHATSAPP_CLASS = "{num}", "{wa}"
MAX_SIDE_CHARS = 400  # how far from a word its sentence is looked for
MAX_LINE_WORDS = 400  # a line without end is cut here, so that no rule looks at more than this at once

# Python's \w leaves out the vowel signs of Indic scripts; a Chinese character is a word of its own.
_WORD = re.compile(r"[一-鿿㐀-䶿]|(?:[^\W_一-鿿㐀-䶿]|[ऀ-ॣ०-९ॱ-෿])+")
_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"(?:[.!?…]+[\"')\]]*(?=\s|\Z)|[।۔؟。！？])")
_CLAUSE_END = re.compile(
    r"[;:()\[\]|•·→\"،؛，、；：\t✔✅❌✗✘★☆►▶➤\U0001F300-\U0001FAFF]|(?<![0-9]),|,(?![0-9])|(?<=\s)-+(?=\s)|\s\*+(?=\s)"
)
_WHATSAPP = re.compile(
    r"\w{0,8}wh?ats+ap+\w*|wh?a*ts+a+p+\w*|whats|wh?ass?ap+\w*|guasap\w*|uatis\w*|zap(?:zap|s|zinho|ao)?|wapp|wpp|wsp|wsap"
    r"|gbwa\w*|waba|ватс[ао]п\w*|вацап\w*|вотсап\w*|واتس\w*|وتساب\w*|واٹس\w*|व्हाट्?स[ऀ-ॿ]*|वाट्?स[ऀ-ॿ]*|व्हॉट्?स[ऀ-ॿ]*"
    r"|वॉट्?स[ऀ-ॿ]*"
)
_WHATSAPP_SHORT = frozenset({"wa", "ws", "w4b", "wab", "ва", "zaps", "whatsap", "waapi"})
_ARABIC = re.compile(r"[؀-ۿ]")


def split_words(text: str) -> list[str]:
    """The words of an already normalised text."""
    return _WORD.findall(text)


def iter_words(text: str) -> Iterator[str]:
    """The same, one after the other, for those who may stop early."""
    return (match[0] for match in _WORD.finditer(text))


@lru_cache(maxsize=65536)
def forms(word: str) -> tuple[str, ...]:
    """A word as lexicons may list it: Arabic words also without the article and one-letter particles in front."""
    if not _ARABIC.match(word) or len(word) < 4:
        return (word,)
    found = [word]
    rest = word
    if rest[0] in "وف" and len(rest) > 4:
        rest = rest[1:]
        found.append(rest)
    if rest[0] in "بلك" and len(rest) > 4:
        found.append(rest[1:])
        if rest.startswith("لل") and len(rest) > 4:
            found.append("ال" + rest[2:])
            found.append(rest[2:])
        rest = rest[1:]
    if rest.startswith("ال") and len(rest) > 4:
        found.append(rest[2:])
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65536)
def is_whatsapp(word: str) -> bool:
    """Whether a word is one of WhatsApp's names. "wa" and "ws" count too: sellers write them all the time."""
    return word in _WHATSAPP_SHORT or any(_WHATSAPP.fullmatch(form) is not None for form in forms(word))


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a view in order. ``starts``/``ends`` are offsets into the view's text, ``lines`` the line of a word."""

    view: View
    text: tuple[str, ...]
    starts: array[int]
    ends: array[int]
    line_starts: array[int]  # index of the first word of each line
    sentence_ends: array[int]  # view offsets after which a new sentence begins
    clause_ends: array[int]  # view offsets of clause borders (sentence ends included)
    whatsapp: bytes

    def line_bounds(self, index: int) -> tuple[int, int]:
        """First word and the word after the last of the line of word ``index``."""
        line = bisect_right(self.line_starts, index) - 1
        low = self.line_starts[line]
        high = self.line_starts[line + 1] if line + 1 < len(self.line_starts) else len(self.text)
        return low, high

    def lines(self) -> Iterator[tuple[int, int]]:
        """First word and the word after the last of every line that has words."""
        for number, low in enumerate(self.line_starts):
            last = number + 1 == len(self.line_starts)
            yield low, len(self.text) if last else self.line_starts[number + 1]

    def sentence(self, offset: int) -> tuple[int, int]:
        """The sentence around a view offset, no further than MAX_SIDE_CHARS to either side."""
        left, right = _around(self.sentence_ends, offset, len(self.view.text))
        return max(left, offset - MAX_SIDE_CHARS), min(right, offset + MAX_SIDE_CHARS)

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """From the clause border before ``start`` to the one after ``end``, no further than MAX_SIDE_CHARS away."""
        left, _ = _around(self.clause_ends, start, len(self.view.text))
        _, right = _around(self.clause_ends, max(start, end - 1), len(self.view.text))
        return max(left, start - MAX_SIDE_CHARS), min(right, end + MAX_SIDE_CHARS)

    def ends_within(self, start: int, end: int) -> bool:
        """Whether a sentence ends between two view offsets."""
        index = bisect_right(self.sentence_ends, start)
        return index < len(self.sentence_ends) and self.sentence_ends[index] < end

    def between(self, start: int, end: int) -> range:
        """Indices of the words that lie between two view offsets."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))


def _around(borders: array[int], offset: int, length: int) -> tuple[int, int]:
    index = bisect_right(borders, offset)
    return (borders[index - 1] if index else 0), (borders[index] if index < len(borders) else length)


def cut(view: View) -> Words:
    """The words of a view. Linear in its length."""
    text = view.text
    found = list(_WORD.finditer(text))
    words = [match[0] for match in found]
    starts = array("l", [match.start() for match in found])
    ends = array("l", [match.end() for match in found])
    lines = [match.end() for match in _LINE_END.finditer(text)]
    firsts = sorted({0, *(bisect_left(starts, line) for line in lines)} - {len(words)}) or [0]
    line_starts = array("l")
    for low, high in zip(firsts, (*firsts[1:], len(words)), strict=True):
        line_starts.extend(range(low, high, MAX_LINE_WORDS))
    sentences = array("l", sorted({*lines, *[match.end() for match in _SENTENCE_END.finditer(text)]}))
    clauses = array("l", sorted({*sentences, *[match.end() for match in _CLAUSE_END.finditer(text)]}))
    marks = bytes(map(is_whatsapp, words))
    return Words(view, tuple(words), starts, ends, line_starts, sentences, clauses, marks)
