"""Reads pages whose words stand in pictures: a photograph of the page in, what a machine read in it into the casebook.

Each page is photographed once, behind the egress guard; the photograph stays in the vault, so that a person can compare
what was read with it. What follows from it is in :mod:`desk.picture_reasons`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError
from sqlite_utils import Database

from classifiers import pictures
from classifiers.document import Document
from classifiers.judge import Judge
from classifiers.judgement import Decision, Judgement
from classifiers.pictures import PictureText
from crawler import clock
from crawler.browser import open_browser, photograph
from crawler.casebook import writing
from crawler.egress import Guard
from crawler.errors import BadURL, BrowserFailed
from crawler.sighting import Sighting
from crawler.store import Sightings
from desk import judging
from desk.talk import progress, say
from desk.workspace import Workspace
from evidence.capture import user_agent

MAX_PAGES = 200
"""A night's photographs; what is left over is read in the next night."""
SETTLE_S = 1.0
NO_READER = "no reader for text in pictures is installed"
_WANTED = """
select s.sighting_id from sightings s join judgements j using (sighting_id)
where s.state = 'seen' and s.text = '' and s.run_id in (select value from json_each(?))
and s.sighting_id not in (select sighting_id from pictures)
and j.rowid = (select max(latest.rowid) from judgements latest where latest.sighting_id = s.sighting_id)
and j.decision in ('discard', 'review') order by s.seen_at, s.sighting_id
"""


def read_pending(workspace: Workspace, runs: Sequence[str]) -> dict[str, int]:
    """Photographs and reads the pages of these runs that need it; gives counts. Safe to kill and to run again."""
    counts = {"pictures_read": 0, "pictures_not_read": 0}
    todo = list(_wanted(workspace, runs))
    if not todo:
        return counts
    judge = Judge(workspace.settings.judge)
    with Guard(workspace.settings.egress) as guard, progress() as bar:
        task = bar.add_task("reading pictures", total=len(todo))
        left = iter(todo)
        try:
            while (one := next(left, None)) is not None:
                with open_browser(guard.url, chromium=workspace.settings.capture.chromium) as browser:
                    while one is not None and browser.is_connected():
                        row = _read(workspace, browser, judge, one)
                        _store(workspace.db, row)
                        counts["pictures_not_read" if row["problem"] else "pictures_read"] += 1
                        bar.advance(task)
                        one = next(left, None)
        except BrowserFailed as error:  # there is no browser: so it will be with the next page
            say(f"no page was photographed: {error}")
    return counts


def _wanted(workspace: Workspace, runs: Sequence[str]) -> Iterator[Sighting]:
    """Pages with pictures and few words of their own that nobody has photographed yet."""
    sightings = Sightings(workspace.db)
    count = 0
    for row in list(workspace.db.query(_WANTED, (json.dumps(list(runs)),))):
        sighting = sightings.get(row["sighting_id"])
        made = None if sighting is None else judging.to_document(sighting, workspace.spool_dir)
        if sighting is None or made is None or not _silent(made):
            continue
        yield sighting
        count += 1
        if count == MAX_PAGES:
            return


def _silent(made: Document) -> bool:
    return made.extracted.images > 0 and len(made.extracted.text.split()) < pictures.POOR_WORDS


def _read(workspace: Workspace, browser: Browser, judge: Judge, sighting: Sighting) -> dict[str, Any]:
    """One page's row: what was read and how it judges, or why not."""
    row = {"sighting_id": sighting.sighting_id, "taken_at": clock.iso(clock.now()), "png_sha256": "", "problem": ""}
    try:
        shot = photograph(
            browser,
            sighting.url_final,
            timeout_s=workspace.settings.crawl.timeout_s,
            settle_s=SETTLE_S,
            max_bytes=workspace.settings.crawl.max_body_bytes,
            user_agent=user_agent(browser, workspace.settings.collector.contact),
        )
    except (BrowserFailed, BadURL, PlaywrightError) as error:
        problem = f"no photograph: {str(error).splitlines()[0][:300]}"
        return {**row, **_columns(PictureText(problem=problem), None, ())}
    row["png_sha256"] = workspace.vault.put(shot)
    found = pictures.read(shot)
    made = pictures.document(sighting.sighting_id, found, sighting.url_final)
    judged = judge.judge(made) if made.extracted.text else None
    leads = () if judged is None else pictures.leads(made, judged.lang)
    return {**row, **_columns(found, judged, [asdict(one) for one in leads])}


def _columns(found: PictureText, judged: Judgement | None, leads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "problem": found.problem or ("" if found.engine or found.codes else NO_READER),
        "lines": json.dumps([asdict(line) for line in found.lines], ensure_ascii=False),
        "codes": json.dumps([asdict(code) for code in found.codes], ensure_ascii=False),
        "leads": json.dumps(leads, ensure_ascii=False),
        "label": judged.label.value if judged else "",
        "probability": judged.probability if judged else 0.0,
        "decision": judged.decision.value if judged else Decision.DISCARD.value,
    }


def _store(db: Database, row: dict[str, Any]) -> None:
    with writing(db):
        db.table("pictures").insert(row, pk="sighting_id", ignore=True)
