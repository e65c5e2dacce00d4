"""The hot path: composed texts in, scores and the strongest sentence out, with what is known of each word remembered.

What :mod:`~classifiers.model.page`, :mod:`~classifiers.model.linear` and :mod:`~classifiers.model.attribution` define
is computed here to the same last bit, but every word is cut into letter groups and looked up among the weights only
once: a text is then a few hundred rows of numbers put end to end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from classifiers.deobfuscate import normalise
from classifiers.model.attribution import Passage, sentences
from classifiers.model.linear import COLUMNS, Floats, Weights, odds_of, scores_of, weigh
from classifiers.model.ngrams import Counts, Keys, block_of, pair_keys, title_keys, word_keys
from classifiers.model.normalise import letters

Rows = npt.NDArray[np.int32]

MAX_WORDS = 40_000
"""Words remembered; then all are forgotten and learnt anew."""
MAX_REMEMBERED_CHARS = 40

_NONE: Rows = np.empty(0, dtype=np.int32)
_TOKEN = re.compile(r"\S+")


class _Word(NamedTuple):
    """The rows of the weights that a word has by itself, its sum (see ``ngrams``) and its length."""

    rows: Rows
    sum: int
    length: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """Distinct rows in order, how often each stands, and their values."""

    rows: Rows
    counts: Counts
    values: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read once: the logits of the whole, and of each window its place, counts and log-odds."""

    composed: str
    whole: Floats
    spans: tuple[tuple[int, int], ...]
    windows: tuple[_Counted, ...]
    odds: Floats

    def scores(self) -> Floats:
        """Ten probabilities, as ``linear.page_scores`` has them."""
        return scores_of(self.whole, self.odds)


@dataclass(frozen=True, slots=True)
class _Row:
    """The words of a row of tokens: their rows of the weights end to end, and those of each pair of neighbours.

    The rows of word ``i`` are ``rows[at[i]:at[i + 1]]``; ``pairs`` and ``pair_at`` are the same of the pair that it
    begins. ``first`` are the numbers of the first word of each token, and at its end the number of words.
    """

    words: list[_Word]
    first: list[int]
    rows: Rows
    at: Rows
    pairs: Rows
    pair_at: Rows

    def part(self, first: int, last: int) -> Rows:
        """The rows of tokens ``first`` to ``last`` and of the pairs among them, with repeats."""
        low, high = self.first[first], self.first[last]
        if high <= low:
            return _NONE
        words = self.rows[self.at[low] : self.at[high]]
        return np.concatenate((words, self.pairs[self.pair_at[low] : self.pair_at[high - 1]]))


class Reader:
    """Reads texts with one set of weights, in windows of ``size`` words, one every ``stride`` words."""

    def __init__(self, weights: Weights, size: int, stride: int) -> None:
        self._weights = weights
        self._size, self._stride = size, stride
        self._blocks = block_of(weights.keys)
        self._known: dict[str, tuple[_Word, ...]] = {}

    def read(self, composed: str) -> Reading:
        """The reading of a text (see :func:`classifiers.model.page.compose`)."""
        title, _, body = composed.partition("\n")
        heading = letters(normalise(title).text)
        head = self._row(self._words_of(heading.split()))
        named = self._rows(title_keys(heading))
        view = normalise(body)
        spans = [match.span() for match in _TOKEN.finditer(view.text)]
        body_row = self._row(self._words_of([view.text[a:b] for a, b in spans]))

        def counted(first: int, last: int) -> _Counted:
            return self._counted([head.part(0, len(head.first) - 1), named, *self._joined(head, body_row, first, last)])

        everything = counted(0, len(spans))
        offset = len(title) + 1
        if len(spans) <= self._size + self._stride // 2:
            begin, end = view.original(spans[0][0], spans[-1][1]) if spans else (0, 0)
            chosen, places = [everything], [(begin + offset, end + offset)]
        else:
            chosen, places = [], []
            for first in range(0, len(spans), self._stride):
                last = min(first + self._size, len(spans))
                begin, end = view.original(spans[first][0], spans[last - 1][1])
                chosen.append(counted(first, last))
                places.append((begin + offset, end + offset))
                if last == len(spans):
                    break
        logits = self._logits(chosen)
        whole = logits if chosen[0] is everything else self._logits([everything])
        return Reading(composed, whole, tuple(places), tuple(chosen), odds_of(logits))

    def _joined(self, head: _Row, body: _Row, first: int, last: int) -> Iterator[Rows]:
        """The rows of tokens ``first`` to ``last`` of the body, and of the pair that they make with the heading."""
        yield body.part(first, last)
        low, high = body.first[first], body.first[last]
        if head.words and high > low:
            yield self._rows(_pairs([head.words[-1], body.words[low]]))

    def strongest(self, reading: Reading) -> Passage | None:
        """The sentence that speaks loudest for an offence, as ``attribution.strongest`` finds it."""
        at = int(reading.odds.argmax())
        window, weights = reading.windows[at], self._weights
        per_occurrence = np.zeros(len(weights.keys), dtype=np.float32)
        per_occurrence[window.rows] = window.values * weights.table[window.rows, 0] / window.counts
        places = sentences(reading.composed, *reading.spans[at])
        lines = normalise("\n".join(reading.composed[a:b] for a, b in places)).text.split("\n")
        tokens = [line.split() for line in lines]
        row = self._row(self._words_of([token for line in tokens for token in line]))
        ends = list(accumulate(map(len, tokens)))
        best: Passage | None = None
        for (start, end), first, last in zip(places, [0, *ends], ends, strict=False):
            rows, counts = _distinct(row.part(first, last))
            share = float((per_occurrence[rows] * counts).sum())
            if best is None or share > best.share:
                best = Passage(start, end, share)
        return best

    def _counted(self, parts: Sequence[Rows]) -> _Counted:
        rows, counts = _distinct(np.concatenate(parts))
        values = weigh(counts, self._weights.idf[rows], self._blocks[rows], self._weights.blocks)
        return _Counted(rows, counts, values)

    def _logits(self, stretches: Sequence[_Counted]) -> Floats:
        out = np.empty((len(stretches), COLUMNS), dtype=np.float32)
        for row, one in enumerate(stretches):
            out[row] = one.values @ self._weights.table[one.rows] + self._weights.bias
        return out

    def _row(self, tokens: Sequence[tuple[_Word, ...]]) -> _Row:
        words = [word for token in tokens for word in token]
        first = [0, *accumulate(map(len, tokens))]
        if not words:
            return _Row(words, first, _NONE, _NONE, _NONE, _NONE)
        rows = np.concatenate([word.rows for word in words])
        pairs, known = self._look_up(_pairs(words))
        at = np.array([0, *accumulate(len(word.rows) for word in words)])
        return _Row(words, first, rows, at, pairs, np.concatenate(([0], np.cumsum(known))))

    def _look_up(self, keys: Keys) -> tuple[Rows, npt.NDArray[np.bool_]]:
        """The rows of those keys that the weights know, and which keys these are."""
        if not len(self._weights.keys):
            return _NONE, np.zeros(len(keys), dtype=np.bool_)
        rows = np.minimum(np.searchsorted(self._weights.keys, keys), len(self._weights.keys) - 1)
        known = self._weights.keys[rows] == keys
        return rows[known].astype(np.int32), known

    def _rows(self, keys: Keys) -> Rows:
        return self._look_up(keys)[0]

    def _words_of(self, tokens: Sequence[str]) -> list[tuple[_Word, ...]]:
        """For each run of letters and marks of the view, the words that the model reads in it."""
        known = self._known
        new = {token for token in tokens if token not in known}
        if not new:
            return [known[token] for token in tokens]
        if len(known) + len(new) > MAX_WORDS:
            known.clear()
            new = set(tokens)
        learnt = self._learn(sorted(new))
        found = [learnt[token] if token in learnt else known[token] for token in tokens]
        known.update((token, words) for token, words in learnt.items() if len(token) <= MAX_REMEMBERED_CHARS)
        return found

    def _learn(self, tokens: Sequence[str]) -> dict[str, tuple[_Word, ...]]:
        folded = {token: letters(token).split() for token in tokens}
        words = list(dict.fromkeys(word for parts in folded.values() for word in parts))
        if not words:
            return dict.fromkeys(tokens, ())
        keys, owners, sums = word_keys(words)
        order = np.argsort(owners, kind="stable")
        keys, owners = keys[order], owners[order]
        rows = np.minimum(np.searchsorted(self._weights.keys, keys), max(len(self._weights.keys) - 1, 0))
        known = self._weights.keys[rows] == keys if len(self._weights.keys) else np.zeros(len(keys), dtype=bool)
        rows, owners = rows[known], owners[known]
        borders = np.searchsorted(owners, np.arange(len(words) + 1))
        made = {
            word: _Word(rows[borders[i] : borders[i + 1]].copy(), int(sums[i]), len(word))
            for i, word in enumerate(words)
        }
        return {token: tuple(made[word] for word in parts) for token, parts in folded.items()}


def _pairs(words: Sequence[_Word]) -> Keys:
    """The keys of the pairs of neighbours among these words."""
    sums = np.array([word.sum for word in words], dtype=np.uint64)
    return pair_keys(sums, np.array([word.length for word in words], dtype=np.int64))


def _distinct(rows: Rows) -> tuple[Rows, Counts]:
    """Distinct rows in order and how often each stands."""
    if not len(rows):
        return rows, np.empty(0, dtype=np.int64)
    ordered = np.sort(rows)
    starts = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    return ordered[starts], np.diff(starts, append=len(ordered))
