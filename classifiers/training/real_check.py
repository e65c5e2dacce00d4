"""A folder of fetched public pages in; the judge's figures on them out, as lines or as JSON. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from classifiers.judge import Judge
from classifiers.training.real_figures import Judged, figures
from classifiers.training.real_pages import PAGES_FILE, PARTS, Held, RealPage, document, held, load

CacheOption = Annotated[Path | None, typer.Option("--cache", help="Folder with the fetched pages.")]
PartOption = Annotated[str, typer.Option("--part", help="dev or report; both when left out.")]
PagesOption = Annotated[Path, typer.Option("--pages", help="The list of addresses and labels.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]


def default_cache() -> Path:
    """Where fetched pages stand when nobody says otherwise."""
    return Path.home() / ".cache" / "offsignal" / "real-pages"


def real(
    cache: CacheOption = None,
    part: PartOption = "",
    pages: PagesOption = PAGES_FILE,
    as_json: JsonOption = False,
) -> None:
    """Judges the labelled public pages in the cache and prints figures for each part.

    Fetch the pages first: python -m desk.realpages --cache DIR.
    """
    if part and part not in PARTS:
        raise typer.BadParameter(f"{part}: there are the parts {' and '.join(PARTS)}")
    folder = default_cache() if cache is None else cache
    wanted = [page for page in load(pages) if part in ("", page.part)]
    found = held(wanted, folder)
    judge = Judge()
    judged = judge_pages(judge, found.pages)
    parts = {name: figures([one for one in judged if one.page.part == name]) for name in PARTS if part in ("", name)}
    if as_json:
        report = {"model": judge.model_id, "missing": found.missing, "changed": found.changed, "parts": parts}
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        for line in _lines(judge.model_id, found, parts):
            typer.echo(line)
    if not judged:
        raise typer.Exit(1)


def judge_pages(judge: Judge, pages: Sequence[tuple[RealPage, bytes]]) -> list[Judged]:
    """What ``judge`` says of each page, in their order."""
    answers = judge.judge_many(document(page, body) for page, body in pages)
    return [
        Judged(page, answer.label, answer.probability, answer.decision)
        for (page, _body), answer in zip(pages, answers, strict=True)
    ]


def _lines(model: str, found: Held, parts: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield f"model {model}: {len(found.pages)} pages judged"
    if found.missing:
        yield f"not fetched yet: {len(found.missing)} pages; run python -m desk.realpages"
    for address in found.changed:
        yield f"no longer as labelled, left out: {address}"
    for name, part in parts.items():
        yield ""
        yield f"{name}:"
        for figure, value in part.items():
            if figure == "languages":
                yield from (f"  {lang:8} {_language(values)}" for lang, values in value.items())
            else:
                yield f"  {figure.replace('_', ' '):34} {_shown(value)}"


def _language(values: dict[str, Any]) -> str:
    shown = f"{values['pages']} pages, {values['offences']} offences"
    if values["average_precision"] is None:
        return f"{shown}: too few for an average precision"
    return f"{shown}: average precision {_shown(values['average_precision'])}, {_shown(values['interval'])}"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        low, high = value
        return f"{low:.3f} to {high:.3f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items() if count) or "none"
    return "–" if value is None else str(value)
