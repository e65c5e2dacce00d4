"""Judges sightings that have no judgement of the current model: stored body or source text in, judgement row out."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from classifiers import document, likeness
from classifiers.document import Document
from classifiers.judge import Judge
from classifiers.judgement import Decision, Judgement
from classifiers.store import Judgements
from crawler import clock
from crawler.casebook import writing
from crawler.sighting import Sighting, SightingState
from crawler.spool import open_ref
from crawler.store import Sightings
from desk import providers
from desk.talk import progress, say
from desk.workspace import Workspace

READABLE = ("text/html", "application/xhtml+xml", "text/plain", "application/xhtml", "")
BATCH = 32


def judge_pending(workspace: Workspace, run_ids: Sequence[str]) -> dict[str, int]:
    """Judges what is not yet judged in these runs and gives counts by decision. Safe to kill and to run again."""
    judge = Judge(workspace.settings.judge, directory=providers.usable(workspace.data_dir))
    sightings, judgements = Sightings(workspace.db), Judgements(workspace.db)
    todo = [name for run_id in run_ids for name in judgements.pending(run_id, judge.model_id)]
    counts = {"judged": 0, "not_judged": 0, **{decision.value: 0 for decision in Decision}}
    with progress() as bar:
        task = bar.add_task("judging", total=len(todo))
        for start in range(0, len(todo), BATCH):
            batch = [one for name in todo[start : start + BATCH] if (one := sightings.get(name)) is not None]
            outcomes = [(one, _outcome(judge, one, workspace.spool_dir)) for one in batch]
            with writing(workspace.db):
                for sighting, outcome in outcomes:
                    if isinstance(outcome, str):
                        _note(workspace, sighting, judge.model_id, outcome)
                        counts["not_judged"] += 1
                        continue
                    judged, fingerprint = outcome
                    judgements.add(sighting.sighting_id, judged, clock.now())
                    row = {"sighting_id": sighting.sighting_id, "fingerprint": f"{fingerprint:016x}"}
                    workspace.db.table("likeness").insert(row, pk="sighting_id", replace=True)
                    counts["judged"] += 1
                    counts[judged.decision.value] += 1
            bar.advance(task, min(BATCH, len(todo) - start))
    return counts


def _outcome(judge: Judge, sighting: Sighting, spool_dir: Path) -> tuple[Judgement, int] | str:
    """The judgement and the text's fingerprint, or why there is none: one page that breaks it must not cost a night."""
    try:
        made = to_document(sighting, spool_dir)
        if made is None:
            return f"there is no text in it to judge ({sighting.content_type or 'no content type'})"
        return judge.judge(made), likeness.fingerprint(made.extracted.text)
    except Exception as error:  # noqa: BLE001  the boundary: recorded by name and shown in the report
        say(f"{sighting.url} could not be judged: {type(error).__name__}: {str(error)[:200]}")
        return f"judging it broke: {type(error).__name__}: {str(error)[:200]}"


def _note(workspace: Workspace, sighting: Sighting, model: str, reason: str) -> None:
    workspace.db.execute(
        "insert or ignore into not_judged (sighting_id, model, reason) values (?, ?, ?)",
        (sighting.sighting_id, model, reason),
    )


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
