"""``offsignal case show``: one case as a person reads it, or all of it as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crawler import clock
from desk.talk import result, result_json
from desk.workspace import Workspace
from evidence.case import Case, CaseExhibit, Cases
from evidence.claim_list import Listed, claims_of
from evidence.exhibit import Exhibit, Exhibits
from evidence.history import Event, history
from evidence.history_words import sentence
from evidence.struck import Struck


@dataclass(frozen=True, slots=True)
class Shown:
    """One exhibit of the case with what is counted in it."""

    member: CaseExhibit
    exhibit: Exhibit
    listed: Listed
    struck: frozenset[int]


def show(workspace: Workspace, case_id: str, *, as_json: bool) -> None:
    """Prints the case. Raises NotAllowed for an unknown one."""
    cases, exhibits, struck = Cases(workspace.db), Exhibits(workspace.db, workspace.vault), Struck(workspace.db)
    found, members, events = cases.get(case_id), cases.exhibits(case_id), history(workspace.db, case_id)
    if as_json:
        result_json(
            plain(
                {
                    "case": asdict(found),
                    "exhibits": [
                        asdict(one) | {"struck": sorted(struck.of(case_id, one.exhibit_id))} for one in members
                    ],
                    "history": [asdict(one) for one in events],
                }
            )
        )
        return
    shown = [
        Shown(
            one, exhibits.get(one.exhibit_id), claims_of(exhibits, one.exhibit_id), struck.of(case_id, one.exhibit_id)
        )
        for one in members
    ]
    for line in (*_head(found, shown), *_exhibits(shown), *_history(events, members)):
        result(line)


def _head(case: Case, shown: Sequence[Shown]) -> Iterator[str]:
    accepted = sum(one.member.accepted for one in shown)
    yield f"{case.id}  {case.name}"
    yield f"    opened {utc(case.opened_at)} by {case.opened_by}: {case.purpose}"
    yield f"    {_count(len(shown), 'exhibit')}, {accepted} accepted"


def _exhibits(shown: Sequence[Shown]) -> Iterator[str]:
    yield from ("", "Exhibits")
    for number, one in enumerate(shown, 1):
        exhibit, decision = one.exhibit, one.member.decision
        yield f"{number:>4}  {exhibit.exhibit_id}  {exhibit.state}, {_stamps(exhibit)}"
        yield f"      {exhibit.url}"
        yield f"      captured {utc(exhibit.captured_at)}"
        if decision is None:
            yield "      NOT DECIDED: accept or reject it"
        else:
            yield f"      {decision.outcome} {utc(decision.decided_at)} by {decision.decided_by}: {decision.reason}"
        struck = f" ({len(one.struck)} struck)" if one.struck else ""
        counted = f"{_count(len(one.listed.claims), 'claim')}{struck}, {_count(one.listed.identifiers, 'identifier')}"
        yield f"      {counted}, {_count(one.listed.crops, 'crop')} of the screenshot"
        for gap in exhibit.missing:
            yield f"      missing: {gap['what']}: {gap['reason']}"
    if not shown:
        yield "      none yet: offsignal case add"


def _stamps(exhibit: Exhibit) -> str:
    if not exhibit.stamped_by:
        return "UNSEALED: no timestamp yet"
    told = f"stamped by {', '.join(exhibit.stamped_by)}"
    if exhibit.practice_only:
        told += " (PRACTICE, which proves nothing)"
    return told if exhibit.sealed else f"UNSEALED in part: {told}"


def _history(events: Sequence[Event], members: Sequence[CaseExhibit]) -> Iterator[str]:
    names = {one.exhibit_id: f"exhibit {number}" for number, one in enumerate(members, 1)}
    yield from ("", "History (UTC)")
    for event in events:
        note = f": {event.note}" if event.note else ""
        yield f"  {utc(event.at).removesuffix(' UTC')}  {event.actor} {sentence(event, names)}{note}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def utc(moment: datetime) -> str:
    """A time as a person reads it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def plain(value: Any) -> Any:
    """Records as JSON values; times in RFC 3339."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return clock.iso(value) if isinstance(value, datetime) else value
