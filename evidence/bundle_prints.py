"""The printed part of a bundle: exhibits and report in, numbered PDF files in the bundle's ``pdf`` folder out.

All pages are printed first and counted; only then are numbers taken, so that a print that fails takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from evidence.bates import Bates, Document, Production, Range
from evidence.bates_stamp import page_count, stamp
from evidence.digest import sha256_file
from evidence.exhibit_print import render_exhibit
from evidence.report import render
from evidence.report_model import ExhibitPage, Printed, Report
from evidence.report_pdf import PrintJob

FOLDER, REPORT_HTML, REPORT_PDF = "pdf", "report.html", "report.pdf"

#: Prints pages to PDF files: :func:`evidence.report_pdf.print_all`.
Printer = Callable[[Sequence[PrintJob]], None]


def print_exhibits(
    place: Path,
    exhibits: Sequence[ExhibitPage],
    printer: Printer,
    register: Bates,
    production: Production,
    *,
    vendor: str,
) -> tuple[ExhibitPage, ...]:
    """Prints and numbers one PDF for each exhibit; gives the exhibits with what was printed of them.

    Raises what the printer raises, and CaptureFailed for a print that is none.
    """
    (place / FOLDER).mkdir()
    jobs = []
    for exhibit in exhibits:
        page = place / FOLDER / f"exhibit-{exhibit.number:04d}.html"
        page.write_text(render_exhibit(exhibit, case_id=production.case_id, vendor=vendor), "utf-8")
        footer = f"{production.case_id} · {vendor} · Exhibit {exhibit.number}"
        jobs.append(PrintJob(page, page.with_suffix(".pdf"), footer, place))
    printer(jobs)
    for job in jobs:
        job.page.unlink()
    paths = [f"{FOLDER}/{job.target.name}" for job in jobs]
    documents = [
        Document(path, exhibit.exhibit_id, page_count(place / path))
        for path, exhibit in zip(paths, exhibits, strict=True)
    ]
    done = []
    numbered = register.number(production, documents)
    for one, exhibit in zip(numbered, exhibits, strict=True):
        title = f"Exhibit {exhibit.number}, {production.case_id}"
        done.append((one, _stamped(place, one, production, title, on_first=f"{one.begin} to {one.end}")))
    register.finished(done)
    return tuple(
        replace(exhibit, printed=Printed(one.document, one.begin, one.end, len(one.pages), digest))
        for exhibit, (one, digest) in zip(exhibits, done, strict=True)
    )


def print_report(place: Path, report: Report, printer: Printer, register: Bates, production: Production) -> Range:
    """Writes, prints and numbers the report; gives its numbers. Raises what the printer raises."""
    (place / REPORT_HTML).write_text(render(report), "utf-8")
    footer = f"{report.case_id} · {report.vendor} · Evidence report"
    printer([PrintJob(place / REPORT_HTML, place / REPORT_PDF, footer, place)])
    (one,) = register.number(production, [Document(REPORT_PDF, "", page_count(place / REPORT_PDF))])
    register.finished([(one, _stamped(place, one, production, f"Evidence report {report.case_id}"))])
    return one


def _stamped(place: Path, one: Range, production: Production, title: str, on_first: str = "") -> str:
    """Writes the numbers onto a print; gives the digest of the numbered file."""
    stamp(place / one.document, one.pages, at=production.made_at, title=title, on_first=on_first)
    return sha256_file(place / one.document)
