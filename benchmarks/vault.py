"""``python -m benchmarks.vault [--gb 2] [--keep DIRECTORY]``: a vault verified, against ``sha256sum`` on its files.

The vault is made of random bytes in blobs as captures have them: many small, some of megabytes, a few large. Both read
the same files after one reading that warms the cache of the system, in turn, several times; the best of each counts.
Memory is the most that the verifying process held, less what Python and the libraries hold before it begins.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from crawler import store as crawler_store
from crawler.casebook import open_casebook
from evidence import case, custody, store
from evidence.exhibit import Exhibits
from evidence.vault import Vault
from evidence.vault_check import check_vault

SIZES = (4 << 10, 40 << 10, 40 << 10, 400 << 10, 1 << 20, 3 << 20, 3 << 20, 24 << 20)
LARGEST, ROUNDS, BOUND = 512 << 20, 3, 0.8
PIECE = 8 << 20


def main(
    gigabytes: Annotated[float, typer.Option("--gb", help="The size of the vault.")] = 2.0,
    keep: Annotated[Path | None, typer.Option("--keep", help="Make it here and leave it.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    here: Annotated[Path | None, typer.Option("--here", hidden=True)] = None,
) -> None:
    """Measures how fast a vault is verified and how much memory that takes."""
    if here is not None:
        sys.stdout.write(json.dumps(verified(here)))
        return
    with _place(keep) as place:
        made = fill(Vault(place / "vault"), int(gigabytes * 1e9))
        files = sorted(str(path) for path in (place / "vault" / "sha256").rglob("*") if path.is_file())
        summed(files)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_apart(place))
            theirs.append(summed(files))
    best = min(ours, key=lambda one: one["seconds"])
    figures = {
        "vault, GB": made / 1e9,
        "blobs": float(len(files)),
        "offsignal verify --vault, MB/s": made / 1e6 / best["seconds"],
        "sha256sum, MB/s": made / 1e6 / min(theirs)[0],
        "ratio": min(theirs)[0] / best["seconds"],
        "offsignal, MB/s of processor time": made / 1e6 / min(one["processor"] for one in ours),
        "sha256sum, MB/s of processor time": made / 1e6 / min(processor for _, processor in theirs),
        "memory that it adds, MB": max(one["memory"] for one in ours),
    }
    if as_json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name:35} {value:>10,.2f}\n")
    sys.stdout.write(f"ratio at least {BOUND:g}: {'met' if figures['ratio'] >= BOUND else 'missed'}\n")


def fill(vault: Vault, total: int) -> int:
    """Puts random blobs into the vault until it holds ``total`` bytes; one in a hundred megabytes' worth is large."""
    made = number = 0
    while made < total:
        size = min(SIZES[number % len(SIZES)] if number else min(LARGEST, total // 4), total - made)
        with tempfile.NamedTemporaryFile(dir=vault.directory.parent) as source:
            for start in range(0, size, PIECE):
                source.write(os.urandom(min(PIECE, size - start)))
            source.flush()
            vault.put(Path(source.name))
        made, number = made + size, number + 1
    return made


def summed(files: list[str]) -> tuple[float, float]:
    """Seconds that ``sha256sum`` takes for all files: by the clock, and of processor time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(["sha256sum", "-b", *files], check=True, stdout=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def verified(place: Path) -> dict[str, float]:
    """Seconds and megabytes that verifying the vault takes in this process."""
    migrations = [crawler_store.MIGRATIONS, custody.MIGRATIONS, store.MIGRATIONS, case.MIGRATIONS]
    db = open_casebook(place / "casebook.db", migrations)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, processor = time.perf_counter(), time.process_time()
    report = check_vault(Exhibits(db, Vault(place / "vault")), place / "check.json")
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    db.close()
    if report.problems or not report.ended_at:
        raise SystemExit(f"the vault does not hold: {report.problems[:3]}")
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"seconds": seconds, "processor": processor, "memory": memory}


def _apart(place: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.vault", "--here", str(place)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as name:  # noqa: S108  # not in memory
        yield Path(name)


if __name__ == "__main__":
    typer.run(main)
