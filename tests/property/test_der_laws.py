"""Laws of reading DER and tokens: nothing read lies outside the bytes, and no bytes get more than our own errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import der
from evidence.errors import BadToken
from evidence.timestamp import PUBLIC_AUTHORITIES, load_root
from evidence.timestamp_token import StampState, in_der_order, query, verify_token

ROOT = load_root(PUBLIC_AUTHORITIES[0], Path())
JUNK = st.binary(max_size=300) | st.binary(max_size=60).map(lambda inner: b"\x30" + bytes([len(inner)]) + inner)
SHORT = st.binary(min_size=0, max_size=120)


@given(JUNK)
def test_elements_tile_what_they_were_read_from_or_are_refused(data):
    try:
        found = der.elements(data)
    except ValueError:
        return
    places = [0, *(one.end for one in found)]
    assert [one.start for one in found] == places[:-1]
    assert places[-1] == len(data)
    assert all(one.start < one.content <= one.end for one in found)


@given(st.lists(SHORT, max_size=6))
def test_what_was_written_is_read(contents):
    data = b"".join(b"\x04" + bytes([len(one)]) + one for one in contents)
    assert [data[one.content : one.end] for one in der.elements(data)] == contents


@given(JUNK)
def test_sorting_for_reading_only_moves_bytes(data):
    ordered = in_der_order(data)
    assert sorted(ordered) == sorted(data)
    assert in_der_order(ordered) == ordered


@given(JUNK)
def test_junk_is_never_a_token(data):
    with pytest.raises(BadToken) as caught:
        verify_token(query(b"manifest"), data, b"manifest", ROOT)
    assert caught.value.state in (StampState.GARBAGE, StampState.REFUSED)
