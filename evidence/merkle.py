"""The Merkle tree of RFC 6962: leaves in, roots and proofs out; and the checking of proofs that somebody hands over.

A leaf is SHA-256(0x00 || data), a node SHA-256(0x01 || left || right) (RFC 6962 section 2.1). Nothing is kept here: the
nodes of complete subtrees come from a :data:`Nodes` function, where (level, index) covers the leaves
``index * 2**level`` to ``(index + 1) * 2**level - 1`` and level 0 are the leaves. Whatever is asked takes O(log n) of
them. Digests are 32 bytes, leaves count from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

#: The digest of a complete subtree by level and index.
Nodes = Callable[[int, int], bytes]

#: The root of a tree without leaves (RFC 6962 section 2.1).
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The digest of one leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The digest of a node over the digests of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(nodes: Nodes, index: int, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The nodes above the leaves that leaf ``index`` completes, as (level, index, digest), lowest first.

    An append writes these and the leaf: one node on average, never more than log2(index + 1).
    """
    level, digest = 0, leaf
    while index & 1:
        digest = node_hash(nodes(level, index - 1), digest)
        level, index = level + 1, index >> 1
        yield level, index, digest


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the tree over the first ``size`` leaves."""
    return _subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree over the first ``size`` leaves (RFC 6962 section 2.1.1).

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_subtree(nodes, middle, end))
            end = middle
        else:
            proof.append(_subtree(nodes, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """That the tree over ``second`` leaves grew out of the one over ``first`` (RFC 6962 section 2.1.2).

    Empty when the sizes are equal or the first tree is. Raises ValueError when the first is the larger one.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} leaves cannot have grown out of one of {first}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end = 0, second
    whole = True  # whether the subtree at hand is one that the first root is over, as RFC 6962 calls ``b``
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_subtree(nodes, middle, end))
            end = middle
        else:
            proof.append(_subtree(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(_subtree(nodes, start, end))
    return proof[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that ``leaf`` at ``index`` of ``size`` leaves leads to by its proof (RFC 9162 section 2.1.3.2).

    Raises ValueError when the proof has not the length that index and size ask for.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    digest, last = leaf, size - 1
    steps = iter(proof)
    while last:
        if index & 1 or index == last:
            digest = node_hash(_next(steps), digest)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            digest = node_hash(digest, _next(steps))
        index, last = index >> 1, last >> 1
    if next(steps, None) is not None:
        raise ValueError("the proof is longer than the tree is high")
    return digest


def is_consistent(first: int, old: bytes, second: int, new: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the second tree begins with the first (RFC 9162 section 2.1.4.2), in leaves."""
    if first == second:
        return old == new and not proof
    if not 0 <= first < second:
        return False
    if first == 0:
        return old == EMPTY_ROOT and not proof
    path = [old, *proof] if first & (first - 1) == 0 else [*proof]
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            from_old, from_new = node_hash(sibling, from_old), node_hash(sibling, from_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            from_new = node_hash(from_new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and from_old == old and from_new == new


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees from the largest to the smallest; that of an empty tree when there are none."""
    if not peaks:
        return EMPTY_ROOT
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def _next(steps: Iterator[bytes]) -> bytes:
    step = next(steps, None)
    if step is None:
        raise ValueError("the proof is shorter than the tree is high")
    return step


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(nodes: Nodes, start: int, end: int) -> bytes:
    """The digest over the leaves from ``start`` to before ``end``, which split as a tree of their own does."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(nodes(level, start >> level))
        start += 1 << level
    return fold(peaks)
