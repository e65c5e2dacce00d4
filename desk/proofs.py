"""Looks after the proofs of what is kept: exhibits are checked again, timestamps that end soon are renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crawler.egress import Guard
from desk.talk import progress, say
from desk.workspace import Workspace
from evidence import health, ots_stamping, proof_tables, renewal
from evidence.case import Cases
from evidence.checkpoint import Checkpoints
from evidence.exhibit import Exhibits, Recorder
from evidence.ots import Calendars
from evidence.timestamp import Stamper

MAX_NAMED = 3


def look_after(workspace: Workspace, night_id: str) -> dict[str, Any]:
    """Checks the exhibits of every case and a sample of the others, then renews what ends soon; gives counts.

    Safe to kill and to run again: what was checked twice is written down twice.
    """
    settings, exhibits = workspace.settings.timestamp, Exhibits(workspace.db, workspace.vault)
    custody = Recorder(workspace.custody, workspace.machine, "proof health")
    cases = Cases(workspace.db)
    held = {one.exhibit_id for case in cases.all() for one in cases.exhibits(case.id)}
    counts: dict[str, Any] = {"checked": 0, "faulty": 0, "renewed": 0, "renewal_left": 0, "renewal_reason": ""}
    todo = health.choose(exhibits, held, settings.check_sample, night_id)
    with progress() as bar:
        task = bar.add_task("checking proofs", total=len(todo))
        for exhibit in todo:
            found = health.check(exhibits, custody, exhibit)
            counts["checked"] += 1
            counts["faulty"] += bool(found.faults)
            for fault in found.faults[:MAX_NAMED]:
                say(f"{exhibit.exhibit_id}: {fault}")
            bar.advance(task)
    with Guard(workspace.settings.egress) as guard:
        stamper = Stamper(settings, workspace.data_dir, guard.url)
        done = renewal.renew(exhibits, stamper, custody, renewal.horizon(settings.renew_days))
        anchored = ots_stamping.look_after(exhibits, Calendars(settings, guard.url), custody)
    counts |= {"renewed": done.renewed, "renewal_left": done.left, "renewal_reason": done.reason}
    return counts | {"ots": {**asdict(anchored), "told": list(anchored.told)}}


def notices(workspace: Workspace, summary: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """What a person must know of the proofs: level, what, and what to do; ``summary`` is what the night's step gave."""
    found = []
    for exhibit_id, check in sorted(proof_tables.last_checks(workspace.db).items()):
        if check.faults:
            more = f" and {len(check.faults) - 1} more" if len(check.faults) > 1 else ""
            what = f"Exhibit {exhibit_id} no longer holds: {check.faults[0]}{more}."
            found.append(("bad", what, "Restore the file from a copy, then run 'offsignal nightly' again."))
    exhibits, settings = Exhibits(workspace.db, workspace.vault), workspace.settings.timestamp
    for one in renewal.endings(exhibits, renewal.horizon(settings.warn_days)):
        what = f"The certificate of {one.authority} ends on {one.at:%Y-%m-%d}; {one.exhibits} exhibits rest on it."
        do = f"They are stamped anew {settings.renew_days:g} days before, if an authority has a longer certificate."
        found.append(("", what, do))
    for authority, at, number in Checkpoints(workspace.db).ending(renewal.horizon(settings.warn_days)):
        what = f"The certificate of {authority} ends on {at:%Y-%m-%d}; custody checkpoint {number} rests on it."
        do = "The next checkpoint renews it, if an authority then has a longer certificate."
        found.append(("", what, do))
    if summary and summary.get("renewal_left"):
        what = f"{summary['renewal_left']} exhibits could not be stamped anew: {summary['renewal_reason']}."
        found.append(("bad", what, "Name an authority in [timestamp] whose certificate lasts longer."))
    anchored = (summary or {}).get("ots", {})
    if anchored.get("waiting") and anchored.get("told"):
        what = f"{anchored['waiting']} OpenTimestamps proofs are pending: {'; '.join(anchored['told'])}."
        found.append(("", what, "They are asked for again every night; the RFC 3161 tokens do not depend on them."))
    return found
