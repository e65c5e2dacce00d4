"""``offsignal redact``: working copies of a case's exhibits with other people's data blacked out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog='Example:  offsignal redact case-0001 -o work/case-0001 --as "A. Investigator"')
    def redact(
        context: typer.Context,
        case: Annotated[str, typer.Argument(help="The case.")],
        out: Annotated[Path, typer.Option("-o", "--out", help="A new directory for the copies.")],
        show: Annotated[list[str] | None, typer.Option(help="A number or address that stays readable; repeat.")] = None,
        mask: Annotated[list[str] | None, typer.Option(help="Further words to black out, a name say; repeat.")] = None,
        unread: Annotated[
            bool, typer.Option("--unread-pictures", help="Keep pictures that no text reader could go over.")
        ] = False,
        by: Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")] = "",
        purpose: Annotated[str, typer.Option(help="What it is made for; kept in the custody log.")] = "working copy",
        as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    ) -> None:
        """Copies pictures and texts with third parties' personal data blacked out; the seller's contact stays."""
        from desk.workspace import open_workspace
        from evidence.decision import person
        from evidence.exhibit import Exhibits
        from evidence.redaction.copies import Redactor

        who = person(by)
        with open_workspace(context.obj) as workspace:
            redactor = Redactor(workspace.db, Exhibits(workspace.db, workspace.vault))
            words = {"show": show or (), "mask": mask or ()}
            made = redactor.copy(case, out, by=who, purpose=purpose, unread=unread, **words)
        for note in made.notes:
            say(f"note: {note}")
        if as_json:
            result_json({**asdict(made), "directory": str(made.directory)})
        else:
            result(f"{made.directory}  {made.places} places blacked out in {len(made.exhibit_ids)} exhibits")
        say("A machine looked for the data: look over each copy before it leaves the house.")
