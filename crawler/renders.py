"""The pages that wait for the browser: their plain sighting, kept until the rendered one, or this one, is stored."""

from __future__ import annotations

import json

from sqlite_utils import Database

from crawler.sighting import Sighting
from crawler.store import Sightings, from_row, to_row


class Renders:
    """The ``renders`` table. Callers open the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._sightings = Sightings(db)

    def add(self, sighting: Sighting) -> None:
        """Queues a page, unless it is queued or stored already."""
        if self._sightings.get(sighting.sighting_id) is None:
            self.db.conn.execute(
                "INSERT OR IGNORE INTO renders VALUES (?, ?, ?, ?)",
                (sighting.sighting_id, sighting.run_id, sighting.source, json.dumps(to_row(sighting))),
            )

    def waiting(self, run_id: str) -> list[Sighting]:
        """The plain sightings of a run that wait, in the order they were queued."""
        rows = self.db.conn.execute("SELECT sighting FROM renders WHERE run_id = ? ORDER BY rowid", (run_id,))
        return [from_row(json.loads(text)) for (text,) in rows.fetchall()]

    def settle(self, sighting: Sighting) -> bool:
        """Stores the sighting that a queued page ends as, and takes the page off the queue."""
        added = self._sightings.add(sighting)
        self.db.conn.execute("DELETE FROM renders WHERE sighting_id = ?", (sighting.sighting_id,))
        return added
