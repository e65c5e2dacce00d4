"""The Merkle tree of RFC 6962: a leaf or an older root and a proof in, the root they lead to out. All in hex."""

from __future__ import annotations

import hashlib

from evidence.verifier.forms import DIGEST, canonical
from evidence.verifier.words import Bad

MAX_PROOF_STEPS = 64
EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


def entry_leaf(content: object) -> str:
    """The leaf of an entry: SHA-256 over 0x00 and its canonical JSON."""
    return hashlib.sha256(b"\x00" + canonical(content)).hexdigest()


def tree_node(left: str, right: str) -> str:
    """A node over two children: SHA-256 over 0x01 and both."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def proof_steps(proof: object) -> list[str]:
    """A proof as a list of digests; raises Bad for anything else."""
    if not isinstance(proof, list) or len(proof) > MAX_PROOF_STEPS:
        raise Bad("its proof is no list of digests, or longer than any tree is high")
    if not all(isinstance(step, str) and DIGEST.fullmatch(step) for step in proof):
        raise Bad("its proof holds something that is no SHA-256 digest")
    return proof


def root_by_inclusion(leaf: str, index: int, size: int, proof: list[str]) -> str:
    """The root to which a leaf at ``index`` of ``size`` leads (RFC 9162 section 2.1.3.2); raises Bad if it has none."""
    if type(index) is not int or not 0 <= index < size:
        raise Bad("its place is outside the tree")
    digest, last, steps = leaf, size - 1, list(proof)
    while last:
        if not steps:
            raise Bad("its proof is too short")
        if index & 1 or index == last:
            digest = tree_node(steps.pop(0), digest)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            digest = tree_node(digest, steps.pop(0))
        index, last = index >> 1, last >> 1
    if steps:
        raise Bad("its proof is too long")
    return digest


def grew_out_of(old: tuple[int, str], new: tuple[int, str], proof: list[str]) -> bool:
    """Whether the tree of the head ``new`` (size, root) begins with that of ``old`` (RFC 9162 section 2.1.4.2)."""
    (first, old_root), (second, new_root) = old, new
    if first == second:
        return old_root == new_root and not proof
    if not 0 <= first < second:
        return False
    if first == 0:
        return old_root == EMPTY_ROOT and not proof
    path = [old_root, *proof] if first & (first - 1) == 0 else list(proof)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not path:
        return False
    from_old = from_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            from_old, from_new = tree_node(sibling, from_old), tree_node(sibling, from_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            from_new = tree_node(from_new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and (from_old, from_new) == (old_root, new_root)
