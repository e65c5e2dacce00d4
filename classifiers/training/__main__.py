"""``python -m classifiers.training train | gate | evaluate | real``: see each command's help."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from classifiers.model.pipeline import PIPELINE_DIR, Pipeline
from classifiers.training import card, corpus, crossval, gate, measures, real_check, run, ship

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(real_check.real)
CorpusOption = Annotated[Path, typer.Option("--corpus", help="Folder with the labelled *.jsonl files.")]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


@app.command()
def train(
    directory: CorpusOption = corpus.CORPUS_DIR,
    out: Annotated[Path, typer.Option("--out", help="Where the pipeline's folder is written.")] = PIPELINE_DIR,
    pin: Annotated[bool, typer.Option("--pin", help="Set the floors to what is measured now, never lower.")] = False,
    lower: Annotated[str, typer.Option("--lower", help="Why floors may fall; written into floors.json.")] = "",
) -> None:
    """Cross-validates, checks the floors, trains on everything and writes the pipeline. Exit code 1 below a floor."""
    prepared, folds = _prepared(directory)
    scores = crossval.held_out(prepared, folds)
    predictions = run.predict(prepared, scores, folds)
    full = measures.figures(predictions)
    first = measures.figures(run.first_fold(prepared, folds))
    for name, value in full.items():
        _say(f"{name:24} {value:.4f}")
    fingerprint = corpus.fingerprint(directory)
    if pin or lower:
        new = gate.Floors(fingerprint, full, first)
        gate.write(gate.pin(gate.read() if gate.FLOORS_FILE.exists() else None, new, lower))
        card.write_last(predictions)
    ship.ship(prepared, scores, fingerprint, out)
    _say(f"{out}: weights {Pipeline(out).weights_id}, {len(prepared)} documents")
    _check(full, gate.read().full)


@app.command("gate")
def gate_command(directory: CorpusOption = corpus.CORPUS_DIR) -> None:
    """Recomputes the first fold and checks it against its floors. Exit code 1 below a floor or on another corpus."""
    floors = gate.read()
    if corpus.fingerprint(directory) != floors.corpus_sha256:
        _say(f"{directory}: not the corpus the floors were set on; run 'train --pin'")
        raise typer.Exit(1)
    _check(measures.figures(run.first_fold(*_prepared(directory))), floors.first_fold)


@app.command()
def evaluate(
    directory: CorpusOption = corpus.CORPUS_DIR,
) -> None:
    """Prints figures of the full cross-validation as Markdown: overall, by label, language and kind of source."""
    prepared, folds = _prepared(directory)
    predictions = run.predict(prepared, crossval.held_out(prepared, folds), folds)
    for line in card.lines(predictions, corpus.related([one.example for one in predictions]), card.read_last()):
        _say(line)


def _prepared(directory: Path) -> tuple[list[crossval.Prepared], list[corpus.Fold]]:
    examples = corpus.load(directory)
    return crossval.prepare(examples), corpus.folds(examples)


def _check(measured: dict[str, float], floors: Mapping[str, float]) -> None:
    failures = gate.failures(measured, floors)
    for failure in failures:
        _say(f"below its floor: {failure}")
    if failures:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
