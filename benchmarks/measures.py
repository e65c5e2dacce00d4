"""One function for each figure. Speeds are per second of processor time of one core, so a busy machine changes little.

A first pass meets texts that neither side has seen; a second pass meets them again, as a worker does that has run for
a while. spaCy's share of a pass is a blank "xx" pipeline tokenising the same texts in the same process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import spacy

from benchmarks import material
from classifiers.document import from_html, from_text
from classifiers.judge import Judge
from classifiers.model.pipeline import PIPELINE_DIR
from classifiers.prefilter import Prefilter

TEXTS, PAGES, SILENT = 400, 120, 400
ROUNDS = 3
Figures = dict[str, float]


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _exhaust(items: Iterable[object]) -> None:
    for _ in items:
        pass


def _rates(name: str, count: int, work: Callable[[], object], unit: str) -> Figures:
    """The first pass, and the best of the later ones."""
    first = _seconds(work)
    later = min(_seconds(work) for _ in range(ROUNDS - 1))
    return {f"{name} first, {unit}": count / first, f"{name} again, {unit}": count / later}


def cascade() -> Figures:
    """Text of 2 kB to judgement: language, model, claims, identifiers, reasons, decision."""
    texts = material.texts(TEXTS)
    documents = [from_text(str(number), text) for number, text in enumerate(texts)]
    blank, judge = spacy.blank("xx"), Judge()
    figures = _rates("spaCy tokenising", len(texts), lambda: _exhaust(blank.pipe(texts)), "texts/s")
    figures |= _rates("cascade", len(texts), lambda: _exhaust(judge.judge_many(documents)), "texts/s")
    for turn in ("first", "again"):
        bare = figures[f"spaCy tokenising {turn}, texts/s"]
        figures[f"cascade / spaCy tokenising, {turn}"] = figures[f"cascade {turn}, texts/s"] / bare
    return figures


def prefilter() -> Figures:
    """Texts of 2 kB that are ruled out, so that all of each is read; and the corpus as it is, of which little is."""
    silent = [from_text("", text) for text in material.silent_texts(SILENT)]
    telling = [from_text("", text) for text in material.texts(SILENT)]
    fresh = Prefilter()
    figures = _rates("prefilter", len(silent), lambda: _exhaust(map(fresh.rules_out, silent)), "texts/s")
    return figures | _rates(
        "prefilter, corpus", len(telling), lambda: _exhaust(map(fresh.rules_out, telling)), "texts/s"
    )


def pages() -> Figures:
    """Bytes of a page to judgement: 40 kB with two texts of 2 kB in it, and the sample web's pages as they are."""
    judge = Judge()
    figures: Figures = {}
    made: Sequence[tuple[str, list[bytes]]] = (
        ("page of 40 kB", material.pages(PAGES)),
        ("page of the sample web", material.sample_pages()),
    )
    for name, bodies in made:

        def run(bodies: list[bytes] = bodies) -> None:
            _exhaust(judge.judge_many(from_html("", body) for body in bodies))

        figures |= _rates(name, len(bodies), run, "pages/s")
        figures[f"{name}, mean kB"] = sum(map(len, bodies)) / len(bodies) / 1000
        read = _seconds(lambda bodies=bodies: _exhaust(from_html("", body) for body in bodies))  # type: ignore[misc]
        figures[f"{name}, reading only, pages/s"] = len(bodies) / read
    return figures


def memory() -> Figures:
    """The greatest resident memory of a process that has judged everything here, in MB."""
    judge = Judge()
    _exhaust(judge.judge_many(from_text("", text) for text in material.texts(TEXTS)))
    _exhaust(judge.judge_many(from_html("", body) for body in material.pages(PAGES)))
    return {"memory of a worker, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def start() -> Figures:
    """Seconds from the interpreter's start to the first judgement, and to a loaded judge."""
    code = "from classifiers.judge import Judge; judge = Judge()"
    first = "; from classifiers.document import from_text; judge.judge(from_text('', 'WhatsApp sender'))"
    figures = {}
    for name, program in (("start to a loaded judge, s", code), ("start to the first judgement, s", code + first)):
        figures[name] = min(_child(program) for _ in range(ROUNDS))
    return figures


def _child(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size() -> Figures:
    """The shipped model's files."""
    total = sum(path.stat().st_size for path in Path(PIPELINE_DIR).rglob("*") if path.is_file())
    return {"model files, MB": total / 1e6}


MEASURES: dict[str, Callable[[], Figures]] = {
    "cascade": cascade,
    "prefilter": prefilter,
    "pages": pages,
    "memory": memory,
    "start": start,
    "size": size,
}
