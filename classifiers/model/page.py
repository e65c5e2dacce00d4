"""One text in, its feature counts out: the whole page, and its overlapping windows with their places.

The first line of the text is the title (empty when there is none); it is counted with every window, because a long
page says only there what it is about. Offsets are code points into the text that was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from classifiers.deobfuscate import View, normalise
from classifiers.model.ngrams import Counts, Keys, count, text_keys, title_keys
from classifiers.model.normalise import letters

MAX_CHARS = 400_000
"""Longer text is cut: about 60,000 words, six times the longest page worth judging."""

_WORD = re.compile(r"\S+")
_SURROGATE = re.compile("[\ud800-\udfff]")

Features = tuple[Keys, Counts]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of about ``size`` words; ``start`` and ``end`` are offsets into the text that was given."""

    start: int
    end: int
    features: Features


@dataclass(frozen=True, slots=True)
class Page:
    """Counts of the whole text and of each window. A short page is its own only window."""

    features: Features
    windows: tuple[Window, ...]


def compose(title: str, text: str) -> tuple[str, int]:
    """A document as the model reads it, the title alone on the first line, and the offset at which ``text`` begins.

    It is cut to :data:`MAX_CHARS`; halves of surrogate pairs, which spaCy cannot store, become question marks.
    """
    first = " ".join(title.split())
    return _SURROGATE.sub("?", f"{first}\n{text}"[:MAX_CHARS]), len(first) + 1


def read(composed: str, size: int, stride: int) -> Page:
    """The counts of ``composed`` (see :func:`compose`), in windows of ``size`` words, one every ``stride`` words."""
    title, _, body = composed.partition("\n")
    heading = letters(normalise(title).text)
    named = title_keys(heading)
    view = normalise(body)
    spans = [match.span() for match in _WORD.finditer(view.text)]
    offset = len(title) + 1

    def counted(start: int, end: int) -> Features:
        folded = letters(view.text[start:end])
        return count(np.concatenate((text_keys(f"{heading} {folded}".strip()), named)))

    whole = counted(0, len(view.text))
    if len(spans) <= size + stride // 2:
        begin, end = _original(view, spans) if spans else (0, 0)
        return Page(whole, (Window(begin + offset, end + offset, whole),))
    windows = []
    for first in range(0, len(spans), stride):
        chosen = spans[first : first + size]
        begin, end = _original(view, chosen)
        windows.append(Window(begin + offset, end + offset, counted(chosen[0][0], chosen[-1][1])))
        if first + size >= len(spans):
            break
    return Page(whole, tuple(windows))


def _original(view: View, spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Where the words from the first to the last span stand in the original."""
    return view.original(spans[0][0], spans[-1][1])
