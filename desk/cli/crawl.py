"""``offsignal crawl``: collects sightings, without judging or capturing."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal crawl  ·  offsignal crawl watchlist telegram  ·  offsignal crawl --url https://vendor.example/"
    )
    def crawl(
        context: typer.Context,
        sources: Annotated[
            list[str] | None, typer.Argument(help="Sources to search; all enabled ones when left out.")
        ] = None,
        url: Annotated[
            list[str] | None, typer.Option("--url", help="A page to look at; may be given more than once.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
    ) -> None:
        """Collects sightings into the casebook; 'offsignal judge' and 'offsignal nightly --since' go on from there."""
        from crawler import clock
        from crawler.egress import check_url
        from desk import collecting
        from desk.lock import hold
        from desk.looks import BY_HAND
        from desk.nightly import check_sources, enabled_sources
        from desk.workspace import open_workspace

        urls = [check_url(one) for one in url or ()]
        with open_workspace(context.obj) as workspace, hold(workspace.data_dir, "crawl") as lock:
            wanted = tuple(sources or ())
            check_sources(workspace, wanted)
            names = wanted if wanted or urls else enabled_sources(workspace, ())
            run_id = f"{BY_HAND}{clock.now():%Y%m%dT%H%M%S%fZ}"
            counts = collecting.collect(workspace.data_dir, run_id, sources=names, urls=urls, keep_open=(lock,))
        if as_json:
            result_json({"run": run_id, "states": counts})
        else:
            result(f"{run_id}: {', '.join(f'{n} {state}' for state, n in sorted(counts.items())) or 'nothing seen'}")
