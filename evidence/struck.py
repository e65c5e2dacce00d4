"""Claims that a named person struck out of a case: in flow an exhibit, a claim and a reason; out flow which are.

A struck claim stays where it is, in the sealed ``claims.json``; reports, notices and exports of that case leave it out.
What speaks for the operator (a disclaimer, consent, the official interface) is refused: it is never left out.
A striking is never edited: a later one, or a restoring, supersedes it and both stay. The custody log gets the digest of
each, not its reason: reasons are the reviewer's notes and stay in the house, yet cannot be changed unseen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.case import Cases
from evidence.case_tables import MIGRATIONS
from evidence.custody import CustodyLog
from evidence.decision import MAX_REASON, one_line, person
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed, Unverified
from evidence.report_words import MITIGATING

__all__ = ["MIGRATIONS", "Striking", "Struck"]

STRUCK, RESTORED = "claim_struck", "claim_restored"
DIGEST = "striking_sha256"


@dataclass(frozen=True, slots=True)
class Striking:
    """One striking, or one restoring when ``struck`` is false. ``claim`` is an index into "claims" of claims.json."""

    id: int
    case_id: str
    exhibit_id: str
    claim: int
    struck: bool
    reason: str
    struck_by: str
    struck_at: datetime
    supersedes: int | None
    salt: str

    def digest(self) -> str:
        """SHA-256 of the whole record; the salt keeps the reason from being guessed out of it."""
        return sha256_hex(canonical_json(_row(self) | {"struck": self.struck}))


class Struck:
    """The strikings of one casebook."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._custody = CustodyLog(db)

    def of(self, case_id: str, exhibit_id: str) -> frozenset[int]:
        """The indices into "claims" of the exhibit's claims.json that are struck in the case."""
        return frozenset(one.claim for one in self._standing(case_id, exhibit_id).values() if one.struck)

    def standing(self, case_id: str, exhibit_id: str) -> Mapping[int, Striking]:
        """What stands about each claim that was ever struck: by index, the striking or the restoring."""
        return self._standing(case_id, exhibit_id)

    def of_case(self, case_id: str) -> tuple[Striking, ...]:
        """All strikings and restorings of a case in the order they were made, superseded ones included."""
        return self._select("case_id = ?", case_id)

    def strike(
        self, case_id: str, exhibit_id: str, index: int, *, by: str, reason: str, claims: int = 0, kind: str = ""
    ) -> Striking:
        """Strikes a claim; striking it again changes nothing and returns what stands.

        ``claims`` is how many the exhibit has and ``kind`` the claim's type, if the caller knows. Raises NotAllowed for
        an exhibit that is not in the case, a claim that is not there or speaks for the operator, and an empty name or
        reason.
        """
        if kind in MITIGATING:
            raise NotAllowed(
                f"claim {index + 1} of {exhibit_id} is a {kind.replace('_', ' ')} claim and speaks for the operator: "
                "such claims are always shown; leave it as it stands and tell counsel what you think of it"
            )
        return self._change(case_id, exhibit_id, index, by, reason, claims, struck=True)

    def restore(self, case_id: str, exhibit_id: str, index: int, *, by: str, reason: str) -> Striking:
        """Takes a striking back. Raises NotAllowed for a claim that is not struck, and as :meth:`strike` does."""
        if index not in self.of(case_id, exhibit_id):
            raise NotAllowed(
                f"claim {index + 1} of {exhibit_id} is not struck in {case_id}: there is nothing to restore"
            )
        return self._change(case_id, exhibit_id, index, by, reason, 0, struck=False)

    def verify(self) -> int:
        """Checks every striking against the digest that the custody log holds of it; returns how many there are.

        Raises Unverified naming the first one that was changed, removed, or never logged.
        """
        logged = {one.facts["striking"]: one.facts[DIGEST] for one in self._custody.entries() if DIGEST in one.facts}
        kept = {one.id: one.digest() for one in self._select("1")}
        for number in sorted(logged.keys() | kept.keys()):
            if logged.get(number) != kept.get(number):
                raise Unverified(f"striking {number}: not as the custody log recorded it: changed, removed or added")
        return len(kept)

    def _change(
        self, case_id: str, exhibit_id: str, index: int, by: str, reason: str, claims: int, *, struck: bool
    ) -> Striking:
        by, reason = person(by), one_line(" ".join(reason.split()), "the reason", MAX_REASON)
        if index < 0 or (claims and index >= claims):
            raise NotAllowed(f"{exhibit_id} has no claim {index + 1}: 'offsignal case claims' numbers them")
        with self._custody.batch():
            if exhibit_id not in {one.exhibit_id for one in Cases(self._db).exhibits(case_id)}:
                raise NotAllowed(f"{exhibit_id} is not in {case_id}: add it to the case before striking its claims")
            before = self._standing(case_id, exhibit_id).get(index)
            if before is not None and before.struck is struck:
                return before
            number = self._db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM struck_claims").fetchone()[0]
            known, salt = (before.id if before else None), secrets.token_hex(16)
            one = Striking(number, case_id, exhibit_id, index, struck, reason, by, clock.now(), known, salt)
            self._db.table("struck_claims").insert(_row(one))
            facts = {"case": case_id, "claim": index, "striking": number, DIGEST: one.digest(), "supersedes": known}
            self._custody.append(STRUCK if struck else RESTORED, exhibit_id, actor=by, purpose="review", facts=facts)
            return one

    def _standing(self, case_id: str, exhibit_id: str) -> dict[int, Striking]:
        return {one.claim: one for one in self._select("case_id = ? AND exhibit_id = ?", case_id, exhibit_id)}

    def _select(self, where: str, *values: str) -> tuple[Striking, ...]:
        rows = list(self._db.table("struck_claims").rows_where(where, list(values), order_by="id"))
        return tuple(
            Striking(**{**row, "struck": bool(row["struck"]), "struck_at": clock.parse(row["struck_at"])})
            for row in rows
        )


def _striking(row: Mapping[str, Any]) -> Striking:
    return Striking(**{**row, "struck": bool(row["struck"]), "struck_at": clock.parse(row["struck_at"])})


def _row(one: Striking) -> dict[str, Any]:
    return asdict(one) | {"struck": int(one.struck), "struck_at": clock.iso(one.struck_at)}
