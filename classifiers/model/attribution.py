"""Which sentence of a page is it? Exact shares of the gate's logit, sentence by sentence.

The gate is linear: its logit for a window is the bias plus one term for every n-gram. The term of an n-gram that
stands in several sentences is shared by how often it stands in each. Terms of n-grams that cross sentences, and
those of the title, belong to none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from classifiers.deobfuscate import normalise
from classifiers.model.linear import Weights, vector, window_odds
from classifiers.model.ngrams import count, text_keys
from classifiers.model.normalise import letters
from classifiers.model.page import Features, Page

MAX_QUOTE_CHARS = 300
MIN_SENTENCE_CHARS = 12

_SENTENCE = re.compile(rf"[^\n.!?।۔؟。！？]{{1,{MAX_QUOTE_CHARS}}}[.!?।۔؟。！？]*", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and what it adds to the gate's logit of its window. Offsets point into the text that was given."""

    start: int
    end: int
    share: float


def strongest(weights: Weights, page: Page, composed: str) -> Passage | None:
    """The sentence that speaks loudest for an offence in the strongest window; None when there is no sentence."""
    window = page.windows[int(window_odds(weights, page).argmax())]
    passages = shares(weights, window.features, composed, window.start, window.end)
    return max(passages, key=_share, default=None)


def _share(passage: Passage) -> float:
    return passage.share


def shares(weights: Weights, features: Features, composed: str, start: int, end: int) -> list[Passage]:
    """Every sentence of ``composed[start:end]`` with its share. ``features`` are the counts of that window."""
    rows, values = vector(features, weights.keys, weights.idf, weights.blocks)
    per_occurrence = np.zeros(len(weights.keys), dtype=np.float32)
    counts = features[1][np.isin(features[0], weights.keys[rows], assume_unique=True)]
    per_occurrence[rows] = values * weights.table[rows, 0] / counts
    passages = []
    for first, last in sentences(composed, start, end):
        keys, times = count(text_keys(letters(normalise(composed[first:last]).text)))
        places = np.minimum(np.searchsorted(weights.keys, keys), max(0, len(weights.keys) - 1))
        known = weights.keys[places] == keys if len(weights.keys) else np.zeros(len(keys), dtype=bool)
        share = float((per_occurrence[places[known]] * times[known]).sum())
        passages.append(Passage(first, last, share))
    return passages


def sentences(composed: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of ``composed[start:end]`` that are long enough to be quoted; none has a line end in it."""
    found = [_trimmed(composed, *match.span()) for match in _SENTENCE.finditer(composed, start, end)]
    return [(first, last) for first, last in found if last - first >= MIN_SENTENCE_CHARS]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
