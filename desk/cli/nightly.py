"""``offsignal nightly``: the whole night, resumable at any point."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal nightly  ·  offsignal nightly --sources watchlist  ·  offsignal nightly --dry-run"
    )
    def nightly(
        context: typer.Context,
        sources: Annotated[str, typer.Option(help="Only these sources, comma-separated.")] = "",
        since: Annotated[
            str, typer.Option(help="Also take in what 'offsignal crawl' collected since this date (2026-11-24).")
        ] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    ) -> None:
        """Crawl, judge, capture, re-check, report. Killed at any point, the next run goes on where this one stopped."""
        from desk import nightly as run
        from desk.workspace import open_workspace

        options = run.NightOptions(tuple(name for name in sources.split(",") if name), since)
        with open_workspace(context.obj) as workspace:
            if dry_run:
                plan = run.plan(workspace, options)
                if as_json:
                    result_json(plan)
                else:
                    for line in run.plan_lines(plan):
                        result(line)
                return
            summary = run.nightly(workspace, options)
        if as_json:
            result_json(summary)
        else:
            for line in run.summary_lines(summary):
                result(line)
