"""``python -m crawler --data DIR --run RUN_ID``: collects one run's sightings, or goes on with it.

Events come out on stdout, one JSON object a line; the log and, at last, one sentence about what went wrong on
stderr. Exit codes: 0 finished, 130 stopped, else the error's own (:mod:`crawler.errors`).
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from crawler import lifeline
from crawler.config import data_dir_from_environment
from crawler.errors import OffsignalError
from crawler.events import Events


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the crawl; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler", description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--data", type=Path, default=data_dir_from_environment(), help="the data directory")
    parser.add_argument("--run", required=True, metavar="RUN_ID", help="the run to begin or to go on with")
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="only this source; repeatable")
    parser.add_argument("--url", action="append", default=[], metavar="URL", help="look at this page; repeatable")
    parser.add_argument("--recheck-file", type=Path, metavar="FILE", help="look again at these addresses, one a line")
    options = parser.parse_args(arguments)
    lifeline.tie_to_parent()
    # Scrapy and its reactor are loaded only now: --help and a wrong option should answer at once.
    from crawler.run import Wanted, collect, read_addresses

    try:
        recheck = read_addresses(options.recheck_file) if options.recheck_file else ()
        wanted = Wanted(tuple(options.source), tuple(options.url), recheck)
        state = collect(options.data, options.run, wanted, Events(sys.stdout))
    except OffsignalError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0 if state == "finished" else lifeline.STOPPED_EXIT


def run() -> None:
    """Runs :func:`main` and ends the process. A reader of stdout that is gone is no reason for a traceback."""
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    logging.shutdown()
    sys.exit(code)


if __name__ == "__main__":
    run()
