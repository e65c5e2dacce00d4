"""The look-up among authorised providers: outcomes, both sides quoted, what blocks, and what never moves a score."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from classifiers import claims, directory_import, identifiers
from classifiers.directory import Directory, plain_name
from classifiers.document import Document, from_html, from_text
from classifiers.errors import BadDirectory
from classifiers.judge import Judge
from classifiers.judgement import CAPTURED, Decision
from classifiers.providers import ProviderCheck, Standing, check, hold, provider_reasons

RECORDED = Path(__file__).parent / "fixtures/partner_directory.json"
DAY = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
OFFER = "Anti-ban bulk sender: blast WhatsApp to unsaved numbers. Rs 999 lifetime, no block."


@lru_cache(maxsize=1)
def directory() -> Directory:
    return directory_import.read(RECORDED.read_bytes(), source="https://directory.example/", captured_at=DAY)


@lru_cache(maxsize=1)
def judge() -> Judge:
    return Judge(directory=directory())


def look(document: Document) -> ProviderCheck:
    found = identifiers.find(document.extracted, "en", document.url)
    return check(document, claims.find(document.extracted, "en"), found, directory())


def test_the_recorded_form_is_read() -> None:
    rows = {provider.name: provider for provider in directory().providers}
    assert len(rows) == 6
    first = rows["Harrowgate Messaging Pvt. Ltd."]
    assert first.domains == ("harrowgate.example",)
    assert first.numbers == ("+919000000210",)
    assert (first.tier, first.country) == ("Solution Partner", "IN")
    assert first.services == ("Business messaging", "Chat automation")
    assert rows["Quernstone Software Limited"].domains == ()  # a social profile is nobody's domain
    assert directory().captured_at == DAY
    assert len(directory().sha256) == 64


def test_a_page_that_carries_the_rows_as_json_is_read_too() -> None:
    page = b'<html><script type="application/json">' + RECORDED.read_bytes() + b"</script><script>broken {</script>"
    read = directory_import.read(page, source="saved.html", captured_at=DAY)
    assert read.providers == directory().providers
    assert read.sha256 != directory().sha256


@pytest.mark.parametrize("body", [b"", b"<html><p>Sign in</p></html>", b'{"data": []}', b"{", b'{"name": "x"}'])
def test_a_copy_without_rows_is_refused(body: bytes) -> None:
    with pytest.raises(BadDirectory, match=r"copy\.html"):
        directory_import.read(body, source="copy.html", captured_at=DAY)


def test_a_snapshot_survives_its_file_and_tells_its_age(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(directory().to_dict()))
    assert Directory.load(path) == directory()
    fresh, old = (Directory.load(path, DAY + timedelta(days=days)) for days in (30, 31))
    assert (fresh.stale, old.stale) == (False, True)
    assert "31 days old" in old.stamp()
    assert "days old" not in fresh.stamp()
    path.write_text('{"format": "other"}')
    with pytest.raises(BadDirectory, match="import it again"):
        Directory.load(path)


STANDINGS = [
    ("https://blog.harrowgate.example/x", "Prices", "Templates", Standing.LISTED),
    ("https://other.example/", "Prices", "Write to us", Standing.NOT_FOUND),
    ("https://other.example/", "Harrowgate Messaging | Prices", "Write to us", Standing.UNCLEAR),
    ("https://other.example/", "Prices", "Call +91 90000 00210", Standing.UNCLEAR),
    ("https://other.example/", "Quernstone Software – Home", "Call +44 20 7946 0110", Standing.LISTED),
    ("https://other.example/", "Prices", "© 2026 Larkfold. All rights reserved", Standing.UNCLEAR),
    (
        "https://other.example/",
        "Prices",
        "We are an authorised reseller of Harrowgate Messaging",
        Standing.RESELLER_CLAIMED,
    ),
    ("https://other.example/", "Prices", "Powered by Ponte Canal", Standing.RESELLER_CLAIMED),
    ("https://other.example/", "Prices", "Harrowgate Messaging raised money last week", Standing.NOT_FOUND),
    ("https://other.example/", "Connect | Home", "Connect with us, partner Connect", Standing.NOT_FOUND),
    ("https://www.facebook.com/somebody", "Prices", "Hello", Standing.NOT_FOUND),
    ("https://harrowgate.example.evil.example/", "Prices", "Hello", Standing.NOT_FOUND),
    ("https://nuvemcagri.com.tr/fiyat", "Fiyat", "Merhaba", Standing.LISTED),
    ("", "Nuvem Cagri", "Merhaba", Standing.UNCLEAR),
]


@pytest.mark.parametrize(("url", "title", "text", "standing"), STANDINGS)
def test_each_outcome(url: str, title: str, text: str, standing: Standing) -> None:
    for document in (
        from_text("a", text, title=title, url=url),
        from_html("a", f"<title>{title}</title><p>{text}</p>".encode(), url=url),
    ):
        found = look(document)
        assert found.standing is standing
        for match in found.matches:
            assert match.start < 0 or document.extracted.text[match.start : match.end] == match.quote
        for reason in provider_reasons(found):
            assert not reason.quote or document.extracted.text[reason.start : reason.end] == reason.quote


def test_only_listed_and_unclear_hold_a_page_back_and_nothing_raises_one() -> None:
    for standing in Standing:
        found = ProviderCheck(standing)
        held = standing in (Standing.LISTED, Standing.UNCLEAR)
        for decision in CAPTURED:
            assert hold(decision, found) is (Decision.REVIEW if held else decision)
        for decision in (Decision.DISCARD, Decision.REVIEW):
            assert hold(decision, found) is decision


def test_without_a_snapshot_it_is_said() -> None:
    document = from_text("a", "Hello")
    (reason,) = provider_reasons(check(document, (), (), None))
    assert reason.rule == "provider.not_checked"
    assert "Not checked" in reason.sentence


def test_a_listed_provider_that_sells_unofficial_sending_is_flagged_with_both_sides() -> None:
    document = from_text("a", OFFER, title="Ponte Canal", url="https://pontecanal.example/")
    found = look(document)
    assert found.unofficial
    first, *flags = provider_reasons(found)
    assert first.rule == "route.provider_listed"
    assert "pontecanal.example" in first.sentence
    assert flags
    for flag in flags:
        assert flag.rule == "provider.also_unofficial"
        assert "Ponte Canal" in flag.sentence
        assert document.extracted.text[flag.start : flag.end] == flag.quote != ""


def test_a_number_read_from_a_picture_matches_nobody() -> None:
    document = from_text("a", "Call +91 90000 00210")
    (phone,) = identifiers.find(document.extracted, "en")
    assert check(document, (), (replace(phone, field="ocr"),), directory()).standing is Standing.NOT_FOUND


def test_names_are_compared_whole_and_generic_ones_never() -> None:
    assert plain_name("Harrowgate Messaging Private Limited") == "harrowgate messaging"
    assert plain_name("NUVEM ÇAĞRI A.S.") == plain_name("Nuvem Cagri")
    for generic in (
        "WhatsApp Business API",
        "Connect",
        "Cloud Messaging Solutions Pvt Ltd",
        "24x7",
        "Meta Partner",
        "",
    ):
        assert plain_name(generic) == ""


def test_the_judge_holds_a_listed_page_back_and_its_probability_stays() -> None:
    text = f"{OFFER} Send 1 lakh messages a day, extract group contacts, rotate accounts. WhatsApp +91 90000 00011." * 2
    plain = Judge().judge(from_text("a", text, title="Bulk WhatsApp sender", url="https://ponte-x.example/"))
    listed = judge().judge(from_text("a", text, title="Bulk WhatsApp sender", url="https://pontecanal.example/"))
    unlisted = judge().judge(from_text("a", text, title="Bulk WhatsApp sender", url="https://ponte-x.example/"))
    assert plain.probability == listed.probability == unlisted.probability
    assert plain.decision is unlisted.decision
    assert plain.decision in CAPTURED
    assert listed.decision is Decision.REVIEW
    assert "provider.not_checked" in {reason.rule for reason in plain.reasons}
    assert "route.provider_listed" in {reason.rule for reason in listed.reasons}
    assert "provider.not_found" in {reason.rule for reason in unlisted.reasons}
