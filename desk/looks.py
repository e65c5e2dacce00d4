"""Reads looks (a sighting with its latest judgement) out of the casebook for the report and the re-check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlite_utils import Database

from classifiers.store import Judgements
from crawler.sighting import SightingState, url_key
from desk import notice_watch, picture_reasons, placing
from desk.changes import Look

BY_HAND = "crawl-"  #: run IDs of 'offsignal crawl' begin so; those of nights are "night-0001" …

#: The last look at each address before a moment, outside the given runs, that was seen and judged; only the offers.
_EARLIER = """
with judged as (
    select s.sighting_id, s.url_key, s.seen_at, coalesce(p.decision, j.decision) as decision,
           row_number() over (partition by s.url_key order by s.seen_at desc, j.rowid desc) as place
    from sightings s join judgements j on j.sighting_id = s.sighting_id
    left join placements p on p.sighting_id = j.sighting_id and p.model = j.model
    where s.state = 'seen' and s.seen_at < :before and s.run_id not in (select value from json_each(:runs))
)
select s.* from judged join sightings s on s.sighting_id = judged.sighting_id
where judged.place = 1 and judged.decision in ('capture', 'notice-ready') order by s.url
"""


def run_ids(db: Database, night_id: str, since: str) -> tuple[str, ...]:
    """The runs a night takes in: its own, and with ``since`` those collected by hand from that date on."""
    if not since:
        return (night_id,)
    rows = db.query(
        "select run_id from runs where run_id like ? and started_at >= ? order by started_at", (f"{BY_HAND}%", since)
    )
    return (night_id, *(row["run_id"] for row in rows))


def all_runs(db: Database) -> tuple[str, ...]:
    """Every run, oldest first."""
    return tuple(row["run_id"] for row in db.query("select run_id from runs order by started_at"))


def of_runs(db: Database, runs: Sequence[str]) -> list[Look]:
    """Every look of these runs, in the order of seeing."""
    marks = ",".join("?" * len(runs))
    rows = db.query(f"select * from sightings where run_id in ({marks}) order by seen_at", tuple(runs))  # noqa: S608  only marks
    return list(from_rows(db, rows))


def earlier_offers(db: Database, runs: Sequence[str], before: str) -> dict[str, Look]:
    """By address key: the last judged look outside ``runs`` and before that moment, where it showed an offer."""
    rows = db.query(_EARLIER, {"before": before, "runs": json.dumps(list(runs))})
    return {look.key: look for look in from_rows(db, rows)}


def first_offer(db: Database, key: str) -> str:
    """When an offer was first seen at this address (RFC 3339 UTC), or empty."""
    row = next(
        db.query(
            "select min(s.seen_at) as moment from sightings s join judgements j on j.sighting_id = s.sighting_id "
            "left join placements p on p.sighting_id = j.sighting_id and p.model = j.model "
            "where s.url_key = ? and coalesce(p.decision, j.decision) in ('capture', 'notice-ready')",
            (key,),
        )
    )
    return row["moment"] or ""


def to_recheck(db: Database, night_id: str) -> list[str]:
    """Addresses that showed an offer when last seen, or whose notice asks for a look; not those of this night."""
    done = {row["url_key"] for row in db.query("select distinct url_key from sightings where run_id = ?", (night_id,))}
    wanted = {look.key: look.url for look in earlier_offers(db, (night_id,), "9999").values()}
    wanted |= {url_key(url): url for url in notice_watch.due_looks(db) if url_key(url) not in wanted}
    return [url for key, url in wanted.items() if key not in done]


def from_rows(db: Database, rows: Iterable[dict[str, Any]]) -> Iterator[Look]:
    """Rows of ``sightings`` as looks, each with its latest judgement, decided within its site."""
    judgements, placed, read = Judgements(db), placing.placements(db), picture_reasons.readings(db)
    unjudged = {one["sighting_id"]: one["reason"] for one in db.query("select sighting_id, reason from not_judged")}
    for row in rows:
        judged = judgements.get(row["sighting_id"])
        if judged is not None:
            judged = placing.in_its_site(judged, placed.get(row["sighting_id"]))
            judged = picture_reasons.with_picture(judged, read.get(row["sighting_id"]))
        yield Look(
            row["sighting_id"],
            row["source"],
            row["url"],
            (json.loads(row["url_chain"]) or [row["url"]])[-1],
            row["seen_at"],
            SightingState(row["state"]),
            row["reason"] or unjudged.get(row["sighting_id"], ""),
            row["title"],
            judged,
        )


def dismissed(db: Database, look: Look) -> bool:
    """Whether a person dismissed this address while it showed the very text it shows now."""
    if look.judgement is None:
        return False
    row = next(
        db.query(
            "select count(*) as n from decisions d join sightings s on s.sighting_id = d.subject "
            "join judgements j on j.sighting_id = s.sighting_id "
            "where d.case_id = '' and d.outcome = 'rejected' and s.url_key = ? and j.text_sha256 = ? "
            "and not exists (select 1 from decisions later where later.supersedes = d.id)",
            (look.key, look.judgement.text_sha256),
        )
    )
    return bool(row["n"])
