"""Suggestions: shared strong identifiers, and nothing that many vendors share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classifiers.identifiers import find, in_source
from classifiers.judgement import Identifier
from classifiers.text import plain
from evidence.suggestion import Suggestion, strong_key, suggest


def shows(text: str) -> tuple[Identifier, ...]:
    return find(plain(text), "en")


CASE = {"ex-a": shows("Call +91 98765 43210, write sales@pelican-sender.example, pay pelican@okicici, www.pelican.in")}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("WhatsApp us: https://wa.me/919876543210", ["wa_link"]),
        ("Phone (+91) 98765-43210 or SALES@pelican-sender.example", ["phone", "email"]),
        ("UPI: pelican@okicici", ["upi"]),
    ],
)
def test_an_exhibit_with_a_shared_identifier_is_suggested_with_the_reason(text: str, kinds: list[str]) -> None:
    (suggestion,) = suggest(CASE, {"ex-b": shows(text)})
    assert suggestion.exhibit_id == "ex-b"
    assert [shared.kind for shared in suggestion.shared] == kinds
    assert all(shared.member_id == "ex-a" and shared.quote in text for shared in suggestion.shared)


@pytest.mark.parametrize(
    "text", ["www.pelican.in", "Call +91 98765 43211", "https://wa.me/message/ABCDEF123", "news about bulk sending"]
)
def test_what_is_not_shared_or_not_strong_suggests_nothing(text: str) -> None:
    assert suggest(CASE, {"ex-b": shows(text)}) == ()


def test_exhibits_of_the_case_are_never_suggested_and_the_strongest_comes_first() -> None:
    others = {
        "ex-a": CASE["ex-a"],
        "ex-b": shows("mail sales@pelican-sender.example"),
        "ex-c": shows("mail sales@pelican-sender.example, UPI pelican@okicici"),
    }
    assert [suggestion.exhibit_id for suggestion in suggest(CASE, others)] == ["ex-c", "ex-b"]


def test_a_private_measuring_id_ties_and_an_agencys_tag_manager_does_not() -> None:
    html = "<script>gtag('config','G-T3RNBL4ST9'); tags(window,'dataLayer','GTM-T3RN9X')</script>"
    (suggestion,) = suggest({"ex-a": in_source(html)}, {"ex-b": in_source(f"<p>another page</p>{html}")})
    assert [shared.kind for shared in suggestion.shared] == ["google_analytics"]


def test_what_was_read_in_a_picture_is_no_key() -> None:
    (phone,) = shows("Call +91 98765 43210")
    assert suggest(CASE, {"ex-b": (replace(phone, lead=True),)}) == ()


def test_a_short_number_is_no_key() -> None:
    assert strong_key(Identifier("phone", "+12345", "12345", 0, 5, "body")) is None
    assert strong_key(Identifier("domain", "pelican.in", "pelican.in", 0, 10, "body")) is None
    assert suggest({}, {"ex-b": shows("Call +91 98765 43210")}) == ()


def test_one_identifier_counts_once_however_often_it_is_shown() -> None:
    twice = shows("Call +91 98765 43210, or https://wa.me/919876543210")
    (suggestion,) = suggest(CASE, {"ex-b": twice})
    assert isinstance(suggestion, Suggestion)
    assert len(suggestion.shared) == 1
