"""``offsignal custody``: check the custody log, show it, sign a checkpoint of it, change its key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from desk.talk import result, result_json, say

By = Annotated[str, typer.Option("--as", help="The person who acts; else the variable OFFSIGNAL_USER.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
MARKS = (("FAILED", "failed"), ("not checked", "unchecked"), ("proved", "proved"), ("note", "absent"))
SHOWN = 40


def add(app: typer.Typer) -> None:
    """Adds the verb and its sub-verbs."""
    group = typer.Typer(no_args_is_help=True, help="The custody log: who did what with each exhibit, when, and why.")
    group.command(
        "verify", epilog="Example:  offsignal custody verify --checkpoint handover/case-0001/custody/checkpoint"
    )(_verify)
    group.command("show", epilog="Examples:  offsignal custody show ex-0a1b  ·  offsignal custody show --last 20")(
        _show
    )
    group.command("checkpoint", epilog='Example:  offsignal custody checkpoint --as "A. Investigator"')(_checkpoint)
    group.command(
        "rotate-key", epilog='Example:  offsignal custody rotate-key --as "A. Investigator" --reason "a new machine"'
    )(_rotate)
    app.add_typer(group, name="custody")


def _verify(
    context: typer.Context,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint kept outside this machine, as bundles carry it; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Checks every entry, node, checkpoint, signature and timestamp, and names what was changed.

    Exit code 0: everything holds; 1: something does not; 3: nothing failed, but something could not be proved.
    """
    from desk import checkpointing
    from desk.workspace import open_workspace
    from evidence.verifier.command import CODES
    from evidence.verifier.words import outcome

    with open_workspace(context.obj) as workspace:
        steps = checkpointing.audit(workspace, checkpoint or ())
    ended = outcome(steps)
    if as_json:
        result_json({"outcome": ended, "steps": [step.to_dict() for step in steps]})
    else:
        for step in steps:
            result(f"{step.number:>2}  {step.told().upper():<15} {step.title}")
            for mark, name in MARKS:
                sentences: list[str] = getattr(step, name)
                for text in sentences[:SHOWN]:
                    result(f"      {mark}: {text}")
                if len(sentences) > SHOWN:
                    result(f"      {mark}: and {len(sentences) - SHOWN} more; --json prints all of them")
        result(f"custody log: {ended.upper()}")
    raise typer.Exit(CODES[ended])


def _show(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="An exhibit, a case, or custody-log; everything when left out.")] = "",
    last: Annotated[int, typer.Option(min=1, help="Only so many of the newest.")] = 100,
    as_json: Json = False,
) -> None:
    """Shows entries of the custody log, oldest first. They hold no contents of exhibits."""
    from collections import deque

    from desk.workspace import open_workspace

    with open_workspace(context.obj) as workspace:
        entries = deque(workspace.custody.entries(subject or None), maxlen=last)
        head = workspace.custody.head()
    if as_json:
        rows = [{**one.content(), "leaf": one.leaf} for one in entries]
        result_json({"head": head.to_dict(), "entries": rows})
        return
    for one in entries:
        facts = ", ".join(
            f"{name} {_brief(value)}" for name, value in sorted(one.facts.items()) if value not in ("", None)
        )
        told = f"{one.actor}: {one.action.replace('_', ' ')} {one.subject}, {one.purpose}"
        result(f"{one.seq:>6}  {one.at:%Y-%m-%d %H:%M:%S}  {told}{f' ({facts})' if facts else ''}")
    result(f"{head.size} entries in all, root {head.root}")


def _brief(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _checkpoint(context: typer.Context, by: By = "", as_json: Json = False) -> None:
    """Signs the log as it is now and has it stamped. Give the printed note to somebody who keeps it."""
    from desk import checkpointing
    from desk.workspace import open_workspace
    from evidence.decision import person

    who = person(by)
    with open_workspace(context.obj) as workspace:
        made, names = checkpointing.sign(workspace, by=who, purpose="a checkpoint to keep elsewhere")
    if as_json:
        result_json({"number": made.number, **made.head.to_dict(), "note": made.note, "stamped_by": list(names)})
    else:
        result(made.note.removesuffix("\n"))
    say(f"checkpoint {made.number} over {made.head.size} entries, stamped by {', '.join(names) or 'no authority'}")


def _rotate(
    context: typer.Context,
    by: By = "",
    reason: Annotated[str, typer.Option(help="Why; kept in the custody log.")] = "a new key",
    lost: Annotated[
        bool, typer.Option("--lost", help="The old key is gone: the log says so, nothing is signed by it.")
    ] = False,
    to: Annotated[str, typer.Option(help="Where the new key is written, if the old one is in the environment.")] = "",
    as_json: Json = False,
) -> None:
    """Makes a new key. The old one signs a last checkpoint, the new one the next; the log names both."""
    from desk import checkpointing
    from desk.workspace import open_workspace
    from evidence.decision import one_line, person

    who, why = person(by), one_line(reason, "the reason", 400)
    with open_workspace(context.obj) as workspace:
        done = checkpointing.rotate(workspace, by=who, reason=why, lost=lost, to=to)
    if as_json:
        result_json({"old": done.old_vkey, "new": done.new_vkey, "file": str(done.place), "size": done.after.head.size})
    else:
        result(done.new_vkey)
    say(f"the new key is in {done.place}; the old one, {done.old_vkey}, signs no more")
