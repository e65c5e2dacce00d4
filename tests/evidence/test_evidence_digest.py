"""Canonical JSON against the RFC's own examples, and what it refuses."""

from __future__ import annotations

import hashlib
import math

import pytest

from evidence.digest import canonical_json, sha256_file, sha256_hex


def test_digests_of_bytes_and_files_agree(tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_file(path) == sha256_hex(b"x" * 3_000_000) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_the_example_of_rfc_8785_section_3_2():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json(value) == expected.encode()


def test_names_sort_by_utf_16_code_units():
    """RFC 8785 section 3.2.3: the emoji (a surrogate pair) sorts before the Hebrew presentation form."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    spelled = canonical_json(dict.fromkeys(names, 1)).decode()
    assert [spelled.index(f"{name}" if name != "\r" else "\\r") for name in ordered] == sorted(
        spelled.index(f"{name}" if name != "\r" else "\\r") for name in ordered
    )


@pytest.mark.parametrize(
    ("number", "spelled"),
    [
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (-0.0, "0"),
        (-1.5, "-1.5"),
        (1424953923781206.25, "1424953923781206.2"),
        (10, "10"),
        (2**53 - 1, "9007199254740991"),
    ],
)
def test_numbers_of_rfc_8785_appendix_b(number, spelled):
    assert canonical_json(number) == spelled.encode()


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, 2**53, "\ud800", {"\udfff": 1}, {1: "a"}, b"bytes", {1, 2}, object()],
    ids=["nan", "infinity", "big", "surrogate", "surrogate name", "number as name", "bytes", "set", "object"],
)
def test_what_json_cannot_carry_is_refused(value):
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical_json(value)


def test_endless_nesting_is_refused():
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(ValueError, match="nested deeper"):
        canonical_json(value)
