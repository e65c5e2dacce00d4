"""``offsignal bates``: the register of page numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog="Example:  offsignal bates case-0001")
    def bates(
        context: typer.Context,
        case: Annotated[str, typer.Argument(help="One case; all when left out.")] = "",
        as_json: Annotated[bool, typer.Option("--json", help="Print the register as JSON.")] = False,
    ) -> None:
        """Lists which page numbers went to which exhibit, in which production; each number is given once.

        A range without a digest belongs to a bundle that was begun and not finished: its numbers are void. The
        register is checked against the custody log first; when it does not hold, nothing is listed and the exit code
        is 1.
        """
        from dataclasses import asdict

        from desk.workspace import open_workspace
        from evidence.bates import Bates

        with open_workspace(context.obj) as workspace:
            register = Bates(workspace.db, workspace.settings.bates)
            register.verify()
            rows = register.ranges(case_id=case)
        if as_json:
            result_json([{**asdict(row), "begin": row.begin, "end": row.end} for row in rows])
            return
        for row in rows:
            what = row.exhibit_id or "report"
            result(f"{row.begin} to {row.end}  {row.production}  {row.case_id}  {what}  {row.sha256[:16] or 'void'}")
        if not rows:
            say("no page has a number yet: 'offsignal bundle' gives them")
