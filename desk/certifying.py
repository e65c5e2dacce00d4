"""Makes certificates: the evidence package's maker, fed from the settings and the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from desk.workspace import Workspace
from evidence.certification.issue import Certifier, Issued
from evidence.certification.request import Request
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.report_pdf import print_pdf


def request(
    case: str,
    form: str,
    by: str,
    purpose: str,
    exhibits: Sequence[str],
    explanations: Sequence[str],
    *,
    initials: str,
    first_number: int,
) -> Request:
    """The request. ``explanations`` are ``EXHIBIT=words``; raises NotAllowed for one of another form, or said twice."""
    said: dict[str, str] = {}
    for one in explanations:
        name, equals, words = one.partition("=")
        if not equals or not name.strip() or not words.strip():
            raise NotAllowed(f'--explain {one[:80]!r}: write EXHIBIT="the words", as in --explain ex-0a1b="…"')
        if name.strip() in said:
            raise NotAllowed(f"--explain {name.strip()} is given twice: say it once")
        said[name.strip()] = words
    return Request(case, form, by, purpose, tuple(exhibits), said, initials, first_number)


def issue(workspace: Workspace, wanted: Request, out_dir: Path) -> Issued:
    """Makes the certificate. Raises what :meth:`evidence.certification.issue.Certifier.issue` raises."""
    settings = workspace.settings
    certifier = Certifier(
        workspace.db,
        Exhibits(workspace.db, workspace.vault),
        lambda page, target, footer: print_pdf(page, target, footer=footer, chromium=settings.capture.chromium),
        {one.name: one.trusted_list for one in settings.timestamp.authorities if one.trusted_list},
    )
    return certifier.issue(wanted, out_dir)


def as_json(made: Issued) -> dict[str, Any]:
    """What was made, as JSON values."""
    return {
        "directory": str(made.directory),
        "form": made.form,
        "case": made.case_id,
        "generation": made.generation,
        "exhibits": list(made.exhibit_ids),
        "files": dict(made.files),
        "to_fill": list(made.to_fill),
        "warnings": list(made.warnings),
    }
