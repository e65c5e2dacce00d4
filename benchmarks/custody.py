"""``python -m benchmarks.custody [ENTRIES]``: the custody log on one core, appending in a batch and checking it whole.

Prints entries a second of processor time, the seconds a check takes and the memory it adds, for a tenth of the entries
and for all of them, so that it shows whether the check is linear. A million entries take about 450 MB of disk for the
time of the run.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from crawler.casebook import open_casebook
from evidence import custody
from evidence.custody import CustodyLog

FACTS = {"url": "http://vendor.example/offer", "state": "complete", "files": ["capture.wacz", "dom.html", "text.txt"]}


def measure(entries: int) -> str:
    """One line of figures for a log of so many entries."""
    with tempfile.TemporaryDirectory() as name:
        db = open_casebook(Path(name) / "casebook.db", [custody.MIGRATIONS])
        log, started = CustodyLog(db), time.process_time()
        with log.batch():
            for number in range(entries):
                subject = f"ex-{number % 5000:04d}"
                log.append("captured", subject, actor="offsignal, run by A", purpose="collection", facts=FACTS)
        appended, before = time.process_time() - started, _memory()
        started = time.process_time()
        log.verify([log.head()])
        checked = time.process_time() - started
        db.close()
    return (
        f"{entries:>9,} entries  append {entries / appended:>7,.0f}/s  check {checked:>6.2f} s "
        f"({entries / checked:>8,.0f}/s, {_memory() - before:.1f} MB more)"
    )


def _memory() -> float:
    """The greatest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for count in (most // 10, most):
        sys.stdout.write(measure(count) + "\n")
        sys.stdout.flush()
