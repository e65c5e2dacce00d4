"""``offsignal judge``: judges what is not yet judged, or a page, text or HTML given to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.talk import result, result_json


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal judge  ·  offsignal judge page.html  ·  offsignal judge - < ad.txt  ·  "
        "offsignal judge page.html --explain  ·  offsignal judge page.html --html why.html  ·  "
        "offsignal judge https://vendor.example/  ·  offsignal judge --jsonl < in.jsonl > out.jsonl"
    )
    def judge(
        context: typer.Context,
        what: Annotated[
            str, typer.Argument(help="A file, an address, or - for standard input; pending sightings when left out.")
        ] = "",
        as_jsonl: Annotated[
            bool, typer.Option("--jsonl", help="Read JSON lines from standard input, write one for each.")
        ] = False,
        with_text: Annotated[
            bool, typer.Option("--with-text", help="Put the extracted text, which offsets point into, in the output.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print the judgement as JSON.")] = False,
        explained: Annotated[
            bool, typer.Option("--explain", help="Say how it came about: every term, the rules, what would change it.")
        ] = False,
        html: Annotated[
            Path | None,
            typer.Option(
                "--html", help="Write the explanation as one HTML page, claims marked in the text.", dir_okay=False
            ),
        ] = None,
    ) -> None:
        """Judges pages: label, calibrated probability, quoted claims, identifiers and reasons."""
        from classifiers import record
        from classifiers.judge import Judge
        from desk import by_hand, explaining, judging, looks, placing, providers
        from desk.lock import hold
        from desk.workspace import open_workspace

        if (explained or html) and (as_jsonl or not what):
            raise typer.BadParameter("an explanation is of one page: name a file, an address, or - for standard input")
        if as_jsonl:
            raise typer.Exit(by_hand.judge_lines(sys.stdin.buffer, sys.stdout, with_text=with_text))
        if not what:
            with open_workspace(context.obj) as workspace, hold(workspace.data_dir, "judge"):
                counts = judging.judge_pending(workspace, looks.all_runs(workspace.db))
                placing.place_runs(workspace.db, looks.all_runs(workspace.db))
            result_json(counts) if as_json else result(", ".join(f"{number} {name}" for name, number in counts.items()))
            return
        made = by_hand.read(what, context.obj)
        judge = Judge(directory=providers.usable(context.obj))
        explanation = judge.explain(made) if explained or html else None
        judgement = explanation.judgement if explanation else judge.judge(made)
        if explanation and html:
            by_hand.write_page(html, explaining.page(explanation))
        if as_json:
            text = {"text": made.extracted.text} if with_text else {}
            taken_apart = {"explanation": explaining.table(explanation)} if explanation else {}
            result_json({"id": made.id, **record.to_dict(judgement), **taken_apart, **text})
            return
        for line in by_hand.in_words(made, judgement):
            result(line)
        if explanation and explained:
            for line in explaining.words(explanation):
                result(line)
