"""``offsignal init``: makes a data directory with a commented settings file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.settings import load_settings, write_template
from desk.talk import result, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog='Example:  offsignal --data cases init --contact abuse@firm.example --operator "A. Investigator"'
    )
    def init(
        context: typer.Context,
        contact: Annotated[
            str, typer.Option(prompt=True, help="Address a webmaster can write to; shown in the user agent.")
        ],
        operator: Annotated[str, typer.Option(prompt=True, help="The named person responsible for the collection.")],
    ) -> None:
        """Makes a data directory with a commented offsignal.toml, and the key that signs its custody log."""
        from desk import checkpointing
        from desk.workspace import open_workspace

        data: Path = context.obj
        path = write_template(data, contact=contact, operator=operator)
        load_settings(data)
        with open_workspace(data) as workspace:
            checkpointing.introduce(workspace)
        result(str(path))
        say("Next: name the websites to watch in that file, then run 'offsignal doctor' and 'offsignal nightly'.")
