"""``offsignal report``: the morning report of a night."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal report  ·  offsignal report --night 2026-11-24  ·  offsignal report --json"
    )
    def report(
        context: typer.Context,
        night: Annotated[
            str, typer.Option(help="A night's ID or number, or a date; the last night when left out.")
        ] = "",
        as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    ) -> None:
        """Writes the morning report (HTML and JSON) and says where it is."""
        from desk import morning, morning_files
        from desk.nights import Nights
        from desk.workspace import open_workspace
        from evidence.errors import NotAllowed

        with open_workspace(context.obj) as workspace:
            nights = Nights(workspace.db)
            found = nights.find(night) if night else nights.last()
            if found is None:
                raise NotAllowed(
                    f"there is no night {night!r}" if night else "there was no night yet; run 'offsignal nightly'"
                )
            data = morning.compose(workspace, found, str(found.options.get("since", "")))
            page, _record = morning_files.write(workspace, found, data)
        if as_json:
            result_json(data)
        else:
            result(str(page))
