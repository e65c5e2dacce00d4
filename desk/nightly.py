"""The night: crawl, re-check, judge, capture, stamp, check proofs, sign the custody log, report.

Each step is idempotent by stable IDs and marks itself finished in the casebook; a night that was killed is taken up
where it stopped, with nothing lost and nothing done twice. One run at a time holds the data directory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from crawler import sources as known_sources
from crawler.config import SETTINGS_FILE
from crawler.errors import CrawlError, SettingsError, UnknownSource
from desk import capturing, checkpointing, collecting, judging, looks, morning, morning_files, placing, proofs, reading
from desk.lock import hold
from desk.nights import STEPS, Night, Nights
from desk.talk import say
from desk.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NightOptions:
    """``sources``: only these (all enabled ones when empty). ``since``: also runs collected by hand from that date on.

    Raises SettingsError for a ``since`` that is no date in the form 2019-12-07.
    """

    sources: tuple[str, ...] = ()
    since: str = ""

    def __post_init__(self) -> None:
        """Refuses what would silently take in everything or nothing."""
        if self.since and not re.fullmatch(r"\d{4}-\d\d-\d\d", self.since):
            raise SettingsError(f"--since {self.since!r}: give a date as 2019-12-07")
        try:
            date.fromisoformat(self.since or "2019-12-07")
        except ValueError as error:
            raise SettingsError(f"--since {self.since!r}: there is no such day; give a date as 2019-12-07") from error


@dataclass(frozen=True, slots=True)
class _Tonight:
    """What each step of a night is given; ``lock`` is the descriptor that a crawl's child inherits."""

    workspace: Workspace
    night: Night
    options: NightOptions
    lock: int

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs this night takes in."""
        return looks.run_ids(self.workspace.db, self.night.night_id, self.options.since)


def nightly(workspace: Workspace, options: NightOptions) -> dict[str, Any]:
    """Runs (or takes up) a night and gives its summary. Raises Busy when another run holds the data directory."""
    check_sources(workspace, options.sources)
    check_something_to_search(workspace, options.sources)
    with hold(workspace.data_dir, "nightly run") as lock:
        nights = Nights(workspace.db)
        resumed = nights.unfinished() is not None
        night = nights.begin(asdict(options))
        options = NightOptions(tuple(night.options.get("sources", ())), str(night.options.get("since", "")))
        say(f"{night.night_id}: {'taken up where it stopped' if resumed else 'begun'}")
        tonight = _Tonight(workspace, night, options, lock)
        summary: dict[str, Any] = {"night": night.night_id}
        for step in STEPS:
            done = nights.summary(night, step)
            if done is None:
                nights.mark(night, step, "running")
                done = _STEPS[step](tonight)
                nights.mark(night, step, "finished", done)
            summary[step] = done
        nights.finish(night)
    return summary


def check_sources(workspace: Workspace, wanted: Sequence[str]) -> None:
    """Raises UnknownSource for a name that no spider declares, in the options or in the settings."""
    for name in (*wanted, *workspace.settings.sources):
        if name not in known_sources.names():
            raise UnknownSource(f"there is no source {name!r}; the sources are {', '.join(known_sources.names())}")


def check_something_to_search(workspace: Workspace, wanted: Sequence[str]) -> None:
    """Raises SettingsError when no source of the night has a seed or a query: such a night would look at nothing."""
    sources = workspace.settings.sources
    names = enabled_sources(workspace, wanted)
    if not any(sources[name].seeds or sources[name].queries for name in names if name in sources):
        raise SettingsError(
            f"{workspace.data_dir / SETTINGS_FILE}: no enabled source has anything to search; "
            "give sources.watchlist.seeds the websites to watch"
        )


def enabled_sources(workspace: Workspace, wanted: Sequence[str]) -> tuple[str, ...]:
    """The sources of a night: those asked for, else every one that the settings enable."""
    return tuple(wanted) or tuple(name for name, s in workspace.settings.sources.items() if s.enabled)


def _crawl(tonight: _Tonight) -> dict[str, Any]:
    sources = enabled_sources(tonight.workspace, tonight.options.sources)
    return _collect(tonight, sources) if sources else {}


def _recheck(tonight: _Tonight) -> dict[str, Any]:
    """Looks again at every address that showed an offer earlier and was not looked at tonight."""
    night_id = tonight.night.night_id
    addresses = looks.to_recheck(tonight.workspace.db, night_id)
    if not addresses:
        return {}
    listing = tonight.workspace.data_dir / "logs" / f"{night_id}.recheck.txt"
    listing.parent.mkdir(exist_ok=True)
    listing.write_text("".join(f"{url}\n" for url in addresses), "utf-8")
    return _collect(tonight, ("recheck",), listing)


def _collect(tonight: _Tonight, sources: Sequence[str], recheck: Path | None = None) -> dict[str, Any]:
    """One crawl; a crawler that breaks is tried once more, then named in the report. The night goes on."""
    data_dir, run_id, lock = tonight.workspace.data_dir, tonight.night.night_id, tonight.lock
    for attempt in (1, 2):
        try:
            return dict(collecting.collect(data_dir, run_id, sources=sources, recheck=recheck, keep_open=(lock,)))
        except CrawlError as error:
            say(f"the crawl broke: {error}{'; trying once more' if attempt == 1 else ''}")
            failure = str(error)
    return {"broken": failure}


def _judge(tonight: _Tonight) -> dict[str, Any]:
    counts = judging.judge_pending(tonight.workspace, tonight.runs)
    placed = placing.place_runs(tonight.workspace.db, tonight.runs)
    return {**counts, **placed, **reading.read_pending(tonight.workspace, tonight.runs)}


def _capture(tonight: _Tonight) -> dict[str, Any]:
    return dict(capturing.capture_pending(tonight.workspace, tonight.runs))


def _stamp(tonight: _Tonight) -> dict[str, Any]:
    return dict(capturing.stamp_pending(tonight.workspace))


def _proofs(tonight: _Tonight) -> dict[str, Any]:
    return proofs.look_after(tonight.workspace, tonight.night.night_id)


def _checkpoint(tonight: _Tonight) -> dict[str, Any]:
    return checkpointing.nightly(tonight.workspace)


def _report(tonight: _Tonight) -> dict[str, Any]:
    data = morning.compose(tonight.workspace, tonight.night, tonight.options.since)
    page, record = morning_files.write(tonight.workspace, tonight.night, data)
    return {"html": str(page), "json": str(record), **data["counts"]}


_STEPS: dict[str, Callable[[_Tonight], dict[str, Any]]] = {
    "crawl": _crawl,
    "recheck": _recheck,
    "judge": _judge,
    "capture": _capture,
    "stamp": _stamp,
    "proofs": _proofs,
    "checkpoint": _checkpoint,
    "report": _report,
}


def plan(workspace: Workspace, options: NightOptions) -> dict[str, Any]:
    """What a night would do now, without doing it."""
    check_sources(workspace, options.sources)
    nights = Nights(workspace.db)
    night = nights.unfinished()
    night_id = night.night_id if night else f"night-{len(nights.all()) + 1:04d}"
    return {
        "night": night_id,
        "resumes": night is not None,
        "sources": [
            {
                "source": name,
                "endpoint": workspace.settings.sources[name].endpoint if name in workspace.settings.sources else "",
                "seeds": len(workspace.settings.sources[name].seeds) if name in workspace.settings.sources else 0,
            }
            for name in enabled_sources(workspace, options.sources)
        ],
        "recheck_addresses": len(looks.to_recheck(workspace.db, night_id)),
        "runs_to_judge": list(looks.run_ids(workspace.db, night_id, options.since)),
        "authorities": [authority.name for authority in workspace.settings.timestamp.authorities],
    }


def plan_lines(plan: dict[str, Any]) -> list[str]:
    """The plan in words."""
    lines = [f"{plan['night']} would be {'taken up' if plan['resumes'] else 'begun'}."]
    lines += [f"search  {s['source']}  {s['endpoint'] or str(s['seeds']) + ' seeds'}" for s in plan["sources"]]
    lines.append(f"re-check  up to {plan['recheck_addresses']} addresses that showed an offer earlier")
    lines.append(f"stamp  by {', '.join(plan['authorities']) or 'no authority: exhibits would stay unsealed'}")
    return lines


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """The night in five lines, and where to look."""
    report, judged = summary["report"], summary["judge"]
    return [
        f"{summary['night']}: {report['sightings']} pages and ads seen, {judged['judged']} judged",
        f"offers     {report['new']} new, {report['changed']} changed, {report['same']} as before, "
        f"{report['absent']} absent now",
        f"to review  {report['review']}",
        f"exhibits   {report['exhibits_sealed']} sealed, {report['exhibits_unsealed']} unsealed",
        f"report     {report['html']}",
    ]
