"""Laws of notices: any page text is quoted as it is shown, is never code, and is masked whole."""

from __future__ import annotations

import io

from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.notice.docx_text import read_docx
from evidence.notice.lint_text import MASK, mask, quotations
from evidence.notice.rendering import fill
from evidence.notice.wording import shown

TEXT = st.text(min_size=1, max_size=60) | st.text(alphabet="{}%#_ r<>&;\"'“”«»\t\n\x07\x0c\u202e\u200d", max_size=30)


def _template() -> bytes:
    document = Document()
    document.add_paragraph("“{{ subject }}” (Exhibit 1)")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


TEMPLATE = _template()


@given(TEXT)
@settings(max_examples=80)
def test_any_text_comes_out_of_the_document_as_it_is_shown(text: str) -> None:
    document = fill(TEMPLATE, {"subject": shown(text)}, "law")
    (paragraph,) = read_docx(document, "law").paragraphs
    assert paragraph.text == f"“{shown(text)}” (Exhibit 1)"


@given(TEXT)
def test_showing_is_done_once(text: str) -> None:
    assert shown(shown(text)) == shown(text)
    assert not any(char in shown(text) for char in "\n\t\u202e\u2066\x07")


@given(TEXT.filter(lambda text: bool(shown(text))), st.text(alphabet="abc .", max_size=10))
def test_a_quotation_of_the_draft_is_masked_whole_whatever_it_holds(text: str, around: str) -> None:
    quote, plain = shown(text), shown(around)
    line = f"{plain} “{quote}” (Exhibit 1)"
    assert MASK in mask(line, (quote,))
    assert list(quotations(line, (quote,))) == []
    assert shown(mask(line, (quote,)).replace(MASK, "")) == shown(f"{plain} (Exhibit 1)")
