"""``python -m benchmarks [--json] [NAME ...]``: every measure in a process of its own, on one core, as a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Annotated

import typer

from benchmarks.measures import MEASURES, Figures

BOUNDS = {
    "prefilter again, texts/s": (8000, "least"),
    "cascade / spaCy tokenising, first": (0.6, "least"),
    "page of 40 kB first, pages/s": (150, "least"),
    "memory of a worker, MB": (600, "most"),
    "start to the first judgement, s": (2, "most"),
    "model files, MB": (30, "most"),
}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(MEASURES)}; all of them by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as one JSON object.")] = False,
    here: Annotated[bool, typer.Option("--here", hidden=True)] = False,
) -> None:
    """Measures the classifiers on this machine."""
    if unknown := [name for name in names or () if name not in MEASURES]:
        raise typer.BadParameter(f"no measure is called {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    figures: Figures = {}
    for name in names or MEASURES:
        figures |= MEASURES[name]() if here else _apart(name)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n" if as_json or here else _table(figures))


def _apart(name: str) -> Figures:
    """The figures of one measure taken in a new process on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    command = [sys.executable, "-m", "benchmarks", "--here", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    figures: Figures = json.loads(done.stdout)
    return figures


def _table(figures: Figures) -> str:
    lines = []
    for name, value in figures.items():
        bound, side = BOUNDS.get(name, (0, ""))
        met = (value >= bound if side == "least" else value <= bound) if side else None
        verdict = "" if met is None else f"at {side} {bound:g}: {'met' if met else 'missed'}"
        lines.append(f"{name:45} {value:>10,.2f}  {verdict}".rstrip())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    typer.run(main)
