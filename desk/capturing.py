"""Captures every new or changed offer as an exhibit, and asks again for timestamps that are still wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from classifiers.judge import Judge
from crawler.egress import Guard
from crawler.sighting import Sighting, SightingState, url_key
from crawler.store import Sightings
from desk import collecting, looks, notice_watch, providers
from desk.changes import Look, best_per_address, claim_changes
from desk.talk import progress, say
from desk.workspace import Workspace
from evidence import stamping
from evidence.capture import Capturer
from evidence.errors import CaptureFailed
from evidence.exhibit import Exhibit, Exhibits, Recorder
from evidence.preserve import Outcome, Preserver
from evidence.rdap import registry_of
from evidence.timestamp import Stamper


@contextmanager
def preserver(workspace: Workspace) -> Iterator[Preserver]:
    """Everything a capture needs, behind one egress guard."""
    settings = workspace.settings
    judge = Judge(settings.judge, directory=providers.usable(workspace.data_dir))
    with Guard(settings.egress) as guard:
        registry = registry_of(workspace.db, guard, settings.capture, settings.collector)
        yield Preserver(
            Capturer(settings.capture, settings.collector, guard, judge, registry=registry),
            Exhibits(workspace.db, workspace.vault),
            Stamper(settings.timestamp, workspace.data_dir, guard.url),
            Recorder(workspace.custody, workspace.machine),
        )


def capture_pending(workspace: Workspace, runs: Sequence[str] = ()) -> dict[str, int]:
    """Captures what these runs (all when none is named) show and no exhibit does: offers, and what notices watch."""
    todo = wanted(workspace, runs)
    chosen = {sighting.sighting_id for sighting in todo}
    watched = notice_watch.due_captures(workspace.db, runs if runs else looks.all_runs(workspace.db))
    todo += [sighting for sighting in watched if sighting.sighting_id not in chosen]
    counts = {"captured": 0, "partial": 0, "refused": 0, "failed": 0}
    if not todo:
        return counts
    with preserver(workspace) as keep, progress() as bar:
        task = bar.add_task("capturing", total=len(todo))
        for sighting in todo:
            outcome = keep.preserve(sighting)
            counts["captured"] += outcome.exhibit is not None
            if outcome.state.value in counts:
                counts[outcome.state.value] += 1
            if outcome.exhibit is None:
                say(outcome.reason)
            bar.advance(task)
    return counts


def wanted(workspace: Workspace, runs: Sequence[str]) -> list[Sighting]:
    """One sighting for each address that showed an offer, unless an exhibit shows the same claims already."""
    sightings, exhibits = Sightings(workspace.db), Exhibits(workspace.db, workspace.vault)
    shown = _shown(workspace)
    chosen = runs if runs else looks.all_runs(workspace.db)
    offers = [look for look in best_per_address(looks.of_runs(workspace.db, chosen)) if look.offers]
    fresh = [one for one in offers if exhibits.of_sighting(one.sighting_id) is None and _news(one, shown.get(one.key))]
    return [one for look in _one_per_page(fresh) if (one := sightings.get(look.sighting_id)) is not None]


def _one_per_page(offers: Sequence[Look]) -> list[Look]:
    """Several addresses may lead to one page: the page's own address is captured, else the first that leads there."""
    by_page: dict[str, Look] = {}
    for look in offers:
        page = url_key(look.url_final)
        if page not in by_page or look.key == page:
            by_page[page] = look
    return list(by_page.values())


def _shown(workspace: Workspace) -> dict[str, Look]:
    """By address key: the look that its latest exhibit was made from."""
    rows = workspace.db.query(
        "select s.* from exhibits e join sightings s on s.sighting_id = e.sighting_id order by e.captured_at"
    )
    return {look.key: look for look in looks.from_rows(workspace.db, rows)}


def _news(look: Look, before: Look | None) -> bool:
    if before is None or look.judgement is None:
        return True
    came, went = claim_changes(before.judgement, look.judgement)
    return bool(came or went)


def capture_urls(workspace: Workspace, urls: Sequence[str], run_id: str, lock: int) -> list[Outcome]:
    """Looks at these addresses now and captures what answered, whatever it is judged to be.

    Raises CaptureFailed when none of them could be captured, with the reasons.
    """
    collecting.collect(workspace.data_dir, run_id, urls=urls, keep_open=(lock,))
    seen = {url_key(one.url): one for one in Sightings(workspace.db).of_run(run_id)}
    outcomes, reasons = [], []
    with preserver(workspace) as keep:
        for url in urls:
            sighting = seen.get(url_key(url))
            if sighting is None or sighting.state in (SightingState.REFUSED, SightingState.UNREACHABLE):
                reasons.append(f"{url}: {sighting.reason if sighting else 'was not looked at; see the log of the run'}")
                continue
            outcome = keep.preserve(sighting)
            if outcome.exhibit is None:
                reasons.append(outcome.reason)
            else:
                outcomes.append(outcome)
    for reason in reasons:
        say(reason)
    if not outcomes:
        raise CaptureFailed(f"nothing was captured: {'; '.join(reasons)}")
    return outcomes


def stamp_pending(workspace: Workspace) -> dict[str, int]:
    """Asks the authorities again for every exhibit that wants timestamps; gives counts."""
    settings = workspace.settings
    with Guard(settings.egress) as guard:
        done = stamping.stamp_pending(
            Exhibits(workspace.db, workspace.vault),
            Stamper(settings.timestamp, workspace.data_dir, guard.url),
            Recorder(workspace.custody, workspace.machine),
        )
    return {"asked_for": done.exhibits, "sealed": done.sealed, "tokens": done.tokens, "failures": done.failures}


def line_of(exhibit: Exhibit) -> dict[str, Any]:
    """An exhibit as the command line shows it."""
    return {
        "exhibit_id": exhibit.exhibit_id,
        "url": exhibit.url,
        "state": exhibit.state.value,
        "sealed": exhibit.sealed,
        "stamped_by": list(exhibit.stamped_by),
        "missing": [dict(one) for one in exhibit.missing],
    }
