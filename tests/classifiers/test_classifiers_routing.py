"""Each routing rule moves a decision, says why, and can be seen failing without its cause."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.config import JudgeSettings
from classifiers.document import Document, from_html, from_text
from classifiers.judgement import Claim, Decision
from classifiers.labels import ABUSE_CLAIMS, ClaimType, Label
from classifiers.routing import FAMILIES, SENTENCES, Signals, decide

LONG = "bulk whatsapp sender " * 30
SURE = Signals(
    probability=0.95,
    text_probability=0.9,
    alleged=frozenset({ClaimType.ANTI_BAN}),
    label=Label.BULK_SENDING_OFFER,
    lang="en",
    trained_language=True,
    names_whatsapp=True,
    names_messenger=True,
)


def claims(*kinds: ClaimType) -> tuple[Claim, ...]:
    return tuple(Claim(kind, "bulk", 0, 4, "text") for kind in kinds)


OFFER = claims(ClaimType.ANTI_BAN, ClaimType.PRICE)


def decided(
    signals: Signals, made: tuple[Claim, ...] = OFFER, document: Document | None = None
) -> tuple[Decision, set[str]]:
    decision, moved = decide(document or from_text("d", LONG), made, signals, JudgeSettings())
    for reason in moved:
        assert "{" not in reason.sentence
        assert reason.sentence.endswith(".")
    return decision, {reason.rule.removeprefix("route.") for reason in moved}


def test_a_plain_offer_is_captured() -> None:
    assert decided(SURE) == (Decision.CAPTURE, {"one_family"})


def test_the_bands() -> None:
    settings = JudgeSettings()
    low = replace(SURE, probability=settings.review_at - 0.01, text_probability=0.2, alleged=frozenset())
    assert decided(low) == (Decision.DISCARD, set())
    assert decided(replace(SURE, probability=settings.review_at)) == (Decision.REVIEW, set())
    assert decided(replace(SURE, probability=settings.capture_at))[0] is Decision.CAPTURE


@pytest.mark.parametrize(
    ("signals", "made", "rule"),
    [
        (SURE, (), "unquoted"),
        (SURE, claims(ClaimType.ANTI_BAN), "unquoted"),
        (SURE, claims(ClaimType.PRICE, ClaimType.CONTACT), "unquoted"),
        (SURE, claims(ClaimType.ANTI_BAN, ClaimType.OPT_IN), "mitigated"),
        (SURE, claims(ClaimType.ANTI_BAN, ClaimType.OFFICIAL_API, ClaimType.PRICE), "mitigated"),
        (replace(SURE, alleged=frozenset({ClaimType.PRICE})), OFFER, "dependent"),
        (replace(SURE, text_probability=0.7), OFFER, "text_unsure"),
        (replace(SURE, label=Label.NEWS_OR_COMMENTARY), OFFER, "label"),
        (replace(SURE, trained_language=False), OFFER, "language"),
        (replace(SURE, names_whatsapp=False), OFFER, "unnamed"),
    ],
)
def test_what_keeps_a_sure_page_from_capture(signals: Signals, made: tuple[Claim, ...], rule: str) -> None:
    decision, rules = decided(signals, made)
    assert decision is Decision.REVIEW
    assert rules == {rule}


def test_more_abuse_than_mitigation_is_captured() -> None:
    made = claims(ClaimType.ANTI_BAN, ClaimType.UNOFFICIAL_API, ClaimType.OFFICIAL_API)
    assert decided(SURE, made)[0] is Decision.CAPTURE


def test_a_text_poor_page_with_pictures_is_reviewed() -> None:
    page = from_html("p", b"<title>WhatsApp</title><img src=a.png><p>Call us</p>")
    low = replace(SURE, probability=0.01, text_probability=0.01, alleged=frozenset())
    assert decided(low, (), page) == (Decision.REVIEW, {"picture"})
    without = from_html("p", b"<title>WhatsApp</title><p>Call us</p>")
    assert decided(low, (), without) == (Decision.DISCARD, set())


def test_a_poster_without_words_is_reviewed_when_somebody_can_be_reached() -> None:
    silent = replace(SURE, probability=0.01, text_probability=0.01, alleged=frozenset())
    silent = replace(silent, names_messenger=False, names_whatsapp=False)
    poster = b"<title>Digital Seva</title><img src=a.png><a href='tel:+919000000011'>Call</a>"
    assert decided(silent, (), from_html("p", poster)) == (Decision.REVIEW, {"picture"})
    gallery = b"<title>Holidays</title><img src=a.png><a href='/next'>Next</a>"
    assert decided(silent, (), from_html("g", gallery)) == (Decision.DISCARD, {"no_messenger"})


def test_a_short_text_with_a_signal_is_reviewed() -> None:
    short = from_text("s", "bulk whatsapp sender no ban")
    assert decided(SURE, OFFER, short) == (Decision.REVIEW, {"short"})
    quiet = replace(SURE, probability=0.01, text_probability=0.01, alleged=frozenset())
    assert decided(quiet, (), short) == (Decision.DISCARD, set())


def test_text_and_claims_that_disagree_go_to_a_person() -> None:
    alleged = frozenset({ClaimType.ANTI_BAN, ClaimType.NUMBER_FILTER})
    claimed = replace(SURE, probability=0.1, text_probability=0.1, alleged=alleged)
    assert decided(claimed, ()) == (Decision.REVIEW, {"claims_alone"})
    read = replace(SURE, probability=0.1, text_probability=0.9, alleged=frozenset())
    assert decided(read, ()) == (Decision.REVIEW, {"text_alone"})


def test_no_messaging_app_at_all_is_discarded_unless_it_could_hardly_read_more_like_an_offer() -> None:
    silent = replace(SURE, names_messenger=False, names_whatsapp=False)
    assert decided(replace(silent, probability=0.79)) == (Decision.DISCARD, {"no_messenger"})
    assert decided(silent) == (Decision.REVIEW, {"unnamed"})


def test_every_rule_is_tried_here() -> None:
    tried = Path(__file__).read_text("utf-8")
    assert [rule for rule in SENTENCES if f'"{rule}"' not in tried] == []


TWO_FAMILIES = frozenset({ClaimType.ANTI_BAN, ClaimType.UNSAVED_CONTACTS})


def test_two_kinds_of_abuse_with_nothing_against_them_are_ready_for_a_notice() -> None:
    signals = replace(SURE, alleged=TWO_FAMILIES)
    assert decided(signals) == (Decision.NOTICE_READY, set())


@pytest.mark.parametrize(
    ("signals", "made", "rule"),
    [
        (replace(SURE, alleged=TWO_FAMILIES, probability=0.85), OFFER, "below_notice"),
        (replace(SURE, alleged=frozenset({ClaimType.ANTI_BAN, ClaimType.ACCOUNT_ROTATION})), OFFER, "one_family"),
        (
            replace(SURE, alleged=TWO_FAMILIES),
            claims(ClaimType.ANTI_BAN, ClaimType.UNSAVED_CONTACTS, ClaimType.OPT_IN),
            "cue_against",
        ),
    ],
)
def test_what_keeps_a_capture_from_a_notice_is_said(signals: Signals, made: tuple[Claim, ...], rule: str) -> None:
    assert decided(signals, made) == (Decision.CAPTURE, {rule})


def test_a_page_of_few_words_is_no_notice() -> None:
    signals = replace(SURE, alleged=TWO_FAMILIES)
    few = from_text("d", "bulk whatsapp sender " * 8)
    assert decided(signals, document=few) == (Decision.CAPTURE, {"little_text"})


def test_every_kind_of_abuse_belongs_to_a_family() -> None:
    assert set(FAMILIES) == ABUSE_CLAIMS
