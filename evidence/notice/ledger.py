"""The ledger of notices: drafts, approvals, service and what came of it, append-only and in the custody log.

States (in the order a matter moves): drafted → approved → served → acknowledged, complied, partial, ignored, disputed
→ reoffended, escalated → closed; a draft can be withdrawn. ``approved`` is nobody's entry: it holds when two distinct
people, an analyst and counsel, ticked every fact of the same draft and the same document. Service is done and recorded
by a person; the program sends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.custody import CustodyLog
from evidence.decision import one_line, person
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed, Unverified
from evidence.notice.composing import digest
from evidence.notice.ledger_records import Event, Notice, Service

__all__ = ["Event", "Notice", "Notices", "Service", "fact_numbers"]

ROLES = ("analyst", "counsel")
DRAFTED, APPROVED, SERVED, CLOSED, WITHDRAWN = "drafted", "approved", "served", "closed", "withdrawn"
AFTER_SERVICE = ("acknowledged", "complied", "partial", "ignored", "disputed", "reoffended", "escalated", CLOSED)
_APPROVAL = "approval"


class Notices:
    """The notices of one casebook."""

    def __init__(self, db: Database) -> None:
        self._db, self._log = db, CustodyLog(db)

    def next_id(self) -> str:
        """The ID the next draft gets: notice-0001 and so on. Read it inside the transaction that adds the draft."""
        number = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM notices").fetchone()[0]
        return f"notice-{number:04d}"

    def add(self, data: dict[str, Any], docx_sha256: str, *, by: str) -> Notice:
        """Keeps a draft; every exhibit it quotes gets a custody entry. Raises NotAllowed for a number that is taken."""
        by = person(by)
        with self._log.batch():
            if data["notice_id"] != self.next_id():
                raise NotAllowed("another notice was drafted meanwhile: draft this one again")
            number = int(data["notice_id"].removeprefix("notice-"))
            row = {
                "number": number,
                "id": data["notice_id"],
                "case_id": data["case_id"],
                "draft_sha256": digest(data),
                "data": canonical_json(data).decode("utf-8"),
                "drafted_by": by,
                "drafted_at": clock.iso(clock.now()),
            }
            self._db.table("notices").insert(row)
            for exhibit in data["exhibits"]:
                facts = {"files": ["manifest.json", "claims.json", "text.txt"]}
                self._log.append("read", exhibit["exhibit_id"], actor=by, purpose="drafting a notice", facts=facts)
            self._event(data["notice_id"], DRAFTED, by, {"draft_sha256": digest(data), "docx_sha256": docx_sha256})
        return self.get(data["notice_id"])

    def get(self, notice_id: str) -> Notice:
        """A notice. Raises NotAllowed for an unknown one, Unverified when its data is not what was drafted."""
        row = next(self._db.table("notices").rows_where("id = ?", [notice_id]), None)
        if row is None:
            raise NotAllowed(f"there is no notice {notice_id!r}: 'offsignal notice list' names them")
        data = json.loads(row["data"])
        if digest(data) != row["draft_sha256"]:
            raise Unverified(f"{notice_id}: its data in the casebook is not what was drafted")
        when = clock.parse(row["drafted_at"])
        return Notice(row["id"], row["case_id"], row["draft_sha256"], data, row["drafted_by"], when)

    def all(self, case_id: str = "") -> tuple[Notice, ...]:
        """The notices of a case, or all of them, oldest first."""
        where, values = ("case_id = ?", [case_id]) if case_id else ("1", [])
        names = list(self._db.query(f"SELECT id FROM notices WHERE {where} ORDER BY number", values))  # noqa: S608  # fixed
        return tuple(self.get(row["id"]) for row in names)

    def events(self, notice_id: str) -> tuple[Event, ...]:
        """Everything recorded about a notice, oldest first."""
        rows = list(self._db.table("notice_events").rows_where("notice_id = ?", [notice_id], order_by="seq"))
        return tuple(
            Event(r["seq"], r["notice_id"], r["kind"], r["by"], clock.parse(r["at"]), json.loads(r["facts"]))
            for r in rows
        )

    def approve(
        self, notice_id: str, *, role: str, ticked: Sequence[str], docx_sha256: str, by: str, override: str = ""
    ) -> Event:
        """One person's approval in one role, bound to the draft's data and to the document as it lies there.

        ``ticked`` are the facts (numbers as 1.2) that were held against their exhibits: all of them, or it is refused.
        ``override`` is counsel's reason for going on although the directory lists a provider. Raises NotAllowed for
        another role, a fact left out or unknown, or somebody who approved this document in the other role.
        """
        by, notice = person(by), self.get(notice_id)
        if role not in ROLES:
            raise NotAllowed(f"--role {role!r}: an approval is given as {' or '.join(ROLES)}")
        wanted = fact_numbers(notice.data)
        if unknown := sorted(set(ticked) - set(wanted)):
            raise NotAllowed(f"{notice_id} has no fact {unknown[0]}: its facts are {', '.join(wanted)}")
        if left := [number for number in wanted if number not in set(ticked)]:
            raise NotAllowed(
                f"facts {', '.join(left)} are not ticked: hold each against its exhibit, or draft without it"
            )
        if override and role != "counsel":
            raise NotAllowed("only counsel can go on although the directory lists a provider")
        with self._log.batch():
            self._open(notice_id, {DRAFTED, APPROVED})
            for one in self.approvals(notice_id, docx_sha256):
                if _same_person(one.by, by) and one.facts["role"] != role:
                    raise NotAllowed(
                        f"{by} has approved it as {one.facts['role']}: another person must do it as {role}"
                    )
            facts = {
                "role": role,
                "draft_sha256": notice.draft_sha256,
                "docx_sha256": docx_sha256,
                "facts": list(wanted),
                "override": override,
            }
            for exhibit_id in dict.fromkeys(act["exhibit_id"] for act in notice.data["acts"]):
                purpose = "holding the facts of a notice against it"
                self._log.append("read", exhibit_id, actor=by, purpose=purpose, facts={"role": role})
            return self._event(notice_id, _APPROVAL, by, facts)

    def approvals(self, notice_id: str, docx_sha256: str) -> tuple[Event, ...]:
        """The approvals of exactly this document."""
        found = (event for event in self.events(notice_id) if event.kind == _APPROVAL)
        return tuple(event for event in found if event.facts["docx_sha256"] == docx_sha256)

    def approved(self, notice_id: str, docx_sha256: str) -> bool:
        """Whether an analyst and counsel, two different people, approved exactly this document."""
        given = {
            role: {_key(e.by) for e in self.approvals(notice_id, docx_sha256) if e.facts["role"] == role}
            for role in ROLES
        }
        return any(one != other for one in given["analyst"] for other in given["counsel"])

    def state(self, notice_id: str) -> str:
        """The state it is in now."""
        events = self.events(notice_id)
        recorded = [event.kind for event in events if event.kind not in (_APPROVAL, "exported")]
        last = recorded[-1] if recorded else DRAFTED
        documents = {event.facts["docx_sha256"] for event in events if event.kind == _APPROVAL}
        if last == DRAFTED and any(self.approved(notice_id, document) for document in documents):
            return APPROVED
        return last

    def approved_document(self, name: str) -> tuple[str, str]:
        """The approved notice of a notice's or case's ID, with the digest of the document that was approved.

        Raises NotAllowed when there is none, or when a case has several.
        """
        found = [
            (notice.id, document)
            for notice in ((self.get(name),) if name.startswith("notice-") else self.all(name))
            if self.state(notice.id) == APPROVED
            for document in dict.fromkeys(e.facts["docx_sha256"] for e in self.events(notice.id) if e.kind == _APPROVAL)
            if self.approved(notice.id, document)
        ]
        if len(found) == 1:
            return found[0]
        raise NotAllowed(f"{name} has {len(found)} approved documents: name the draft's folder that was served")

    def exported(self, notice_id: str, facts: Mapping[str, Any], *, by: str) -> Event:
        """That a copy left the house, with its digest and whether it was final."""
        with self._log.batch():
            return self._event(notice_id, "exported", person(by), dict(facts))

    def record_service(
        self, notice_id: str, *, served_at: datetime, method: str, proof_sha256: str, docx_sha256: str, by: str
    ) -> Service:
        """A person records that the approved document was served. Raises NotAllowed when it was not approved."""
        by, method = person(by), one_line(method, "the method of service", 200)
        with self._log.batch():
            self._open(notice_id, {APPROVED})
            if not self.approved(notice_id, docx_sha256):
                raise NotAllowed(f"{notice_id}: this document has no approval by an analyst and by counsel")
            if served_at > clock.now():
                raise NotAllowed(f"{clock.iso(served_at)} lies in the future: record service after it was made")
            facts = {
                "served_at": clock.iso(served_at),
                "method": method,
                "proof_sha256": proof_sha256,
                "docx_sha256": docx_sha256,
            }
            self._event(notice_id, SERVED, by, facts)
        return self.services(self.get(notice_id).case_id)[-1]

    def record(self, notice_id: str, kind: str, *, by: str, note: str, exhibits: Sequence[str] = ()) -> Event:
        """What came after: one of :data:`AFTER_SERVICE`, or ``withdrawn`` before service.

        ``note`` says what a person saw; it stays in the house. Raises NotAllowed when the state does not allow it.
        """
        by, note = person(by), one_line(" ".join(note.split()), "the note", 2000)
        if kind not in (*AFTER_SERVICE, WITHDRAWN):
            raise NotAllowed(f"there is no state {kind!r}: record one of {', '.join((*AFTER_SERVICE, WITHDRAWN))}")
        if kind == "reoffended" and not exhibits:
            raise NotAllowed("a reoffence names the exhibits that show it: give --exhibit")
        with self._log.batch():
            before = {DRAFTED, APPROVED} if kind == WITHDRAWN else {SERVED, *AFTER_SERVICE} - {CLOSED}
            self._open(notice_id, before)
            self._after_service(notice_id, exhibits if kind == "reoffended" else ())
            return self._event(notice_id, kind, by, {"note": note, "exhibits": list(exhibits)})

    def services(self, case_id: str = "") -> tuple[Service, ...]:
        """Every recorded service of a case, or of all, oldest first. A chronology reads the service date here."""
        found = []
        for notice in self.all(case_id):
            for event in self.events(notice.id):
                if event.kind == SERVED:
                    facts = event.facts
                    at, proof = clock.parse(facts["served_at"]), facts["proof_sha256"]
                    found.append(
                        Service(notice.id, notice.case_id, at, facts["method"], proof, event.by, facts["docx_sha256"])
                    )
        return tuple(sorted(found, key=lambda service: service.served_at))

    def _after_service(self, notice_id: str, exhibits: Sequence[str]) -> None:
        served = [one for one in self.services() if one.notice_id == notice_id]
        for exhibit_id in exhibits:
            row = self._db.execute("SELECT captured_at FROM exhibits WHERE exhibit_id = ?", [exhibit_id]).fetchone()
            if row is None:
                raise NotAllowed(f"there is no exhibit {exhibit_id!r}: capture the page first")
            if clock.parse(row[0]) <= served[-1].served_at:
                raise NotAllowed(f"{exhibit_id} is of {row[0]}, not after service: it shows no reoffence")

    def _open(self, notice_id: str, allowed: set[str]) -> None:
        now = self.state(notice_id)
        if now not in allowed:
            raise NotAllowed(f"{notice_id} is {now}; this step needs one that is {' or '.join(sorted(allowed))}")

    def _event(self, notice_id: str, kind: str, by: str, facts: dict[str, Any]) -> Event:
        """Writes an event and the custody entry that fixes its digest; notes stay out of the log."""
        now = clock.now()
        row = {"notice_id": notice_id, "kind": kind, "by": by, "at": clock.iso(now), "facts": json.dumps(facts)}
        self._db.table("notice_events").insert(row)
        seq = self._db.execute("SELECT MAX(seq) FROM notice_events").fetchone()[0]
        logged = {"event": seq, "event_sha256": sha256_hex(canonical_json({**row, "facts": facts}))}
        logged |= {name: facts[name] for name in ("role", "docx_sha256", "served_at", "proof_sha256") if name in facts}
        action = f"notice_{kind}"
        self._log.append(action, notice_id, actor=by, purpose="notice", facts=logged)
        return Event(seq, notice_id, kind, by, now, facts)


def fact_numbers(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The numbers of all facts of a draft, such as 1.1, 1.2, 2.1."""
    return tuple(quote["number"] for act in data["acts"] for quote in act["quotes"])


def _same_person(one: str, other: str) -> bool:
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
