"""``offsignal case``: open a case, accept or reject exhibits under a named person, show its history."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from classifiers.judgement import Identifier
from classifiers.store import Judgements
from crawler.store import Sightings
from desk.cli.case_claims import add_to
from desk.cli.case_show import plain, show
from desk.talk import result, result_json, say
from desk.workspace import Workspace, open_workspace
from evidence import app_identifiers
from evidence.case import Cases
from evidence.decision import Decisions, Outcome, person
from evidence.errors import NotAllowed
from evidence.suggestion import suggest

CaseId = Annotated[str, typer.Argument(help="The case.")]
ExhibitId = Annotated[str, typer.Argument(help="The exhibit.")]
By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]
Reason = Annotated[str, typer.Option(help="Why, in one sentence. Kept in the house, never in a bundle.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add(app: typer.Typer) -> None:
    """Adds the verb and its sub-verbs."""
    group = typer.Typer(no_args_is_help=True, help="Cases: a vendor with its exhibits, decided about by named people.")
    group.command("open", epilog='Example:  offsignal case open --sighting sg-0a1b --as "A. Investigator"')(_open)
    group.command("list")(_list)
    group.command("show", epilog='Example:  offsignal case show case-0001 --as "A. Investigator"')(_show)
    group.command("suggest", epilog="Example:  offsignal case suggest case-0001")(_suggest)
    group.command(
        "add", epilog='Example:  offsignal case add case-0001 ex-0a1b --as "A. Investigator" --reason "same number"'
    )(_add)
    group.command(
        "accept", epilog='Example:  offsignal case accept case-0001 ex-0a1b --as "A. Investigator" --reason "offers X"'
    )(_accept)
    group.command(
        "reject", epilog='Example:  offsignal case reject case-0001 ex-0a1b --as "A. Investigator" --reason "a shop"'
    )(_reject)
    group.command("dismiss", epilog='Example:  offsignal case dismiss sg-0a1b --as "A. Investigator" --reason "shop"')(
        _dismiss
    )
    add_to(group)
    app.add_typer(group, name="case")


def _open(
    context: typer.Context,
    sighting: Annotated[str, typer.Option(help="The sighting it starts from; its exhibit is put in.")] = "",
    vendor: Annotated[str, typer.Option(help="The vendor's name; else the seller or host of the sighting.")] = "",
    by: By = "",
    reason: Reason = "opened from a sighting",
    as_json: Json = False,
) -> None:
    """Opens a case from a sighting or under a vendor's name."""
    if not sighting and not vendor:
        raise NotAllowed("say --sighting ID or --vendor NAME")
    with open_workspace(context.obj) as workspace:
        case = open_case(workspace, sighting, vendor, by, reason)
    result_json(plain(asdict(case))) if as_json else result(f"{case.id}  {case.name}")
    say(f"Next: offsignal case show {case.id}, and accept or reject its exhibits")


def open_case(workspace: Workspace, sighting_id: str, vendor: str, by: str, reason: str) -> Any:
    """Opens the case and puts every exhibit of the sighting's address into it, undecided."""
    cases, who = Cases(workspace.db), person(by)
    if not sighting_id:
        return cases.open(vendor, by=who, purpose=reason)
    sighting = Sightings(workspace.db).get(sighting_id)
    if sighting is None:
        raise NotAllowed(f"there is no sighting {sighting_id!r}; the morning report names them")
    case = cases.open_from(sighting, by=who, name=vendor, purpose=reason)
    for row in workspace.db.query("select exhibit_id from exhibits where sighting_id = ?", (sighting_id,)):
        cases.add(case.id, row["exhibit_id"], by=who, reason="captured from the sighting the case was opened from")
    return case


def _list(context: typer.Context, as_json: Json = False) -> None:
    """Lists the cases."""
    with open_workspace(context.obj) as workspace:
        cases = Cases(workspace.db)
        rows = [
            {
                "case": c.id,
                "vendor": c.name,
                "exhibits": len(cases.exhibits(c.id)),
                "accepted": len(cases.accepted(c.id)),
            }
            for c in cases.all()
        ]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        result(f"{row['case']}  {row['vendor']}  {row['accepted']} of {row['exhibits']} exhibits accepted")
    if not rows:
        say("no case yet; open one with 'offsignal case open'")


def _show(context: typer.Context, case: CaseId, by: By = "", as_json: Json = False) -> None:
    """Shows a case: its exhibits, what was decided, and everything that happened. Reading is logged."""
    who = person(by)
    with open_workspace(context.obj) as workspace:
        Cases(workspace.db).get(case)
        workspace.custody.append("read", case, actor=who, purpose="review")
        show(workspace, case, as_json=as_json)


def _suggest(context: typer.Context, case: CaseId, as_json: Json = False) -> None:
    """Suggests exhibits that share a phone, payment key, e-mail or handle with the case. A person adds them."""
    with open_workspace(context.obj) as workspace:
        members = {one.exhibit_id for one in Cases(workspace.db).exhibits(case)}
        shown = identifiers_by_exhibit(workspace)
        found = suggest({name: shown.get(name, ()) for name in members}, shown)
    if as_json:
        result_json([plain(asdict(one)) for one in found])
        return
    for one in found:
        shared = ", ".join(f"{both.kind} {both.value} as on {both.member_id}" for both in one.shared)
        result(f"{one.exhibit_id}  {shared}")
    if not found:
        say("nothing else shares an identifier with this case")


def identifiers_by_exhibit(workspace: Workspace) -> dict[str, tuple[Identifier, ...]]:
    """The identifiers each exhibit's sighting showed, and the signers of the apps it kept, by exhibit ID."""
    judgements = Judgements(workspace.db)
    rows = workspace.db.query("select exhibit_id, sighting_id from exhibits")
    judged = ((row["exhibit_id"], judgements.get(row["sighting_id"])) for row in rows)
    signers = app_identifiers.by_exhibit(workspace.db, workspace.vault)
    shown = {name: (*one.identifiers, *one.source_identifiers) for name, one in judged if one is not None}
    return {name: (*shown.get(name, ()), *signers.get(name, ())) for name in {*shown, *signers}}


def _add(context: typer.Context, case: CaseId, exhibit: ExhibitId, by: By = "", reason: Reason = "") -> None:
    """Puts an exhibit into a case, undecided."""
    with open_workspace(context.obj) as workspace:
        Cases(workspace.db).add(case, exhibit, by=person(by), reason=reason)
    result(f"{exhibit} is in {case}")


def _accept(context: typer.Context, case: CaseId, exhibit: ExhibitId, by: By = "", reason: Reason = "") -> None:
    """Accepts an exhibit: it goes into the bundle."""
    _decide(context, case, exhibit, by, reason, Outcome.ACCEPTED)


def _reject(context: typer.Context, case: CaseId, exhibit: ExhibitId, by: By = "", reason: Reason = "") -> None:
    """Rejects an exhibit: it stays out of the bundle; an earlier acceptance is superseded, not erased."""
    _decide(context, case, exhibit, by, reason, Outcome.REJECTED)


def _dismiss(
    context: typer.Context,
    sighting: Annotated[str, typer.Argument(help="The sighting, as the morning report names it.")],
    by: By = "",
    reason: Reason = "",
) -> None:
    """Takes a sighting off the list to review, until its page says something else. Recorded like any decision."""
    with open_workspace(context.obj) as workspace:
        if Sightings(workspace.db).get(sighting) is None:
            raise NotAllowed(f"there is no sighting {sighting!r}; the morning report names them")
        decision = Decisions(workspace.db).decide(sighting, Outcome.REJECTED, by=person(by), reason=reason)
    result(f"{sighting} dismissed by {decision.decided_by}")


def _decide(context: typer.Context, case: str, exhibit: str, by: str, reason: str, outcome: Outcome) -> None:
    with open_workspace(context.obj) as workspace:
        cases = Cases(workspace.db)
        decide = cases.accept if outcome is Outcome.ACCEPTED else cases.reject
        decision = decide(case, exhibit, by=person(by), reason=reason)
    result(f"{exhibit} {decision.outcome} by {decision.decided_by}")
    if outcome is Outcome.ACCEPTED:
        say(f'Next: offsignal bundle {case} -o DIRECTORY --as "{decision.decided_by}"')
