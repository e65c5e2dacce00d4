"""``README.txt`` of a bundle: its facts in, what is in the folder and how an expert of the other side checks it out."""

from __future__ import annotations

from string import Template

from evidence.bates import Range
from evidence.report_model import Report
from evidence.report_page import template_text, utc

PRIVILEGED = "  work-product/      PRIVILEGED: scores and reviewers' notes, put in on purpose; not for the other side\n"


def readme(report: Report, pages: Range) -> str:
    """The text. ``pages`` are the numbers of the report, the last ones of the bundle."""
    first = report.exhibits[0].printed
    count = len(report.exhibits)
    return Template(template_text("bundle-readme.txt")).substitute(
        case_id=report.case_id,
        production=report.production,
        made_at=utc(report.made_at),
        exhibits="1 exhibit" if count == 1 else f"{count} exhibits",
        begin=first.begin if first else pages.begin,
        end=pages.end,
        more=PRIVILEGED if report.work_product else "",
    )
