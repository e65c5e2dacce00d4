"""Drafts, lints, approves and exports notices: the evidence package's office, fed from an opened data directory."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers.store import Judgements
from crawler import clock
from desk import providers
from desk.workspace import Workspace
from evidence.case import Cases
from evidence.decision import person
from evidence.digest import sha256_file
from evidence.errors import NotAllowed, Unreadable
from evidence.exhibit import Exhibits
from evidence.notice.acts import Facts, StruckOf
from evidence.notice.composing import DEMANDS, Choice
from evidence.notice.deadline import compute, zone_of
from evidence.notice.findings import Finding
from evidence.notice.ledger import Event, Notices, Service, fact_numbers
from evidence.notice.letter import Given, read_letter
from evidence.notice.lint_data import worst
from evidence.notice.lookup import LookUp, look_up
from evidence.notice.office import Draft, Office
from evidence.notice.registry import suggest
from evidence.struck import Struck


@dataclass(frozen=True, slots=True)
class Wish:
    """What 'notice draft' was asked for. ``day`` is the letter's date, today in ``zone`` when empty."""

    language: str
    region: str
    codes: tuple[str, ...]
    clauses: tuple[str, ...]
    deadline: str
    deadline_time: str
    zone: str
    day: str
    demands: str = DEMANDS
    sender: Path | None = None
    template: Path | None = None
    without: tuple[str, ...] = ()


def office(workspace: Workspace) -> Office:
    """The office of this data directory."""
    exhibits = Exhibits(workspace.db, workspace.vault)
    return Office(workspace.db, exhibits, workspace.settings.notice.max_exhibit_age_days)


def struck_of(workspace: Workspace, case_id: str) -> StruckOf:
    """The claims that people struck, by exhibit of the case."""
    return lambda exhibit_id: Struck(workspace.db).of(case_id, exhibit_id)


def lookups(workspace: Workspace, case_id: str) -> tuple[LookUp, ...]:
    """The provider look-up of every accepted exhibit, by its judgement and by the latest snapshot of the directory."""
    exhibits, directory = Exhibits(workspace.db, workspace.vault), providers.usable(workspace.data_dir)
    found = []
    for number, one in enumerate(Cases(workspace.db).accepted(case_id), 1):
        exhibit = exhibits.get(one.exhibit_id)
        judged = Judgements(workspace.db).get(exhibit.sighting_id)
        found.append(look_up(number, exhibit, exhibits, judged, directory))
    return tuple(found)


def suggested(workspace: Workspace, case_id: str) -> tuple[Facts, tuple[str, ...]]:
    """The facts of a case as a notice would state them, and the codes their claims suggest."""
    facts = office(workspace).facts(case_id, struck_of(workspace, case_id))
    return facts, suggest([kind for act in facts.acts for kind in act.types])


def draft(
    workspace: Workspace, case_id: str, folder: Path, wish: Wish, *, by: str
) -> tuple[Draft, tuple[Finding, ...]]:
    """Writes a draft and lints it. Raises what the office raises."""
    zone = zone_of(wish.zone)
    day = _date(wish.day) if wish.day else clock.now().astimezone(zone).date()
    try:
        at = dt.time.fromisoformat(wish.deadline_time)
    except ValueError as error:
        raise NotAllowed(f"--deadline-time {wish.deadline_time!r}: say it as 18:00") from error
    limit = compute(wish.deadline, wish.zone, day, at)
    choice = Choice(wish.language, wish.region, wish.codes, wish.clauses, wish.demands, day, wish.without)
    given = read_letter(wish.sender) if wish.sender else Given()
    at_hand, struck = lookups(workspace, case_id), struck_of(workspace, case_id)
    desk = office(workspace)
    made = desk.draft(case_id, folder, given, choice, limit, at_hand, struck, by=person(by), template=wish.template)
    return made, desk.lint(made, at_hand, struck)


def lint(workspace: Workspace, path: Path, notice_id: str = "") -> tuple[Draft, tuple[Finding, ...]]:
    """Lints a draft's folder, or a document that counsel edited."""
    desk = office(workspace)
    found = desk.read(path, notice_id)
    case_id = found.notice.case_id
    at_hand, struck = lookups(workspace, case_id), struck_of(workspace, case_id)
    return found, desk.lint(found, at_hand, struck, override=_override(workspace, found))


def approve(workspace: Workspace, path: Path, *, role: str, ticked: str, override: str, by: str) -> tuple[Event, Draft]:
    """One person's approval. Raises NotAllowed when a refusal stands, or a fact is not ticked."""
    who, desk = person(by), office(workspace)
    found = desk.read(path)
    case_id = found.notice.case_id
    reason = override or _override(workspace, found)
    findings = desk.lint(found, lookups(workspace, case_id), struck_of(workspace, case_id), override=reason)
    if worst(findings, final=False):
        first = next(one for one in findings if worst([one], final=False))
        raise NotAllowed(f"{found.notice.id} cannot be approved: {first.place}: {first.sentence} ({first.rule})")
    facts = fact_numbers(found.notice.data) if ticked == "all" else tuple(one.strip() for one in ticked.split(","))
    event = Notices(workspace.db).approve(
        found.notice.id, role=role, ticked=facts, docx_sha256=found.docx_sha256, by=who, override=override
    )
    return event, found


def export(workspace: Workspace, path: Path, target: Path, *, final: bool, by: str, purpose: str) -> str:
    """Copies a document out; gives the copy's SHA-256. Raises NotAllowed as :meth:`Office.export` does."""
    found, findings = lint(workspace, path)
    return office(workspace).export(found, target, findings, final=final, by=person(by), purpose=purpose)


def record_service(
    workspace: Workspace, what: str, *, served_at: str, method: str, proof: Path, zone: str, by: str
) -> Service:
    """Records that a person served the approved document of a case, a notice or a draft's folder.

    Raises NotAllowed, and Unreadable for a missing proof.
    """
    notices = Notices(workspace.db)
    if re.fullmatch(r"(case|notice)-\d+", what):
        notice_id, document = notices.approved_document(what)
    else:
        found = office(workspace).read(Path(what))
        notice_id, document = found.notice.id, found.docx_sha256
    try:
        digest = sha256_file(proof)
    except OSError as error:
        raise Unreadable(f"{proof}: the proof of service cannot be read: {error.strerror}") from error
    moment = _moment(served_at, zone or notices.get(notice_id).data["deadline"]["zone"])
    return notices.record_service(
        notice_id, served_at=moment, method=method, proof_sha256=digest, docx_sha256=document, by=person(by)
    )


def _override(workspace: Workspace, found: Draft) -> str:
    given = Notices(workspace.db).approvals(found.notice.id, found.docx_sha256)
    return next((event.facts["override"] for event in given if event.facts["override"]), "")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotAllowed(f"{text!r} is no date: say it as 2026-11-24") from error


def _moment(text: str, zone: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAllowed(f"{text!r} is no time: say it as 2026-11-25T10:30 or with its zone at the end") from error
    if "T" not in text and " " not in text.strip():
        raise NotAllowed(f"{text!r} has no time of day: say it as 2026-11-25T10:30")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone))


def codes_of(text: Sequence[str]) -> tuple[str, ...]:
    """Codes given one by one or in a list with commas."""
    return tuple(dict.fromkeys(part.strip().upper() for one in text for part in one.split(",") if part.strip()))
