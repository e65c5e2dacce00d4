"""The privileged part of a bundle, which is left out unless a person asks for it: scores, reasons, reviewers' notes.

Casebook in; ``work-product/`` with two JSON files and a note that says what they are out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from classifiers import record
from classifiers.store import Judgements
from crawler import clock
from evidence.case import Case, Cases
from evidence.decision import Decisions

FOLDER = "work-product"
NOTE = """PRIVILEGED AND CONFIDENTIAL: WORK PRODUCT

This folder holds what a program thought of the pages (judgements.json) and what reviewers wrote about them
(reviews.json). It was put into this bundle on purpose, by the person and for the purpose that the custody log names
under "bundle_begun". Take the folder out before the bundle goes to anybody outside of counsel's team: without it the
bundle is another one, so build it again without --with-work-product.
"""


def write_work_product(place: Path, db: Database, case: Case, exhibit_ids: Sequence[str]) -> None:
    """Writes ``place/work-product``."""
    folder = place / FOLDER
    folder.mkdir()
    (folder / "PRIVILEGED.txt").write_text(NOTE, "utf-8")
    _write(folder / "judgements.json", {name: _judgements(db, name) for name in exhibit_ids})
    _write(folder / "reviews.json", _reviews(db, case))


def _judgements(db: Database, exhibit_id: str) -> list[dict[str, Any]]:
    """Every judgement of the sighting that an exhibit was made from, oldest first."""
    row = db.execute("SELECT sighting_id FROM exhibits WHERE exhibit_id = ?", [exhibit_id]).fetchone()
    if row is None or not db.table("judgements").exists():
        return []
    return [{"judged_at": clock.iso(at), **record.to_dict(one)} for at, one in Judgements(db).history(row[0])]


def _reviews(db: Database, case: Case) -> dict[str, Any]:
    exhibits = Cases(db).exhibits(case.id)
    return {
        "case": {"id": case.id, "name": case.name, "purpose": case.purpose, "opened_by": case.opened_by},
        "added": [{"exhibit_id": one.exhibit_id, "by": one.added_by, "reason": one.reason} for one in exhibits],
        "decisions": [
            {
                "id": one.id,
                "subject": one.subject,
                "outcome": str(one.outcome),
                "by": one.decided_by,
                "at": clock.iso(one.decided_at),
                "reason": one.reason,
                "supersedes": one.supersedes,
            }
            for one in Decisions(db).of_case(case.id)
        ],
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
