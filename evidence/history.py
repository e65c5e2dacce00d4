"""The history of a case in the order things happened: its opening, its exhibits, decisions and custody entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from evidence.case import Cases
from evidence.custody import CustodyLog, Entry
from evidence.decision import Decision, Decisions
from evidence.struck import Struck


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a history. ``seq`` is the custody entry's number, ``detail`` its facts in words.

    ``note`` holds the reviewer's own words of a decision, striking or addition: work product, shown in the house only.
    """

    at: datetime
    seq: int
    actor: str
    action: str
    subject: str
    detail: str
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def concerns(entry: Entry, case_id: str, exhibit_ids: frozenset[str]) -> bool:
    """Whether an entry is about the case or one of its exhibits, and not about the exhibit's part in another case."""
    if entry.subject == case_id:
        return True
    return entry.subject in exhibit_ids and entry.facts.get("case", case_id) in (case_id, "")


def history(db: Database, case_id: str) -> tuple[Event, ...]:
    """All events of a case and its exhibits, oldest first. Raises NotAllowed for an unknown case."""
    cases = Cases(db)
    case, exhibits = cases.get(case_id), cases.exhibits(case_id)
    decisions = {decision.id: decision for decision in Decisions(db).of_case(case_id)}
    strikings = {one.id: one.reason for one in Struck(db).of_case(case_id)}
    reasons = {exhibit.exhibit_id: exhibit.reason for exhibit in exhibits}
    names = frozenset(reasons)
    log = CustodyLog(db)
    subjects = (case.id, *sorted(names))
    found = [entry for subject in subjects for entry in log.entries(subject) if concerns(entry, case.id, names)]
    return tuple(_events(sorted(found, key=lambda entry: entry.seq), decisions, reasons, strikings))


def _events(
    entries: list[Entry], decisions: dict[int, Decision], reasons: dict[str, str], strikings: dict[int, str]
) -> Iterator[Event]:
    for entry in entries:
        detail, note = _facts(entry), ""
        if decision := decisions.get(entry.facts.get("decision", 0)):
            detail = f"decision {decision.id}" + (f", supersedes {decision.supersedes}" if decision.supersedes else "")
            note = decision.reason
        elif entry.action == "added_to_case":
            note = reasons.get(entry.subject, "")
        elif "striking" in entry.facts:
            note = strikings.get(entry.facts["striking"], "")
        yield Event(entry.at, entry.seq, entry.actor, entry.action, entry.subject, detail, note, entry.facts)


def _facts(entry: Entry) -> str:
    """The entry's facts as one line, in a fixed order."""
    return ", ".join(f"{name} {value}" for name, value in sorted(entry.facts.items()) if value not in ("", None))
