"""Page numbers on prints: on every page, in the print's own content, the same bytes each time."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from evidence.bates_stamp import page_count, stamp
from evidence.errors import CaptureFailed
from evidence.report_pdf import PrintJob, print_all, print_pdf

AT = datetime(2026, 11, 24, 13, 40, 2, tzinfo=UTC)
NUMBERS = ("OFS0000007", "OFS0000008", "OFS0000009")


def blank(path: Path, pages: int = 3) -> Path:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.write(path)
    writer.close()
    return path


def words(path: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout.split("\f")[:-1]


def test_every_page_has_its_number_and_the_first_the_range(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf")
    assert page_count(path) == 3
    stamp(path, NUMBERS, at=AT, title="Exhibit 1", on_first="OFS0000007 to OFS0000009")
    pages = words(path)
    assert [number in page for number, page in zip(NUMBERS, pages, strict=True)] == [True] * 3
    assert ["to OFS0000009" in page for page in pages] == [True, False, False]
    facts = PdfReader(path).metadata
    assert facts is not None
    assert (facts.title, facts.creation_date) == ("Exhibit 1", AT)
    assert [one.name for one in tmp_path.iterdir()] == ["a.pdf"]


def test_the_same_print_with_the_same_numbers_gives_the_same_bytes(tmp_path: Path) -> None:
    one = blank(tmp_path / "one.pdf")
    shutil.copy(one, tmp_path / "two.pdf")
    for name in ("one.pdf", "two.pdf"):
        stamp(tmp_path / name, NUMBERS, at=AT, title="x")
    assert one.read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_wrong_counts_and_wrong_signs_are_refused(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf")
    with pytest.raises(ValueError, match="2 numbers for 3 pages"):
        stamp(path, NUMBERS[:2], at=AT, title="x")
    with pytest.raises(ValueError, match="plain ASCII"):
        stamp(path, ("é", "b", "c"), at=AT, title="x")
    (tmp_path / "b.pdf").write_bytes(b"<html>")
    with pytest.raises(CaptureFailed, match=r"b\.pdf: the print is no PDF file"):
        page_count(tmp_path / "b.pdf")


@pytest.mark.browser
def test_a_page_printed_twice_and_numbered_alike_gives_the_same_bytes(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><h1>Exhibit 1</h1><p>बल्क मैसेज</p>")
    targets = [tmp_path / f"{number}.pdf" for number in (1, 2)]
    print_all([PrintJob(page, target, "case-0001", tmp_path) for target in targets])
    for target in targets:
        stamp(target, NUMBERS[:1], at=AT, title="Exhibit 1")
    assert targets[0].read_bytes() == targets[1].read_bytes()


@pytest.mark.browser
def test_nothing_that_a_page_draws_moves_or_hides_the_number(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><style>@page{margin:0}body{margin:0;transform:scale(.5) rotate(9deg);overflow:hidden}"
        "div{height:290mm;width:210mm;background:#000;color:#000;clip-path:inset(50%)}</style>"
        "<div>one</div><div style='break-before:page'>two</div>"
    )
    print_pdf(page, tmp_path / "page.pdf", footer="case-0001")
    count = page_count(tmp_path / "page.pdf")
    numbers = [f"OFS{number:07d}" for number in range(1, count + 1)]
    stamp(tmp_path / "page.pdf", numbers, at=AT, title="x")
    shown = PdfReader(tmp_path / "page.pdf")
    for number, one in zip(numbers, shown.pages, strict=True):
        places: list[tuple[str, float, float]] = []
        one.extract_text(visitor_text=lambda text, cm, tm, *_: places.append((text.strip(), tm[4], tm[5])))  # noqa: B023
        (x, y) = next((x, y) for text, x, y in places if text == number)
        assert x == pytest.approx(float(one.mediabox.right) - 53.86 - len(number) * 5.4, abs=0.1)
        assert y == pytest.approx(19, abs=0.1)
        assert one.get_contents() is not None
