"""``offsignal case claims``, ``strike`` and ``restore``: the single claims of an exhibit, and which of them stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from desk.cli.case_show import plain, utc
from desk.talk import result, result_json, say
from desk.workspace import open_workspace
from evidence.case import Cases
from evidence.claim_list import ClaimRow, claims_of
from evidence.decision import person
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.report_words import words
from evidence.struck import Striking, Struck

CaseId = Annotated[str, typer.Argument(help="The case.")]
ExhibitId = Annotated[str, typer.Argument(help="The exhibit.")]
Claim = Annotated[int, typer.Argument(min=1, help="The claim's number, as 'offsignal case claims' counts them.")]
By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]
Reason = Annotated[str, typer.Option(help="Why, in one sentence. Kept in the house, never in a bundle.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add_to(group: typer.Typer) -> None:
    """Adds the three sub-verbs to the group ``case``."""
    who, example = '--as "A. Investigator"', "Example:  offsignal case {} case-0001 ex-0a1b"
    group.command("claims", epilog=f"{example.format('claims')} {who}")(_claims)
    group.command("strike", epilog=f'{example.format("strike")} 3 {who} --reason "a quotation"')(_strike)
    group.command("restore", epilog=f'{example.format("restore")} 3 {who} --reason "its own words"')(_restore)


def _claims(context: typer.Context, case: CaseId, exhibit: ExhibitId, by: By = "", as_json: Json = False) -> None:
    """Lists the claims of an exhibit: number, type, quote, rule, where it stands, struck or not. Reading is logged."""
    with open_workspace(context.obj) as workspace:
        if exhibit not in {one.exhibit_id for one in Cases(workspace.db).exhibits(case)}:
            raise NotAllowed(f"{exhibit} is not in {case}: 'offsignal case show {case}' names its exhibits")
        facts = {"case": case, "files": ["claims.json"]}
        with workspace.custody.batch():
            workspace.custody.append("read", exhibit, actor=person(by), purpose="review", facts=facts)
            found = claims_of(Exhibits(workspace.db, workspace.vault), exhibit)
        standing = Struck(workspace.db).standing(case, exhibit)
    if as_json:
        rows = [(row, standing.get(row.index)) for row in found.claims]
        result_json([plain(asdict(row) | {"number": row.index + 1, "struck": bool(s and s.struck)}) for row, s in rows])
        return
    for row in found.claims:
        for line in _told(row, standing.get(row.index)):
            result(line)
    if not found.claims:
        say(f"{exhibit} states no claims")


def _told(row: ClaimRow, striking: Striking | None) -> Iterator[str]:
    struck = striking if striking is not None and striking.struck else None
    yield f"{row.index + 1:>4}  {'STRUCK  ' if struck else ''}{words(row.type)}: “{row.quote}”"
    if struck:
        yield f"      struck {utc(struck.struck_at)} by {struck.struck_by}: {struck.reason}"
    yield f"      found in {row.field}{f' by the rule {row.rule}' if row.rule else ''}"
    yield from (f"      {label:<8} {told}" for label, told in row.pin)


def _strike(
    context: typer.Context, case: CaseId, exhibit: ExhibitId, claim: Claim, by: By = "", reason: Reason = ""
) -> None:
    """Strikes one claim of an exhibit out of the case: reports, notices and exports leave it out, the seal holds.

    A claim that speaks for the operator is refused: it is always shown.
    """
    with open_workspace(context.obj) as workspace:
        rows = claims_of(Exhibits(workspace.db, workspace.vault), exhibit).claims
        if claim > len(rows):
            raise NotAllowed(
                f"{exhibit} has {len(rows)} claims and no claim {claim}: 'offsignal case claims' numbers them"
            )
        struck = Struck(workspace.db)
        kind = rows[claim - 1].type
        one = struck.strike(case, exhibit, claim - 1, by=person(by), reason=reason, claims=len(rows), kind=kind)
    result(f"claim {claim} of {exhibit} is struck in {case}, by {one.struck_by}: “{rows[claim - 1].quote}”")


def _restore(
    context: typer.Context, case: CaseId, exhibit: ExhibitId, claim: Claim, by: By = "", reason: Reason = ""
) -> None:
    """Takes a striking back; both stay on record."""
    with open_workspace(context.obj) as workspace:
        one = Struck(workspace.db).restore(case, exhibit, claim - 1, by=person(by), reason=reason)
    result(f"claim {claim} of {exhibit} is restored in {case}, by {one.struck_by}")
