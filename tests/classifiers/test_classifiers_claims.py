"""Claims: rules load only with a docstring, phrases mean what their notation says, quotes are exact, time is linear."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from classifiers import claims
from classifiers.claims import lexicon
from classifiers.claims.lexicon import LexiconError
from classifiers.claims.page import Page, read
from classifiers.claims.phrases import PhraseError, PhraseIndex, compile_phrase
from classifiers.claims.rule import Hit, Rule, RuleError, phrases, rule
from classifiers.claims.words import cut
from classifiers.deobfuscate import normalise
from classifiers.labels import ClaimType
from classifiers.text import extract_html, plain


def test_a_rule_without_a_docstring_does_not_load() -> None:
    with pytest.raises(RuleError, match=r"rule price\.silent"):

        @rule("price.silent", ClaimType.PRICE)
        def silent(page: Page) -> Iterator[Hit]:
            yield from page.hits("price.silent")

    with pytest.raises(RuleError, match="no docstring"):
        phrases("price.blank", ClaimType.PRICE, "  ")


def test_every_claim_type_has_a_rule_and_every_rule_a_sentence() -> None:
    assert {one.type for one in claims.rules()} == set(ClaimType)
    assert all(one.meaning.strip().endswith(".") for one in claims.rules())
    ids = [one.id for one in claims.rules()]
    assert len(ids) == len(set(ids))
    assert all(one.id.split(".")[0] == one.type.value for one in claims.rules())


def test_two_rules_of_one_name_do_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Rule("price.amount", ClaimType.PRICE, "Twice.", lambda page: page.hits("x"))
    monkeypatch.setattr(claims.trade, "RULES", (*claims.trade.RULES, double))
    claims.rules.cache_clear()
    with pytest.raises(RuleError, match=r"price\.amount"):
        claims.rules()
    monkeypatch.undo()
    claims.rules.cache_clear()
    assert claims.rules()


def test_every_phrase_list_feeds_a_rule_or_is_a_cue() -> None:
    known = {one.id for one in claims.rules()}
    used = {phrase.key for phrase in lexicon.phrases()}
    assert {key for key in used if not key.startswith("cue.")} <= known
    parsed = {"price.amount", "volume.count", "contact.reach", "contact.site", "contact.handle"}
    assert known - used == parsed


SHAPES = [
    ("[x", "not valid TOML"),
    ("a = 1", "must be a table"),
    ("[a]\nb = 'c'", "a.b must be a list"),
    ("[a]\nb = [1]", "a.b must be a list"),
]


@pytest.mark.parametrize(("source", "message"), SHAPES)
def test_a_lexicon_of_the_wrong_shape_names_the_file_and_the_key(source: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message) as caught:
        lexicon.read("xx.toml", source)
    assert "xx.toml" in str(caught.value)


@pytest.mark.parametrize("phrase", ["", "..", "a ..", "[a] b", "a//b", "a [] b"])
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        list(compile_phrase("x.y", phrase))


FITS = [
    ("anti-ban", "our anti ban mode", "anti ban"),
    ("anti-ban", "ANTIBAN!", "antiban"),
    ("anti-ban", "Anti-Ban", "anti ban"),
    ("scrap*", "a scraper tool", "scraper"),
    ("a/b c", "x b c", "b c"),
    ("not .. saved/address_book", "not in my address book", "not in my address book"),
    ("grab .. members", "grab all of the members", "grab all of the members"),
    ("grab .. members", "grab all of the many members", None),
    ("grab ... members", "grab all of the many members", "grab all of the many members"),
    ("free [of] charge", "free charge, free of charge", "free charge"),
    ("send {num} messages", "send 5,000 messages", None),
    ("send {num} * messages", "send 5000 new messages", "send 5000 new messages"),
    ("{wa} sender", "W.h.a.t.s.A.p.p sender", "whatsapp sender"),
    ("{wa} рассылка", "ватсап рассылка", "ватсап рассылка"),
    ("अलग-अलग", "अलग-अलग अंतराल", "अलग अलग"),
    ("أرقام", "والأرقام", "والارقام"),
    ("群发", "软件群发消息", "群 发"),
    ("licença vitalícia", "LICENCA VITALÍCIA", "licenca vitalicia"),
    ("one two", "one\ntwo", None),
]


@pytest.mark.parametrize(("phrase", "text", "found"), FITS)
def test_what_a_phrase_fits(phrase: str, text: str, found: str | None) -> None:
    words = cut(normalise(text))
    matches = list(PhraseIndex(compile_phrase("x.y", phrase)).find(words))
    shown = [" ".join(words.text[match.first : match.last + 1]) for match in matches]
    assert shown[:1] == ([] if found is None else [found])


PRICES = [
    ("Solo PC: Rs 1,499 a year", "rs 1,499"),
    ("₹999/- only", "₹999/-"),
    ("R$ 97,00 no Pix", "r$ 97,00"),
    ("1.500.000 Rp sekali bayar", "1.500.000 rp"),
    ("WA blast 150rb", None),
    ("full tool 99 ريال", "99 ريال"),
    ("lifetime sirf 499 me", "sirf 499"),
    ("10k = R$ 700", "r$ 700"),
    ("१८ पैसे प्रति मैसेज", "18 पैसे"),
    ("get 15% off today", "15% off"),
    ("we sent 4,000 letters", None),
    ("a fine of $5,000", None),
    ("call +91 90000 00011", None),
]


@pytest.mark.parametrize(("text", "amount"), PRICES)
def test_amounts(text: str, amount: str | None) -> None:
    page = read(plain(text), "en")
    finder = next(one for one in claims.rules() if one.id == "price.amount")
    shown = [page.text[hit.start : hit.end] for hit in finder.find(page)]
    assert shown[:1] == ([] if amount is None else [amount])


OFFER = """MsgHeron – WhatsApp sender for Windows
No need to save a single contact, unlimited messages from your own PC.
- Anti-ban engine: random delay of 10 to 40 seconds after every 25 chats
- Grab the numbers of all members of any group
- Number filter: removes numbers that are not on WhatsApp
- Connect 20 accounts, they take turns
Lifetime licence only Rs 999. Reseller panel with your own logo.
Call +91 90000 00011. Not affiliated with WhatsApp or Meta."""


def test_an_offer_gives_its_claims_with_exact_quotes() -> None:
    page = plain(OFFER, "MsgHeron – WhatsApp sender")
    found = claims.find(page, "en")
    assert {claim.type for claim in found} >= {
        ClaimType.PRICE,
        ClaimType.UNSAVED_CONTACTS,
        ClaimType.ANTI_BAN,
        ClaimType.CONTACT_HARVESTING,
        ClaimType.NUMBER_FILTER,
        ClaimType.ACCOUNT_ROTATION,
        ClaimType.RESELLER,
        ClaimType.CONTACT,
        ClaimType.DISCLAIMER,
    }
    for claim in found:
        assert page.text[claim.start : claim.end] == claim.quote
        assert claim.field == "text"
        assert claim.rule in {one.id for one in claims.rules()}


def test_disguised_words_are_found_and_quoted_as_shown() -> None:
    text = OFFER.replace("members of any group", "m e m b e r s of any group").replace("Anti-ban", "𝐀𝐧𝐭𝐢-𝐛𝐚𝐧")
    page = plain(text, "Wh4tsApp sender")
    quotes = [claim.quote for claim in claims.find(page, "en") if claim.type is ClaimType.CONTACT_HARVESTING]
    assert any("m e m b e r s" in quote for quote in quotes)


def test_claims_of_a_page_lead_back_into_its_body() -> None:
    body = "".join(f"<p>{line.replace('&', '&amp;')}</p>" for line in OFFER.splitlines()).replace(
        "Anti-ban", "<b>Anti</b>-ban"
    )
    page = extract_html(body.encode())
    harvest = next(claim for claim in claims.find(page, "en") if claim.type is ClaimType.CONTACT_HARVESTING)
    assert harvest.field == "body"
    ((start, end),) = page.body_spans(harvest.start, harvest.end)
    assert body[start:end] == harvest.quote


def test_former_prices_and_addresses_are_no_offers() -> None:
    body = (
        b"<title>WhatsApp sender</title><p>WhatsApp tool with anti-ban <del>Rs 4,999</del> Rs 999 lifetime licence</p>"
        b"<a href='https://wa.me/919000000011?text=anti-ban+price=5000'>Chat</a>"
    )
    page = extract_html(body)
    found = claims.find(page, "en")
    assert [claim.quote for claim in found if claim.type is ClaimType.PRICE] == ["Rs 999 lifetime licence"]
    assert {claim.type for claim in found if claim.field == "link"} == {ClaimType.CONTACT}


def test_a_quote_that_is_seen_is_preferred() -> None:
    meta = b"<meta name=description content='anti-ban WhatsApp tool'>"
    page = extract_html(b"<title>WhatsApp tool</title>" + meta + b"<p>Our anti-ban WhatsApp tool")
    fields = {claim.field for claim in claims.find(page, "en", 0.9) if claim.type is ClaimType.ANTI_BAN}
    assert fields == {"body"}


def test_a_text_models_probability_is_one_fact_among_the_others() -> None:
    examined = claims.examine(plain(OFFER, "MsgHeron – WhatsApp sender"), "en")
    assert len(examined.claims(0.99)) >= len(examined.claims(0.01))
    assert examined.claims(0.5) == examined.claims(0.5)


def test_nothing_in_nothing_out() -> None:
    assert claims.find(plain(""), "und") == ()
    assert claims.find(plain("\n\n \0 \n"), "und") == ()


UNITS = {
    "words": "number ",
    "cues": "not never no ",
    "digits": "11 ",
    "amounts": "$1,2 ",
    "phrase": "grab group members ",
    "whatsapp": "whatsapp wa ",
    "quotes": '"anti ban" ',
    "one line of claims": "anti ban whatsapp, ",
    "lines of claims": "whatsapp anti ban\n",
    "questions": "anti ban?\n",
    "crosses": "❌ anti ban\n",
    "handles": "@seller1 ",
    "phones": "+919000000011 ",
    "mails": "a@b.com ",
    "spaces": " \t",
    "chinese": "群发",
    "back-ticks": "`anti ban ",
    "links without end": "[anti ban](x ",
    "tags without end": "<a anti ban ",
    "paths": "/a/anti_ban",
    "brackets": "(anti ban [whatsapp ",
    "fences": "```\nanti ban\n",
    "menu": "home\ncontact\n",
    "assignments": "whatsapp_anti_ban=",
    "arabic": "والأرقام ",
}


@pytest.mark.parametrize("name", UNITS)
def test_doubling_the_text_doubles_the_time(name: str) -> None:
    def seconds(text: str) -> float:
        page = plain(text)
        gc.collect()
        gc.disable()  # what earlier tests left behind is not this text's cost
        started = time.process_time()
        claims.find(page, "en")
        spent = time.process_time() - started
        gc.enable()
        return spent

    count = 16_000 // len(UNITS[name])
    seconds(UNITS[name] * 50)
    ratios = []
    for _ in range(3):
        ratio = (seconds(UNITS[name] * count * 2) + 0.02) / (seconds(UNITS[name] * count) + 0.02)
        if ratio <= 2.6:
            return
        ratios.append(ratio)
    pytest.fail(f"{name}: twice the text took {min(ratios):.1f} times as long")
