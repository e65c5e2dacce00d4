"""Laws of pin-cites: of a page that scripts did not change, every slice of text leads to its body and its element."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.text import extract_html
from evidence import pin_body
from evidence.pin_path import paths
from evidence.verifier.paths import elements
from evidence.verifier.quotes import compact, reads_as, views

WORDS = st.sampled_from(
    ["anti ban", "100%", "₹1,499", "बल्क", "بدون", "a &amp; b", "&#8377;5", "x\n  y", "no ban", "é́", "😀"]
)
TAGS = st.sampled_from(["p", "b", "div", "li", "td", "h2", "span", "a", "nav", "del"])


def page(children: list[object]) -> str:
    return "".join(one if isinstance(one, str) else f"<{one[0]}>{page(one[1])}</{one[0]}>" for one in children)


TREES = st.recursive(
    st.lists(WORDS, min_size=1, max_size=3),
    lambda inner: st.lists(st.one_of(WORDS, st.tuples(TAGS, inner)), min_size=1, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(TREES, st.data())
def test_every_slice_of_a_page_leads_to_its_body_and_its_element(tree, data):
    html = f"<html><head><title>t</title></head><body>{page(tree)}</body></html>"
    judged = extract_html(html.encode(), charset="utf-8")
    start = data.draw(st.integers(0, len(judged.text) - 1))
    end = data.draw(st.integers(start + 1, min(len(judged.text), start + 40)))
    quote = judged.text[start:end]
    if not compact(quote):
        return
    sent = pin_body.read(html.encode(), "text/html", "utf-8")
    found = pin_body.spans(sent, judged, start, end)
    assert found
    assert reads_as([html[a:b] for a, b in found], quote)
    spans = judged.body_spans(start, end)
    whole = (min(a for a, _ in spans), max(b for _, b in spans))
    path = paths(html, {whole: quote})[whole]
    if isinstance(path, str):
        first, last = elements(html, [path])[path]
        assert first < whole[0] < whole[1] <= last
        assert any(compact(quote) in view for view in views(html[first:last].encode())[0])
