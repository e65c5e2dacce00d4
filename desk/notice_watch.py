"""What notices ask of the night: which addresses to look at and to preserve again, and what looks like a reoffence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.sighting import Sighting, SightingState, url_key
from crawler.store import Sightings
from desk.changes import Look
from evidence.notice.ledger import Notices
from evidence.notice.watching import Watched, due, reoffences

LOOKED = frozenset({SightingState.SEEN, SightingState.ABSENT})


def due_looks(db: Database) -> list[str]:
    """Addresses of approved and served notices whose look is due and was not made since its day began."""
    found: dict[str, str] = {}
    for url, one in due(Notices(db), clock.now()):
        last = db.execute("select max(seen_at) from sightings where url_key = ?", [url_key(url)]).fetchone()[0]
        if last is None or clock.parse(last) < one.since:
            found.setdefault(url_key(url), url)
    return list(found.values())


def due_captures(db: Database, runs: Sequence[str]) -> list[Sighting]:
    """Tonight's sightings of those addresses that no exhibit shows since the day began; those that are gone, too."""
    since = {url_key(url): one.since for url, one in due(Notices(db), clock.now())}
    names = (_last(db, key, runs) for key, day in since.items() if not _preserved(db, key, clock.iso(day)))
    seen = (one for name in names if name and (one := Sightings(db).get(name)) is not None)
    return [one for one in seen if one.state in LOOKED and one.seen_at >= since[url_key(one.url)]]


def morning_rows(db: Database, tonight: Iterable[Look]) -> list[dict[str, Any]]:
    """What looks like a reoffence among tonight's pages, for the morning report. A person records it."""
    pages = []
    for look in tonight:
        judged = look.judgement
        if judged is None or not judged.offence:
            continue
        row = db.execute("select exhibit_id from exhibits where sighting_id = ?", [look.sighting_id]).fetchone()
        exhibit, at = row[0] if row else "", clock.parse(look.seen_at)
        shown = (*judged.identifiers, *judged.source_identifiers)
        pages.append(Watched(look.sighting_id, look.url_final, at, judged.claims, shown, exhibit))
    return [one.to_dict() for one in reoffences(Notices(db), pages)]


def _last(db: Database, key: str, runs: Sequence[str]) -> str:
    """The latest sighting of an address in these runs, empty when there is none."""
    row = db.execute(
        "select sighting_id from sightings where url_key = ? and run_id in (select value from json_each(?)) "
        "order by seen_at desc limit 1",
        [key, json.dumps(list(runs))],
    ).fetchone()
    return row[0] if row else ""


def _preserved(db: Database, key: str, since: str) -> bool:
    row = db.execute(
        "select count(*) from exhibits e join sightings s on s.sighting_id = e.sighting_id "
        "where s.url_key = ? and e.captured_at >= ?",
        [key, since],
    ).fetchone()
    return bool(row[0])
