"""A pattern that points to a country is tried only where one of its beginnings stands; every match has one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.keys import regions

Pointer = tuple[tuple[str, ...], re.Pattern[str], tuple[str, ...]]


@pytest.mark.parametrize("pointer", regions._POINTERS, ids=[" ".join(places) for _, _, places in regions._POINTERS])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_match_holds_a_literal(
    pointer: tuple[tuple[str, ...], object, tuple[str, ...]], data: st.DataObject
) -> None:
    literals, pattern, places = pointer
    text = data.draw(st.from_regex(pattern))
    assert any(literal in text for literal in literals)
    assert "" not in literals
    assert set(places) <= set(regions.pointed_to(text))
