"""``offsignal verify``: checks a bundle or a single exhibit, step by step, or the whole vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal verify bundles/case-0001  ·  offsignal verify --json exhibits/ex-0a1b  ·  "
        "offsignal verify --vault --resume"
    )
    def verify(
        context: typer.Context,
        path: Annotated[
            Path | None, typer.Argument(help="A bundle directory, or the directory of one exhibit.", show_default=False)
        ] = None,
        casebook: Annotated[
            bool,
            typer.Option("--casebook", help="Also compare with the custody log of the data directory."),
        ] = False,
        vault: Annotated[
            bool, typer.Option("--vault", help="Check every blob and every exhibit of the data directory instead.")
        ] = False,
        resume: Annotated[
            bool, typer.Option("--resume", help="With --vault: go on where the last check was stopped.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the steps as JSON.")] = False,
    ) -> None:
        """Verifies a bundle, an exhibit or the vault. Exit code 0: all is proved; 1: something failed; 3: not all."""
        if vault == (path is not None) or (casebook and vault) or (resume and not vault):
            raise typer.BadParameter("name a bundle or exhibit, or say --vault (with --resume or not), not both")
        code = _vault(context.obj, resume, as_json) if path is None else _bundle(context.obj, path, casebook, as_json)
        raise typer.Exit(code)


def _bundle(data: Path, path: Path, casebook: bool, as_json: bool) -> int:
    from desk.workspace import open_workspace
    from evidence.verifier.command import CODES
    from evidence.verify import verify

    if casebook:
        with open_workspace(data) as workspace:
            report = verify(path, log=workspace.custody)
    else:
        report = verify(path)
    if as_json:
        result_json(report.to_dict())
    else:
        for line in report.lines():
            result(line)
    return CODES[report.outcome]


def _vault(data: Path, resume: bool, as_json: bool) -> int:
    from desk.vault_checking import check, lines
    from evidence.verifier.command import CODES

    report = check(data, resume=resume)
    if as_json:
        result_json(report.to_dict())
    else:
        for line in lines(report):
            result(line)
    if report.problems:
        return CODES["failed"]
    return CODES["proved"] if report.blobs else CODES["proved in part"]
