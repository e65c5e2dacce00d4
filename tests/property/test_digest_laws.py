"""Laws of the canonical spelling: it loses nothing, has no second spelling, and is stable."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evidence.digest import MAX_INTEGER, canonical_json

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
# A larger whole double is spelled without a point, and Python would read it back as an integer that is refused.
NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(-MAX_INTEGER, MAX_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_nothing_is_lost_and_the_spelling_is_stable(value):
    spelled = canonical_json(value)
    assert json.loads(spelled) == value
    assert canonical_json(json.loads(spelled)) == spelled


@given(st.dictionaries(TEXT, NUMBERS, max_size=8), st.randoms())
def test_the_order_in_which_names_were_given_does_not_matter(value, random):
    names = list(value)
    random.shuffle(names)
    assert canonical_json({name: value[name] for name in names}) == canonical_json(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_keeps_its_every_bit(number):
    assert float(canonical_json(number)) == number
