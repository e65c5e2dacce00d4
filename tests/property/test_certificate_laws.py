"""Laws of certificates: whatever a page says of itself survives into every file, and acts in none."""

from __future__ import annotations

import csv
import zipfile
from datetime import UTC, datetime
from io import BytesIO, StringIO

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from crawler import clock
from evidence.certification.facts import ExhibitFacts, FileFacts
from evidence.certification.hash_report import COLUMNS, as_csv, rows_of
from evidence.certification.model import Document, Facts, Heading, Para, Table, fact, mono, visible, words
from evidence.certification.record import known, told
from evidence.certification.times import ist, utc
from evidence.certification.write_docx import to_docx
from evidence.certification.write_html import to_html
from evidence.index_csv import FORMULA_STARTS

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
odd = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(
        [
            "\u202egnp.exe",
            "बल्क मैसेज 🙂👩‍👩‍👧",
            "إرسال بدون حظر",
            "\x00\x07\x1b[31m\x7f\x85",
            "</w:t><w:t>&amp;<script>alert(1)</script>",
            "\ud800 alone",
            "{{ 7*7 }} {% raw %} {0} %s",
            "\ufffe\uffff\u2028\u2029\n\r\t",
            "=HYPERLINK(1)",
        ]
    ),
)


def document(text: str) -> Document:
    return Document(
        text,
        "en",
        "A4",
        text,
        (
            Heading(text, 2),
            Para(words(text), "1."),
            Facts(((text, fact(text)),)),
            Table((text,), ((mono(text),),), (40,)),
        ),
    )


@given(odd)
def test_every_word_survives_into_both_files(text: str) -> None:
    shown = visible(text)
    with zipfile.ZipFile(BytesIO(to_docx(document(text), made_at=AT))) as package:
        root = etree.fromstring(package.read("word/document.xml"))
    runs = ["".join(node.text or "" for node in p.iter(f"{WORD}t")) for p in root.iter(f"{WORD}p")]
    assert sum(run.endswith(shown) for run in runs if run) >= 6
    body = html.fromstring(to_html(document(text))).find("body")
    assert body.text_content().count(shown) >= 6
    assert not body.xpath(".//script")


@given(odd)
def test_visible_text_has_nothing_that_acts_and_is_stable(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert all(character.isprintable() or character.isspace() or ord(character) > 0x7F for character in shown)
    assert not any(control in shown for control in "\x00\x1b\n\u202e\u2066\u2028")
    if text.isascii() and text.isprintable():
        assert shown == text


@given(odd, odd, odd)
def test_no_cell_of_the_hash_report_is_a_formula(path: str, what: str, person: str) -> None:
    file = FileFacts(path, what, "", 1, "a" * 64, 1, "a" * 64, AT)
    exhibit = ExhibitFacts(
        number=1,
        exhibit_id="ex-0001",
        url="u",
        captured_at=AT,
        manifest_sha256="b" * 64,
        accepted_by="A",
        accepted_at=AT,
        record={"collection": {"tool": {"name": person, "version": what}}},
        files=(file,),
        proof_files=(),
        tokens=(),
        failed_stamps=(),
        problems=(),
        explanation="",
        attempts=(),
    )
    data = as_csv(rows_of((exhibit,)), visible(person)).decode("utf-8-sig", "surrogatepass")
    header, row = list(csv.reader(StringIO(data)))
    assert tuple(header) == COLUMNS
    assert len(row) == len(COLUMNS)
    assert not any(cell.lstrip().startswith(FORMULA_STARTS) for cell in row)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds
def test_india_is_always_five_hours_and_a_half_ahead(moment: datetime) -> None:
    form = "%Y-%m-%d %H:%M:%S.%f"
    there, here = (datetime.strptime(text[:23], form) for text in (ist(moment), utc(moment)))  # noqa: DTZ007  # compared
    assert (there - here).total_seconds() == 5.5 * 3600
    assert clock.iso(moment)[:19].replace("T", " ") == utc(moment)[:19]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | odd, lambda inner: st.lists(inner) | st.dictionaries(odd, inner)
)


@given(json_values)
def test_any_value_of_a_record_is_told_in_one_line(value: object) -> None:
    for found in (told({"a": value}, "a"), known({"a": value}, "a"), told({"a": value}, "a", "b")):
        assert visible(found) == found
        assert len(found) < 1600
    assert told({"a": value}, "a")
