"""The terms registry: what is shipped, which version is in force, and that a pin needs the words on a captured page."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from classifiers.labels import ClaimType
from evidence.errors import NotAllowed
from evidence.notice.pins import Terms
from evidence.notice.registry import REGIONS, codes, shipped, suggest
from tests.evidence.notice_making import CLAUSE, TERMS, make_notice_house, make_page

ADDRESS = "https://www.whatsapp.com/legal/terms-of-service"


def test_the_shipped_data_hangs_together() -> None:
    registry = shipped()
    for clause in registry.clauses:
        held = [v for v in registry.versions if (v.document, v.effective) == (clause.document, clause.effective)]
        assert held, clause
        assert clause.paraphrase["en"]
        assert {region for v in held for region in v.regions} <= set(REGIONS)
    for code in codes().values():
        assert code.any_of <= {str(one) for one in ClaimType}
        for ref in code.clauses:
            assert registry.known(ref)
    keys = [(one.ref, one.effective) for one in registry.clauses]
    assert len(keys) == len(set(keys))


def test_the_version_in_force_is_that_of_the_acts_day() -> None:
    registry = shipped()
    days = {
        date(2021, 10, 7): date(2019, 9, 4),
        date(2021, 10, 8): date(2021, 10, 8),
        date(2026, 1, 1): date(2022, 10, 25),
    }
    for day, effective in days.items():
        version = registry.in_force("business-policy", "IN", day)
        assert version is not None
        assert version.effective == effective
    assert registry.in_force("tos", "EEA", date(2021, 1, 3)) is None


def test_codes_are_suggested_by_claim_types() -> None:
    assert suggest(["price", "contact"]) == ()
    assert suggest(["anti_ban"]) == ("BULK_SENDER",)
    assert suggest(["false_affiliation"]) == ("BRAND_MISUSE", "FALSE_PARTNER")


def test_a_pin_needs_the_words_on_the_page(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    exhibits = house.office.exhibits
    terms = Terms(house.db, exhibits)
    page = make_page(exhibits, "ex-terms", ADDRESS, TERMS)
    day = date(2021, 1, 4)
    with pytest.raises(NotAllowed, match="does not hold the words"):
        terms.pin("tos:use-e", "IN", day, page.exhibit_id, "You must never send anything in bulk.", by="Anita Rao")
    with pytest.raises(NotAllowed, match="no version of 2020-01-01"):
        terms.pin("tos:use-e", "IN", date(2020, 1, 1), page.exhibit_id, CLAUSE, by="Anita Rao")
    with pytest.raises(NotAllowed, match="no exhibit"):
        terms.pin("tos:use-e", "IN", day, "ex-none", CLAUSE, by="Anita Rao")
    assert terms.pins() == ()
    pin = terms.pin("tos:use-e", "IN", day, page.exhibit_id, CLAUSE.replace(" ", "\n  "), by="Anita Rao")
    text = exhibits.read(page.exhibit_id, "text.txt").decode()
    assert text[pin.start :][: len(pin.words)] == pin.words == CLAUSE
    clause = terms.registry.clause("tos:use-e", day)
    assert clause is not None
    assert terms.pin_of(clause, "IN") == pin
    assert terms.pin_of(clause, "BR") is None
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        house.db.execute("UPDATE term_pins SET words = 'other'")


def test_a_page_of_another_address_needs_a_reason(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    terms = Terms(house.db, house.office.exhibits)
    page = make_page(house.office.exhibits, "ex-copy", "https://evil.example/terms", TERMS)
    given = ("tos:use-e", "IN", date(2021, 1, 4), page.exhibit_id, CLAUSE)
    with pytest.raises(NotAllowed, match=r"is a page of evil\.example, not of whatsapp\.com"):
        terms.pin(*given, by="Anita Rao")
    assert terms.pin(*given, by="Anita Rao", other_address="copy of a museum").other_address == "copy of a museum"


def test_an_added_version_is_in_force_from_its_day_in_its_regions(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    terms = Terms(house.db, house.office.exhibits)
    page = make_page(house.office.exhibits, "ex-terms", ADDRESS, TERMS)
    given = {"part": "Acceptable use", "paraphrase": "no bulk messaging", "by": "Anita Rao"}
    with pytest.raises(NotAllowed, match="is known"):
        terms.add("tos:use-e", ("IN",), date(2021, 1, 4), page.exhibit_id, CLAUSE, **given)
    terms.add("tos:use-e", ("IN", "BR"), date(2025, 5, 1), page.exhibit_id, CLAUSE, **given)
    for region, effective in (("IN", date(2025, 5, 1)), ("BR", date(2025, 5, 1)), ("US", date(2021, 1, 4))):
        version = terms.registry.in_force("tos", region, date(2026, 1, 1))
        assert version is not None
        assert version.effective == effective
    draft = house.draft()
    clause = draft.notice.data["breaches"][0]["clauses"][0]
    assert (clause["effective"], clause["capture"]["exhibit_id"]) == ("2025-05-01", "ex-terms")
