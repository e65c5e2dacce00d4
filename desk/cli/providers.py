"""``offsignal providers``: imports and shows the directory of authorised providers."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""
    providers = typer.Typer(no_args_is_help=True, help="The directory of authorised providers, as dated snapshots.")
    app.add_typer(providers, name="providers")

    @providers.command(
        "import",
        epilog="Examples:  offsignal providers import saved-directory.html  ·  "
        "offsignal providers import rows.json --captured-at 2026-11-24",
    )
    def take(
        context: typer.Context,
        what: Annotated[str, typer.Argument(help="A saved copy of the official partner directory, or its address.")],
        captured_at: Annotated[
            str, typer.Option("--captured-at", help="When the file was saved; its own time when left out.")
        ] = "",
    ) -> None:
        """Reads a captured copy of the partner directory and keeps it, with its rows, as the latest snapshot."""
        from desk import provider_import

        read = provider_import.take(what, context.obj, captured_at)
        result(f"{len(read.providers)} providers as of {read.captured_at.isoformat()} from {read.source}")
        result(f"sha256 of the copy {read.sha256}")

    @providers.command(epilog="Examples:  offsignal providers show  ·  offsignal providers show --json")
    def show(
        context: typer.Context,
        as_json: Annotated[bool, typer.Option("--json", help="Print the snapshot as JSON.")] = False,
    ) -> None:
        """Shows the latest snapshot: its date, its age, its rows. Ends with 1 when there is none."""
        from desk import providers as snapshots

        found = snapshots.latest(context.obj)
        if found is None:
            result_json(None) if as_json else result("No snapshot: import one with 'offsignal providers import FILE'.")
            raise typer.Exit(1)
        if as_json:
            result_json(snapshots.in_json(found))
            return
        result(f"{found.stamp()} · {found.age_days} days old · {len(found.providers)} providers · from {found.source}")
        for provider in found.providers:
            result(provider.entry())
