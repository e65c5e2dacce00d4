"""Laws of claims and identifiers: quotes are exact slices, in order, and of one type never overlap."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import claims, identifiers
from classifiers.labels import ClaimType
from classifiers.text import Extracted, extract_html, plain
from classifiers.training import corpus

WORDS = ("anti-ban", "WhatsApp", "W.h.a.t.s.A.p.p", "wh4ts@pp", "grab the members of any group", "Rs 999", "₹१२३")
PHRASES = ("without saving contacts", "disparo em massa", "بدون حفظ الأرقام", "群发", "scan the QR code", "लाइफटाइम")
MARKS = ("?", "No.", "❌ ", "•", "\n", "\n\n", " ", ", ", '"', "𝐁𝐮𝐥𝐤", "\u200b", "m e m b e r s")
KEYS = ("+91 90000 00011", "a@b.com", "wa.me/919000000011")
PARTS = st.sampled_from((*WORDS, *PHRASES, *MARKS, *KEYS))
TEXTS = st.lists(st.one_of(PARTS, st.text(max_size=4)), max_size=40).map("".join)


def check(page: Extracted, lang: str) -> None:
    found = claims.find(page, lang)
    ends: dict[ClaimType, int] = {}
    assert list(found) == sorted(found, key=lambda claim: (claim.start, claim.end))
    for claim in found:
        assert 0 <= claim.start < claim.end <= len(page.text)
        assert page.text[claim.start : claim.end] == claim.quote
        assert claim.field == page.field_at(claim.start)
        assert ends.get(claim.type, 0) <= claim.start
        ends[claim.type] = claim.end
    for identifier in identifiers.find(page, lang):
        assert page.text[identifier.start : identifier.end] == identifier.quote != ""


@given(TEXTS, st.text(max_size=20), st.sampled_from(["en", "hi", "pt", "ar", "und"]))
@settings(max_examples=200, deadline=None)
def test_quotes_are_exact_in_any_text(text: str, title: str, lang: str) -> None:
    check(plain(text, title), lang)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_quotes_are_exact_in_any_page(text: str) -> None:
    check(extract_html(f"<title>WhatsApp</title><p>{text}</p>".encode("utf-8", "replace")), "en")


def test_quotes_are_exact_in_the_corpus() -> None:
    for example in corpus.load():
        check(plain(example.text, example.title), example.lang)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_pages_does_not_matter(seed: int) -> None:
    """What is remembered between pages changes no page's claims."""
    pages = [plain(example.text, example.title) for example in corpus.load()[:40]]
    first = [claims.find(page, "en") for page in pages]
    order = list(range(len(pages)))
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
    assert {index: claims.find(pages[index], "en") for index in order} == dict(enumerate(first))
