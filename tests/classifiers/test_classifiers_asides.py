"""Asides: what is no statement of the page gives no claim, and quotes are whole."""

from __future__ import annotations

import pytest

from classifiers import claims
from classifiers.claims.page import read
from classifiers.labels import ABUSE_CLAIMS, ClaimType
from classifiers.text import extract_html, plain

OFFER = "WhatsApp bulk sender with anti-ban engine, random delay of 10 to 40 seconds after every 25 messages.\n"

SILENT = [
    "```\nsend --random-delay 10 --anti-ban whatsapp\n```",
    "const delay = randomDelay(10, 40); // anti-ban random delay between messages",
    "git clone https://code.example/whatsapp-anti-ban-random-delay.git",
    "https://shop.example/whatsapp-anti-ban-random-delay-between-messages",
    "[see](https://shop.example/anti-ban-random-delay-messages)",
    "`anti-ban random delay between messages`",
    "├── anti-ban/   # random delay between messages",
    "  <img src='x' alt='anti-ban random delay between messages'>",
    "| anti-ban random delay | price |\n|---|---|",
    "  - [anti-ban random delay between messages](#anti-ban)",
    "WHATSAPP_RANDOM_DELAY_ANTI_BAN=10",
]


@pytest.mark.parametrize("text", SILENT)
def test_code_addresses_and_heads_of_tables_are_asides(text: str) -> None:
    page = read(plain(f"WhatsApp tool\n{text}\nWhatsApp end"), "en")
    hits = [hit for one in claims.rules() if one.type is ClaimType.ANTI_BAN for hit in one.find(page)]
    assert hits
    assert all(page.asides.touch(hit.start) or page.asides.touch(hit.end - 1) for hit in hits)
    made = claims.find(plain(f"WhatsApp tool\n{text}\nWhatsApp end"), "en", 0.95)
    assert not {claim.type for claim in made} & ABUSE_CLAIMS


MENU = "Home\nWhatsApp anti-ban sender\nPricing\nContact us\nLogin\n"


def test_a_menu_in_plain_text_offers_nothing_but_headings_of_the_same_name_do() -> None:
    page = read(plain(MENU), "en")
    assert page.asides.touch(page.text.index("anti-ban"))
    headings = "Features\nWhatsApp anti-ban sender\nGroup grabber\nPricing\nRs 999 lifetime.\n"
    page = read(plain(headings), "en")
    assert not page.asides.touch(page.text.index("anti-ban"))
    line = read(plain("Home | Anti-ban sender | Pricing | Contact us | Blog"), "en")
    assert line.asides.touch(line.text.index("sender"))


def test_the_menu_of_a_page_offers_nothing() -> None:
    body = (
        b"<title>WhatsApp news</title><nav><a href=/a>WhatsApp anti-ban sender</a></nav><p>We write about phones.</p>"
    )
    assert not {claim.type for claim in claims.find(extract_html(body), "en", 0.95)} & ABUSE_CLAIMS


RISKS = [
    "Your WhatsApp number may get banned if you send too much.",
    "There is a risk of account suspension on WhatsApp.",
    "This can lead to a ban of your WhatsApp account.",
    "Seu número do WhatsApp pode ser bloqueado.",
    "WhatsApp: tu cuenta puede ser suspendida, existe riesgo de bloqueo.",
]


@pytest.mark.parametrize("text", RISKS)
def test_a_risk_that_is_told_is_no_promise(text: str) -> None:
    assert ClaimType.ANTI_BAN not in {
        claim.type
        for claim in claims.find(plain(OFFER.replace(" anti-ban", "") + text), "en", 0.9)
        if claim.quote in text
    }


def test_a_risk_that_is_lowered_is_one() -> None:
    text = OFFER + "It lowers the risk of your WhatsApp number being banned."
    made = claims.find(plain(text, "WhatsApp sender"), "en", 0.95)
    assert any("lowers the risk" in claim.quote for claim in made if claim.type is ClaimType.ANTI_BAN)


QUOTES = [
    ("Anti-ban engine (random delay, spintax) for WhatsApp", "Anti-ban engine (random delay, spintax)"),
    ("**Anti-ban engine**: random delays for WhatsApp senders", "**Anti-ban engine**"),
    ("Fast sending (with anti-ban and random delay) for WhatsApp", "with anti-ban and random delay"),
]


@pytest.mark.parametrize(("text", "part"), QUOTES)
def test_brackets_and_marks_are_whole(text: str, part: str) -> None:
    made = claims.find(plain(text, "WhatsApp bulk sender"), "en", 0.99)
    quotes = [claim.quote for claim in made if claim.type is ClaimType.ANTI_BAN]
    assert any(part in quote for quote in quotes)
    for quote in quotes:
        assert quote.count("(") == quote.count(")")
        assert quote.count("**") % 2 == 0


def test_no_quote_is_told_twice_and_none_crosses_a_cell() -> None:
    text = (OFFER * 3) + "| WhatsApp anti | ban sender |\n"
    made = claims.find(plain(text, "WhatsApp sender"), "en", 0.95)
    pairs = [(claim.type, claim.quote) for claim in made if claim.type is not ClaimType.CONTACT]
    assert len(pairs) == len(set(pairs))
    assert not any("|" in claim.quote for claim in made)


def test_no_opt_in_needed_is_no_consent() -> None:
    text = "WhatsApp API service. No opt-in needed, no templates.\n"
    assert ClaimType.OPT_IN not in {claim.type for claim in claims.find(plain(text), "en")}
