"""``offsignal certificate``: a certificate about a case's exhibits, facts prefilled, for a named person to sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json, say


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Example:  offsignal certificate case-0001 --form us-902-13 -o handover/declaration "
        '--as "A. Investigator" --purpose "motion for injunction"'
    )
    def certificate(
        context: typer.Context,
        case: Annotated[str, typer.Argument(help="The case.")] = "",
        form: Annotated[str, typer.Option(help="Which certificate; --list names them.")] = "",
        out: Annotated[Path | None, typer.Option("-o", "--out", help="A new directory for it.")] = None,
        by: Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")] = "",
        purpose: Annotated[str, typer.Option(help="What it is made for; printed and kept in the custody log.")] = "",
        exhibit: Annotated[
            list[str] | None, typer.Option(help="An accepted exhibit by ID or number; may be repeated. Else all.")
        ] = None,
        explain: Annotated[
            list[str] | None,
            typer.Option(help='EXHIBIT="why its errors do not matter"; printed and logged under your name.'),
        ] = None,
        initials: Annotated[str, typer.Option(help="uk-exhibits: the witness's initials, for the marks.")] = "",
        first_number: Annotated[int, typer.Option(help="uk-exhibits: the number of the first mark.")] = 1,
        list_forms: Annotated[
            bool, typer.Option("--list", help="List the forms: for what, which law, since when.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    ) -> None:
        """Makes a certificate: facts prefilled, affirmations, ticks and signatures blank. Refuses what is not so.

        Exit codes: 0 made · 1 refused, with the reason · 2 wrong use.
        """
        if list_forms:
            _list(as_json)
            return
        from desk import certifying
        from desk.workspace import open_workspace
        from evidence.decision import person
        from evidence.errors import NotAllowed

        if not case or not form or out is None or not purpose:
            raise NotAllowed("say CASE, --form, -o and --purpose; 'offsignal certificate --list' names the forms")
        request = certifying.request(
            case, form, person(by), purpose, exhibit or (), explain or (), initials=initials, first_number=first_number
        )
        with open_workspace(context.obj) as workspace:
            made = certifying.issue(workspace, request, out)
        for warning in made.warnings:
            say(f"note: {warning}")
        if as_json:
            result_json(certifying.as_json(made))
        else:
            for name in made.files:
                result(str(made.directory / name))
        say(f"Next: a person reads it and fills in {len(made.to_fill)} places; the last sheet names them and comes off")


def _list(as_json: bool) -> None:
    from evidence.certification.forms import FORMS

    if as_json:
        fields = ("id", "title", "purpose", "law", "in_force", "language", "paper")
        result_json([{name: getattr(form, name) for name in fields} for form in FORMS.values()])
        return
    for form in FORMS.values():
        result(f"{form.id:14} {form.purpose}")
        result(f"{'':14} {form.law}; {form.in_force}")
