"""Snapshots of the directory of authorised providers in the data directory: which is the latest, and how old.

``providers/<day and time>-<digest>/`` holds the copy as it was given (``capture``) and its rows (``providers.json``).
Snapshots are added and never changed, so that a later "we were listed" can be tested; the latest counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from classifiers.directory import STALE_DAYS, Directory
from classifiers.errors import BadDirectory
from crawler import clock
from desk.talk import say

FOLDER, ROWS, CAPTURE = "providers", "providers.json", "capture"


def latest(data_dir: Path) -> Directory | None:
    """The latest snapshot with its age, None when none was imported. Raises BadDirectory when it cannot be read."""
    folders = sorted(data_dir.joinpath(FOLDER).glob("*Z-*/"), reverse=True)
    return Directory.load(folders[0] / ROWS, clock.now()) if folders else None


def usable(data_dir: Path) -> Directory | None:
    """The latest snapshot; one that cannot be read is said and must not cost a night: pages say "not checked" then."""
    try:
        return latest(data_dir)
    except BadDirectory as error:
        say(str(error))
        return None


def state(data_dir: Path) -> tuple[str, str]:
    """For the doctor: ok or warning, and the sentence."""
    try:
        found = latest(data_dir)
    except BadDirectory as error:
        return "warning", str(error)
    if found is None:
        return "warning", "no snapshot of the directory of authorised providers: no page is looked up in it"
    said = f"{len(found.providers)} providers as of {found.captured_at:%Y-%m-%d}"
    return ("warning", f"{said}, more than {STALE_DAYS} days old") if found.stale else ("ok", said)


def in_json(found: Directory) -> dict[str, Any]:
    """A snapshot as ``--json`` shows it."""
    return {**found.to_dict(), "age_days": found.age_days, "stale": found.stale}
