"""``offsignal notice``: drafts, lints, approves and exports a notice, and keeps its ledger. It never sends one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.talk import result, result_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.notice.findings import Finding

DraftPath = Annotated[Path, typer.Argument(help="The draft's folder, or the DOCX wherever it lies.")]
By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def add(app: typer.Typer) -> None:
    """Adds the verb and its sub-verbs."""
    group = typer.Typer(no_args_is_help=True, help="Notices: drafts for counsel, their lint, approvals and ledger.")
    draft = "Example:  offsignal notice draft case-0001 --code BULK_SENDER --region IN --tz Asia/Kolkata -o notices/1"
    group.command("draft", epilog=draft)(_draft)
    group.command("suggest", epilog="Example:  offsignal notice suggest case-0001")(_suggest)
    group.command("lint", epilog="Example:  offsignal notice lint notices/1/notice.docx")(_lint)
    approve = 'Example:  offsignal notice approve notices/1 --as "Anita Rao" --role counsel --facts all'
    group.command("approve", epilog=approve)(_approve)
    export = 'Example:  offsignal notice export notices/1 -o letter.docx --final --as "Anita Rao"'
    group.command("export", epilog=export)(_export)
    service = (
        "Example:  offsignal notice record-service case-0001 --served-at 2026-11-25T10:30 --method courier "
        '--proof receipt.pdf --as "Anita Rao"'
    )
    group.command("record-service", epilog=service)(_record_service)
    record = 'Example:  offsignal notice record notice-0001 complied --note "page gone" --as "Anita Rao"'
    group.command("record", epilog=record)(_record)
    group.command("list")(_list)
    group.command("show", epilog="Example:  offsignal notice show notice-0001")(_show)
    app.add_typer(group, name="notice")


def _draft(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="The case.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A new folder for the draft.")],
    zone: Annotated[str, typer.Option("--tz", help="IANA time zone of the letter and its deadline.")],
    region: Annotated[str, typer.Option(help="Whose terms apply: EEA, IN, BR, US, UK or ROW.")],
    code: Annotated[list[str] | None, typer.Option(help="A finding code that counsel confirms; repeat it.")] = None,
    clause: Annotated[list[str] | None, typer.Option(help="A clause beside those of the codes; repeat it.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="A clause of the codes to leave out; repeat it.")] = None,
    language: Annotated[str, typer.Option("--lang", help="en, pt, es or hi.")] = "en",
    deadline: Annotated[str, typer.Option(help="14d, 10bd (no Saturdays and Sundays), or a date.")] = "14d",
    deadline_time: Annotated[str, typer.Option(help="Local time of day of the deadline.")] = "18:00",
    date: Annotated[str, typer.Option(help="The letter's date; today when left out.")] = "",
    demands: Annotated[str, typer.Option(help="Letters of the demands to make.")] = "abcdefghijk",
    sender_file: Annotated[
        Path | None, typer.Option(help="TOML with sender, client, recipients, registrations.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="A DOCX template of counsel's own.")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Writes a draft letter (DOCX) and its data from the accepted exhibits, and lints it. Ends with 1 when refused."""
    from desk import noticing
    from desk.workspace import open_workspace

    codes, more = noticing.codes_of(code or ()), tuple(clause or ())
    wish = noticing.Wish(
        *(language, region.upper(), codes, more, deadline, deadline_time, zone, date, demands, sender_file, template),
        without=tuple(without or ()),
    )
    with open_workspace(context.obj) as workspace:
        made, findings = noticing.draft(workspace, case, out, wish, by=by)
    if as_json:
        result_json(_draft_json(made, findings))
    else:
        result(f"{made.notice.id}  {made.path}")
        _print(findings)
        say(f"Nothing was sent. Next: counsel edits {made.path}, then 'offsignal notice lint {made.path}'")
    _end(findings)


def _suggest(
    context: typer.Context, case: Annotated[str, typer.Argument(help="The case.")], as_json: Json = False
) -> None:
    """Shows the facts a notice would state and the finding codes their claims suggest. Counsel confirms by --code."""
    from dataclasses import asdict

    from desk import noticing
    from desk.workspace import open_workspace
    from evidence.notice.registry import codes

    with open_workspace(context.obj) as workspace:
        facts, suggested = noticing.suggested(workspace, case)
    if as_json:
        result_json({"codes": list(suggested), "acts": [asdict(act) for act in facts.acts]})
        return
    for act in facts.acts:
        result(f"act {act.number}  exhibit {act.exhibit_number}  {act.url_final}")
        for quote in act.quotes:
            result(f"  {quote.number}  {', '.join((quote.type, *quote.also))}: “{quote.words}”")
    for name in suggested:
        result(f"suggested  {name}  {codes()[name].label['en']}  ({', '.join(codes()[name].clauses)})")
    for sentence in (*facts.left_out, *facts.in_favour):
        say(f"note: {sentence}")


def _lint(
    context: typer.Context,
    draft: DraftPath,
    notice: Annotated[str, typer.Option(help="The notice, when the document names none.")] = "",
    final: Annotated[bool, typer.Option("--final", help="As strictly as for a final copy.")] = False,
    as_json: Json = False,
) -> None:
    """Reads a draft, also one that counsel edited, for what must not be in a notice. Ends with 1 when refused."""
    from desk import noticing
    from desk.workspace import open_workspace

    with open_workspace(context.obj) as workspace:
        found, findings = noticing.lint(workspace, draft, notice)
    if as_json:
        result_json(_draft_json(found, findings))
    else:
        _print(findings)
    _end(findings, final=final)


def _approve(
    context: typer.Context,
    draft: DraftPath,
    role: Annotated[str, typer.Option(help="analyst or counsel; two different people are needed.")],
    facts: Annotated[str, typer.Option(help="Facts held against their exhibits: all, or 1.1,1.2,…")],
    by: By = "",
    provider_override: Annotated[str, typer.Option(help="Counsel's reason to go on though a provider is listed.")] = "",
) -> None:
    """Approves exactly this document in one role, every fact ticked against its exhibit."""
    from desk import noticing
    from desk.workspace import open_workspace
    from evidence.notice.ledger import Notices

    with open_workspace(context.obj) as workspace:
        event, found = noticing.approve(workspace, draft, role=role, ticked=facts, override=provider_override, by=by)
        state = Notices(workspace.db).state(found.notice.id)
    result(f"{found.notice.id} approved by {event.by} as {role}; it is {state}; document sha256 {found.docx_sha256}")


def _export(
    context: typer.Context,
    draft: DraftPath,
    out: Annotated[Path, typer.Option("-o", "--out", help="A new file.")],
    final: Annotated[bool, typer.Option("--final", help="Without the draft mark; needs both approvals.")] = False,
    by: By = "",
    purpose: Annotated[str, typer.Option(help="What for; kept in the ledger.")] = "for counsel",
) -> None:
    """Copies a draft out of the house. Final only when approved twice, with a look-up and with pinned terms."""
    from desk import noticing
    from desk.workspace import open_workspace

    with open_workspace(context.obj) as workspace:
        digest = noticing.export(workspace, draft, out, final=final, by=by, purpose=purpose)
    result(f"{out}  sha256 {digest}")
    say("Nothing was sent: a person serves it, and records that with 'offsignal notice record-service'")


def _record_service(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="The case, the notice, or the folder of the draft that was served.")],
    served_at: Annotated[str, typer.Option(help="When, as 2026-11-25T10:30 (in --tz) or with a zone at its end.")],
    method: Annotated[str, typer.Option(help="How it was served.")],
    proof: Annotated[Path, typer.Option(help="The file that proves it; its SHA-256 is kept.")],
    zone: Annotated[str, typer.Option("--tz", help="Time zone of --served-at; the notice's own when left out.")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Records that a person served the approved document; its addresses are watched from then on."""
    from dataclasses import asdict

    from crawler import clock
    from desk import noticing
    from desk.workspace import open_workspace

    with open_workspace(context.obj) as workspace:
        served = noticing.record_service(
            workspace, what, served_at=served_at, method=method, proof=proof, zone=zone, by=by
        )
    if as_json:
        result_json(asdict(served) | {"served_at": clock.iso(served.served_at)})
        return
    when, proved = clock.iso(served.served_at), served.proof_sha256
    result(f"{served.notice_id} served {when} by {served.method}; proof sha256 {proved}")


def _record(
    context: typer.Context,
    notice: Annotated[str, typer.Argument(help="The notice.")],
    state: Annotated[str, typer.Argument(help="acknowledged, complied, partial, ignored, disputed, reoffended, …")],
    note: Annotated[str, typer.Option(help="What was seen, in a sentence. Kept in the house.")],
    exhibit: Annotated[list[str] | None, typer.Option(help="An exhibit that shows it; repeat it.")] = None,
    by: By = "",
) -> None:
    """Records what came after service, as a person saw it; or 'withdrawn' before."""
    from desk.workspace import open_workspace
    from evidence.decision import person
    from evidence.notice.ledger import Notices

    with open_workspace(context.obj) as workspace:
        event = Notices(workspace.db).record(notice, state, by=person(by), note=note, exhibits=tuple(exhibit or ()))
    result(f"{notice} {event.kind}, recorded by {event.by}")


def _list(context: typer.Context, as_json: Json = False) -> None:
    """Lists the notices with their states."""
    from desk.workspace import open_workspace
    from evidence.notice.ledger import Notices

    with open_workspace(context.obj) as workspace:
        notices = Notices(workspace.db)
        rows = [{"notice": n.id, "case": n.case_id, "state": notices.state(n.id)} for n in notices.all()]
    if as_json:
        result_json(rows)
        return
    for row in rows:
        result("  ".join(row.values()))
    if not rows:
        say("no notice yet; 'offsignal notice draft' makes one")


def _show(
    context: typer.Context, notice: Annotated[str, typer.Argument(help="The notice.")], as_json: Json = False
) -> None:
    """Shows a notice's ledger."""
    from crawler import clock
    from desk.workspace import open_workspace
    from evidence.notice.ledger import Notices

    with open_workspace(context.obj) as workspace:
        notices = Notices(workspace.db)
        found, state, events = notices.get(notice), notices.state(notice), notices.events(notice)
    if as_json:
        rows = [{"kind": e.kind, "by": e.by, "at": clock.iso(e.at), "facts": dict(e.facts)} for e in events]
        result_json({"notice": found.id, "case": found.case_id, "state": state, "events": rows, "data": found.data})
        return
    result(f"{found.id}  {found.case_id}  {state}  draft sha256 {found.draft_sha256}")
    for event in events:
        more = "  ".join(f"{name} {value}" for name, value in event.facts.items() if value and name != "facts")
        result(f"  {clock.iso(event.at)}  {event.by}: {event.kind}  {more}")


def _draft_json(found: Any, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "notice": found.notice.id,
        "document": str(found.path),
        "docx_sha256": found.docx_sha256,
        "draft_sha256": found.notice.draft_sha256,
        "findings": [one.to_dict() for one in findings],
    }


def _print(findings: Sequence[Finding]) -> None:
    words = {"refuse": "REFUSED", "final": "not in a final notice", "warn": "warning"}
    for one in findings:
        result(f"{words[one.level.value]}  {one.place}: {one.sentence}  ({one.rule})")
    if not findings:
        result("nothing to say against it")


def _end(findings: Sequence[Finding], *, final: bool = False) -> None:
    from evidence.notice.lint_data import worst

    if worst(findings, final=final):
        raise typer.Exit(1)
