"""Whose voice: the same words offered, refused, negated, asked, warned of, reported, quoted, about another channel."""

from __future__ import annotations

import pytest

from classifiers import claims
from classifiers.claims.page import read
from classifiers.claims.speaker import Signals, signals, stance
from classifiers.labels import ABUSE_CLAIMS
from classifiers.text import plain


def said(text: str, title: str = "") -> Signals:
    """The signals of the first hit of abuse in a text."""
    page = read(plain(text, title), "en")
    hits = [(hit, one) for one in claims.rules() if one.type in ABUSE_CLAIMS for hit in one.find(page)]
    hit, one = min(hits, key=lambda pair: pair[0].start)
    return signals(page, one, hit)


OFFERED = [
    "Our WhatsApp sender grabs the members of any group.",
    "- anti ban for WhatsApp",
    "Will my WhatsApp number be safe? Yes, the sender is anti ban.",
    "Apna WhatsApp number QR se jodo.",
]


@pytest.mark.parametrize("text", OFFERED)
def test_the_pages_own_voice(text: str) -> None:
    found = said(text)
    assert not found.silenced
    assert not found.told
    assert not found.far


REFUSED = [
    "What we will not do:\n- WhatsApp anti ban\n- group grabber",
    "What we don't relay: WhatsApp, anti ban, groups",
    "❌ anti ban WhatsApp sender",
    "O que não fazemos:\n• extrator de grupos",
    "## Prohibited uses\nWhatsApp group scraper",
]
NEGATED = [
    "We do not sell a WhatsApp group scraper.",
    "There is no WhatsApp group scraper here.",
    "Não temos extrator de grupos",
    "WhatsApp ग्रुप के सदस्यों के नंबर निकालना नहीं",
]
ASKED = [
    "Does it have a WhatsApp group scraper? No.",
    "¿Tiene rotación de números? Nunca",
    "Is there an anti ban WhatsApp?",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused_by_a_heading_or_a_cross(text: str) -> None:
    assert said(text).refused


@pytest.mark.parametrize("text", NEGATED)
def test_negated_in_the_clause(text: str) -> None:
    assert said(text).negated


@pytest.mark.parametrize("text", ASKED)
def test_a_question_without_a_yes(text: str) -> None:
    assert said(text).asked


def test_a_heading_governs_its_list_and_nothing_behind_it() -> None:
    text = (
        "What we will not do\n- group scraper\n- anti ban\n\nOur WhatsApp sender rotates accounts every hour and day."
    )
    assert said(text).refused
    assert not said(text.split("\n\n")[0].replace("What we will not do", "What we do") + "\n").refused
    page = read(plain(text), "en")
    assert page.lines[-1].heading == -1


def test_warned_of_reported_quoted() -> None:
    assert said("Never install a WhatsApp mod that promises anti ban.").warned
    assert said("Police said the seller promised a WhatsApp group scraper.").reported
    assert said('The advert read "group scraper for WhatsApp" in red.').quoted
    assert not said('The tool "Heron" has a group scraper for WhatsApp "Pro" users.').quoted


def test_another_channel_and_another_matter() -> None:
    other = said("Bulk SMS gateway with number filter\n\n\n\n\n\nWhatsApp us on +91 90000 00011")
    assert other.channel
    assert other.far


def test_whatsapp_as_a_way_of_contact_is_no_topic() -> None:
    assert stance(read(plain("Water filters. WhatsApp us on +91 90000 00011"), "en")).topic == 0
    assert stance(read(plain("WhatsApp sender. WhatsApp us on +91 90000 00011"), "en")).topic == 1


def test_a_page_that_is_not_about_whatsapp_claims_no_abuse() -> None:
    text = "MOD APK with anti ban, unlimited gems. Number filter and account rotation inside. WhatsApp us: 90000 00011"
    assert not [claim for claim in claims.find(plain(text, "Tower game"), "en") if claim.type in ABUSE_CLAIMS]
