"""A vault and its casebook in, what no longer holds out: blobs against their names, exhibits against their manifests.

Blobs are read once, in order, by a few threads at a time (hashing leaves the interpreter free), so memory does not
grow with the vault. What was done is written down folder by folder: a check that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crawler import clock
from crawler.errors import StoreError
from evidence.digest import canonical_json
from evidence.exhibit import MANIFEST, Exhibit, Exhibits
from evidence.proof_tables import later_files

FORMAT = "offsignal-vault-check-1"
AHEAD, MAX_PROBLEMS = 4, 10_000
_FOLDER, _DIGEST = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{64}")

Told = Callable[[int, int], None]
"""Called with how many of the 256 folders are done, and 256."""


@dataclass(slots=True)
class VaultReport:
    """What a check gave so far. ``bytes`` of ``blobs`` were read; ``problems`` are sentences, at most 10,000.

    ``folders`` are those whose blobs are all done; ``ended_at`` is empty while something is left to do.
    """

    begun_at: str
    folders: list[str] = field(default_factory=list)
    blobs: int = 0
    bytes: int = 0
    exhibits: int = 0
    problems: list[str] = field(default_factory=list)
    ended_at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, the format named."""
        return {"format": FORMAT, **asdict(self)}


def check_vault(
    exhibits: Exhibits, record: Path, *, resume: bool = False, workers: int | None = None, told: Told = lambda *_: None
) -> VaultReport:
    """Checks everything; ``record`` is written as the check goes on and says at the end what was found.

    With ``resume`` a check that ``record`` says was stopped goes on; one that ended, or none, begins anew. ``workers``
    is how many blobs are read at a time, by default one for each processor. Raises StoreError when the record cannot
    be read or written. What is wrong with the vault is never raised but told.
    """
    report = _stopped(record) if resume else None
    if report is None:
        report = VaultReport(clock.iso(clock.now()))
    directory = exhibits.vault.directory / "sha256"
    names = [f"{number:02x}" for number in range(256)]
    left = [name for name in names if name not in report.folders]
    if left == names:
        _note(report, _foreign(directory))
    for folder in _read(directory, left, report, workers or os.cpu_count() or 1):
        report.folders.append(folder)
        _save(report, record)
        told(len(report.folders), len(names))
    for exhibit in exhibits.list():
        _note(report, _of_exhibit(exhibits, exhibit))
        report.exhibits += 1
    report.ended_at = clock.iso(clock.now())
    _save(report, record)
    return report


def _read(directory: Path, folders: Iterable[str], report: VaultReport, workers: int) -> Iterator[str]:
    """Reads the blobs of these folders into ``report`` and gives each folder when all of its blobs are done."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[str, Future[tuple[int, str]] | None]] = deque()
        try:
            for folder in folders:
                for path in _files(directory / folder):
                    waiting.append((folder, pool.submit(_look, path)))
                    while len(waiting) > AHEAD * workers:
                        yield from _done(waiting.popleft(), report)
                waiting.append((folder, None))
            while waiting:
                yield from _done(waiting.popleft(), report)
        finally:
            for _, future in waiting:
                if future is not None:
                    future.cancel()


def _done(one: tuple[str, Future[tuple[int, str]] | None], report: VaultReport) -> Iterator[str]:
    folder, future = one
    if future is None:
        yield folder
        return
    size, problem = future.result()
    report.blobs += 1
    report.bytes += size
    _note(report, [problem] if problem else [])


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError), os.scandir(folder) as listing:
        return sorted(Path(item.path) for item in listing)
    return []


def _look(path: Path) -> tuple[int, str]:
    """The size of one blob, and what is wrong with it, or nothing."""
    if not _DIGEST.fullmatch(path.name) or not path.name.startswith(path.parent.name):
        return 0, f"{path}: is no blob of the vault; somebody else put it there"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            actual, size = hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()
    except OSError as error:
        return 0, f"{path}: cannot be read: {error.strerror}; restore it from a copy"
    if actual != path.name:
        return size, f"{path}: damaged, its bytes have the digest {actual}; restore it from a copy"
    return size, ""


def _foreign(directory: Path) -> Iterator[str]:
    """What lies where only the folders of the vault should."""
    if directory.is_dir():
        odd = sorted(path for path in directory.iterdir() if not _FOLDER.fullmatch(path.name) or path.is_symlink())
        yield from (f"{path}: is no folder of the vault; somebody else put it there" for path in odd)


def _of_exhibit(exhibits: Exhibits, exhibit: Exhibit) -> Iterator[str]:
    """What does not hold of one exhibit; the bytes of its blobs were read already."""
    name = exhibit.exhibit_id
    rows = {file.path: (file.bytes, file.sha256) for file in exhibits.files(name)}
    stamped = {f"proofs/{row.authority}/{part}": d for row in exhibits.stamps(name) for part, d in row.files.items()}
    wanted = {path: digest for path, (_, digest) in rows.items()} | stamped | later_files(exhibits.db, name)
    for path, digest in sorted(wanted.items()):
        if not exhibits.vault.has(digest):
            yield f"{name}: {path} is missing in the vault: there is no blob {digest}; restore it from a copy"
    if rows.get(MANIFEST, (0, ""))[1] != exhibit.manifest_sha256:
        yield f"{name}: the casebook names two different manifests"
        return
    try:
        manifest = json.loads(exhibits.vault.read(exhibit.manifest_sha256))
        listed = {row["path"]: (row["bytes"], row["sha256"]) for row in manifest["files"]}
        same = (manifest["exhibit_id"], manifest["url"]) == (name, exhibit.url)
    except StoreError as error:
        yield f"{name}: its manifest cannot be read: {error}"
    except (ValueError, KeyError, TypeError):
        yield f"{name}: its manifest is not of the form that manifests have"
    else:
        del rows[MANIFEST]
        if not same:
            yield f"{name}: its manifest is that of another exhibit"
        for path in sorted({*rows} | {*listed}):
            if rows.get(path) != listed.get(path):
                yield f"{name}: manifest and casebook differ on {path}: one of them was changed"


def _note(report: VaultReport, problems: Iterable[str]) -> None:
    for problem in problems:
        if len(report.problems) < MAX_PROBLEMS:
            report.problems.append(problem)


def _stopped(record: Path) -> VaultReport | None:
    """The check that was stopped, if one was."""
    try:
        value = json.loads(record.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{record} cannot be read ({error}); remove it and begin the check anew") from error
    if not isinstance(value, dict) or value.pop("format", "") != FORMAT:
        raise StoreError(f"{record} is no record of a check of the vault; remove it and begin the check anew")
    return None if value["ended_at"] else VaultReport(**value)


def _save(report: VaultReport, record: Path) -> None:
    """The record on disk, whole or as it was before."""
    beside = record.with_suffix(".new")
    try:
        beside.write_bytes(canonical_json(report.to_dict()))
        beside.replace(record)
    except OSError as error:
        raise StoreError(f"{record} cannot be written: {error.strerror}; is the disk full?") from error
