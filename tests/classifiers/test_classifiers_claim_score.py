"""Floors of the claim rules on the development corpus, and what the score cards may and may not say.

They are measured without a text model, which asks more of a hit. Of long pages every claim is marked, of which a dozen
quotes of a type are kept, and what is said in words of its own no list of phrases finds: so recall is what it is.
"""

from __future__ import annotations

import pytest

from classifiers import claims
from classifiers.claims import voice
from classifiers.labels import ClaimType
from classifiers.text import plain
from classifiers.training import claim_cards, claim_score, corpus
from classifiers.training.claim_score import Tally


@pytest.fixture(scope="module")
def measured() -> Tally:
    examples = claim_cards.marked(corpus.load())
    return claim_score.tally(
        examples, [claims.find(plain(example.text, example.title), example.lang) for example in examples]
    )


def test_recall_and_precision_by_overlap(measured: Tally) -> None:
    assert measured.found["all"] / measured.marked["all"] >= 0.44
    assert measured.right["all"] / measured.made["all"] >= 0.58


def test_innocent_pages_are_hardly_ever_accused(measured: Tally) -> None:
    assert measured.innocent > 400
    assert measured.abuse_on_innocent / measured.innocent <= 0.13


def test_most_offences_can_be_quoted(measured: Tally) -> None:
    assert measured.offences_quoted / measured.offences >= 0.55


def test_documents_that_are_labelled_only() -> None:
    everything = corpus.load()
    marked = {one.id for one in claim_cards.marked(everything)}
    examples = [one for one in everything if one.id not in marked and one.file != corpus.PARALLEL]
    unseen = claim_score.tally(
        examples, [claims.find(plain(example.text, example.title), example.lang) for example in examples]
    )
    assert unseen.abuse_on_innocent / unseen.innocent <= 0.05
    assert unseen.offences_quoted / unseen.offences >= 0.4  # many of them are developers' notes that claim nothing


@pytest.mark.parametrize("kind", list(ClaimType))
def test_no_claim_type_is_blind(measured: Tally, kind: ClaimType) -> None:
    least = 0.07 if kind is ClaimType.VOLUME else 0.18  # a number is often marked that only a reader knows to matter
    assert measured.found[kind.value] / measured.marked[kind.value] >= least


@pytest.mark.parametrize("lang", ["en", "hi", "hi-Latn", "pt", "es", "id", "ar", "tr", "ru", "fr", "ur", "zh", "sw"])
def test_no_language_is_blind(measured: Tally, lang: str) -> None:
    assert measured.found[lang] / measured.marked[lang] >= 0.35


def test_a_quote_is_about_as_long_as_the_marked_one(measured: Tally) -> None:
    assert sum(measured.shared) / len(measured.shared) >= 0.65


def test_what_speaks_of_a_report_only_counts_against() -> None:
    cards = voice.shipped()
    assert set(cards) == {"alone.abuse", "alone.other", "judged.abuse", "judged.other"}
    for card in cards.values():
        assert all(card.get(fact, 0.0) <= 0 for fact in claim_cards.ONLY_AGAINST)
        assert all(card.get(fact, 0.0) >= 0 for fact in claim_cards.ONLY_FOR)


def test_a_card_asks_more_of_an_accusation() -> None:
    cards = voice.shipped()
    assert cards["alone.abuse"]["least"] > cards["alone.other"]["least"]
    assert cards["judged.abuse"]["offence"] > 0


def test_counts() -> None:
    (example,) = [one for one in corpus.load() if one.id == "pos-0002"]
    empty, full = Tally(), Tally()
    empty.add(example, ())
    made = tuple(
        claims._claim(claims.examine(plain(example.text), "en").page, claims.rules()[0], start, end)
        for kind, start, end in claim_score.spans(example)
        if kind is ClaimType.PRICE
    )
    full.add(example, made)
    assert empty.found["all"] == 0
    assert empty.marked["all"] == len(example.claims)
    assert full.found["price"] == full.right["price"] == full.made["price"] == 1
    assert full.shared == [1.0]
