"""Puts the judged pages of each site together: judgements of some runs in, one placement a sighting in the casebook.

Only websites are put together. Listings, ads and posts stand on a platform of many hands and speak for themselves. A
placement is derived and may be made again at any time; the judgement it rests on stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlite_utils import Database

from classifiers.judgement import Decision, Judgement, Polarity, Reason
from classifiers.site import Placement, SitePage, place
from classifiers.store import Judgements
from crawler.casebook import writing

WEBSITE_SOURCES = ("watchlist", "recheck", "given")
_PAGES = """
select s.sighting_id, coalesce(json_extract(s.url_chain, '$[#-1]'), s.url) as url from sightings s
join judgements j using (sighting_id)
where s.state = 'seen' and s.run_id in (select value from json_each(?)) and s.source in (select value from json_each(?))
group by s.sighting_id order by s.seen_at, s.sighting_id
"""


def place_runs(db: Database, runs: Sequence[str]) -> dict[str, int]:
    """Places every website's page of these runs; gives counts of sites, lifted, supporting and held-back pages."""
    judgements = Judgements(db)
    rows = list(db.query(_PAGES, (json.dumps(list(runs)), json.dumps(WEBSITE_SOURCES))))
    own = {row["sighting_id"]: judged for row in rows if (judged := judgements.get(row["sighting_id"])) is not None}
    pages = [SitePage(row["sighting_id"], row["url"], own[row["sighting_id"]]) for row in rows]
    placed = place(pages)
    with writing(db):
        for one in placed:
            db.table("placements").insert(_row(one, own[one.id].model), pk="sighting_id", replace=True)
    moved = [one for one in placed if one.decision is not own[one.id].decision]
    return {
        "sites": len({one.site for one in placed}),
        "lifted": sum(one.decision is Decision.CAPTURE and not one.supporting for one in moved),
        "supporting": sum(one.supporting for one in moved),
        "held_back": sum(one.decision is Decision.REVIEW for one in moved),
    }


def placements(db: Database) -> dict[str, Mapping[str, Any]]:
    """The rows of the table, by sighting."""
    return {row["sighting_id"]: row for row in db.query("select * from placements")}


def fingerprints(db: Database) -> dict[str, int]:
    """By sighting: the fingerprint of its text (see :mod:`classifiers.likeness`)."""
    return {row["sighting_id"]: int(row["fingerprint"], 16) for row in db.query("select * from likeness")}


def in_its_site(judged: Judgement, row: Mapping[str, Any] | None) -> Judgement:
    """The judgement with the decision of its placement, and the reasons for it first; as it is where there is none.

    A placement made from another model's judgement says nothing of this one.
    """
    if row is None or row["model"] != judged.model or row["decision"] == judged.decision:
        return judged
    reasons = tuple(_reason(one) for one in json.loads(row["reasons"]))
    return replace(judged, decision=Decision(row["decision"]), reasons=(*reasons, *judged.reasons))


def _row(one: Placement, model: str) -> dict[str, Any]:
    return {
        "sighting_id": one.id,
        "model": model,
        "site": one.site,
        "role": one.role.value,
        "decision": one.decision.value,
        "supporting": int(one.supporting),
        "reasons": json.dumps([asdict(reason) for reason in one.reasons], ensure_ascii=False),
    }


def _reason(row: dict[str, Any]) -> Reason:
    return Reason(**{**row, "polarity": Polarity(row["polarity"])})
