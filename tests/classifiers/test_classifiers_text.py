"""The page reader: fields, order, offsets, hostile input, and agreement with a real HTML parser on visible words."""

from __future__ import annotations

import gc
import re
import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from classifiers.text import MAX_TEXT_CHARS, Extracted, decode, extract_html, plain

LANDING = """<!doctype html>
<html lang="en-IN"><head><meta charset="utf-8"><title>Pelican &amp; Co – WA sender</title>
<meta name="description" content="Reach   everyone &quot;today&quot;">
<meta property="og:title" content="Pelican &amp; Co – WA sender">
<style>p { color: red }</style>
<script>var hidden = "<p>not text</p>";</script>
<script type="application/ld+json">{"@type": "Product", "name": "WA \\u20b9 Sender",
 "offers": {"@type": "Offer", "price": "999", "priceCurrency": "INR"}, "sku": "zzz-1"}</script></head>
<body><nav><a href="/">Home</a><a href="/p">Pricing</a></nav>
<header><h1>Send to <b>10,000</b>
   people</h1><a href="/login">Log in</a></header>
<!-- a comment with <p>tags</p> -->
<p>Price <del>&#8377;5000</del> &#x20B9;999<br>Call   now <a href="https://wa.me/919000000011?text=hi&amp;x=1">chat</a>
<img src="a.png" alt="No ban"> please
<table><tr><th>Solo<td>Rs 499<tr><td>Team</td><td>Rs 900</td></table>
<details><summary>Will I be banned?</summary>Never.</details>
<ul><li>one<li hidden>two<li style="display: none">three<li>four</ul>
<button aria-label="Order by chat">Order</button><input type=submit value="Buy key">
<template><p>template</p></template><noscript><p>noscript</p></noscript>
<footer><p>Not affiliated with WhatsApp</p></footer></body></html>"""


def fields(page: Extracted) -> list[tuple[str, str]]:
    return [(block.field, page.text[block.start : block.end].strip("\n")) for block in page.blocks]


def test_landing_page_gives_each_text_its_field() -> None:
    page = extract_html(LANDING.encode())
    assert fields(page) == [
        ("title", "Pelican & Co – WA sender"),
        ("meta", 'Reach everyone "today"'),
        ("jsonld", "WA ₹ Sender"),
        ("jsonld", "999 INR"),
        ("menu", "Home Pricing"),
        ("heading", "Send to 10,000 people"),
        ("menu", "Log in"),
        ("body", "Price "),
        ("struck", "₹5000"),
        ("body", " ₹999\nCall now chat please"),
        ("link", "https://wa.me/919000000011?text=hi&x=1"),
        ("alt", "No ban"),
        ("body", "Solo\tRs 499"),
        ("body", "Team\tRs 900"),
        ("body", "Will I be banned?"),
        ("hidden", "Never."),
        ("body", "one"),
        ("hidden", "two"),
        ("hidden", "three"),
        ("body", "four"),
        ("body", "Order"),
        ("alt", "Order by chat"),
        ("body", "Buy key"),
        ("menu", "Not affiliated with WhatsApp"),
    ]
    assert page.title == "Pelican & Co – WA sender"
    assert page.lang_hint == "en-IN"
    assert (page.images, page.scripts) == (1, 2)
    assert page.links == ("/", "/p", "/login", "https://wa.me/919000000011?text=hi&x=1")
    assert not page.truncated


@pytest.mark.parametrize(
    ("quote", "sources"),
    [
        ("₹5000", ["&#8377;5000"]),
        ("10,000 people", ["10,000", "\n   people"]),
        ("Call now chat", ["Call   now ", "chat"]),
        ("WA ₹ Sender", ["WA \\u20b9 Sender"]),
        ("999 INR", ["999", "INR"]),
        ("hi&x=1", ["hi&amp;x=1"]),
        ("Solo\tRs", ["Solo", "Rs"]),
    ],
)
def test_a_quote_is_found_again_in_the_page(quote: str, sources: list[str]) -> None:
    page = extract_html(LANDING.encode())
    html = decode(LANDING.encode())
    start = page.text.index(quote)
    assert [html[a:b] for a, b in page.body_spans(start, start + len(quote))] == sources


def test_field_at_knows_every_offset_and_nothing_outside() -> None:
    page = extract_html(b"<p>a<del>b</del></p>")
    assert [page.field_at(i) for i in range(-1, 5)] == ["", "body", "struck", "struck", "", ""]


def test_plain_text_is_verbatim_and_has_no_way_back() -> None:
    page = plain("a  b\r\n<p>", title="t")
    assert page.text == "a  b\r\n<p>"
    assert fields(page) == [("text", "a  b\r\n<p>")]
    assert page.body_spans(0, 3) == ()
    assert plain("").blocks == ()


AGREEMENT = [
    LANDING,
    "<p>Whats<b>App</b> send<i>er</i></p><div>un<div>closed <span>tags <p>here<p>there",
    "<table><tr><td>a</td><td>b</td></tr></table><ul><li>x<li>y</ul><dl><dt>q<dd>w</dl>",
    "<p title='a > b'>quoted <a href=\"x>y\">angle</a> &lt;b&gt; &amp;amp; &nbsp; &copy 2024 &notanentity; &#0; &#128;",
    "<p>stray </b> ends </div> and </p> more < less <3 >> && <> </> <!bogus> <?php echo ?> text",
    "<textarea>  keep\n this</textarea><xmp><b>raw</b></xmp><p>after",
    "<svg><title>logo</title><path d='M0 0'/><text>inside</text></svg> after <math><mi>x</mi></math>",
    "<h1>بيع برنامج <em>واتساب</em></h1><p>व्हाट्सएप <span>भेजें</span></p><p>群发<wbr>软件</p>",
    "<a>nested <a>links</a></a><button>b1</button><button>b2</button><select><option>o1<option>o2</select>",
    "<!--> visible1 <!---> visible2 <!-- x --!> visible3 <!-- a -- b --> visible4",
    "<P CLASS=x>UPPER</P><SCRIPT>no</SCRIPT ><STYLE>no</STYLE\n><p/>self<br/>closed<img alt=z />",
]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("�", " "))


@pytest.mark.parametrize("html", AGREEMENT)
def test_visible_words_agree_with_a_real_parser(html: str) -> None:
    tree = LexborHTMLParser(html)
    for gone in tree.css("script, style, template, noscript, xmp, iframe, title"):
        gone.decompose()
    assert tree.body is not None
    expected = words(tree.body.text(separator="", deep=True))
    page = extract_html(html.encode())
    shown = ("body", "heading", "menu", "hidden", "struck")
    text = "".join(page.text[b.start : b.end] for b in page.blocks if b.field in shown)
    text = text.replace("Buy key", "")  # a button's value is no text to the parser
    assert sorted("".join(words(text))) == sorted("".join(expected))
    joined = "".join(words(text))
    assert all(word in joined for word in expected)


CHARSETS = [
    ("Olá ₹".encode(), "", "Olá ₹"),
    (b"\xef\xbb\xbf" + "Olá".encode(), "windows-1252", "Olá"),
    ("Olá".encode("cp1252"), "", "Olá"),
    ("Olá".encode("cp1252"), "ISO-8859-1", "Olá"),
    ("\ufeffOlá".encode("utf-16-le"), "", "Olá"),
    ("рассылка".encode("cp1251"), "windows-1251", "рассылка"),
    (b"<meta charset='koi8-r'>" + "рассылка".encode("koi8-r"), "", "<meta charset='koi8-r'>рассылка"),
    (b"<meta http-equiv=x content='text/html; charset=gbk'>" + "群发".encode("gbk"), "no-such", None),
    (b"abc", "zlib", "abc"),
    (b"abc", "unicode_escape", "abc"),
]


@pytest.mark.parametrize(("body", "charset", "text"), CHARSETS)
def test_charsets(body: bytes, charset: str, text: str | None) -> None:
    if text is None:
        assert decode(body, charset).endswith("群发")
    else:
        assert decode(body, charset) == text


def test_one_broken_byte_does_not_make_a_page_windows_1252() -> None:
    assert decode(("é₹" * 20).encode() + b"\xff") == "é₹" * 20 + "�"


HOSTILE = {
    "open angle": "<",
    "open tag": "<a ",
    "nested div": "<div>",
    "nested b": "<b>",
    "open quote": '<a x=" ',
    "open single quote": "<a x=' \" ",
    "equals": "<a =",
    "ampersand": "&",
    "entity": "&amp;",
    "long entity": "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "white space": " \n",
    "comment": "<!--",
    "bogus": "<!x",
    "slashes": "<a ///",
    "stray ends": "<b><div></b>",
    "words": "hello world ",
    "nul": "\0",
    "items": "<li><p>x",
    "cells": "<td>x",
    "hidden": "<span hidden>x</span> y",
    "script": "<script>",
    "title": "<title>",
    "style": "<p style='display:none ",
    "links": "<a href=https://wa.me/1>x",
    "escaped": '<script type="ld+json">"\\"',
    "json": '<script type="ld+json">{"name":"x"}</script>',
    "meta": "<meta charset ",
}


def seconds(body: bytes) -> float:
    gc.collect()
    gc.disable()
    started = time.process_time()
    extract_html(body)
    spent = time.process_time() - started
    gc.enable()
    return spent


@pytest.mark.parametrize("name", HOSTILE)
def test_doubling_hostile_input_doubles_the_time(name: str) -> None:
    count = 150_000 // len(HOSTILE[name])
    single, double = (HOSTILE[name] * count).encode(), (HOSTILE[name] * count * 2).encode()
    ratios = []
    for _ in range(4):
        ratio = (seconds(double) + 0.004) / (seconds(single) + 0.004)
        if ratio <= 2.6:
            return
        ratios.append(ratio)
    pytest.fail(f"{name}: twice the input took {min(ratios):.1f} times as long")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50,
        b"<p>\xff\xfe\xfd</p>",
        b"\xff\xfe<p>",
        "\ud800".encode("utf-16-le", "surrogatepass"),
        b"<p>a\0b</p>",
        b"<div " + b"x=1 " * 5000 + b">y",
        b"&#x110000;&#99999999999999999999;&#xD800;&#;&;",
        b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000,
    ],
)
def test_never_raises_and_tiles(body: bytes) -> None:
    page = extract_html(body)
    assert "".join(page.text[b.start : b.end] for b in page.blocks) == page.text
    page.text.encode("utf-8")


def test_nested_tags_keep_their_text_and_nul_is_dropped() -> None:
    assert extract_html(b"<div>" * 100_000 + b"deep").text == "deep\n"
    assert extract_html(b"<b>" * 100_100 + b"deeper").text == "deeper\n"
    assert extract_html(b"<p>W\0A</p>").text == "WA\n"


def test_text_is_bounded_and_says_so() -> None:
    page = extract_html(b"<p>" + b"x" * (MAX_TEXT_CHARS + 10) + b"<p>y")
    assert len(page.text) == MAX_TEXT_CHARS + 1
    assert page.truncated


@pytest.mark.parametrize(
    "struck",
    [
        "<del>Rs 5000</del>",
        "<s>Rs 5000</s>",
        "<strike>Rs 5000</strike>",
        "<span style='text-decoration: line-through'>Rs 5000</span>",
        "<span style='color:red;text-decoration-line:underline line-through'>Rs 5000</span>",
    ],
)
def test_a_former_price_is_struck(struck: str) -> None:
    page = extract_html(f"<p>Price {struck} now Rs 999</p>".encode())
    assert page.field_at(page.text.index("5000")) == "struck"
    assert page.field_at(page.text.index("999")) == "body"


def test_an_underlined_price_is_not_struck() -> None:
    page = extract_html(b"<p>Price <span style='text-decoration: underline'>Rs 5000</span></p>")
    assert page.field_at(page.text.index("5000")) == "body"
