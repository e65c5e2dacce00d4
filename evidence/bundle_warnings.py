"""What whoever hands a bundle over must read first: the report in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.bundle_files import MANIFEST
from evidence.fonts import scripts_without_font
from evidence.method import of_exhibits
from evidence.report_model import Report


def warnings_of(report: Report, stamped: tuple[str, ...], *, practice: bool) -> Iterator[str]:
    """The sentences. ``stamped`` names who stamped the bundle, ``practice`` whether none of them proves anything."""
    if report.work_product:
        yield "PRIVILEGED: the bundle holds work product; it is not for the other side"
    for exhibit in report.exhibits:
        if not exhibit.proofs:
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) is UNSEALED: no authority has stamped it yet"
        elif all(proof.practice for proof in exhibit.proofs):
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) has a PRACTICE timestamp only: it proves nothing"
        for what, reason in exhibit.missing:
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) is partial: {what}: {reason}"
    yield from _boxes(report)
    if not stamped:
        yield f"the bundle is UNSEALED: no authority stamped {MANIFEST}; build it again when one answers"
    elif practice:
        yield "the bundle carries a PRACTICE timestamp only: it proves nothing to a stranger"


def _boxes(report: Report) -> Iterator[str]:
    """The scripts that this machine prints as boxes, with the exhibits whose words are in them."""
    found: dict[str, list[int]] = {}
    for exhibit in report.exhibits:
        quoted = [quote.quote for quote in (*exhibit.claims, *exhibit.mitigating, *exhibit.identifiers)]
        for script in scripts_without_font([exhibit.title, *quoted]):
            found.setdefault(script, []).append(exhibit.number)
    for script, numbers in found.items():
        yield f"no font for {script}: {of_exhibits(numbers)} are printed with boxes; install one, then build again"
