"""``offsignal doctor``: what is installed, reachable, misconfigured, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from desk.talk import result, result_json

SIGN = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog="Examples:  offsignal doctor  ·  offsignal doctor --offline --json")
    def doctor(
        context: typer.Context,
        offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    ) -> None:
        """Checks this machine and this data directory. Exit code 1 when something is a problem."""
        from desk.doctor import examine

        findings = examine(context.obj, offline=offline)
        if as_json:
            result_json([asdict(finding) for finding in findings])
        else:
            for finding in findings:
                advice = f"  ->  {finding.do}" if finding.do else ""
                result(f"{SIGN[finding.level]}  {finding.what}: {finding.says}{advice}")
        raise typer.Exit(1 if any(finding.level == "problem" for finding in findings) else 0)
