"""Laws of the Merkle tree: whatever it gives is what the recursive definitions of RFC 6962 section 2.1 give."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from evidence import merkle

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def mth(data: Sequence[bytes]) -> bytes:
    """The Merkle tree hash as section 2.1 defines it."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) as section 2.1.1 defines it."""
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) as section 2.1.2 defines it."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def grown(data: Sequence[bytes]) -> merkle.Nodes:
    """A tree built one append after the other, as the log builds it; each node is written once."""
    kept: dict[tuple[int, int], bytes] = {}

    def nodes(level: int, index: int) -> bytes:
        return kept[level, index]

    for index, one in enumerate(data):
        leaf = merkle.leaf_hash(one)
        above = list(merkle.grow(nodes, index, leaf))
        for level, place, digest in [(0, index, leaf), *above]:
            assert (level, place) not in kept
            kept[level, place] = digest
    return nodes


def test_known_answers() -> None:
    """The roots of the empty tree and of one empty leaf, as they follow from the definition by hand."""
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(grown([b""]), 1) == merkle.leaf_hash(b"")


@given(leaves)
def test_every_root_is_the_defined_one(data: list[bytes]) -> None:
    nodes = grown(data)
    for size in range(len(data) + 1):
        assert merkle.root(nodes, size) == mth(data[:size])


@given(leaves, st.data())
def test_an_inclusion_proof_is_the_defined_path_and_leads_to_the_root(data: list[bytes], draw: st.DataObject) -> None:
    nodes, size = grown(data), draw.draw(st.integers(1, len(data)))
    index = draw.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(nodes, index, size)
    assert proof == path(index, data[:size])
    assert merkle.root_from_inclusion(merkle.leaf_hash(data[index]), index, size, proof) == mth(data[:size])


@given(leaves, st.data())
def test_a_consistency_proof_is_the_defined_one_and_holds(data: list[bytes], draw: st.DataObject) -> None:
    nodes, second = grown(data), draw.draw(st.integers(1, len(data)))
    first = draw.draw(st.integers(0, second))
    proof = merkle.consistency_proof(nodes, first, second)
    assert proof == (subproof(first, data[:second], True) if first else [])
    assert merkle.is_consistent(first, mth(data[:first]), second, mth(data[:second]), proof)


@given(leaves, st.data())
def test_no_proof_leads_another_leaf_or_place_to_the_root(data: list[bytes], draw: st.DataObject) -> None:
    nodes, size = grown(data), len(data)
    index, other = draw.draw(st.integers(0, size - 1)), draw.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(nodes, index, size)
    foreign = merkle.leaf_hash(data[index] + b"!")
    assert led_to(foreign, index, size, proof) != mth(data)
    if other != index and data[other] != data[index]:
        assert led_to(merkle.leaf_hash(data[index]), other, size, proof) != mth(data)


@given(leaves, st.data())
def test_a_proof_of_another_length_leads_nowhere(data: list[bytes], draw: st.DataObject) -> None:
    nodes, size = grown(data), len(data)
    index = draw.draw(st.integers(0, size - 1))
    proof, leaf = merkle.inclusion_proof(nodes, index, size), merkle.leaf_hash(data[index])
    assert led_to(leaf, index, size, [*proof, b"\0" * 32]) is None
    assert not proof or led_to(leaf, index, size, proof[:-1]) is None


@given(leaves, st.data())
def test_no_tree_that_was_changed_is_consistent_with_the_old_one(data: list[bytes], draw: st.DataObject) -> None:
    second = len(data)
    first = draw.draw(st.integers(1, second))
    changed = list(data)
    changed[draw.draw(st.integers(0, first - 1))] += b"!"
    for tree in (data, changed):
        proof = merkle.consistency_proof(grown(tree), first, second)
        assert not merkle.is_consistent(first, mth(data[:first]), second, mth(changed), proof)


@given(leaves, st.data())
def test_any_other_consistency_proof_fails(data: list[bytes], draw: st.DataObject) -> None:
    second = len(data)
    first = draw.draw(st.integers(0, second))
    proof = merkle.consistency_proof(grown(data), first, second)
    ends = (first, mth(data[:first]), second, mth(data))
    assert not merkle.is_consistent(*ends, [*proof, b"\0" * 32])
    if proof:
        place = draw.draw(st.integers(0, len(proof) - 1))
        assert not merkle.is_consistent(*ends, proof[:place] + proof[place + 1 :])
        assert not merkle.is_consistent(*ends, [*proof[:place], bytes(32), *proof[place + 1 :]])
    assert not merkle.is_consistent(second + 1, *ends[1:], proof)


def test_reading_grows_with_the_logarithm() -> None:
    """A proof in a tree of a million leaves reads at most forty nodes."""
    asked: list[tuple[int, int]] = []

    def nodes(level: int, index: int) -> bytes:
        asked.append((level, index))
        return bytes(32)

    for work in (
        lambda: merkle.root(nodes, 999_999),
        lambda: merkle.inclusion_proof(nodes, 4711, 999_999),
        lambda: merkle.consistency_proof(nodes, 123_457, 999_999),
        lambda: list(merkle.grow(nodes, 2**20 - 1, bytes(32))),
    ):
        asked.clear()
        work()
        assert len(asked) <= 40


def led_to(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    try:
        return merkle.root_from_inclusion(leaf, index, size, proof)
    except ValueError:
        return None
