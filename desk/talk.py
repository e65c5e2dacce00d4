"""Results go to stdout, talk goes to stderr. Text that came from outside never carries terminal control codes."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def say(sentence: str) -> None:
    """One sentence of talk on stderr."""
    _err.print(printable(sentence))


def result(text: str) -> None:
    """One line of result on stdout."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def result_json(value: Any) -> None:
    """``value`` as indented JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
    sys.stdout.flush()


def progress() -> Progress:
    """A progress display on stderr that vanishes when done and stays silent where stderr is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    )


def printable(text: str) -> str:
    """``text`` without terminal escapes, control characters and bidirectional overrides."""
    return "".join(
        c
        if c in "\n\t"
        or (
            unicodedata.category(c) not in ("Cc", "Cs")
            and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        )
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
