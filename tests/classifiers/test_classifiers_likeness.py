"""Fingerprints: copies are alike, different texts are not, and every alike pair is found."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from classifiers.likeness import DISTANCE, MIN_WORDS, alike, fingerprint, pairs
from classifiers.training import corpus

ADVERT = """Our desktop software sends your WhatsApp campaign while you sleep. Load the list from Excel, write the text
once, choose a picture or a catalogue, and let it work with random pauses so that the number stays safe. It replies to
customers by keyword, leaves out numbers without an account, joins the groups you name and collects their members. One
payment, free updates for a year, and a colleague of ours sets it up on your computer by remote desk the same day."""


def test_a_copy_with_another_number_and_price_is_alike() -> None:
    one, other = f"{ADVERT} Call 98000 00001, Rs 999 only.", f"{ADVERT} Call 70000 00002, Rs 1,499 only."
    assert one != other
    assert alike(fingerprint(one), fingerprint(other))


def test_unrelated_documents_are_not_alike() -> None:
    examples = [one for one in corpus.load() if one.file in ("offers", "non_offers")]
    marks = {one.id: fingerprint(one.text) for one in examples}
    assert len(examples) > 400
    assert len(pairs(marks)) <= 2


def test_a_short_text_is_like_nothing_not_even_itself() -> None:
    short = fingerprint("word " * (MIN_WORDS - 1))
    assert short == 0
    assert not alike(short, short)


@given(st.text(max_size=400))
def test_any_text_has_a_fingerprint_of_64_bits(text: str) -> None:
    assert 0 <= fingerprint(text) < 2**64
    assert fingerprint(text) == fingerprint(text)


@given(st.integers(1, 2**64 - 1), st.lists(st.sets(st.integers(0, 63), max_size=DISTANCE + 2), max_size=6))
def test_the_pairs_are_those_that_comparing_all_would_find(base: int, flips: list[set[int]]) -> None:
    marks = {"base": base} | {f"copy{n}": base ^ sum(1 << bit for bit in bits) for n, bits in enumerate(flips)}
    expected = sorted((a, b) for a, b in combinations(sorted(marks), 2) if alike(marks[a], marks[b]))
    assert pairs(marks) == expected
