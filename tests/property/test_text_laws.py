"""Laws of the page reader: blocks tile the text, and every quote leads back to the markup it came from."""

from __future__ import annotations

import html as html_module
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.text import decode, extract_html, plain

WORDS = st.text(alphabet="abWA ₹é अ群🚀\n\t.-&<>\"'", min_size=1, max_size=12)
TAGS = st.sampled_from(
    [
        "p",
        "div",
        "b",
        "i",
        "span",
        "li",
        "td",
        "h1",
        "del",
        "nav",
        "footer",
        "details",
        "summary",
        "a",
        "button",
        "section",
    ]
)


@st.composite
def markup(draw: st.DrawFn, depth: int = 3) -> str:
    """A piece of a page: text escaped in one of several ways, tags that may stay unclosed, entities, comments."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 9))
        if kind < 4 or depth == 0:
            text = draw(WORDS)
            parts.append("".join(f"&#{ord(c)};" for c in text) if kind == 0 else html_module.escape(text))
        elif kind < 7:
            tag = draw(TAGS)
            parts.append(f"<{tag}>{draw(markup(depth=depth - 1))}" + draw(st.sampled_from([f"</{tag}>", ""])))
        elif kind == 7:
            parts.append(
                draw(st.sampled_from(["<!-- c -->", "<br>", "<hr>", "<img alt='no ban &amp; co'>", "&nbsp;", "&copy"]))
            )
        elif kind == 8:
            parts.append(f'<div hidden title="{html_module.escape(draw(WORDS))}">{draw(markup(depth=depth - 1))}</div>')
        else:
            parts.append(f'<a href="tel:+91 90000 000{draw(st.integers(10, 99))}">{draw(markup(depth=depth - 1))}</a>')
    return "".join(parts)


def bare(text: str) -> str:
    """Without any white space."""
    return re.sub(r"[ \t\n\f\r]+", "", text)


def unreferenced(source: str) -> str:
    return html_module.unescape(source)


@given(markup())
@settings(max_examples=300, deadline=None)
def test_blocks_tile_the_text(source: str) -> None:
    page = extract_html(source.encode())
    position = 0
    for block in page.blocks:
        assert block.start == position < block.end
        position = block.end
        assert page.field_at(block.start) == page.field_at(block.end - 1) == block.field
    assert position == len(page.text)


@given(markup(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_quote_decoded_from_its_spans_is_the_quote(source: str, data: st.DataObject) -> None:
    body = source.encode()
    page, html = extract_html(body), decode(body)
    start = data.draw(st.integers(0, len(page.text)))
    end = data.draw(st.integers(start, len(page.text)))
    spans = page.body_spans(start, end)
    assert all(0 <= a < b <= len(html) for a, b in spans)
    assert bare("".join(unreferenced(html[a:b]) for a, b in spans)) == bare(page.text[start:end])


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(body: bytes) -> None:
    page = extract_html(body)
    assert "".join(page.text[b.start : b.end] for b in page.blocks) == page.text
    html = decode(body)
    assert all(0 <= a <= b <= len(html) for a, b in page.body_spans(0, len(page.text)))


@given(st.text(max_size=200))
def test_plain_text_stays_as_it_is(text: str) -> None:
    page = plain(text)
    assert page.text == text
    assert "".join(page.text[b.start : b.end] for b in page.blocks) == text
