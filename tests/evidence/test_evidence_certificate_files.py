"""The rendered files: the DOCX read again by two other readers, the page for the PDF, and that both say the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest
from lxml import etree, html

from evidence.certification.forms import FORMS
from evidence.certification.issue import Certifier
from evidence.certification.model import (
    Blank,
    Box,
    Document,
    Facts,
    Heading,
    Lines,
    Para,
    Sheet,
    Signature,
    Style,
    Table,
    Text,
    Tick,
    fact,
    mono,
    words,
)
from evidence.certification.write_docx import to_docx
from evidence.certification.write_html import to_html
from evidence.report_pdf import print_pdf
from tests.evidence.certificate_making import make_office

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SOFFICE = shutil.which("soffice")
AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
#: The order of a table's and a run's properties that the schema of ECMA-376 fixes, as far as we write them.
ORDERS = {
    "tblPr": ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"),
    "rPr": ("rStyle", "rFonts", "b", "i", "color", "sz", "szCs", "shd"),
    "pPr": ("pStyle", "keepNext", "pBdr", "tabs", "spacing", "ind", "jc"),
}
SAMPLE = Document(
    "A sample",
    "en",
    "A4",
    "sample · unsigned draft",
    (
        Heading("Title", 1, centred=True),
        Para(
            (Text("I, "), Blank("name", 12), Text(" say "), Tick("box"), Text(" yes "), Tick("done", ticked=True)), "1."
        ),
        Para(words("close", Style.BOLD), tight=True),
        Lines("own words", 2),
        Facts((("Address", mono("https://example.org/?a=1")), ("Two lines", fact("one") + words("\n") + fact("two")))),
        Table(("No", "What"), ((words("1"), fact("बल्क मैसेज")), (words("2"), fact("إرسال 🙂"))), (20, 60), tiny=True),
        Box((words("careful", Style.WARNING),), warning=True),
        Signature("signature", "(Signature)"),
        Sheet(landscape=True),
        Heading("Annex"),
        Sheet(),
        Para(words("end"), "(a)"),
    ),
)


def text_of_docx(data: bytes) -> str:
    """Every word of the main part, by an XML parser alone."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        root = etree.fromstring(package.read("word/document.xml"))
    return "".join(node.text or "" for node in root.iter(f"{WORD}t"))


def squeezed(text: str) -> str:
    return re.sub(r"[\s_]+", "", text)


def test_python_docx_reads_the_file_again() -> None:
    file = docx.Document(BytesIO(to_docx(SAMPLE, made_at=AT)))
    lines = [paragraph.text for paragraph in file.paragraphs]
    assert lines[0] == "Title"
    assert lines[1] == "1.\tI, ____________ say ☐ yes ☒"
    assert [[cell.text for cell in row.cells] for row in file.tables[1].rows][1:] == [
        ["1", "बल्क मैसेज"],
        ["2", "إرسال 🙂"],
    ]
    widths = [section.page_width > section.page_height for section in file.sections]
    assert widths == [False, True, False]
    properties = file.core_properties
    assert (properties.author, properties.title, properties.comments) == ("", "A sample", "Unsigned draft")


def test_the_xml_keeps_the_order_of_the_schema() -> None:
    with zipfile.ZipFile(BytesIO(to_docx(SAMPLE, made_at=AT))) as package:
        assert not any(name.endswith((".bin", ".vbaProject")) for name in package.namelist())
        root = etree.fromstring(package.read("word/document.xml"))
    for name, order in ORDERS.items():
        found = list(root.iter(f"{WORD}{name}"))
        assert found
        for properties in found:
            places = [
                order.index(child.tag.removeprefix(WORD))
                for child in properties
                if child.tag.removeprefix(WORD) in order
            ]
            assert places == sorted(places), name


def test_no_external_address_and_no_script_is_in_the_page() -> None:
    page = to_html(SAMPLE)
    tree = html.fromstring(page)
    assert not tree.xpath("//script | //img | //link | //a | //iframe | //*[@src] | //*[@href] | //*[@style]")
    assert "default-src 'none'" in page


def test_both_renderers_say_the_same(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    pages: dict[str, str] = {}

    def keep(page: Path, target: Path, footer: str) -> None:
        pages[target.stem] = page.read_text("utf-8")
        target.write_bytes(b"%PDF-1.7")

    certifier = Certifier(office.db, office.exhibits, keep, {})
    for form in FORMS.keys() - {"eu-timestamps"}:
        issued = type(office)(**{**vars(office), "certifier": certifier}).issue(form, form)
        shown = html.fromstring(pages[form]).find("body").text_content()
        assert squeezed(shown) == squeezed(text_of_docx((issued.directory / f"{form}.docx").read_bytes())), form


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="no other word processor is here to read the file")
def test_another_word_processor_reads_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "sample.docx").write_bytes(to_docx(SAMPLE, made_at=AT))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [
        str(SOFFICE),
        profile,
        "--headless",
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(tmp_path / "sample.docx")], check=True, capture_output=True, timeout=120)
    text = (tmp_path / "sample.txt").read_text("utf-8-sig")
    for words_ in ("I, ____________ say ☐ yes ☒", "बल्क मैसेज", "إرسال 🙂", "https://example.org/?a=1", "(Signature)"):
        assert words_ in text


@pytest.mark.browser
def test_the_print_has_upright_and_lying_pages(tmp_path: Path) -> None:
    from pypdf import PdfReader

    page = tmp_path / "sample.html"
    page.write_text(to_html(SAMPLE), "utf-8")
    print_pdf(page, tmp_path / "sample.pdf", footer="sample")
    sheets = PdfReader(tmp_path / "sample.pdf").pages
    assert [sheet.mediabox.width > sheet.mediabox.height for sheet in sheets] == [False, True, False]
    assert "Title" in sheets[0].extract_text()
