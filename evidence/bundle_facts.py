"""What a bundle's chronology and method are made from: exhibits and the casebook in, looks and records out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from crawler.sighting import Sighting, url_key
from crawler.store import from_row
from evidence.chronology import Capture, ClaimLine, Texts, claim_lines
from evidence.method import Record
from evidence.notice.ledger import Notices
from evidence.report_model import ExhibitPage


def chronology_of(place: Path, db: Database, exhibits: Sequence[ExhibitPage], texts: Texts) -> tuple[ClaimLine, ...]:
    """The claims of a bundle's exhibits through all looks at their addresses, those without an exhibit included."""
    captures = [Capture(page, url_key(page.url), place / page.folder / "text.txt") for page in exhibits]
    sightings = {key: looks(db, key) for key in dict.fromkeys(capture.key for capture in captures)}
    return claim_lines(captures, sightings, texts)


def looks(db: Database, key: str) -> tuple[Sighting, ...]:
    """Every look of the crawler at an address, oldest first."""
    rows = db.table("sightings").rows_where("url_key = ?", [key], order_by="seen_at")
    return tuple(from_row(row) for row in list(rows))


def records_of(place: Path, db: Database, exhibits: Sequence[ExhibitPage]) -> tuple[Record, ...]:
    """What the method statement reads of each exhibit."""
    return tuple(_record(place / page.folder, db, page) for page in exhibits)


def _record(folder: Path, db: Database, page: ExhibitPage) -> Record:
    capture = json.loads((folder / "capture.json").read_bytes())
    results = tuple(json.loads(path.read_bytes()) for path in sorted(folder.glob("proofs/*/result.json")))
    row = db.execute(
        "SELECT s.run_id FROM exhibits e JOIN sightings s USING (sighting_id) WHERE e.exhibit_id = ?",
        [page.exhibit_id],
    ).fetchone()
    return Record(page.number, page.exhibit_id, row[0] if row else "", {"collection": capture["collection"]}, results)


def served_at(db: Database, case_id: str) -> datetime | None:
    """When the first notice of a case was served, as a person recorded it; None when no service is recorded."""
    if not db.table("notices").exists():
        return None
    services = Notices(db).services(case_id)
    return services[0].served_at if services else None
