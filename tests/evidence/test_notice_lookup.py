"""The look-up that a notice rests on: the worst of judgement and captured page; only a missing one is replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.directory import Directory, Provider
from classifiers.judgement import Decision, Judgement, Polarity, Reason
from classifiers.labels import Label
from classifiers.providers import Standing
from evidence.chronology import LINE
from evidence.notice.acts import gather
from evidence.notice.lookup import LookUp, look_up
from tests.evidence.notice_making import make_notice_house, make_page, rules

OTHER = Provider("Kingfisher Messaging", ("kingfisher.example",))
SAME = Provider("Pelican Messaging", ("pelican-sender.example",))


def _directory(*rows: Provider, age: int = 4) -> Directory:
    return Directory(rows, datetime(2026, 11, 20, tzinfo=UTC), "saved by hand", "ab" * 32, age)


def _judged(rule: str) -> Judgement:
    reason = Reason(rule, Polarity.NEUTRAL, "directory as of 2026-11-01, sha256 abababababab")
    given = (Label.BULK_SENDING_OFFER, True, 0.9, Decision.CAPTURE, "en", (), (), (reason,), "model", "00")
    return Judgement(*given)


@pytest.mark.parametrize(
    ("rule", "directory", "standing"),
    [
        ("", None, Standing.NOT_CHECKED),
        ("provider.not_checked", None, Standing.NOT_CHECKED),
        ("provider.not_checked", _directory(OTHER), Standing.NOT_FOUND),
        ("provider.not_found", None, Standing.NOT_FOUND),
        ("provider.not_found", _directory(SAME), Standing.LISTED),
        ("route.provider_unclear", _directory(OTHER), Standing.UNCLEAR),
        ("route.provider_listed", _directory(OTHER), Standing.LISTED),
        ("provider.reseller_claimed", _directory(OTHER), Standing.RESELLER_CLAIMED),
    ],
)
def test_the_worst_counts(tmp_path: Path, rule: str, directory: Directory | None, standing: Standing) -> None:
    house = make_notice_house(tmp_path)
    exhibit = house.office.exhibits.get("ex-0001")
    found = look_up(1, exhibit, house.office.exhibits, _judged(rule) if rule else None, directory)
    assert found.standing is standing
    assert found.blocks is (standing in (Standing.NOT_CHECKED, Standing.UNCLEAR, Standing.LISTED))
    assert standing is Standing.NOT_CHECKED or "sha256 abababababab" in found.sentence


def test_an_old_directory_is_said(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    exhibit = house.office.exhibits.get("ex-0001")
    found = look_up(1, exhibit, house.office.exhibits, None, _directory(OTHER, age=45))
    assert found.stale
    draft = house.draft()
    lookups: tuple[LookUp, ...] = (found,)
    assert "provider-stale" in rules(house.office.lint(draft, lookups, house.struck_of), "warn")


def test_acts_up_to_the_statement_are_left_out_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_notice_house(tmp_path)
    facts = house.office.facts(house.case_id, house.struck_of)
    assert all(act.at >= LINE for act in facts.acts)
    monkeypatch.setattr("evidence.notice.acts.LINE", datetime(2100, 1, 1, tzinfo=UTC))
    facts = house.office.facts(house.case_id, house.struck_of)
    assert facts.acts == ()
    assert any("not after 7 December 2019" in sentence for sentence in facts.left_out)
    assert any("not affiliated with WhatsApp" in sentence for sentence in facts.in_favour)


def test_what_a_page_says_in_its_favour_is_told_also_when_it_was_struck(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    facts = gather(house.office.exhibits, house.office.accepted(house.case_id), lambda _: frozenset(range(50)))
    assert facts.acts == ()
    assert any("not affiliated with WhatsApp" in sentence for sentence in facts.in_favour)


def test_words_inside_a_quotation_are_not_quoted_twice(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    text = "Send 9,000 messages a day and never get banned. Virtual numbers for sale."
    quotes = [
        ("volume", "Send 9,000 messages a day and never get banned"),
        ("anti_ban", "never get banned"),
        ("account_supply", "Virtual numbers"),
        ("account_rotation", "Virtual numbers"),
    ]
    page = make_page(house.office.exhibits, "ex-two", "http://two.example/", f"<p>{text}</p>", quotes)
    (act,) = gather(house.office.exhibits, [page.exhibit_id], house.struck_of).acts
    assert [(quote.words, sorted(quote.types)) for quote in act.quotes] == [
        ("Send 9,000 messages a day and never get banned", ["anti_ban", "volume"]),
        ("Virtual numbers", ["account_rotation", "account_supply"]),
    ]
    house.struck["ex-two"] = frozenset({0})
    (act,) = gather(house.office.exhibits, [page.exhibit_id], house.struck_of).acts
    assert [quote.words for quote in act.quotes] == ["never get banned", "Virtual numbers"]
