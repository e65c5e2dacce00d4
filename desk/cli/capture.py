"""``offsignal capture``: seals exhibits of given addresses, or of every offer not yet captured."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(epilog="Examples:  offsignal capture https://vendor.example/  ·  offsignal capture --pending")
    def capture(
        context: typer.Context,
        urls: Annotated[list[str] | None, typer.Argument(help="Addresses to capture.")] = None,
        pending: Annotated[
            bool, typer.Option("--pending", help="Every offer not yet captured; and stamp what is unsealed.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the exhibits as JSON.")] = False,
    ) -> None:
        """Captures pages in a real browser and seals them as exhibits with timestamps."""
        from crawler import clock
        from crawler.egress import check_url
        from desk import capturing
        from desk.lock import hold
        from desk.looks import BY_HAND
        from desk.workspace import open_workspace
        from evidence.errors import NotAllowed

        if not urls and not pending:
            raise NotAllowed("name an address, or say --pending")
        wanted = [check_url(url) for url in urls or ()]
        with open_workspace(context.obj) as workspace, hold(workspace.data_dir, "capture") as lock:
            made, counts = [], {}
            if wanted:
                run_id = f"{BY_HAND}{clock.now():%Y%m%dT%H%M%S%fZ}"
                outcomes = capturing.capture_urls(workspace, wanted, run_id, lock)
                made = [capturing.line_of(one.exhibit) for one in outcomes if one.exhibit is not None]
            if pending:
                counts = {**capturing.capture_pending(workspace), **capturing.stamp_pending(workspace)}
        if as_json:
            result_json({"exhibits": made, "pending": counts})
            return
        for one in made:
            result(f"{one['exhibit_id']}  {one['state']}  {'sealed' if one['sealed'] else 'unsealed'}  {one['url']}")
        if counts:
            result(", ".join(f"{number} {what}" for what, number in counts.items()))
