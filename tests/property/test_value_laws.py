"""Laws of parsed values: what is formatted one way or another is read as the same value again."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from classifiers.claims import numbers, values
from classifiers.claims.values import in_words
from classifiers.labels import ClaimType

WHOLE = st.integers(min_value=1, max_value=999_999_999)
CENTS = st.integers(min_value=100, max_value=99_999_999).map(lambda cents: cents / 100)
UNITS = {
    "message": "per message",
    "month": "per month",
    "year": "a year",
    "device": "per device",
    "lifetime": "lifetime",
}
LOCAL = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९")


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def lakhs(number: int) -> str:
    """The Indian way: 1,49,999."""
    head, tail = str(number)[:-3], str(number)[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail])


@given(WHOLE, st.sampled_from([",", ".", " ", "'", ""]))
def test_a_grouped_number_is_read_as_itself(number: int, mark: str) -> None:
    assert numbers.plain_number(grouped(number, mark)) == number


@given(WHOLE)
def test_indian_groups_are_read_as_well(number: int) -> None:
    assert numbers.plain_number(lakhs(number)) == number


@given(CENTS, st.sampled_from([(",", "."), (".", ",")]))
def test_two_decimals_are_read_either_way(amount: float, marks: tuple[str, str]) -> None:
    written = f"{amount:,.2f}".translate(str.maketrans(",.", "".join(marks)))
    assert numbers.plain_number(written) == amount


@given(WHOLE, st.sampled_from(sorted(UNITS)), st.sampled_from(LOCAL))
def test_a_price_in_any_digits_is_the_same_price(amount: int, unit: str, digits: str) -> None:
    written = f"₹{lakhs(amount)} {UNITS[unit]}".translate(str.maketrans(LOCAL[0], digits))
    assert values.of(ClaimType.PRICE, written) == {"amount": amount, "currency": "INR", "unit": unit}


@given(st.integers(min_value=1, max_value=999), st.sampled_from(sorted(numbers.MULTIPLIERS)))
def test_a_multiplier_multiplies(count: int, word: str) -> None:
    match = numbers.NUMBER.search(f"{count} {word}")
    assert match is not None
    assert numbers.value_of(match) == count * numbers.MULTIPLIERS[word]


@given(WHOLE, st.sampled_from(["messages", "contacts", "numbers"]), st.sampled_from(["day", "hour", "month"]))
def test_a_volume_read_back_from_its_words_is_the_same(count: int, thing: str, time: str) -> None:
    value = values.of(ClaimType.VOLUME, f"{count} {thing} per {time}")
    assert value == {"count": count, "of": thing, "per": time}
    assert values.of(ClaimType.VOLUME, in_words(value)) == value


@given(CENTS, st.sampled_from(["USD", "EUR", "BRL", "INR", "IDR"]), st.sampled_from(["month", "message", "year"]))
def test_a_price_read_back_from_its_words_is_the_same(amount: float, currency: str, unit: str) -> None:
    value: dict[str, float | str] = {"amount": amount, "currency": currency, "unit": unit}
    assert values.of(ClaimType.PRICE, in_words(value)) == value


@given(st.text(max_size=400), st.sampled_from([ClaimType.PRICE, ClaimType.VOLUME]))
def test_any_text_is_read_or_not_but_never_refused(text: str, kind: ClaimType) -> None:
    value = values.of(kind, text)
    assert value is None or (in_words(value) and all(isinstance(one, (str, float)) for one in value.values()))


def test_the_words_are_regular_expressions_that_match_something() -> None:
    assert all(pattern.search("") is None for pattern in (values.words().currency, values.words().unit))
    assert isinstance(values.words().thing, re.Pattern)
