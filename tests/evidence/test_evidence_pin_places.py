"""Places of quotes without a browser: in the body as sent, in the document's elements, and how far hostile pages go."""

from __future__ import annotations

import time

import pytest

from classifiers.text import extract_html
from evidence import pin_body
from evidence.pin_path import NoPath, paths
from evidence.pin_rects import sought
from evidence.verifier.paths import elements, path_steps
from evidence.verifier.quotes import reads_as

SENT = """<html><head><meta charset="utf-8"><title>Offer</title></head><body><nav>anti ban</nav>
<p>Fish &amp; chips &#8377;1,499</p><p>Stay <b>100%</b> anti
ban</p><p>anti ban</p><p>anti ban</p><script>var words = "from the data";</script></body></html>"""


def place_of(rendered: str, quote: str, *, last: bool = False, sent: str = SENT, charset: str = "utf-8"):
    """What the quote's place in the body as sent reads as, and the spans."""
    body = pin_body.read(sent.encode(charset), "text/html", charset)
    judged = extract_html(rendered.encode(), charset="utf-8")
    start = judged.text.rindex(quote) if last else judged.text.index(quote)
    spans = pin_body.spans(body, judged, start, start + len(quote))
    return spans, [body.html[a:b] for a, b in spans]


@pytest.mark.parametrize(
    ("quote", "pieces"),
    [
        ("Fish & chips ₹1,499", ["Fish &amp; chips &#8377;1,499"]),
        ("Stay 100% anti ban", ["Stay ", "100%", " anti\nban"]),
    ],
)
def test_a_quote_is_the_slices_it_came_from(quote, pieces):
    _, found = place_of(SENT, quote)
    assert found == pieces
    assert reads_as(found, quote)


def test_of_equal_quotes_the_one_of_the_same_kind_and_order_is_taken():
    (span,), _ = place_of(SENT, "anti ban", last=True)
    assert span[0] == SENT.rindex("anti ban")


def test_a_quote_of_a_changed_page_is_found_where_it_was_sent():
    (span,), _ = place_of("<p>new first</p><p>Fish &amp; chips ₹1,499</p>", "Fish & chips ₹1,499")
    assert span[0] == SENT.index("Fish")


def test_words_that_stand_in_a_scripts_data_are_pinned_there():
    (span,), _ = place_of("<p>from the data</p>", "from the data")
    assert SENT[slice(*span)] == "from the data"


def test_words_that_were_not_sent_have_no_place():
    assert place_of("<p>put together</p>", "put together") == ((), [])


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r", "utf-16"])
def test_offsets_count_characters_of_the_decoded_body(charset):
    sent = "<html><body><p>Рассылка без бана</p></body></html>"
    spans, found = place_of(sent, "без бана", sent=sent, charset=charset)
    assert (found, spans[0][0]) == (["без бана"], sent.index("без"))


def path_of(html: str, quote: str):
    page = extract_html(html.encode(), charset="utf-8")
    start = page.text.index(quote)
    spans = page.body_spans(start, start + len(quote))
    whole = (min(a for a, _ in spans), max(b for _, b in spans))
    return paths(page.html, {whole: quote})[whole]


@pytest.mark.parametrize(
    ("html", "quote", "path"),
    [
        ("<html><body><p>a</p><p>anti ban</p></body></html>", "anti ban", "html > body > p:nth-of-type(2)"),
        ("<html><body><p>Stay <b>100%</b> anti <i>ban</i></p></body></html>", "100% anti", "html > body > p"),
        ('<html><body><div id="x"><b>no ban</b></div></body></html>', "no ban", "#x > b"),
        ('<html><body><b id="x">a</b><b id="x">no ban</b></body></html>', "no ban", "html > body > b:nth-of-type(2)"),
        ('<html><body><b id="1 > p">no ban</b></body></html>', "no ban", "html > body > b"),
        ('<html><body><i></i><img alt="a"><img alt="no > ban">', "no > ban", "html > body > img:nth-of-type(2)"),
        ("<html><body><!-- <p> --><p>no ban</p></body></html>", "no ban", "html > body > p"),
    ],
)  # fmt: skip
def test_the_path_of_the_smallest_element_that_holds_the_quote(html, quote, path):
    assert path_of(html, quote) == path


def test_a_path_is_not_given_when_two_readers_disagree():
    html = "<html><body><p>a</p><noscript></body></noscript><frame><p></frame>anti ban</p></body></html>"
    found = path_of(html, "anti ban")
    assert isinstance(found, NoPath) or "anti ban" in html[slice(*elements(html, [found])[found])]


@pytest.mark.parametrize("path", ["p:has(b)", "p b", "", "#1", "p > #x", "*", "p" + " > p" * 256, "p:nth-of-type(0)"])
def test_paths_of_another_form_are_refused(path):
    with pytest.raises(ValueError, match="is no path to an element"):
        path_steps(path)


HOSTILE = {
    "many elements": "<html><body>" + "<p>anti ban</p>" * 100_000,
    "one endless line": "<html><body><p>" + "anti ban " * 300_000,
    "deep": "<html><body>" + "<div>" * 20_000 + "anti ban",
    "end tags of nothing": "<html><body>" + "<div>" * 5_000 + "</p>" * 50_000 + "anti ban",
    "tags in a quiet place": "<html><body><noscript>" + "<a " * 50_000 + "</noscript><p>anti ban</p>",
    "as many as are read": "<html><body>" + "<p>anti ban</p>" * 50_000,
    "quotes in tags": "<html><body><p>anti ban</p>" + "<a b='\"" * 50_000,
}
REFUSED = {
    "many elements": "more than 60000 elements",
    "deep": "more than 256 elements",
    "end tags of nothing": "more than 256 elements",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_documents_cost_seconds_at_most(kind):
    page = extract_html(HOSTILE[kind].encode(), charset="utf-8")
    start = page.text.rindex("anti ban")
    (span,) = page.body_spans(start, start + 8)
    begun = time.monotonic()
    found = paths(page.html, {span: "anti ban"})[span]
    sought(page, [(start, start + 8)])
    assert time.monotonic() - begun < 30
    if kind in REFUSED:
        assert REFUSED[kind] in str(found)
    else:
        start, end = elements(page.html, [str(found)])[str(found)]
        assert "anti ban" in page.html[start:end]


def test_a_quote_is_looked_for_behind_the_equal_ones_before_it():
    page = extract_html(b"<title>anti ban</title><p>anti ban</p><p><b>anti</b> ban and anti&#8203; ban</p>")
    last = page.text.rindex("anti")
    (one,), reasons = sought(page, [(last, len(page.text) - 1)])
    assert (one.words, one.before, reasons) == ("antiban", 2, {})
    assert "title" in sought(page, [(0, 8)])[1][0, 8]
