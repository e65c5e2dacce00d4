"""Runs the crawler as a child of this process, shows its progress, and hands back what it counted.

The child (``python -m crawler``) owns the Scrapy engine, ends when this process ends, and can be run again with the
same run ID to go on where it stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crawler.errors import CrawlError, OffsignalError
from desk.talk import progress, say

STOP_WAIT_S = 30.0


def collect(
    data_dir: Path,
    run_id: str,
    *,
    sources: Sequence[str] = (),
    urls: Sequence[str] = (),
    recheck: Path | None = None,
    keep_open: Sequence[int] = (),
) -> dict[str, int]:
    """Collects the sightings of one run and gives counts by state.

    ``keep_open`` are file descriptors the child inherits (the run's lock). Raises CrawlError with the child's own
    sentence, carrying its exit code.
    """
    command = [sys.executable, "-m", "crawler", "--data", str(data_dir), "--run", run_id]
    for source in sources:
        command += ["--source", source]
    for url in urls:
        command += ["--url", url]
    if recheck is not None:
        command += ["--recheck-file", str(recheck)]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=tuple(keep_open),
    )
    log = data_dir / "logs" / f"{run_id}.log"
    log.parent.mkdir(exist_ok=True)
    try:
        return _follow(child, log)
    except BaseException:
        child.terminate()
        try:
            child.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    finally:
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def _follow(child: subprocess.Popen[str], log: Path) -> dict[str, int]:
    """Reads the child's events to the end. Its stderr goes to ``log``; the last line of it explains a failure."""
    tail: list[str] = []

    def drain() -> None:
        with log.open("a", encoding="utf-8") as stream:
            for line in child.stderr or ():
                stream.write(line)
                if line.strip():
                    tail[:] = [line.strip()]

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    counts: Counter[str] = Counter()
    with progress() as bar:
        task = bar.add_task("looking", total=None)
        for line in child.stdout or ():
            event = _event(line)
            if event.get("event") == "sighting":
                counts[str(event.get("state", "seen"))] += 1
                bar.update(task, advance=1, description=f"looking: {event.get('source', '')}")
            elif event.get("event") == "source_finished":
                say(f"{event.get('source')}: {event.get('state')} {event.get('reason') or ''}".rstrip())
    code = child.wait()
    reader.join()
    if code:
        raise _failure(code, tail[0] if tail else f"the crawler ended with code {code}; see {log}")
    return dict(counts)


def _event(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _failure(code: int, sentence: str) -> OffsignalError:
    error = CrawlError(sentence)
    error.exit_code = code if code > 0 else 1
    return error
