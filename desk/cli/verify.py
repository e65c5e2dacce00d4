"""``offsignal verify``: checks a bundle or a single exhibit, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog="Examples:  offsignal verify bundles/case-0001  ·  offsignal verify --json exhibits/ex-0a1b")
    def verify(
        context: typer.Context,
        path: Annotated[Path, typer.Argument(help="A bundle directory, or the directory of one exhibit.")],
        casebook: Annotated[
            bool,
            typer.Option("--casebook", help="Also compare with the custody log of the data directory."),
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the steps as JSON.")] = False,
    ) -> None:
        """Verifies a bundle or exhibit. Exit code 0: all is proved; 1: something failed; 3: something stayed open."""
        from desk.workspace import open_workspace
        from evidence.verifier.command import CODES
        from evidence.verify import verify as check

        if casebook:
            with open_workspace(context.obj) as workspace:
                report = check(path, log=workspace.custody)
        else:
            report = check(path)
        if as_json:
            result_json(report.to_dict())
        else:
            for line in report.lines():
                result(line)
        raise typer.Exit(CODES[report.outcome])
