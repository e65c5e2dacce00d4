"""``offsignal terms``: the registry of terms a notice may cite, and their pins to captured pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.talk import result, result_json, say

if TYPE_CHECKING:
    from datetime import date

Ref = Annotated[str, typer.Argument(help="The clause, as tos:use-e.")]
Exhibit = Annotated[str, typer.Option(help="The exhibit of the terms page.")]
Effective = Annotated[str, typer.Option(help="The version: the date from which it applies.")]
Words = Annotated[str, typer.Option(help="The clause's words as the exhibit has them.")]
WordsFile = Annotated[Path | None, typer.Option(help="A text file with those words instead.")]
Other = Annotated[str, typer.Option(help="Why a page of another address holds the terms all the same.")]
By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add(app: typer.Typer) -> None:
    """Adds the verb and its sub-verbs."""
    group = typer.Typer(no_args_is_help=True, help="Terms: documents, versions and clauses, pinned to captured pages.")
    group.command("list", epilog="Example:  offsignal terms list --region IN")(_list)
    group.command("show", epilog="Example:  offsignal terms show tos:use-e")(_show)
    pin = (
        "Example:  offsignal terms pin tos:use-e --region EEA --effective 2021-01-04 --exhibit ex-0a1b "
        '--words "…" --as "Anita Rao"'
    )
    group.command("pin", epilog=pin)(_pin)
    more = (
        "Example:  offsignal terms add tos:use-e --region IN --effective 2025-05-01 --exhibit ex-0a1b "
        "--words-file words.txt "
        '--part "Acceptable use" --paraphrase "no bulk messaging" --as "Anita Rao"'
    )
    group.command("add", epilog=more)(_add)
    app.add_typer(group, name="terms")


def _list(
    context: typer.Context,
    region: Annotated[str, typer.Option(help="Only clauses of this region.")] = "",
    as_json: Json = False,
) -> None:
    """Lists every clause with its version, and whether it is pinned."""
    rows = _rows(context.obj, region.upper())
    if as_json:
        result_json(rows)
        return
    for row in rows:
        pinned = f"pinned to {row['exhibit']}" if row["exhibit"] else "not pinned"
        result(f"{row['clause']}  {row['effective']}  {row['region']}  {pinned}  {row['paraphrase']}")
    if not any(row["exhibit"] for row in rows):
        say("no clause is pinned: capture the terms page, then 'offsignal terms pin'")


def _show(context: typer.Context, ref: Ref, as_json: Json = False) -> None:
    """Shows a clause: its versions, paraphrases and pins with the words they rest on."""
    from crawler import clock
    from desk.workspace import open_workspace
    from evidence.exhibit import Exhibits
    from evidence.notice.pins import Terms

    with open_workspace(context.obj) as workspace:
        terms = Terms(workspace.db, Exhibits(workspace.db, workspace.vault))
        clauses, registry = terms.registry.known(ref), terms.registry
        pins = [pin for pin in terms.pins() if pin.ref == ref]
    document = registry.document(clauses[0].document)
    if as_json:
        result_json(
            {
                "document": document.title,
                "url": document.url,
                "versions": [
                    {"effective": c.effective.isoformat(), "part": c.part, "paraphrase": dict(c.paraphrase)}
                    for c in clauses
                ],
                "pins": [
                    {
                        "effective": pin.effective.isoformat(),
                        "regions": list(pin.regions),
                        "exhibit": pin.exhibit_id,
                        "captured_at": clock.iso(pin.captured_at),
                        "url": pin.url,
                        "words": pin.words,
                        "start": pin.start,
                        "manifest_sha256": pin.manifest_sha256,
                        "pinned_by": pin.pinned_by,
                    }
                    for pin in pins
                ],
            }
        )
        return
    result(f"{ref}  {document.title}  {document.url}")
    for clause in clauses:
        result(f"  {clause.effective}  {clause.part}")
        for language, words in clause.paraphrase.items():
            result(f"    {language}: {words}")
    for pin in pins:
        where = f"{pin.exhibit_id} of {clock.iso(pin.captured_at)}, {pin.url}"
        result(f"  pinned for {' '.join(pin.regions)} by {pin.pinned_by}: {where}")
        result(f"    “{pin.words}”")
    if not pins:
        say(f"{ref} is not pinned: it may stand in a draft, not in a final notice")


def _pin(
    context: typer.Context,
    ref: Ref,
    region: Annotated[str, typer.Option(help="EEA, IN, BR, US, UK or ROW.")],
    effective: Effective,
    exhibit: Exhibit,
    words: Words = "",
    words_file: WordsFile = None,
    other_address: Other = "",
    by: By = "",
) -> None:
    """Binds a clause version to a captured terms page whose text holds the clause's words."""
    from desk.workspace import open_workspace
    from evidence.exhibit import Exhibits
    from evidence.notice.pins import Terms

    with open_workspace(context.obj) as workspace:
        terms = Terms(workspace.db, Exhibits(workspace.db, workspace.vault))
        given = (ref, region.upper(), _date(effective), exhibit, _words(words, words_file))
        pin = terms.pin(*given, by=by, other_address=other_address)
    result(f"{pin.ref} of {pin.effective} for {' '.join(pin.regions)} pinned to {pin.exhibit_id} at {pin.start}")


def _add(
    context: typer.Context,
    ref: Ref,
    region: Annotated[list[str], typer.Option(help="A region it applies in; repeat it.")],
    effective: Effective,
    exhibit: Exhibit,
    part: Annotated[str, typer.Option(help="Where in the document it stands.")],
    paraphrase: Annotated[str, typer.Option(help="What it says, in your own words.")],
    language: Annotated[str, typer.Option("--lang", help="The paraphrase's language.")] = "en",
    words: Words = "",
    words_file: WordsFile = None,
    other_address: Other = "",
    by: By = "",
) -> None:
    """Adds a clause version that the registry does not know, bound at once to a captured terms page."""
    from desk.workspace import open_workspace
    from evidence.exhibit import Exhibits
    from evidence.notice.pins import Terms

    with open_workspace(context.obj) as workspace:
        terms = Terms(workspace.db, Exhibits(workspace.db, workspace.vault))
        pin = terms.add(
            ref,
            tuple(one.upper() for one in region),
            _date(effective),
            exhibit,
            _words(words, words_file),
            part=part,
            paraphrase=paraphrase,
            language=language,
            by=by,
            other_address=other_address,
        )
    result(f"{pin.ref} of {pin.effective} for {' '.join(pin.regions)} added, bound to {pin.exhibit_id} at {pin.start}")


def _rows(data: Path, region: str) -> list[dict[str, Any]]:
    from desk.workspace import open_workspace
    from evidence.exhibit import Exhibits
    from evidence.notice.pins import Terms

    rows = []
    with open_workspace(data) as workspace:
        terms = Terms(workspace.db, Exhibits(workspace.db, workspace.vault))
        registry = terms.registry
        for clause in registry.clauses:
            held = [v for v in registry.versions if (v.document, v.effective) == (clause.document, clause.effective)]
            for where in (one for version in held for one in version.regions if region in ("", one)):
                pin = terms.pin_of(clause, where)
                named = {"clause": clause.ref, "effective": clause.effective.isoformat(), "region": where}
                state = {"verified": pin is not None, "exhibit": pin.exhibit_id if pin else ""}
                rows.append({**named, "paraphrase": clause.words("en"), **state})
    return rows


def _words(words: str, words_file: Path | None) -> str:
    from evidence.errors import NotAllowed, Unreadable

    if words_file is None:
        if not words:
            raise NotAllowed("give the clause's words with --words or --words-file")
        return words
    try:
        return words_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{words_file}: cannot be read: {error}") from error


def _date(text: str) -> date:
    from datetime import date

    from evidence.errors import NotAllowed

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotAllowed(f"{text!r} is no date: say it as 2021-01-04") from error
