"""Counsel's report: what a hostile page cannot do to it, what it must say, and what is printed."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader

from evidence.errors import CaptureFailed
from evidence.report import LINE, render
from evidence.report_model import CustodyLine, ExhibitPage, FileRow, Picture, Proof, Quote, Report, Seen
from evidence.report_pdf import print_pdf
from tests.evidence.bundle_making import png

AT = datetime(2026, 11, 24, 13, 40, 2, tzinfo=UTC)
EVIL = '"><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>'
HINDI, ARABIC = "बल्क मैसेज बिना बैन", "إرسال بدون حظر"


def exhibit(number: int = 1, **changes: object) -> ExhibitPage:
    folder = f"exhibits/ex-{number:04d}"
    given = ExhibitPage(
        number=number,
        exhibit_id=f"ex-{number:04d}",
        folder=folder,
        url=f"http://pelican-sender.example/offer?plan={number}",
        title="Pelican Sender",
        captured_at=AT,
        status=200,
        manifest_sha256="ab" * 32,
        facts=(("Server", "203.0.113.9"),),
        claims=(
            Quote("Volume of messages", "50,000 per day", 10, 24, "body"),
            Quote("Avoiding bans", HINDI, 30, 49, "body"),
            Quote("Avoiding bans", ARABIC, 50, 64, "body"),
        ),
        mitigating=(Quote("Disclaimer", "not affiliated with WhatsApp", 70, 98, "body"),),
        identifiers=(Quote("Phone", "+91 98765 43210", 100, 115, "body", "+919876543210"),),
        proofs=(Proof("digicert", AT + timedelta(seconds=9), False, "CN=Signer", "cd" * 32),),
        files=(FileRow("text.txt", 1234, "ef" * 32, "the text that offsets point into"),),
        missing=(),
        seen=(Seen(AT, "captured, 200"),),
        viewport=Picture(f"{folder}/viewport.png", 64, 48),
        full=Picture(f"{folder}/full.png", 64, 200),
        limits=(),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def report(*exhibits: ExhibitPage, **changes: object) -> Report:
    given = Report(
        case_id="case-0001",
        vendor="Pelican Sender",
        made_at=AT + timedelta(days=1),
        made_by="R. Iyer",
        software="offsignal 0.1.0",
        operator="R. Iyer",
        organisation="Heron LLP",
        exhibits=exhibits or (exhibit(),),
        custody=(CustodyLine(3, AT, "offsignal", "captured", "ex-0001", "collection", "12" * 32),),
        custody_head=(7, "34" * 32),
        hidden_entries=6,
        limits=("Digests show that nothing changed.",),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def hostile() -> Report:
    """A report in which every word that a page or a person chose is an attack."""
    quote = Quote(EVIL, EVIL, 1, 2, EVIL, EVIL)
    bad = exhibit(
        url=EVIL,
        title=EVIL,
        facts=((EVIL, EVIL),),
        claims=(quote,),
        mitigating=(quote,),
        identifiers=(quote,),
        proofs=(Proof(EVIL, AT, True, EVIL, EVIL),),
        files=(FileRow(EVIL, 1, EVIL, EVIL),),
        missing=((EVIL, EVIL),),
        seen=(Seen(AT, EVIL),),
        limits=(EVIL,),
    )
    line = CustodyLine(1, AT, EVIL, EVIL, EVIL, EVIL, EVIL)
    return report(bad, vendor=EVIL, made_by=EVIL, operator=EVIL, organisation=EVIL, custody=(line,), limits=(EVIL,))


def test_no_word_of_a_page_becomes_markup() -> None:
    found = tags(render(hostile()))
    assert {name for name, _ in found} <= {name for name, _ in tags(render(report()))} | {"b"}
    assert not any(name in ("script", "iframe", "link", "object") for name, _ in found)
    assert not any(key.startswith("on") or key == "style" for _, attributes in found for key in attributes)
    for name, attributes in found:
        for key in ("src", "href"):
            if target := attributes.get(key):
                assert target.startswith(("exhibits/", "#exhibit-")), (name, target)


def test_the_page_forbids_everything_but_its_own_images_and_style() -> None:
    html = render(report())
    policy = next(a["content"] for n, a in tags(html) if n == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src 'self' file:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_what_weakens_an_exhibit_is_said_on_the_cover_and_at_the_exhibit() -> None:
    practice = exhibit(1, proofs=(Proof("practice", AT, True, "CN=PRACTICE", "cd" * 32),))
    unsealed = exhibit(2, proofs=())
    partial = exhibit(3, missing=(("full.png", "too tall"),))
    html = re.sub(r"\s+", " ", render(report(practice, unsealed, partial, exhibit(4))))
    assert "PRACTICE: only a practice authority, which proves nothing to a stranger, stamped exhibit 1." in html
    assert "UNSEALED: no timestamp authority has stamped exhibit 2." in html
    assert "PARTIAL: something is missing or not whole in exhibit 3." in html
    assert html.count("Only a practice authority has stamped this exhibit") == 1
    assert html.count("No timestamp authority has stamped this exhibit") == 1
    assert "full.png: too tall." in html
    clean = render(report())
    assert not re.search("PRACTICE|UNSEALED|PARTIAL", clean)


def test_a_practice_time_never_stands_without_its_mark() -> None:
    both = exhibit(
        proofs=(
            Proof("digicert", AT, False, "CN=Signer", "cd" * 32),
            Proof("practice", AT, True, "CN=PRACTICE", "cd" * 32),
        )
    )
    html = render(report(both))
    assert html.count("PRACTICE authority: proves nothing to a stranger") == 1
    assert "Only a practice authority" not in html


@pytest.mark.parametrize(
    ("moments", "sentence"),
    [
        ((AT,), "looked at once, on 24 November 2026; a page was there every time. It lies after that date."),
        (
            (AT - timedelta(days=7), AT),
            "2 times, from 17 November 2026 to 24 November 2026; a page was there every time. All lie after that date.",
        ),
        (
            (LINE - timedelta(days=1), AT),
            "from 7 December 2019 to 24 November 2026; a page was there every time. 1 of 2 lie after that date.",
        ),
    ],
)
def test_the_dates_are_held_against_the_line_of_2019(moments: tuple[datetime, ...], sentence: str) -> None:
    seen = tuple(Seen(moment, "seen, 200") for moment in moments)
    assert sentence in render(report(exhibit(seen=seen)))


def test_a_look_that_found_nothing_is_not_counted_as_a_page() -> None:
    seen = (Seen(AT, "captured, 200"), Seen(AT + timedelta(days=7), "absent, 410", present=False))
    html = render(report(exhibit(seen=seen)))
    assert "a page was there 1 of 2 times" in html
    assert "absent, 410" in html


def test_many_looks_are_thinned_in_the_table_and_all_counted() -> None:
    seen = tuple(Seen(AT + timedelta(days=day), "seen, 200", present=day % 2 == 0) for day in range(100))
    html = render(report(exhibit(seen=seen)))
    assert "looked at 100 times" in html
    assert "a page was there 50 of 100 times" in html
    assert html.count("seen, 200") == 12
    assert "and 88 looks up to 2027-02-23 13:40:02; a page was there 44 times" in html


def test_a_report_of_many_exhibits_leaves_the_screenshots_to_the_printed_exhibits() -> None:
    assert render(report(*map(exhibit, range(1, 31)))).count("<img") == 30
    assert "<img" not in render(report(*map(exhibit, range(1, 32))))


def test_a_limit_is_said_once_with_its_exhibits() -> None:
    html = render(report(exhibit(1, limits=("came over plain HTTP",)), exhibit(2, limits=("came over plain HTTP",))))
    assert "<b>Exhibits 1, 2.</b> came over plain HTTP" in html


def test_scores_have_no_place_in_it() -> None:
    fields = {name for kind in (Report, ExhibitPage, Quote) for name in kind.__dataclass_fields__}
    assert not fields & {"probability", "score", "weight", "label", "decision", "reason"}


@pytest.mark.browser
def test_the_pdf_is_a4_with_page_numbers_and_every_script(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "report.html").write_text(render(report(exhibit(1), exhibit(2, proofs=()))), "utf-8")
    print_pdf(tmp_path / "report.html", tmp_path / "report.pdf", footer="case-0001 <&> report")
    pdf = PdfReader(tmp_path / "report.pdf")
    assert {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pdf.pages} == {
        (595, 842)
    }
    words = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    count = len(pdf.pages)
    assert [f"page {number} of {count}" in words for number in range(1, count + 1)] == [True] * count
    assert "case-0001 <&> report" in words
    assert "UNSEALED" in words
    assert "बल्क" in words
    fonts = subprocess.run(
        ["pdffonts", str(tmp_path / "report.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert "Devanagari" in fonts
    assert "Arabic" in fonts
    assert sum(len(page.images) for page in pdf.pages) == 2
    assert [entry.title for entry in pdf.outline if not isinstance(entry, list)]


@pytest.mark.browser
def test_a_hostile_report_prints_and_asks_for_nothing(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "report.html").write_text(render(hostile()), "utf-8")
    print_pdf(tmp_path / "report.html", tmp_path / "report.pdf", footer=EVIL)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.browser
@pytest.mark.parametrize("address", ["http://evil.example/x.png", "file:///etc/hostname", "../outside.png"])
def test_a_page_that_asks_for_anything_outside_its_folder_is_not_printed(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(png())
    (folder / "report.html").write_text(f"<!doctype html><img src='{address}'>")
    with pytest.raises(CaptureFailed, match="which is no file of the bundle"):
        print_pdf(folder / "report.html", folder / "report.pdf", footer="x")


def write_pictures(root: Path) -> None:
    for number in (1, 2):
        folder = root / f"exhibits/ex-{number:04d}"
        folder.mkdir(parents=True)
        (folder / "viewport.png").write_bytes(png())
        (folder / "full.png").write_bytes(png(64, 200))
