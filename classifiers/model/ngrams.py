"""Folded text in, hashed keys out: words, word pairs, and groups of two to five letters inside words.

Every n-gram is a 32-bit key. The top two bits name its block (letters, words, title words), the other 30 are a
hash, so nothing readable of the training texts is shipped. All of it is array arithmetic: polynomial prefix sums
give the hash of any slice in constant time, modulo 2**64.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]

LETTERS, WORDS, TITLE = 0, 1, 2
"""The blocks. Each is weighed and brought to length one on its own."""

_BLOCK_BITS = 30
_SIZES = (2, 3, 4, 5)
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_SPACE = 32


@lru_cache(maxsize=1)
def _powers(size: int) -> tuple[_Words, _Words]:
    """Powers of the base and of its inverse, modulo 2**64."""
    up = np.full(size, _BASE, dtype=np.uint64)
    down = np.full(size, _INVERSE, dtype=np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up, dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


def _table(length: int) -> tuple[_Words, _Words]:
    """Power tables at least ``length`` long, in sizes that double so that they are made rarely."""
    return _powers(1 << max(16, int(length).bit_length()))


def block_of(keys: Keys) -> Keys:
    """The block of each key."""
    return keys >> np.uint32(_BLOCK_BITS)


def _mix(values: _Words, salt: int, block: int) -> Keys:
    """The finaliser of splitmix64, cut to 30 bits, with the block above it; ``salt`` keeps lengths apart."""
    mixed = values + np.uint64((salt * 0xD6E8FEB86659FD93) & 0xFFFFFFFFFFFFFFFF)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    hashes = ((mixed ^ (mixed >> np.uint64(31))) & np.uint64((1 << _BLOCK_BITS) - 1)).astype(np.uint32)
    return hashes | np.uint32(block << _BLOCK_BITS)


def text_keys(folded: str) -> Keys:
    """The keys, with repeats, of the letter groups and words of ``folded`` (see :mod:`classifiers.model.normalise`)."""
    if not folded:
        return np.empty(0, dtype=np.uint32)
    prefix, down, space = _prefix_sums(folded)
    return np.concatenate((*_letters(prefix, down, space), *_words(prefix, down, np.flatnonzero(space), WORDS)))


def title_keys(folded: str) -> Keys:
    """The keys, with repeats, of the words and word pairs of a title: what a title says weighs differently."""
    prefix, down, space = _prefix_sums(folded)
    return np.concatenate(_words(prefix, down, np.flatnonzero(space), TITLE))


def word_keys(words: Sequence[str]) -> tuple[Keys, Counts, _Words]:
    """The keys of each word by itself, the index of the word that each belongs to, and each word's :func:`sums`."""
    prefix, down, space = _prefix_sums(" ".join(words))
    before = np.concatenate(([0], np.cumsum(space)))
    owners, found = [], []
    for size in _SIZES:
        starts = _starts(before, size)
        found.append(_mix((prefix[starts + size] - prefix[starts]) * down[starts], size, LETTERS))
        owners.append(before[starts + 1] - 1)
    at = np.flatnonzero(space)
    sums = (prefix[at[1:]] - prefix[at[:-1] + 1]) * down[at[:-1] + 1]
    found.append(_mix(sums, 101, WORDS))
    owners.append(np.arange(len(words)))
    return np.concatenate(found), np.concatenate(owners), sums


def pair_keys(sums: _Words, lengths: Counts) -> Keys:
    """The keys of the pairs of neighbours in a row of words. ``sums`` are those of :func:`word_keys`."""
    up, _ = _table(int(lengths.max(initial=0)) + 1)
    after = up[lengths[:-1]]
    joined = sums[:-1] + after * (np.uint64(_SPACE) + np.uint64(_BASE) * sums[1:])
    return _mix(joined, 102, WORDS)


def count(keys: Keys) -> tuple[Keys, Counts]:
    """Sorted distinct keys and how often each stands."""
    return np.unique(keys, return_counts=True)


def _prefix_sums(folded: str) -> tuple[_Words, _Words, npt.NDArray[np.bool_]]:
    """Prefix sums of the text with a space on either side, the powers that undo their shift, and where spaces are."""
    codes = np.frombuffer(f" {folded} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    up, down = _table(len(codes) + 1)
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * up[: len(codes)], out=prefix[1:], dtype=np.uint64)
    return prefix, down, codes == _SPACE


def _letters(prefix: _Words, down: _Words, space: npt.NDArray[np.bool_]) -> list[Keys]:
    """Letter groups inside words; the space before and after a word counts as a letter of it."""
    spaces = np.concatenate(([0], np.cumsum(space)))
    found = []
    for size in _SIZES:
        starts = _starts(spaces, size)
        found.append(_mix((prefix[starts + size] - prefix[starts]) * down[starts], size, LETTERS))
    return found


def _starts(spaces: Counts, size: int) -> Counts:
    """Where a group of ``size`` letters may start: no space within, one before and after allowed."""
    starts = np.arange(max(0, len(spaces) - size))
    within: npt.NDArray[np.bool_] = spaces[starts + size - 1] == spaces[starts + 1]
    return np.asarray(starts[within])


def _words(prefix: _Words, down: _Words, at: npt.NDArray[np.int64], block: int) -> list[Keys]:
    """Words and pairs of neighbouring words. ``at`` are the positions of the spaces around them."""
    starts, ends = at[:-1] + 1, at[1:]
    starts, ends = starts[ends > starts], ends[ends > starts]
    single = _mix((prefix[ends] - prefix[starts]) * down[starts], 101, block)
    pair = _mix((prefix[ends[1:]] - prefix[starts[:-1]]) * down[starts[:-1]], 102, block)
    return [single, pair]
