"""Folded text in, hashed keys out: words, word pairs, and groups of two to five letters inside words.

Every n-gram is a 32-bit key. The top two bits name its block (letters, words, title words), the other 30 are a
hash, so nothing readable of the training texts is shipped. All of it is array arithmetic: polynomial prefix sums
give the hash of any slice in constant time, modulo 2**64.
"""

from __future__ import annotations

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
        starts = np.arange(max(0, len(space) - size + 1))
        starts = starts[spaces[starts + size - 1] - spaces[starts + 1] == 0]
        found.append(_mix((prefix[starts + size] - prefix[starts]) * down[starts], size, LETTERS))
    return found


def _words(prefix: _Words, down: _Words, at: npt.NDArray[np.int64], block: int) -> list[Keys]:
    """Words and pairs of neighbouring words. ``at`` are the positions of the spaces around them."""
    starts, ends = at[:-1] + 1, at[1:]
    starts, ends = starts[ends > starts], ends[ends > starts]
    single = _mix((prefix[ends] - prefix[starts]) * down[starts], 101, block)
    pair = _mix((prefix[ends[1:]] - prefix[starts[:-1]]) * down[starts[:-1]], 102, block)
    return [single, pair]
