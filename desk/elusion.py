"""What slips through: every week a random sample of what was discarded is put before a person.

The share of missed offers in such samples bounds what the whole pile hides, which e-discovery calls elusion. The draw
can be repeated by anybody: addresses are taken in the order of a digest of the week and the address.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from crawler import clock
from crawler.casebook import writing
from desk import looks
from desk.changes import Look, best_per_address
from evidence.decision import Decisions, Outcome

DAYS = 7
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Elusion:
    """``drawn`` sightings so far, ``decided`` by a person, ``missed`` offers among them.

    ``at_most`` is the upper end of the one-sided 95 % interval of the missed share (Clopper and Pearson, Biometrika 26,
    1934), 1 before anything was decided.
    """

    drawn: int
    decided: int
    missed: int
    at_most: float


def draw(db: Database, size: int, now: datetime) -> str:
    """Draws the sample of this week unless it was drawn already; gives the week's name such as ``2026-W48``.

    Drawn from the addresses of the last seven days whose latest judgement is to discard them.
    """
    week = f"{now:%G-W%V}"
    if size and not next(db.query("select count(*) as n from elusion where week = ?", (week,)))["n"]:
        discarded = [look for look in _recent(db, now) if look.discarded]
        ranked = sorted(discarded, key=lambda look: hashlib.sha256(f"{week} {look.key}".encode()).digest())
        with writing(db):
            for look in ranked[:size]:
                db.table("elusion").insert({"week": week, "sighting_id": look.sighting_id}, ignore=True)
    return week


def waiting(db: Database, week: str) -> list[Look]:
    """The week's sample, without what a person has decided about."""
    rows = db.query(
        "select s.* from elusion e join sightings s using (sighting_id) where e.week = ? order by e.rowid", (week,)
    )
    decisions = Decisions(db)
    return [look for look in looks.from_rows(db, rows) if decisions.standing(look.sighting_id) is None]


def estimate(db: Database) -> Elusion:
    """What the samples of all weeks together say."""
    decisions = Decisions(db)
    drawn = [row["sighting_id"] for row in db.query("select sighting_id from elusion")]
    standing = [decision for name in drawn if (decision := decisions.standing(name)) is not None]
    missed = sum(decision.outcome is Outcome.ACCEPTED for decision in standing)
    return Elusion(len(drawn), len(standing), missed, upper_bound(missed, len(standing)))


def upper_bound(hits: int, of: int) -> float:
    """The largest share at which ``hits`` or fewer in ``of`` are not less likely than one in twenty; 1 for nothing."""
    if hits >= of:
        return 1.0
    low, high = 0.0, 1.0
    for _halving in range(60):
        share = (low + high) / 2
        chance = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))
        low, high = (share, high) if chance > 1 - CONFIDENCE else (low, share)
    return high


def _recent(db: Database, now: datetime) -> Sequence[Look]:
    rows = db.query("select * from sightings where seen_at >= ?", (clock.iso(now - timedelta(days=DAYS)),))
    return best_per_address(looks.from_rows(db, rows))
