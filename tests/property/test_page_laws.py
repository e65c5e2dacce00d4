"""Reading pages never raises and never lets through what it must not, whatever the page."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse
from selectolax.lexbor import LexborHTMLParser

from crawler import jsonld, urls
from crawler.markup import harmless
from crawler.page import Page, lines_of, squeeze
from crawler.secrets import MARK, Secrets

PIECES = st.sampled_from(
    [
        *(
            "<div>",
            "</div>",
            "<a href='/x'>",
            "<a href=",
            "<title>",
            "</title>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
        ),
        *('<script type="application/ld+json">', '{"@type":"Product"}', "[", "]", "<base href=//b.example/>", "<p>"),
        *("<table>", "<svg>", "&amp;", "&#0;", "\x00", "हिं", "\U0001f4e3", "<body onload=x>", "<br>", "'", '"', ">"),
    ]
)
MARKUP = st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=60).map("".join)
TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(st.one_of(MARKUP.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=2000)))
@settings(max_examples=200, deadline=None)
def test_any_octets_are_a_page(body: bytes) -> None:
    page = Page(HtmlResponse("http://h.example/d/", body=body, encoding="utf-8"))
    assert page.title == squeeze(page.title)
    for link in page.links:
        assert link.split(":", 1)[0].lower() in urls.RECORDED_SCHEMES
        assert not any(character in link for character in "\r\n\t")
    read = jsonld.read(page.tree)
    assert all(jsonld.types_of(node) is not None for node in read.nodes)
    assert page.needs_browser() in (True, False)
    if page.tree.body is not None:
        assert "\r" not in lines_of(page.tree.body)


@given(MARKUP)
@settings(max_examples=100, deadline=None)
def test_what_is_harmless_is_a_beginning_and_stays_as_it_is(text: str) -> None:
    kept = harmless(text * 40)
    assert (text * 40).startswith(kept)
    assert harmless(kept) == kept


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@settings(max_examples=100, deadline=None)
def test_any_structure_has_a_text(value: object) -> None:
    assert isinstance(jsonld.text_of(value), str)
    assert all(isinstance(node, dict) for node in jsonld.nodes_of(value))


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_an_address_is_whole_or_empty_and_stays_as_it_is(href: str) -> None:
    url = urls.absolute("http://h.example/d/e?f", href)
    assert url == "" or url.split(":", 1)[0].lower() in urls.RECORDED_SCHEMES
    if url.startswith(("http://", "https://")):
        assert urls.host_of(url)
        assert urls.absolute("http://other.example/", url) == url
        assert len(urls.fingerprint(url)) == 32


@given(TOKENS, st.text(max_size=30), st.sampled_from([str, quote, quote_plus, lambda token: quote(token, safe="")]))
@settings(max_examples=200, deadline=None)
def test_a_token_never_stays(token: str, around: str, spell: object) -> None:
    assert callable(spell)
    text, found = Secrets(token).in_text(around + spell(token) + around)
    assert found >= 1
    assert MARK in text
    assert spell(token) not in text.replace(MARK, "") or token in MARK


def test_an_empty_tree_has_no_structure() -> None:
    assert jsonld.read(LexborHTMLParser("")).nodes == ()
