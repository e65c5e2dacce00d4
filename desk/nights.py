"""Nights and their steps: what ran, how it ended, what it counted. A night that was killed is taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler import clock

MIGRATIONS = Migrations("desk")

STEPS = ("crawl", "recheck", "judge", "capture", "stamp", "proofs", "checkpoint", "report")


@MIGRATIONS()
def nights_and_steps(db: Database) -> None:
    """One row a night, one row a step of it."""
    db.table("nights").create(
        {"night_id": str, "number": int, "started_at": str, "finished_at": str, "options": str}, pk="night_id"
    )
    db.table("night_steps").create(
        {"night_id": str, "step": str, "state": str, "started_at": str, "finished_at": str, "summary": str},
        pk=("night_id", "step"),
    )


@MIGRATIONS()
def not_judged(db: Database) -> None:
    """Sightings that were seen and could not be judged, with the reason: no text in them, or judging broke."""
    db.table("not_judged").create({"sighting_id": str, "model": str, "reason": str}, pk=("sighting_id", "model"))


@MIGRATIONS()
def placements(db: Database) -> None:
    """What a page is within its site, as of the last time the site's pages were judged together."""
    db.table("placements").create(
        {
            "sighting_id": str,
            "model": str,
            "site": str,
            "role": str,
            "decision": str,
            "supporting": int,
            "reasons": str,
        },
        pk="sighting_id",
    )


@MIGRATIONS()
def likeness_and_elusion(db: Database) -> None:
    """Fingerprints of judged texts (hexadecimal), and the weekly samples of what was discarded."""
    db.table("likeness").create({"sighting_id": str, "fingerprint": str}, pk="sighting_id")
    db.table("elusion").create({"week": str, "sighting_id": str}, pk=("week", "sighting_id"))


@MIGRATIONS()
def pictures(db: Database) -> None:
    """What was read in the photograph of a page that says little itself, or why nothing was."""
    db.table("pictures").create(
        {
            "sighting_id": str,
            "taken_at": str,
            "png_sha256": str,
            "problem": str,
            "lines": str,
            "codes": str,
            "leads": str,
            "label": str,
            "probability": float,
            "decision": str,
        },
        pk="sighting_id",
    )


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly run. ``run_id`` of its sightings equals ``night_id``: ``night-0001``, counted per data directory."""

    night_id: str
    number: int
    started_at: str
    finished_at: str
    options: Mapping[str, Any]


def _night(row: Mapping[str, Any]) -> Night:
    return Night(
        row["night_id"], row["number"], row["started_at"], row["finished_at"] or "", json.loads(row["options"])
    )


class Nights:
    """The ``nights`` and ``night_steps`` tables of the casebook."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def all(self) -> list[Night]:
        """Every night, oldest first."""
        return [_night(row) for row in self.db.query("select * from nights order by number")]

    def last(self) -> Night | None:
        """The latest night, if there was one."""
        return next(reversed(self.all()), None)

    def unfinished(self) -> Night | None:
        """The night that was begun and not finished, if there is one."""
        return next((night for night in reversed(self.all()) if not night.finished_at), None)

    def find(self, text: str) -> Night | None:
        """The night with this ID or number, or the last one begun on this date (``2026-11-24``)."""
        matches = [n for n in self.all() if text in (n.night_id, str(n.number)) or n.started_at.startswith(text)]
        return matches[-1] if matches else None

    def begin(self, options: Mapping[str, Any]) -> Night:
        """Takes up the unfinished night, else begins the next one with ``options``."""
        if (open_night := self.unfinished()) is not None:
            return open_night
        number = len(self.all()) + 1
        night = Night(f"night-{number:04d}", number, clock.iso(clock.now()), "", dict(options))
        with self.db.atomic():
            self.db.table("nights").insert(
                {
                    "night_id": night.night_id,
                    "number": number,
                    "started_at": night.started_at,
                    "finished_at": "",
                    "options": json.dumps(night.options),
                }
            )
        return night

    def finish(self, night: Night) -> None:
        """Marks the night as ended."""
        with self.db.atomic():
            self.db.table("nights").update(night.night_id, {"finished_at": clock.iso(clock.now())})

    def summary(self, night: Night, step: str) -> dict[str, Any] | None:
        """What a finished step counted, or None while it is not finished."""
        rows = list(
            self.db.query(
                "select summary from night_steps where night_id = ? and step = ? and state = 'finished'",
                (night.night_id, step),
            )
        )
        return json.loads(rows[0]["summary"]) if rows else None

    def mark(self, night: Night, step: str, state: str, summary: Mapping[str, Any] | None = None) -> None:
        """Records that a step is ``running`` or ``finished``; a step run again keeps its first start."""
        now = clock.iso(clock.now())
        with self.db.atomic():
            self.db.execute(
                "insert into night_steps (night_id, step, state, started_at, finished_at, summary) "
                "values (?, ?, ?, ?, ?, ?) "
                "on conflict (night_id, step) do update set state = excluded.state, "
                "finished_at = excluded.finished_at, summary = excluded.summary",
                (night.night_id, step, state, now, now if state == "finished" else "", json.dumps(summary or {})),
            )
