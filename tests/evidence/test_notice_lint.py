"""The lint reads the finished document as it lies there: what counsel's edits and the house's later decisions break."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from classifiers.providers import Standing
from crawler import clock
from evidence.notice.ledger import fact_numbers
from evidence.notice.office import Draft
from evidence.notice.wording import matches, words
from tests.evidence.notice_making import GIVEN, NoticeHouse, make_notice_house, rules


@pytest.fixture
def house(tmp_path: Path) -> NoticeHouse:
    made = make_notice_house(tmp_path)
    made.pin()
    return made


def _edit(draft: Draft, change: Callable[[Any], None]) -> None:
    """Opens the document as a word processor would, changes it, and saves it over itself."""
    document = Document(io.BytesIO(draft.path.read_bytes()))
    change(document)
    document.save(draft.path)


def _after(text: str, added: str) -> Callable[[Any], None]:
    """Puts a paragraph in front of the one that begins with ``text``."""

    def change(document: Any) -> None:
        next(p for p in document.paragraphs if p.text.startswith(text)).insert_paragraph_before(added)

    return change


def _replace(old: str, new: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for paragraph in document.paragraphs:
            if old in paragraph.text:
                paragraph.text = paragraph.text.replace(old, new)

    return change


FACTS = "7. How"  # a paragraph before this heading ends the facts part


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (_after(FACTS, "The vendor sells many tools."), "unsupported-sentence"),
        (_after(FACTS, "The vendor sells tools (Exhibit 1). It has many customers."), "unsupported-sentence"),
        (_after(FACTS, "The page sold tools (Exhibit 7)."), "unknown-exhibit"),
        (_after(FACTS, "It sold 900,000 licences (Exhibit 1)."), "figure-not-in-data"),
        (_after(FACTS, "See https://other.example/x for more (Exhibit 1)."), "figure-not-in-data"),
        (_after(FACTS, "Write to boss@pelican.example (Exhibit 1)."), "figure-not-in-data"),
        (_after(FACTS, "It says “we never get banned” (Exhibit 1)."), "quote-not-verbatim"),
        (_after(FACTS, 'It says "stay 99% anti ban" (Exhibit 1).'), "quote-not-verbatim"),
        (_after(FACTS, "It says “never closed (Exhibit 1)."), "unsupported-sentence"),
        (_after(FACTS, "About 97 % of this is certain (Exhibit 1)."), "score"),
        (_after("12. Res", "You are a fraudster."), "criminal-label"),
        (_after("12. Res", "You are a “fraudster”."), "criminal-label"),
        (_after("12. Res", "You are a s\u00adcam\u200bmer."), "criminal-label"),
        (_after(FACTS, "The ＳＣＡＭ is on the page (Exhibit 1)."), "criminal-label"),
        (_after("12. Res", "Our classifier gave a high probability."), "score"),
        (_after("12. Res", "We would settle for a payment."), "settlement"),
        (_after("14. Sch", "We would take a payment instead."), "settlement"),
        (_after("12. Res", "Dear {{ name }}"), "template-code"),
        (_replace("stay 100% anti ban", "stay 100% anti-ban"), "fact-altered"),
        (_replace("stay 100% anti ban", "stay 100% anti-ban"), "quote-not-verbatim"),
        (_replace("(Exhibit 1)", ""), "unsupported-sentence"),
        (_replace("18:00", "17:00"), "deadline-missing"),
        (_replace("6. Facts", "Facts"), "part-missing"),
        (_replace("10. Deadline", "Deadline"), "part-missing"),
    ],
)
def test_an_edit_that_breaks_a_rule_is_refused(house: NoticeHouse, change: Callable[[Any], None], rule: str) -> None:
    draft = house.draft()
    assert rules(house.lint(draft), "refuse", "final") == set()
    _edit(draft, change)
    assert rule in rules(house.lint(draft))


def test_edits_that_break_nothing_pass(house: NoticeHouse) -> None:
    draft = house.draft()
    _edit(draft, _after("12. Res", "Please treat this letter as urgent and answer to the address above."))
    _edit(draft, _after(FACTS, "The same page says “Pelican Sender” at its top (Exhibit 1)."))
    assert rules(house.lint(draft), "refuse", "final") == set()


def test_a_changed_digit_of_a_hash_is_found(house: NoticeHouse) -> None:
    draft = house.draft()
    digest = draft.notice.data["acts"][0]["manifest_sha256"]
    other = ("0" if digest[0] != "0" else "1") + digest[1:]
    _edit(draft, _replace(digest, other))
    assert {"hash-mismatch", "hash-missing"} <= rules(house.lint(draft))


def test_hidden_text_and_comments_keep_a_copy_from_being_final(house: NoticeHouse) -> None:
    draft = house.draft()

    def hide(document: Any) -> None:
        document.paragraphs[3].add_run("a strategy").font.hidden = True

    _edit(draft, hide)
    assert "hidden-text" in rules(house.lint(draft), "final")


def test_what_the_house_decides_later_counts(house: NoticeHouse) -> None:
    draft = house.draft()
    first = draft.notice.data["acts"][0]["quotes"][0]
    house.struck["ex-0001"] = frozenset({first["index"]})
    assert "claim-struck" in rules(house.lint(draft))
    house.struck.clear()
    house.cases.reject(house.case_id, "ex-0001", by="Anita Rao", reason="it is a shop")
    assert "exhibit-not-accepted" in rules(house.lint(draft))


def test_struck_claims_never_enter_a_draft(house: NoticeHouse) -> None:
    house.struck["ex-0001"] = frozenset({0})
    quotes = [quote["words"] for quote in house.draft().notice.data["acts"][0]["quotes"]]
    assert "50,000 WhatsApp messages per day" not in quotes
    assert "stay 100% anti ban" in quotes


def test_an_old_exhibit_is_refused(house: NoticeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    draft, later = house.draft(), clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    found = {finding.rule: finding.sentence for finding in house.lint(draft)}
    assert "captured 31 days ago; 30 is the most" in found["exhibit-age"]
    assert "deadline-past" in found


@pytest.mark.parametrize(
    ("standing", "rule"),
    [
        (Standing.NOT_CHECKED, "provider-missing"),
        (Standing.UNCLEAR, "provider-unclear"),
        (Standing.LISTED, "provider-listed"),
    ],
)
def test_a_missing_unclear_or_listed_provider_is_refused(house: NoticeHouse, standing: Standing, rule: str) -> None:
    draft = house.draft()
    house.standing = standing
    assert rule in rules(house.lint(draft))
    goes_on = rules(house.lint(draft, override="the listing has lapsed"))
    assert (rule in goes_on) is (standing is not Standing.LISTED)


def test_a_claimed_reseller_is_a_warning(house: NoticeHouse) -> None:
    house.standing = Standing.RESELLER_CLAIMED
    assert "provider-reseller" in rules(house.lint(house.draft()), "warn")


def test_unpinned_terms_and_blanks_keep_a_draft_from_being_final(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    draft = house.draft(given={})
    found = house.lint(draft)
    assert rules(found) == set()
    assert {"terms-unpinned", "blank", "recipient-assumed"} <= rules(found, "final")


def test_marks_without_a_registration_are_refused(house: NoticeHouse) -> None:
    draft = house.draft(codes=("BRAND_MISUSE=1",))
    assert "mark-without-registration" in rules(house.lint(draft))
    marks = [{"mark": "WHATSAPP", "number": "1", "class": "9", "country": "IN", "date": "2012-01-01"}]
    other = house.draft("other", codes=("BRAND_MISUSE=1",), given={**GIVEN, "registrations": marks})
    found = house.lint(other)
    assert "mark-without-registration" not in rules(found, "refuse", "final")
    assert any("section 142" in finding.sentence for finding in found if finding.rule == "groundless-threat")


def test_a_code_that_no_act_supports_is_refused(house: NoticeHouse) -> None:
    assert "code-without-act" in rules(house.lint(house.draft(codes=("CLONE_APP",))))


@pytest.mark.parametrize("role", ["reseller", "customer"])
def test_threats_to_customers_and_resellers_are_warned_about(house: NoticeHouse, role: str) -> None:
    draft = house.draft(given={**GIVEN, "recipients": [{"name": "Some Shop", "role": role}]})
    said = " ".join(finding.sentence for finding in house.lint(draft) if finding.rule == "groundless-threat")
    for law in ("section 142", "Unjustified Threats", "512(f)"):
        assert law in said


def test_what_speaks_for_the_page_is_handed_to_counsel_and_not_stated_as_an_act(house: NoticeHouse) -> None:
    draft = house.draft()
    assert "in-favour" in rules(house.lint(draft), "warn")
    assert all(quote["type"] != "disclaimer" for act in draft.notice.data["acts"] for quote in act["quotes"])
    assert fact_numbers(draft.notice.data) == ("1.1", "1.2", "1.3")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "he runs a SCAM"),
        ("en", "a con artist"),
        ("pt", "são estelionatários"),
        ("pt", "um golpe"),
        ("es", "es una estafa"),
        ("es", "delincuentes"),
        ("hi", "यह धोखाधड़ी है"),
        ("hi", "वे अपराधियों में हैं"),
    ],
)
def test_labels_of_each_language(language: str, text: str) -> None:
    assert matches(text, words(language).lint["criminal"])


@pytest.mark.parametrize(
    ("language", "text"), [("en", "he crochets; the scanner"), ("es", "un robot y Roberto"), ("pt", "é furtivo")]
)
def test_words_that_only_look_alike_are_no_labels(language: str, text: str) -> None:
    assert not matches(text, words(language).lint["criminal"])
