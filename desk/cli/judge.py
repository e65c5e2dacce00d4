"""``offsignal judge``: judges what is not yet judged, or a page, text or HTML given to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from classifiers import document, jsonl, record
from classifiers.document import Document
from classifiers.errors import BadDocument
from classifiers.judge import Judge
from classifiers.judgement import Judgement
from desk import fetching, judging, looks
from desk.lock import hold
from desk.talk import result, result_json
from desk.workspace import open_workspace

MAX_FILE_BYTES = 50 * 2**20


def add(app: typer.Typer) -> None:
    """Adds the verb."""

    @app.command(
        epilog="Examples:  offsignal judge  ·  offsignal judge page.html  ·  offsignal judge - < ad.txt  ·  "
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
    ) -> None:
        """Judges pages: label, calibrated probability, quoted claims, identifiers and reasons."""
        if as_jsonl:
            raise typer.Exit(_lines(with_text))
        if not what:
            with open_workspace(context.obj) as workspace, hold(workspace.data_dir, "judge"):
                counts = judging.judge_pending(workspace, looks.all_runs(workspace.db))
            result_json(counts) if as_json else result(", ".join(f"{number} {name}" for name, number in counts.items()))
            return
        made = _document(what, context.obj)
        judgement = Judge().judge(made)
        if as_json:
            text = {"text": made.extracted.text} if with_text else {}
            result_json({"id": made.id, **record.to_dict(judgement), **text})
        else:
            for line in lines_of(made, judgement):
                result(line)


def _lines(with_text: bool) -> int:
    """Standard input to standard output, line by line; 1 when any line was bad."""
    code = 0
    source = (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
    for line, good in jsonl.judge_lines(source, Judge(), with_text=with_text):
        sys.stdout.write(line + "\n")
        code = code if good else 1
    sys.stdout.flush()
    return code


def _document(what: str, data_dir: Path) -> Document:
    """The page, text or HTML that was named, as a document."""
    if what.startswith(("http://", "https://")):
        page = fetching.fetch(what, data_dir)
        return document.from_html(page.url, page.body, url=page.url, charset=page.charset)
    if what == "-":
        name, body = "standard input", sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    else:
        path = Path(what)
        if not path.is_file():
            raise BadDocument(
                f"{what}: there is no such file; give a file, an http(s) address, or - for standard input"
            )
        with path.open("rb") as stream:
            name, body = what, stream.read(MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise BadDocument(f"{name}: larger than {MAX_FILE_BYTES // 2**20} MiB; cut it down first")
    head = body[:2048].lstrip().lower()
    if (
        name.endswith((".html", ".htm", ".xhtml"))
        or head.startswith((b"<!doctype html", b"<html", b"\xef\xbb\xbf<"))
        or b"<body" in head
    ):
        return document.from_html(name, body)
    return document.from_text(name, body.decode("utf-8", "replace"))


def lines_of(made: Document, judgement: Judgement) -> list[str]:
    """A judgement in words: what it looks like, what the page says, why."""
    lines = [
        f"{made.id}: {judgement.label.value.replace('_', ' ')}, {judgement.decision.value}",
        f"probability of an offence {judgement.probability:.2f} (triage only)",
        f"language {judgement.lang} · {judgement.model}",
    ]
    lines += [
        f"claim       {claim.type.value}: “{claim.quote}” [{claim.start}:{claim.end}, {claim.field}]"
        for claim in judgement.claims
    ]
    lines += [f"identifier  {one.kind}: {one.value}" for one in judgement.identifiers]
    lines += [
        f"reason      {one.polarity.value}: {one.sentence}{f' “{one.quote}”' if one.quote else ''}"
        for one in judgement.reasons
    ]
    return lines
