"""Reading addresses, pages, structured data and answers without being misled, held up, or told a secret."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from urllib.parse import quote, quote_plus

import pytest
from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.http import HtmlResponse, Response
from selectolax.lexbor import LexborHTMLParser

from crawler import clock, jsonld, urls
from crawler.errors import EgressRefused
from crawler.markup import MAX_OPEN, harmless
from crawler.page import Page, is_html
from crawler.retry import retry_after_s
from crawler.secrets import Secrets
from crawler.sighting import SightingState
from crawler.visit import NoPage, of_failure, of_status


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/a?b=1#c", "http://h.example/a?b=1"),
        ("  ../x y\n", "http://h.example/x%20y"),
        ("?q=हिंदी", "http://h.example/d/e?q=%E0%A4%B9%E0%A4%BF%E0%A4%82%E0%A4%A6%E0%A5%80"),
        ("//other.example", "http://other.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("WhatsApp://send?phone=1", "WhatsApp://send?phone=1"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("#part", ""),
        ("", ""),
        ("http://[::1", ""),
        ("http://h.example:99999/", ""),
        ("/" + "x" * 3000, ""),
    ],
)
def test_an_href_becomes_an_address_or_nothing(href: str, url: str) -> None:
    assert urls.absolute("http://h.example/d/e", href) == url


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.shop.co.in", "shop.co.in"),
        ("a.b.shop.com.br", "shop.com.br"),
        ("vendor.blogspot.com", "vendor.blogspot.com"),
        ("me.github.io", "me.github.io"),
        ("pelican-sender.example", "pelican-sender.example"),
        ("www.pelican-sender.example", "pelican-sender.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("localhost", "localhost"),
    ],
)
def test_the_site_is_the_registrable_domain(host: str, site: str) -> None:
    assert urls.site_of(host) == site


@pytest.mark.parametrize(
    ("path", "fetchable"),
    [
        ("", True),
        ("/", True),
        ("/apk", True),
        ("/download/app.apk", False),
        ("/x.APK?v=1", False),
        ("/page.php", True),
        ("/page.html?file=x.apk", True),
        ("/logo.png", False),
        ("/login", False),
        ("/blog/login-tips", True),
        ("/cart/", False),
        ("/?add-to-cart=7", False),
        ("/" + "x" * 2100, False),
    ],
)
def test_only_pages_are_fetched(path: str, fetchable: bool) -> None:
    assert urls.is_fetchable(f"http://h.example{path}") is fetchable
    assert not urls.is_fetchable("whatsapp://send")
    assert urls.is_package("http://h.example/a.xapk")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert urls.same_origin("https://h.example/a", "https://h.example:443/b")
    for other in (
        "http://h.example/a",
        "https://h.example:8443/",
        "https://h.example.evil/",
        "https://x@h.example.evil/",
    ):
        assert not urls.same_origin("https://h.example/", other)


@pytest.mark.parametrize(
    ("kind", "body", "page"),
    [
        ("text/html; charset=utf-8", b"", True),
        ("application/xhtml+xml", b"<html/>", True),
        ("text/plain", b"<html>", False),
        ("application/json", b"{}", False),
        ("", b"  <!DOCTYPE html><p>", True),
        ("", b"just words", False),
    ],
)
def test_what_counts_as_a_page(kind: str, body: bytes, page: bool) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert is_html(HtmlResponse("http://h.example/", headers=headers, body=body, encoding="utf-8")) is page
    assert not is_html(Response("http://h.example/", headers={"Content-Type": "text/html"}, body=body))


def page(markup: str) -> Page:
    return Page(HtmlResponse("http://h.example/", body=markup.encode(), encoding="utf-8"))


@pytest.mark.parametrize(
    ("markup", "thin"),
    [
        ('<div id="root"></div><script src="a.js"></script>', True),
        ("<app-root> </app-root><script>1</script><p>" + "words " * 60, True),
        ("<p>loading</p><script>1</script>", True),
        ("<p>closed</p>", False),
        ('<p>closed</p><script type="application/ld+json">{}</script>', False),
        ("<script>1</script><p>" + "words " * 60, False),
        ("<body><script>var x = '" + "words " * 60 + "'</script><noscript>" + "words " * 60 + "</noscript>", True),
    ],
)
def test_a_page_that_scripts_make_is_told(markup: str, thin: bool) -> None:
    assert page(markup).needs_browser() is thin


@pytest.mark.parametrize(
    "piece",
    [
        *("<div>", "<ul><li>", "<b></p>", "<b></i>", "<a><div>", "<b><table>", "<center>", "<p>", "<svg><g>", "<!--"),
        *("<script>", "<title>", "<a x='", "<", "</b>", "<td>", "<font>", "<template>"),
    ],
)
def test_hostile_markup_does_not_hold_the_crawl(piece: str) -> None:
    begin = time.process_time()
    read = page("<title>t</title><a href=/first>x</a>" + piece * (1_500_000 // len(piece)))
    assert read.title == "t"
    assert "http://h.example/first" in read.links
    jsonld.read(read.tree)
    read.needs_browser()
    assert time.process_time() - begin < 5


def test_attributes_without_end_are_cut_and_ordinary_long_ones_are_not() -> None:
    many = "<p>before<a " + " ".join(f"x{n}" for n in range(200_000)) + ">after"
    assert harmless(many) == "<p>before"
    image = '<p>before<img src="data:image/png;base64,' + "A" * 300_000 + '"><path d="' + "M 0 1 " * 30_000 + '">after'
    assert harmless(image) == image


def test_ordinary_pages_are_not_cut() -> None:
    rows = "<table>" + "<tr><td>1<td>2<p>x<li>y" * 20_000 + "</table>"
    nested = "<div>" * (MAX_OPEN - 10) + "x" + "</div>" * (MAX_OPEN - 10)
    text = rows + nested * 5 + "<script>" + "'<div>'" * 5_000 + "</script><b>end</b>"
    assert harmless(text) == text
    assert harmless(text + "<div>" * 2 * MAX_OPEN + "late") != text


def test_structured_data_keeps_the_spelling_of_numbers_and_survives_anything() -> None:
    blocks = [
        '{"@type":"Offer","price":499.50,"n":1e9}',
        "{",
        "[" * 100_000,
        '{"@type":["A","http://schema.org/B"]}',
        "",
    ]
    html = "".join(f'<script type="application/LD+JSON">{block}</script>' for block in blocks)
    read = jsonld.read(LexborHTMLParser(html))
    assert [jsonld.types_of(node) for node in read.nodes] == [{"Offer"}, {"A", "B"}]
    assert (read.nodes[0]["price"], read.nodes[0]["n"]) == ("499.50", "1e9")
    assert len(read.faults) == 2


@pytest.mark.parametrize("token", ["EAAB|123+/=%x~", "plain-token-12345", 'quo"te\\back/slash'])
def test_a_secret_is_found_in_every_spelling(token: str) -> None:
    secrets = Secrets(token)
    spellings = (token, quote(token), quote(token, safe=""), quote_plus(token), json.dumps(token)[1:-1])
    mixed = (
        quote(token, safe="").replace("%2B", "%2b").replace("%7C", "|").replace("%2F", "\\/").replace("%3D", "\\u003D")
    )
    for spelling in (*spellings, json.dumps(token)[1:-1].replace("/", "\\/"), quote(quote(token, safe="")), mixed):
        assert secrets.in_text(f"a{spelling}b") == ("aREDACTEDb", 1)
        assert secrets.in_bytes(f"a{spelling}b".encode()) == (b"aREDACTEDb", 1)
    assert Secrets("").in_text("nothing") == ("nothing", 0)
    assert Secrets("short").in_text("short") == ("short", 0)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *((200, "seen"), (204, "seen"), (302, "seen"), (404, "absent"), (410, "absent"), (401, "refused")),
        *((403, "refused"), (429, "refused"), (451, "refused"), (400, "refused"), (408, "unreachable")),
        *((500, "unreachable"), (503, "unreachable"), (599, "unreachable"), (799, "unreachable")),
    ],
)
def test_every_status_has_a_state(status: int, state: str) -> None:
    found, reason = of_status(status)
    assert found == state
    assert (reason == "") == (state == "seen")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (EgressRefused("http://x/", "port 25 is not one of the allowed ports"), "refused"),
        (NoPage(SightingState.REFUSED, "robots"), "refused"),
        (exceptions.CannotResolveHostError(), "unreachable"),
        (exceptions.DownloadConnectionRefusedError(), "unreachable"),
        (exceptions.DownloadTimeoutError(), "unreachable"),
        (exceptions.DownloadFailedError("x"), "unreachable"),
        (exceptions.ResponseDataLossError(), "unreachable"),
        (TunnelError("x"), "unreachable"),
        (OSError("x"), "unreachable"),
        (exceptions.IgnoreRequest("max redirections reached"), "failed"),
        (exceptions.DownloadCancelledError(), "failed"),
        (exceptions.NotSupported("x"), "failed"),
        (exceptions.UnsupportedURLSchemeError("x"), "failed"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_every_failure_has_a_state_and_a_reason(error: Exception, state: str) -> None:
    found, reason = of_failure(error)
    assert found == state
    assert reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("0", 0.0), ("-5", None), ("soon", None), ("", None), ("1.5", None), ("9" * 30, 999999999.0)],
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    headers = {"Retry-After": value} if value else {}
    assert retry_after_s(Response("http://h.example/", headers=headers)) == seconds


def test_retry_after_as_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.parse("2026-11-24T12:00:00Z")
    monkeypatch.setattr(clock, "now", lambda: now)
    when = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after_s(Response("http://h.example/", headers={"Retry-After": when})) == 90.0
    past = "Mon, 01 Jan 2001 00:00:00 GMT"
    assert retry_after_s(Response("http://h.example/", headers={"Retry-After": past})) == 0.0
