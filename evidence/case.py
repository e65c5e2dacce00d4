"""Cases: a vendor, the exhibits put together about it, and who accepted which. In flow names, out flow records.

A case is opened under a vendor's name or from a sighting. Exhibits are added by people; what the machine thinks
belongs here is suggested in :mod:`evidence.suggestion` and never added by itself. Only accepted exhibits of a case go
into its bundle. Cases and their lists are append-only, and every touch stands in the custody log.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler import clock
from crawler.sighting import Sighting
from evidence.case_tables import MIGRATIONS
from evidence.custody import CustodyLog
from evidence.decision import Decision, Decisions, Outcome, one_line, person
from evidence.errors import NotAllowed

__all__ = ["MIGRATIONS", "Case", "CaseExhibit", "Cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """A vendor under investigation. ``id`` is "case-0001" and so on in the order of opening."""

    id: str
    name: str
    sighting_id: str
    purpose: str
    opened_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class CaseExhibit:
    """One exhibit of a case and the decision that stands about it; ``decision`` is None while nobody has decided."""

    case_id: str
    exhibit_id: str
    reason: str
    added_by: str
    added_at: datetime
    decision: Decision | None

    @property
    def accepted(self) -> bool:
        """Whether a named person's standing decision accepts it."""
        return self.decision is not None and self.decision.outcome is Outcome.ACCEPTED


class Cases:
    """The cases of one casebook."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._custody = CustodyLog(db)
        self._decisions = Decisions(db)

    def open(self, name: str, *, by: str, purpose: str = "investigation", sighting_id: str = "") -> Case:
        """Opens a case under a vendor's name; an open case of that name or from that sighting is returned instead.

        ``purpose`` says why in a person's own words: it stays in the house, as reasons do, and is in no bundle.
        Raises NotAllowed for an empty name or person.
        """
        by, name = person(by), one_line(name, "the vendor's name", 200)
        purpose = one_line(purpose, "the purpose", 400)
        with self._custody.batch():
            same = "name_key = ? OR (sighting_id = ? AND sighting_id <> '')"
            if known := self._cases(same, _key(name), sighting_id):
                return known[0]
            number = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM cases").fetchone()[0]
            case = Case(f"case-{number:04d}", name, sighting_id, purpose, by, clock.now())
            row = asdict(case) | {"number": number, "name_key": _key(name), "opened_at": clock.iso(case.opened_at)}
            self._db.table("cases").insert(row)
            facts = {"name": name} | ({"sighting": sighting_id} if sighting_id else {})
            self._custody.append("case_opened", case.id, actor=by, purpose="investigation", facts=facts)
            return case

    def open_from(self, sighting: Sighting, *, by: str, name: str = "", purpose: str = "investigation") -> Case:
        """Opens a case from a sighting, named after the seller the source states, else after the page's host."""
        host = urlsplit(sighting.url_final).hostname or ""
        shown = name or sighting.facts.get("seller", "") or host.removeprefix("www.")
        return self.open(" ".join(shown.split()), by=by, purpose=purpose, sighting_id=sighting.sighting_id)

    def get(self, case_id: str) -> Case:
        """The case; raises NotAllowed when there is none of that ID."""
        if found := self._cases("id = ?", case_id):
            return found[0]
        raise NotAllowed(f"there is no case {case_id!r}: 'offsignal case list' names them")

    def all(self) -> tuple[Case, ...]:
        """All cases in the order they were opened."""
        return self._cases("1")

    def add(self, case_id: str, exhibit_id: str, *, by: str, reason: str) -> CaseExhibit:
        """Puts an exhibit into a case; doing it again changes nothing. It is not accepted by that.

        Raises NotAllowed for an unknown case or exhibit, an empty name or reason.
        """
        by, reason = person(by), one_line(" ".join(reason.split()), "the reason", 4000)
        with self._custody.batch():
            self.get(case_id)
            if known := self._member(case_id, exhibit_id):
                return known
            if not self._db.execute("SELECT 1 FROM exhibits WHERE exhibit_id = ?", [exhibit_id]).fetchone():
                raise NotAllowed(f"there is no exhibit {exhibit_id!r}: capture the page, then add it to the case")
            row = {"case_id": case_id, "exhibit_id": exhibit_id, "reason": reason, "added_by": by}
            row["added_at"] = clock.iso(clock.now())
            self._db.table("case_exhibits").insert(row)
            self._custody.append("added_to_case", exhibit_id, actor=by, purpose="review", facts={"case": case_id})
            return self._exhibit(row)

    def accept(self, case_id: str, exhibit_id: str, *, by: str, reason: str, judgement: str = "") -> Decision:
        """A named person accepts an exhibit of the case. Raises NotAllowed when it is not in it, or nobody decides."""
        return self._decide(case_id, exhibit_id, Outcome.ACCEPTED, by, reason, judgement)

    def reject(self, case_id: str, exhibit_id: str, *, by: str, reason: str, judgement: str = "") -> Decision:
        """A named person rejects an exhibit, superseding an acceptance. Raises NotAllowed as accept does."""
        return self._decide(case_id, exhibit_id, Outcome.REJECTED, by, reason, judgement)

    def exhibits(self, case_id: str) -> tuple[CaseExhibit, ...]:
        """The exhibits of a case in the order they were added, each with the decision that stands."""
        self.get(case_id)
        rows = self._db.table("case_exhibits").rows_where("case_id = ?", [case_id], order_by="position")
        return tuple(self._exhibit(row) for row in list(rows))

    def accepted(self, case_id: str) -> tuple[CaseExhibit, ...]:
        """The exhibits that go into a bundle, in the order they were added: the numbers 1 to n of the report."""
        return tuple(exhibit for exhibit in self.exhibits(case_id) if exhibit.accepted)

    def cases_of(self, exhibit_id: str) -> tuple[Case, ...]:
        """The cases an exhibit was put into."""
        return self._cases("id IN (SELECT case_id FROM case_exhibits WHERE exhibit_id = ?)", exhibit_id)

    def _decide(
        self, case_id: str, exhibit_id: str, outcome: Outcome, by: str, reason: str, judgement: str
    ) -> Decision:
        self.get(case_id)
        if not self._member(case_id, exhibit_id):
            raise NotAllowed(f"{exhibit_id} is not in {case_id}: add it to the case before deciding about it")
        return self._decisions.decide(exhibit_id, outcome, by=by, reason=reason, case_id=case_id, judgement=judgement)

    def _member(self, case_id: str, exhibit_id: str) -> CaseExhibit | None:
        where = "case_id = ? AND exhibit_id = ?"
        rows = list(self._db.table("case_exhibits").rows_where(where, [case_id, exhibit_id]))
        return self._exhibit(rows[0]) if rows else None

    def _exhibit(self, row: Mapping[str, Any]) -> CaseExhibit:
        case_id, exhibit_id = row["case_id"], row["exhibit_id"]
        standing = self._decisions.standing(exhibit_id, case_id)
        return CaseExhibit(case_id, exhibit_id, row["reason"], row["added_by"], clock.parse(row["added_at"]), standing)

    def _cases(self, where: str, *values: str) -> tuple[Case, ...]:
        columns = "id, name, sighting_id, purpose, opened_by, opened_at"
        rows = list(self._db.table("cases").rows_where(where, list(values), order_by="number", select=columns))
        return tuple(Case(**{**row, "opened_at": clock.parse(row["opened_at"])}) for row in rows)


def _key(name: str) -> str:
    """One spelling per vendor name: case, width and white space do not make two vendors."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
