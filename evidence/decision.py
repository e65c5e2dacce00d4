"""What named people decided: in flow a person, an outcome and a reason; out flow :class:`Decision` records.

The machine suggests elsewhere; only this file decides, and only under a person's name. A decision is never edited: a
later one supersedes it and both stay. The custody log gets the digest of each decision, not its reason: reasons are
the reviewer's notes (work product) and stay out of bundles, yet cannot be changed unseen.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.case_tables import MIGRATIONS
from evidence.custody import CustodyLog
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed, Unverified

__all__ = ["MIGRATIONS", "Decision", "Decisions", "Outcome", "one_line", "person"]

USER_VARIABLE = "OFFSIGNAL_USER"
MAX_NAME = 120
MAX_REASON = 4000


class Outcome(StrEnum):
    """What a person can decide about an exhibit of a case, or about a sighting in the queue."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. ``case_id`` is empty for a decision made outside any case (a sighting dismissed in the queue).

    ``judgement`` names the machine's judgement the person saw (model version or ID), empty when there was none.
    ``supersedes`` is the ID of the decision it replaces.
    """

    id: int
    case_id: str
    subject: str
    outcome: Outcome
    reason: str
    judgement: str
    decided_by: str
    decided_at: datetime
    supersedes: int | None
    salt: str

    def digest(self) -> str:
        """SHA-256 of the whole record; the salt keeps the reason from being guessed out of it."""
        return sha256_hex(canonical_json(_row(self)))


def person(given: str = "") -> str:
    """The name of the person who acts: ``given`` (from --as), else the variable OFFSIGNAL_USER.

    Raises NotAllowed when there is none or it is no name: the program never decides and never guesses who does.
    """
    name = unicodedata.normalize("NFC", given or os.environ.get(USER_VARIABLE, "")).strip()
    if not name:
        raise NotAllowed(f"a named person must do this: give a name with --as NAME or set {USER_VARIABLE}")
    if not any(character.isalpha() for character in name):
        raise NotAllowed(f"{name!r} is not a person's name: give one with --as NAME or set {USER_VARIABLE}")
    return one_line(name, "the name", MAX_NAME)


def one_line(text: str, what: str, limit: int) -> str:
    """``text`` stripped and checked. Raises NotAllowed when it is empty, too long or holds control characters."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise NotAllowed(f"{what} is empty: say it in words")
    if len(text) > limit:
        raise NotAllowed(f"{what} is {len(text)} characters long; {limit} is the most")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise NotAllowed(f"{what} must be one line without control characters")
    return text


class Decisions:
    """The decisions of one casebook."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._custody = CustodyLog(db)

    def decide(
        self, subject: str, outcome: Outcome, *, by: str, reason: str, case_id: str = "", judgement: str = ""
    ) -> Decision:
        """Records what ``by`` decided about ``subject`` and supersedes the decision that stood before.

        The same person deciding the same with the same words again changes nothing and returns the standing decision.
        Raises NotAllowed for an empty name, reason or subject.
        """
        by, reason = person(by), one_line(" ".join(reason.split()), "the reason", MAX_REASON)
        subject = one_line(subject, "the subject", 200)
        with self._custody.batch():
            standing = self.standing(subject, case_id)
            if standing and (standing.outcome, standing.reason, standing.decided_by) == (outcome, reason, by):
                return standing
            number = self._db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM decisions").fetchone()[0]
            before = standing.id if standing else None
            salt = secrets.token_hex(16)
            decision = Decision(number, case_id, subject, outcome, reason, judgement, by, clock.now(), before, salt)
            self._db.table("decisions").insert(_row(decision))
            facts = {"case": case_id, "decision": number, "decision_sha256": decision.digest(), "supersedes": before}
            self._custody.append(str(outcome), subject, actor=by, purpose="review", facts=facts)
            return decision

    def standing(self, subject: str, case_id: str = "") -> Decision | None:
        """The decision that stands now about ``subject`` in a case; None when nobody has decided."""
        found = self._select("subject = ? AND case_id = ?", subject, case_id)
        return found[-1] if found else None

    def of_case(self, case_id: str) -> tuple[Decision, ...]:
        """All decisions of a case in the order they were made, superseded ones included."""
        return self._select("case_id = ?", case_id)

    def about(self, subject: str) -> tuple[Decision, ...]:
        """All decisions about one exhibit or sighting, in any case and outside of cases."""
        return self._select("subject = ?", subject)

    def verify(self) -> int:
        """Checks every decision against the digest that the custody log holds of it; returns how many there are.

        Raises Unverified naming the first decision that was changed, removed, or never logged.
        """
        logged = {
            entry.facts["decision"]: entry.facts["decision_sha256"]
            for entry in self._custody.entries()
            if "decision_sha256" in entry.facts
        }
        kept = {decision.id: decision.digest() for decision in self._select("1")}
        for number in sorted(logged.keys() | kept.keys()):
            if logged.get(number) != kept.get(number):
                raise Unverified(f"decision {number}: not as the custody log recorded it: changed, removed or added")
        return len(kept)

    def _select(self, where: str, *values: str) -> tuple[Decision, ...]:
        rows = list(self._db.table("decisions").rows_where(where, list(values), order_by="id"))
        return tuple(_decision(row) for row in rows)


def _row(decision: Decision) -> dict[str, Any]:
    return asdict(decision) | {"outcome": str(decision.outcome), "decided_at": clock.iso(decision.decided_at)}


def _decision(row: Mapping[str, Any]) -> Decision:
    read = {"outcome": Outcome(row["outcome"]), "decided_at": clock.parse(row["decided_at"])}
    return Decision(**{**row, **read})
