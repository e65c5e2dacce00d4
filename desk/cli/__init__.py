"""The command ``offsignal``: one thin file a verb, all of them over the same functions the nightly run uses.

Exit codes: 0 done and holds · 1 something did not hold, or part of the input was bad · 2 wrong use · 3 settings ·
4 storage (disk, casebook) · 5 another run holds the data directory · 130 interrupted.
"""

from __future__ import annotations

import errno
import importlib
import sqlite3
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from crawler.config import DATA_VARIABLE
from crawler.errors import OffsignalError
from desk.talk import result, say

VERBS = (
    *("init", "crawl", "judge", "capture", "nightly", "report", "sample", "case", "bundle", "verify", "providers"),
    *("doctor", "notice", "terms", "certificate", "custody", "bates", "export", "redact"),
)

INTERRUPTED = 130  #: also what Typer gives back for Ctrl-C inside a verb

app = typer.Typer(
    name="offsignal",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done · 1 something did not hold · 2 wrong use · 3 settings · 4 storage · 5 busy · "
    "130 interrupted",
)


def _version(wanted: bool) -> None:
    if wanted:
        result(f"offsignal {metadata.version('offsignal')}")
        raise typer.Exit


@app.callback()
def offsignal(
    context: typer.Context,
    data: Annotated[Path, typer.Option("--data", envvar=DATA_VARIABLE, help="The data directory.")] = Path("data"),
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")] = False,
) -> None:
    """Finds public offers of bulk WhatsApp sending and clone apps and preserves them, for counsel to verify.

    A first look:  offsignal init  ·  offsignal doctor  ·  offsignal nightly  ·  offsignal report
    """
    context.obj = data


def load(arguments: Sequence[str]) -> None:
    """Adds the verb that is asked for, or all of them for the help: a verb's libraries take seconds to import."""
    asked = next((word for word in arguments if word in VERBS), None)
    for verb in VERBS if asked is None else (asked,):
        importlib.import_module(f"desk.cli.{verb}").add(app)


def main() -> None:
    """The boundary: every error becomes one sentence on stderr and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs the command with ``arguments`` and gives its exit code; nothing escapes but SystemExit of the runtime."""
    try:
        load(arguments)
        code = app(arguments, standalone_mode=False, prog_name="offsignal")
    except OffsignalError as error:
        say(f"offsignal: {error}")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except sqlite3.Error as error:
        say(f"offsignal: the casebook cannot be used: {error}; is it locked by another program, or the disk full?")
        return 4
    except BrokenPipeError:
        return 0
    except OSError as error:
        full = (
            " (the disk is full: free some space and run the same command again)" if error.errno == errno.ENOSPC else ""
        )
        say(f"offsignal: {error}{full}")
        return 4
    except Exception as error:
        if not hasattr(error, "show") or not hasattr(error, "exit_code"):
            raise
        error.show(file=sys.stderr)
        return int(error.exit_code)
    if code == INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    say("offsignal: interrupted; what was done is kept, run the same command again to go on")
    return INTERRUPTED
