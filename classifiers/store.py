"""The ``judgements`` table: one row for a sighting and a model, added and never changed.

A sighting judged again by a later model gets a further row; the latest row counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from classifiers import record
from classifiers.judgement import Judgement
from crawler import clock
from crawler.casebook import writing

MIGRATIONS = Migrations("classifiers")


@MIGRATIONS()
def judgements(db: Database) -> None:
    """The table, its key, and triggers that keep rows as they were written."""
    db.conn.execute(
        """CREATE TABLE judgements (
            sighting_id TEXT NOT NULL, model TEXT NOT NULL, judged_at TEXT NOT NULL, label TEXT NOT NULL,
            offence INTEGER NOT NULL, probability REAL NOT NULL, decision TEXT NOT NULL, lang TEXT NOT NULL,
            text_sha256 TEXT NOT NULL, judgement TEXT NOT NULL, UNIQUE (sighting_id, model)) STRICT"""
    )
    db.conn.execute("CREATE INDEX judgements_of_decision ON judgements (decision)")
    for action in ("UPDATE", "DELETE"):
        db.conn.execute(
            f"""CREATE TRIGGER judgements_no_{action.lower()} BEFORE {action} ON judgements
                BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END"""
        )
    # INSERT OR REPLACE would delete the old row without firing the trigger above.
    db.conn.execute(
        """CREATE TRIGGER judgements_first_stays BEFORE INSERT ON judgements
            WHEN EXISTS (SELECT 1 FROM judgements WHERE sighting_id = NEW.sighting_id AND model = NEW.model)
            BEGIN SELECT RAISE(IGNORE); END"""
    )


class Judgements:
    """The ``judgements`` table."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, sighting_id: str, judgement: Judgement, judged_at: datetime) -> bool:
        """Stores a judgement; False when this model's judgement of the sighting is stored already (it stays)."""
        row = (
            sighting_id,
            judgement.model,
            clock.iso(judged_at),
            judgement.label.value,
            int(judgement.offence),
            judgement.probability,
            judgement.decision.value,
            judgement.lang,
            judgement.text_sha256,
            json.dumps(record.to_dict(judgement), ensure_ascii=False, sort_keys=True),
        )
        with writing(self.db):
            cursor = self.db.conn.execute("INSERT INTO judgements VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        return bool(cursor.rowcount == 1)

    def get(self, sighting_id: str, model: str = "") -> Judgement | None:
        """The latest judgement of a sighting, or that of one model; None when there is none."""
        rows = self.db.conn.execute(
            "SELECT judgement FROM judgements WHERE sighting_id = ? AND (? = '' OR model = ?) "
            "ORDER BY rowid DESC LIMIT 1",
            (sighting_id, model, model),
        )
        found = rows.fetchone()
        return None if found is None else record.from_dict(json.loads(found[0]))

    def pending(self, run_id: str, model_id: str) -> list[str]:
        """IDs of the run's seen sightings that this model has not judged, in the order of seeing."""
        rows = self.db.conn.execute(
            "SELECT sighting_id FROM sightings s WHERE run_id = ? AND state = 'seen' AND NOT EXISTS "
            "(SELECT 1 FROM judgements j WHERE j.sighting_id = s.sighting_id AND j.model = ?) "
            "ORDER BY seen_at, sighting_id",
            (run_id, model_id),
        )
        return [row[0] for row in rows]

    def history(self, sighting_id: str) -> Iterator[tuple[datetime, Judgement]]:
        """Every judgement of a sighting with its time, oldest first."""
        rows = self.db.conn.execute(
            "SELECT judged_at, judgement FROM judgements WHERE sighting_id = ? ORDER BY rowid", (sighting_id,)
        )
        for moment, text in rows.fetchall():
            yield clock.parse(moment), record.from_dict(json.loads(text))
