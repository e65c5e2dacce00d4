"""Identifiers: every kind, what looks like one and is none, exact offsets, linear time."""

from __future__ import annotations

import gc
import time

import pytest

from classifiers import identifiers
from classifiers.judgement import Identifier
from classifiers.keys.company import cnpj_valid
from classifiers.keys.crypto import eip55
from classifiers.keys.keccak import keccak256
from classifiers.keys.pay import cpf_valid
from classifiers.text import extract_html, plain


def found(text: str, lang: str = "en") -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in identifiers.find(plain(text), lang)]


def only(text: str, lang: str = "en") -> Identifier:
    (one,) = identifiers.find(plain(text), lang)
    return one


FOUND = [
    ("Call +91 90000 00011 now", "en", "phone", "+919000000011"),
    ("कॉल करें ९०००० ०००११ पर, ₹999", "hi", "phone", "+919000000011"),
    ("Rs 999, dial 9 0 0 0 0 0 0 0 1 1", "en", "phone", "+919000000011"),
    ("R$ 97, chama (11) 91234-5678", "pt", "phone", "+5511912345678"),
    ("Pesan ke 0812-3456-7890, Rp 150rb", "id", "phone", "+6281234567890"),
    ("WA: \u200e+1 555 0166\u200e", "en", "phone", "+15550166"),
    ("Call 9️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣1️⃣1️⃣ for ₹ rates", "en", "phone", "+919000000011"),
    ("chat: https://wa.me/919000000011?text=hi%20there", "en", "wa_link", "https://wa.me/919000000011"),
    ("wa.me/+919000000011.", "en", "wa_link", "https://wa.me/919000000011"),
    ("api.whatsapp.com/send?text=x&phone=919000000011", "en", "wa_link", "https://wa.me/919000000011"),
    ("whatsapp://send?phone=919000000011", "en", "wa_link", "https://wa.me/919000000011"),
    ("https://wa.link/abc12x", "en", "wa_link", "https://wa.link/abc12x"),
    ("WA.me/message/ABCDEF12", "en", "wa_link", "https://wa.me/message/ABCDEF12"),
    ("https://chat.whatsapp.com/invite/AbCdEfGh1234", "en", "wa_group", "https://chat.whatsapp.com/AbCdEfGh1234"),
    ("join t.me/Blast_Hub", "en", "telegram", "https://t.me/blast_hub"),
    ("https://t.me/joinchat/AAAAAEabc123", "en", "telegram", "https://t.me/+AAAAAEabc123"),
    ("Telegram: @Blast_Hub", "en", "telegram", "https://t.me/blast_hub"),
    ("телеграм @prodavec", "ru", "telegram", "https://t.me/prodavec"),
    ("mail Help.Me+x@Sender-Shop.com!", "en", "email", "help.me+x@sender-shop.com"),
    ("write sales at pelican dot com please", "en", "email", "sales@pelican.com"),
    ("sales [at] pelican [dot] com", "en", "email", "sales@pelican.com"),
    ("pelican@okaxis", "en", "upi", "pelican@okaxis"),
    ("UPI: shop.no1@strangebank", "en", "upi", "shop.no1@strangebank"),
    ("chave pix CPF 529.982.247-25", "pt", "pix", "52998224725"),
    ("CNPJ 11.222.333/0001-81", "pt", "cnpj", "11222333000181"),
    ("Pix: 123e4567-e89b-12d3-a456-426614174000", "pt", "pix", "123e4567-e89b-12d3-a456-426614174000"),
    ("see www.pelican-sender.co.in today", "en", "domain", "pelican-sender.co.in"),
    ("https://shop.pelican.example/buy?x=1", "en", "domain", "pelican.example"),
    ("pelican.blogspot.com/2024", "en", "domain", "pelican.blogspot.com"),
]


@pytest.mark.parametrize(("text", "lang", "kind", "value"), FOUND)
def test_each_kind_is_found_once(text: str, lang: str, kind: str, value: str) -> None:
    one = only(text, lang)
    assert (one.kind, one.value) == (kind, value)
    assert text[one.start : one.end] == one.quote
    assert one.field == "text"


NOT_FOUND = [
    "Order no. 2024-11-22 10:30:00 of 1,00,000 pieces at 192.168.10.12",
    "install README.md, main.py and com.whatsapp.apk",
    "It works.In the end we left.",
    "ping @someone on the forum",
    "me@home and you@work",
    "CPF 529.982.247-26 não confere, pix",
    "R$ 1.500.000 ou 2020-2024",
    "Build 20241122 id 123456789012345678901234567890",
    "tied 00000000000 and 1111111111",
    "see https://www.facebook.com/x and https://play.google.com/store",
]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert found(text, "pt") == []


def test_a_number_without_country_code_keeps_its_other_readings() -> None:
    one = only("R$ 50 ou ₹ 999: 98765-43210")
    assert one.value == "+919876543210"
    assert "+5598" not in one.value
    brazil = only("R$ 50: 98765-43210", "pt")
    assert brazil.kind == "phone"
    assert "+919876543210" not in (brazil.value, *brazil.readings)


def test_the_number_of_a_link_is_kept_as_its_reading_and_not_reported_twice() -> None:
    one = only("https://api.whatsapp.com/send?phone=919000000011&text=hi")
    assert one.readings == ("+919000000011",)


def test_a_number_on_a_page_that_points_nowhere_keeps_every_reading() -> None:
    one = only("call 98765-43210")
    assert one.value == "+919876543210"
    assert "+559876543210" in one.readings


def test_the_address_of_the_page_tells_the_country() -> None:
    (one,) = identifiers.find(plain("98765-43210"), "en", "https://loja.com.br/")
    assert (one.value, one.readings) == ("+559876543210", ("+919876543210",))


def test_a_payment_key_that_is_an_address_too_is_reported_as_both() -> None:
    text = "Chave Pix: caixa@gaivota.com.br"
    assert found(text, "pt") == [("email", "caixa@gaivota.com.br"), ("pix", "caixa@gaivota.com.br")]
    assert found("pix CNPJ 11.222.333/0001-81", "pt") == [("pix", "11222333000181"), ("cnpj", "11222333000181")]
    assert found("Caixa@gaivota.com.br, aceitamos pix", "pt") == [("email", "caixa@gaivota.com.br")]


def test_the_source_is_read_where_snippets_stand_and_nowhere_else() -> None:
    html = "<script>fbq('init', '802934417265103')</script><p>fbq('init', '802934417265104') &lt;script&gt;</p>"
    (one,) = identifiers.in_source(html)
    assert (one.kind, one.value, one.field) == ("meta_pixel", "802934417265103", identifiers.SOURCE)
    assert html[one.start : one.end] == one.quote
    assert identifiers.in_source("<script>" + "gtag('config','G-T3RNBL4ST9')" * 3) != ()
    assert identifiers.in_source("") == ()


def test_the_digest_of_ethereum() -> None:
    # Published digests of the Keccak team and the reference addresses of EIP-55.
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"a" * 136).hex() != keccak256(b"a" * 135).hex()
    assert eip55("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed") == "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_repeats_are_reported_where_they_first_stand() -> None:
    text = "hi@a.com +91 90000 00011, again HI@A.COM and +919000000011"
    assert [(one.kind, one.start) for one in identifiers.find(plain(text), "en")] == [("email", 0), ("phone", 9)]


def test_links_of_a_page_are_evidence_with_a_place_in_the_body() -> None:
    body = b'<p>Chat <a href="https://wa.me/919000000011?text=a&amp;b">here</a><a href="tel:+919000000012">call</a>'
    page = extract_html(body)
    ones = identifiers.find(page, "en")
    assert [(one.kind, one.field) for one in ones] == [("wa_link", "link"), ("phone", "link")]
    html = body.decode()
    assert [html[a:b] for a, b in page.body_spans(ones[1].start, ones[1].end)] == ["+919000000012"]


def test_check_digits() -> None:
    assert cpf_valid("52998224725")
    assert not cpf_valid("52998224724")
    assert not cpf_valid("11111111111")
    assert cnpj_valid("11222333000181")
    assert not cnpj_valid("11222333000180")


UNITS = ["9", "9 ", "a@", "a.", "a-", "@a", "+9", "wa.me/9", "t.me/a ", "a@b.c ", "telegram @abcd ", "pix 1."]
UNITS += [
    "https://",
    "a at b ",
    "a (at) b (dot) ",
    "amazon.in/s?me=",
    "amazon.in/a?",
    "bc1q",
    "0x2c",
    "T1",
    "1A",
    "29ABC",
]
UNITS += [
    "play.google.com/store/apps/details?",
    "com.a",
    "apk com.a.b ",
    "pix a@b.co ",
    "de89 1234 ",
    "chrome.google.com/a-",
]


@pytest.mark.parametrize("unit", UNITS)
def test_doubling_the_text_doubles_the_time(unit: str) -> None:
    def seconds(text: str) -> float:
        gc.collect()
        gc.disable()  # what earlier tests left behind is not this text's cost
        started = time.process_time()
        identifiers.find(plain(text), "en")
        identifiers.in_source(f"google fbq <script>{text}")
        spent = time.process_time() - started
        gc.enable()
        return spent

    count = 30_000 // len(unit)
    seconds(unit * 100)
    ratios = [(seconds(unit * count * 2) + 0.01) / (seconds(unit * count) + 0.01) for _ in range(3)]
    assert min(ratios) <= 2.6
