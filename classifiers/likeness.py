"""Texts in, 64-bit fingerprints out that are nearly equal where the texts are: one advert at many addresses.

A simhash (Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002) over sequences of three
words of the folded text: a copy with another price, number or name is still a copy.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations, pairwise

import numpy as np

from classifiers.deobfuscate import normalise
from classifiers.model.normalise import letters

MIN_WORDS = 30
"""Shorter texts are alike by chance; they have the fingerprint 0, which is like nothing."""
MAX_WORDS = 5_000
SHINGLE = 3
BITS = 64
DISTANCE = 6
"""So many differing bits make two texts alike still: about nine tenths of their shingles are shared."""
_BANDS = DISTANCE + 1


def fingerprint(text: str) -> int:
    """The simhash of a text, 0 for one of fewer than :data:`MIN_WORDS` words."""
    folded = letters(normalise(text[: MAX_WORDS * 10]).text).split()
    words = [word for word in folded if not any(letter.isdigit() for letter in word)][:MAX_WORDS]
    if len(words) < MIN_WORDS:
        return 0
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
    digests = b"".join(hashlib.blake2b(one.encode(), digest_size=8).digest() for one in shingles)
    bits = np.unpackbits(np.frombuffer(digests, np.uint8).reshape(-1, 8), axis=1).mean(axis=0) >= 1 / 2
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def alike(one: int, other: int) -> bool:
    """Whether two fingerprints are of nearly the same text."""
    return bool(one and other) and (one ^ other).bit_count() <= DISTANCE


def pairs(fingerprints: Mapping[str, int]) -> list[tuple[str, str]]:
    """Every pair of IDs whose texts are alike, sorted. Texts that differ in so few bits have one whole band alike."""
    edges = [band * BITS // _BANDS for band in range(_BANDS + 1)]
    found: set[tuple[str, str]] = set()
    for low, high in pairwise(edges):
        buckets: dict[int, list[str]] = defaultdict(list)
        for name, number in fingerprints.items():
            if number:
                buckets[(number >> low) & ((1 << (high - low)) - 1)].append(name)
        for names in buckets.values():
            found.update((a, b) for a, b in combinations(sorted(names), 2) if alike(fingerprints[a], fingerprints[b]))
    return sorted(found)
