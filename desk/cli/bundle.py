"""``offsignal bundle``: a sealed bundle of a case's accepted exhibits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog='Example:  offsignal bundle case-0001 -o handover/case-0001 --as "A. Investigator"')
    def bundle(
        context: typer.Context,
        case: Annotated[str, typer.Argument(help="The case.")],
        out: Annotated[Path, typer.Option("-o", "--out", help="A new directory for the bundle.")],
        by: Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")] = "",
        purpose: Annotated[
            str, typer.Option(help="What it is made for; kept in the custody log.")
        ] = "hand-over to counsel",
        with_work_product: Annotated[
            bool, typer.Option("--with-work-product", help="Put scores and reviewers' notes in, marked privileged.")
        ] = False,
        error_rate: Annotated[
            bool, typer.Option("--error-rate", help="Put the classifier's measured error rate into the method.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    ) -> None:
        """Seals the accepted exhibits of a case into a directory that verifies anywhere, without this program.

        Each exhibit is printed with a cover, the page and the marked passages, its pages numbered through. Scores and
        reviewers' notes stay out, and so does the error rate; the custody log says when a person put them in.
        """
        from desk import bundling
        from desk.workspace import open_workspace
        from evidence.bundle import Options
        from evidence.decision import person

        who, options = person(by), Options(with_work_product, error_rate)
        with open_workspace(context.obj) as workspace:
            made = bundling.seal(workspace, case, out, by=who, purpose=purpose, options=options)
        for warning in made.warnings:
            say(f"note: {warning}")
        if as_json:
            result_json(
                {
                    "directory": str(made.directory),
                    "case": made.case_id,
                    "exhibits": list(made.exhibit_ids),
                    "manifest_sha256": made.manifest_sha256,
                    "stamped_by": list(made.stamped_by),
                    "production": made.production,
                    "pages": list(made.pages),
                    "warnings": list(made.warnings),
                }
            )
        else:
            result(str(made.directory))
        say(f"Pages {made.pages[0]} to {made.pages[1]}, production {made.production}")
        say(f"Next: offsignal verify {made.directory}; counsel reads {made.directory / 'report.pdf'}")
