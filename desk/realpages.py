"""``python -m desk.realpages``: fetches the labelled public pages that a folder lacks, for the classifiers' own check.

Each page is asked for once, through the egress guard, by robots.txt, and with a pause after each. What arrives is
kept as it is, in a file named by the SHA-256 of its address; judging it and comparing it with what was labelled is
``python -m classifiers.training real``. The folder belongs outside the project: the pages are other people's.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from crawler.errors import BadURL, CrawlError, EgressRefused
from desk.fetching import Page, fetch
from desk.talk import result, say

PAUSE_S = 1.0
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Addresses by what became of them; ``failed`` pairs an address with the reason."""

    new: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def addresses(pages: Path) -> tuple[str, ...]:
    """The addresses of a list of labelled pages. Raises OSError, ValueError or KeyError for a damaged list."""
    return tuple(json.loads(line)["address"] for line in pages.read_text("utf-8").splitlines())


def fetch_missing(wanted: Sequence[str], cache: Path, get: Callable[[str], Page], pause_s: float = PAUSE_S) -> Fetched:
    """Puts into ``cache`` what it lacks. A page that cannot be had is named with its reason; the others go on."""
    cache.mkdir(parents=True, exist_ok=True)
    new: list[str] = []
    kept: list[str] = []
    failed: list[tuple[str, str]] = []
    for address in wanted:
        file = cache / hashlib.sha256(address.encode()).hexdigest()
        if file.exists():
            kept.append(address)
            continue
        if new or failed:
            time.sleep(pause_s)
        try:
            body = get(address).body
        except (BadURL, CrawlError, EgressRefused) as error:
            failed.append((address, str(error)))
            continue
        fresh = file.with_suffix(".new")
        fresh.write_bytes(body)
        os.replace(fresh, file)
        new.append(address)
    return Fetched(tuple(new), tuple(kept), tuple(failed))


@app.command()
def main(
    cache: Annotated[Path, typer.Option("--cache", help="Folder for the pages, outside the project.")],
    pages: Annotated[Path, typer.Option("--pages", help="The list of labelled addresses.")] = Path(
        "classifiers/training/real/pages.jsonl"
    ),
    data: Annotated[Path, typer.Option("--data", help="Data folder with settings and contact.")] = Path("data"),
) -> None:
    """Fetches what the cache lacks. Exit code 1 when a page could not be had."""
    fetched = fetch_missing(addresses(pages), cache, lambda address: fetch(address, data))
    for address, reason in fetched.failed:
        say(f"not fetched: {address}: {reason}")
    result(f"{len(fetched.new)} fetched, {len(fetched.kept)} there already, {len(fetched.failed)} not to be had")
    if fetched.failed:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
