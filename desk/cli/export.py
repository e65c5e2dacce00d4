"""``offsignal export``: a case's evidence in a form that another program reads."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog='Example:  offsignal export case-0001 --format concordance -o handover/volume --as "A. Investigator"'
    )
    def export(
        context: typer.Context,
        case: Annotated[str, typer.Argument(help="The case.")] = "",
        form: Annotated[str, typer.Option("--format", help="The format; --list names them.")] = "",
        out: Annotated[Path | None, typer.Option("-o", "--out", help="A new directory for the export.")] = None,
        bundle: Annotated[
            Path | None, typer.Option(help="A sealed bundle of the case to export; else one is built for it.")
        ] = None,
        profile: Annotated[
            Path | None, typer.Option(help="A TOML file with the receiving side's wishes for load files.")
        ] = None,
        by: Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")] = "",
        purpose: Annotated[
            str, typer.Option(help="What it is made for; kept in the custody log.")
        ] = "hand-over to counsel",
        formats: Annotated[bool, typer.Option("--list", help="Say what the formats are.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    ) -> None:
        """Exports the accepted exhibits of a case: load files, a bag, tables, graphs, web archives."""
        from desk import exporting
        from desk.workspace import open_workspace
        from evidence.decision import person
        from evidence.exports.exporting import FORMATS
        from evidence.exports.load_files import read_profile

        if formats:
            if as_json:
                result_json(dict(FORMATS))
            for name, what in FORMATS.items() if not as_json else ():
                result(f"{name:12} {what}")
            return
        if not case or not form or out is None:
            raise typer.BadParameter("name a case, --format and --out; --list says what the formats are")
        who = person(by)
        wishes = None if profile is None else read_profile(profile)
        with open_workspace(context.obj) as workspace:
            made = exporting.export(workspace, case, out, form, by=who, purpose=purpose, bundle=bundle, profile=wishes)
        for note in made.notes:
            say(f"note: {note}")
        if as_json:
            result_json({**asdict(made), "directory": str(made.directory)})
        else:
            result(str(made.directory))
