"""Who is probably one operator: what ties places together, and what must not."""

from __future__ import annotations

from classifiers.judgement import Decision, Identifier, Judgement
from classifiers.labels import Label
from crawler.sighting import SightingState
from desk.changes import Look
from desk.operators import MAX_SHARED, operators

PHONE = "+919800000001"


def look(url: str, *numbers: str, source: str = "watchlist", decision: Decision = Decision.CAPTURE) -> Look:
    identifiers = tuple(Identifier("phone", number, number, 0, 5, "text") for number in numbers)
    judged = Judgement(Label.BULK_SENDING_OFFER, True, 0.9, decision, "en", (), identifiers, (), "m", "0" * 64)
    return Look(url, source, url, url, "2026-11-24T00:00:00.000000Z", SightingState.SEEN, "", "", judged)


def test_two_sites_with_one_number_are_one_operator_and_two_pages_of_a_site_are_not_two() -> None:
    one, other = look("http://a.example/", PHONE), look("http://b.example/", PHONE)
    (found,) = operators([one, other, look("http://a.example/prices", PHONE)], [], {})
    assert found.places == ("a.example", "b.example")
    assert [(tie.kind, tie.value) for tie in found.ties] == [("number", PHONE.lstrip("+"))]
    assert operators([one, look("http://a.example/prices", PHONE)], [], {}) == ()


def test_chains_of_ties_make_one_group_and_strangers_stay_out() -> None:
    offers = [
        look("http://a.example/", PHONE),
        look("http://b.example/", PHONE, "+919800000002"),
        look("http://c.example/", "+919800000002"),
        look("http://d.example/", "+919800000009"),
    ]
    (found,) = operators(offers, [], {})
    assert found.places == ("a.example", "b.example", "c.example")
    assert len(found.ties) == 2


def test_ads_of_one_platform_are_places_of_their_own() -> None:
    ads = [look(f"http://bazaar.example/{n}", PHONE, source="marketplace") for n in (1, 2)]
    (found,) = operators(ads, [], {})
    assert found.places == ("http://bazaar.example/1", "http://bazaar.example/2")


def test_a_number_that_also_stands_on_an_innocent_site_ties_nothing() -> None:
    offers = [look("http://a.example/", PHONE), look("http://b.example/", PHONE)]
    shop = look("http://shop.example/", PHONE, decision=Decision.DISCARD)
    assert operators(offers, [shop], {}) == ()


def test_a_number_on_very_many_sites_is_a_themes() -> None:
    offers = [look(f"http://v{n}.example/", PHONE) for n in range(MAX_SHARED + 1)]
    assert operators(offers, [], {}) == ()
    assert len(operators(offers[:-1], [], {})) == 1


def test_the_very_text_ties_too() -> None:
    one, other = look("http://a.example/"), look("http://b.example/")
    (found,) = operators([one, other], [], {one.sighting_id: 0b1011, other.sighting_id: 0b1001})
    assert found.ties[0].kind == "text"
    assert operators([one, other], [], {one.sighting_id: 1, other.sighting_id: 2**60 - 1}) == ()
