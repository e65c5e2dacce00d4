"""``offsignal sample``: this week's random sample of what was discarded, and what a person says of each."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from crawler import clock
from crawler.store import Sightings
from desk import elusion
from desk.talk import result, result_json, say
from desk.workspace import open_workspace
from evidence.decision import Decisions, Outcome
from evidence.errors import NotAllowed

SightingId = Annotated[str, typer.Argument(help="The sighting, as the sample names it.")]
By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]


def add(app: typer.Typer) -> None:
    """Adds the verb and its sub-verbs."""
    group = typer.Typer(no_args_is_help=True, help="A weekly random sample of what was discarded, to count misses.")
    group.command("show", epilog="Example:  offsignal sample show --json")(_show)
    group.command("right", epilog='Example:  offsignal sample right sg-0a1b --as "A. Investigator"')(_right)
    group.command("missed", epilog='Example:  offsignal sample missed sg-0a1b --as "A. Investigator"')(_missed)
    app.add_typer(group, name="sample")


def _show(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """Shows what still waits for a person this week, and what all samples so far say."""
    with open_workspace(context.obj) as workspace:
        week = elusion.draw(workspace.db, workspace.settings.judge.elusion_sample, clock.now())
        waiting = [(look.sighting_id, look.url, look.title) for look in elusion.waiting(workspace.db, week)]
        found = elusion.estimate(workspace.db)
    if as_json:
        rows = [{"sighting_id": name, "url": url, "title": title} for name, url, title in waiting]
        result_json({"week": week, "waiting": rows, **asdict(found)})
        return
    for name, url, title in waiting:
        result(f"{name}  {url}  {title}")
    say(f"{week}: {len(waiting)} wait for a person; {found.missed} of {found.decided} looked at so far were missed")
    if found.decided:
        say(f"with 95 % confidence at most {found.at_most:.0%} of what is discarded are offers")


def _right(context: typer.Context, sighting: SightingId, by: By = "", reason: str = "rightly discarded") -> None:
    """Says that a sampled page was rightly discarded."""
    _decide(context, sighting, Outcome.REJECTED, by, reason)


def _missed(context: typer.Context, sighting: SightingId, by: By = "", reason: str = "an offer after all") -> None:
    """Says that a sampled page is an offer that was missed."""
    _decide(context, sighting, Outcome.ACCEPTED, by, reason)


def _decide(context: typer.Context, name: str, outcome: Outcome, by: str, reason: str) -> None:
    with open_workspace(context.obj) as workspace:
        sampled = workspace.db.execute("select count(*) from elusion where sighting_id = ?", (name,)).fetchone()[0]
        sighting = Sightings(workspace.db).get(name)
        if sighting is None or not sampled:
            raise NotAllowed(f"{name} is in no sample: 'offsignal sample show' names those that are")
        decision = Decisions(workspace.db).decide(name, outcome, by=by, reason=reason)
    result(f"{name}  {'missed' if outcome is Outcome.ACCEPTED else 'rightly discarded'}, says {decision.decided_by}")
    if outcome is Outcome.ACCEPTED:
        say(f"Next: offsignal capture {sighting.url}, then open a case")
