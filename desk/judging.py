"""Judges sightings that have no judgement of the current model: stored body or source text in, judgement row out."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from classifiers import document
from classifiers.document import Document
from classifiers.judge import Judge
from classifiers.store import Judgements
from crawler import clock
from crawler.casebook import writing
from crawler.sighting import Sighting, SightingState
from crawler.spool import open_ref
from crawler.store import Sightings
from desk.talk import progress
from desk.workspace import Workspace

READABLE = ("text/html", "application/xhtml+xml", "text/plain", "application/xhtml", "")
BATCH = 32


def judge_pending(workspace: Workspace, run_ids: Sequence[str]) -> dict[str, int]:
    """Judges what is not yet judged in these runs and gives counts by decision. Safe to kill and to run again."""
    judge = Judge(workspace.settings.judge)
    sightings, judgements = Sightings(workspace.db), Judgements(workspace.db)
    todo = [name for run_id in run_ids for name in judgements.pending(run_id, judge.model_id)]
    counts = {"judged": 0, "not_text": 0, "discard": 0, "review": 0, "capture": 0}
    with progress() as bar:
        task = bar.add_task("judging", total=len(todo))
        for start in range(0, len(todo), BATCH):
            documents = []
            for sighting_id in todo[start : start + BATCH]:
                sighting = sightings.get(sighting_id)
                made = None if sighting is None else to_document(sighting, workspace.spool_dir)
                if made is None:
                    counts["not_text"] += 1
                else:
                    documents.append(made)
            judged = list(judge.judge_many(documents))
            with writing(workspace.db):
                for made, judgement in zip(documents, judged, strict=True):
                    judgements.add(made.id, judgement, clock.now())
                    counts["judged"] += 1
                    counts[judgement.decision.value] += 1
            bar.advance(task, min(BATCH, len(todo) - start))
    return counts


def to_document(sighting: Sighting, spool_dir: Path) -> Document | None:
    """The sighting as the classifiers read it; None for what was not seen, or is no text."""
    if sighting.state is not SightingState.SEEN:
        return None
    if sighting.text:
        return document.from_text(sighting.sighting_id, sighting.text, title=sighting.title, url=sighting.url_final)
    kind, charset = content_type(sighting.content_type)
    if sighting.spool is None or kind not in READABLE:
        return None
    body = open_ref(spool_dir, sighting.spool).payload
    return document.from_html(sighting.sighting_id, body, url=sighting.url_final, charset=charset)


def content_type(header: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, lower case; empty where not stated."""
    message = Message()
    message["Content-Type"] = header
    return (message.get_content_type() if header else ""), str(message.get_content_charset() or "")
