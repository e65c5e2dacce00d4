"""Pinned floors: figures on held-out folds must not fall below what they were when the floors were set.

``floors.json`` holds the corpus fingerprint, the floors of the full cross-validation, and those of its first fold,
which the tests compute anew. Setting floors again raises them or keeps them; lowering one needs a reason, which is
written beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FLOORS_FILE = Path(__file__).parent / "floors.json"
MARGIN = 0.02
"""A figure may fall below its floor by this much: a few documents near a border, moved by a changed claim rule."""
LOWER_IS_BETTER = ("accused", "brier", "ece")


class GateError(Exception):
    """Raised when floors cannot be set as asked; the message says which figure fell and what to do."""


@dataclass(frozen=True, slots=True)
class Floors:
    """``full`` and ``first_fold`` map a figure's name to its floor; ``lowered`` lists why floors were lowered."""

    corpus_sha256: str
    full: Mapping[str, float]
    first_fold: Mapping[str, float]
    lowered: tuple[str, ...] = ()


def read(path: Path = FLOORS_FILE) -> Floors:
    """The pinned floors. Raises GateError when the file is missing or damaged."""
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return Floors(table["corpus_sha256"], table["full"], table["first_fold"], tuple(table["lowered"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GateError(f"{path}: the floors cannot be read ({error}); restore the file") from error


def write(floors: Floors, path: Path = FLOORS_FILE) -> None:
    """Replaces the file in one step."""
    table = {
        "corpus_sha256": floors.corpus_sha256,
        "full": dict(floors.full),
        "first_fold": dict(floors.first_fold),
        "lowered": list(floors.lowered),
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(table, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    os.replace(fresh, path)


def failures(measured: Mapping[str, float], floors: Mapping[str, float], margin: float = MARGIN) -> list[str]:
    """One sentence for each figure that is worse than its floor, or missing."""
    found = []
    for name, floor in sorted(floors.items()):
        if name not in measured:
            found.append(f"{name}: not measured, its floor is {floor:.4f}")
        elif _worse(name, measured[name], floor, margin):
            found.append(f"{name}: {measured[name]:.4f}, its floor is {floor:.4f}")
    return found


def pin(old: Floors | None, new: Floors, reason: str = "") -> Floors:
    """The floors to keep: for each figure the better of both. Raises GateError when one fell and no reason is given."""
    if old is None:
        return new
    fallen = [f"{name} ({part})" for part, before, now in _parts(old, new) for name in _fallen(before, now)]
    if not fallen:
        return replace(new, lowered=old.lowered)
    if not reason:
        raise GateError(f'{", ".join(fallen)} would fall; name the reason with --lower "…" or leave the floors alone')
    return replace(new, lowered=(*old.lowered, f"{', '.join(fallen)}: {reason}"))


def _parts(old: Floors, new: Floors) -> tuple[tuple[str, Mapping[str, float], Mapping[str, float]], ...]:
    return ("full", old.full, new.full), ("first fold", old.first_fold, new.first_fold)


def _fallen(before: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    return [name for name, floor in before.items() if name not in now or _worse(name, now[name], floor, 1e-9)]


def _worse(name: str, value: float, floor: float, margin: float) -> bool:
    return value > floor + margin if name.startswith(LOWER_IS_BETTER) else value < floor - margin
