"""Laws of the normalised view: every span maps to a slice of the original, in order, and folding is stable."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.deobfuscate import fold, normalise

TRICKS = st.sampled_from("whatspWHATS.@4 -аеорс𝐁🅰️९٩éİß\u200bｗ™नुक़")
DISGUISED = st.text(alphabet=st.one_of(TRICKS, st.characters(codec="utf-8")), max_size=60)


@given(DISGUISED, st.data())
@settings(max_examples=400, deadline=None)
def test_every_span_of_the_view_is_a_slice_of_the_original(text: str, data: st.DataObject) -> None:
    view = normalise(text)
    if not view.text:
        return
    start = data.draw(st.integers(0, len(view.text) - 1))
    end = data.draw(st.integers(start + 1, len(view.text)))
    a, b = view.original(start, end)
    assert 0 <= a < b <= len(text)
    outer_a, outer_b = view.original(0, len(view.text))
    assert outer_a <= a
    assert b <= outer_b


@given(DISGUISED)
@settings(max_examples=400, deadline=None)
def test_places_in_the_original_never_run_backwards(text: str) -> None:
    view = normalise(text)
    places = [view.original(i, i + 1) for i in range(len(view.text))]
    assert all(a1 <= a2 and b1 <= b2 for (a1, b1), (a2, b2) in pairwise(places))


@given(st.text(alphabet="whats.@4 -аеор𝐁९٩éß\u200bｗनुक", max_size=40))
@example("w h a t s")
@settings(max_examples=400, deadline=None)
def test_the_view_has_no_capitals_and_no_invisible_characters(text: str) -> None:
    read = fold(text)
    assert read == read.lower()
    assert "\u200b" not in read


@given(DISGUISED)
@settings(max_examples=400, deadline=None)
def test_a_character_of_the_view_comes_from_the_characters_it_stands_for(text: str) -> None:
    """Unless a look-alike or a digit was read as a letter: then one character stands for one."""
    view = normalise(text)
    for index, char in enumerate(view.text):
        start, end = view.original(index, index + 1)
        assert end - start == 1
        read = fold(text[start:end])
        assert char in read or len(read) == 1


SPELLINGS = ["W.h.a.t.s.A.p.p", "wh4ts\u200bapp", "𝐖𝐡𝐚𝐭𝐬𝐀𝐩𝐩", "w h a t s a p p", "Whаtsаpp", "WhatsApp"]


@given(st.text(max_size=30), st.sampled_from(SPELLINGS))
@settings(max_examples=300, deadline=None)
def test_a_disguise_is_quoted_as_it_stands(before: str, disguise: str) -> None:
    text = f"{before}\n{disguise}\n{before}"
    view = normalise(text)
    at = view.text.find("\nwhatsapp\n") + 1
    assert at > 0
    start, end = view.original(at, at + len("whatsapp"))
    assert text[start:end] == disguise
