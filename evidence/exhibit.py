"""DRAFT -> EXHIBIT: lays a draft's files into the vault and seals them with a manifest, once and for good.

Blobs first, then one transaction with the rows and the custody entries: a kill at any point leaves a whole exhibit or
none, and blobs that nobody names do no harm. Timestamps come after, and are asked for again until they are there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from crawler import clock
from crawler.casebook import writing
from crawler.errors import StoreError
from evidence import store
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.custody import CustodyLog, Head
from evidence.digest import canonical_json
from evidence.errors import NotAllowed
from evidence.host_facts import tool_facts
from evidence.proof_tables import later_files
from evidence.store import ExhibitFile, ExhibitRow, StampRow
from evidence.timestamp import StampState
from evidence.vault import Vault

MANIFEST = "manifest.json"
FORMAT = "offsignal-exhibit-1"


class Custody(Protocol):
    """Where custody entries go; :class:`Recorder` writes them into the casebook's log."""

    def record(self, action: str, subject: str, facts: Mapping[str, Any]) -> object:
        """Appends one entry, inside the caller's transaction."""

    def head(self) -> Head:
        """The head of the log's tree."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """The custody log under one actor's name, for one purpose."""

    log: CustodyLog
    actor: str
    purpose: str = "collection"

    def record(self, action: str, subject: str, facts: Mapping[str, Any]) -> object:
        """Appends one entry."""
        return self.log.append(action, subject, actor=self.actor, purpose=self.purpose, facts=facts)

    def head(self) -> Head:
        """The head of the log's tree."""
        return self.log.head()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A sealed capture. ``sealed`` is whether it has as many verified timestamps as were wanted of it.

    ``practice_only`` says that all of them come from practice authorities and prove nothing to a stranger.
    """

    exhibit_id: str
    sighting_id: str
    url: str
    captured_at: datetime
    state: CaptureState
    missing: tuple[Mapping[str, str], ...]
    manifest_sha256: str
    stamped_by: tuple[str, ...]
    sealed: bool
    practice_only: bool


class Exhibits:
    """The sealed exhibits of one casebook and its vault."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self.db, self.vault = db, vault

    def get(self, exhibit_id: str) -> Exhibit:
        """One exhibit. Raises NotAllowed when there is none of that ID."""
        if found := self._select("exhibit_id = ?", exhibit_id):
            return found[0]
        raise NotAllowed(f"there is no exhibit {exhibit_id!r}; 'offsignal capture' makes exhibits")

    def of_sighting(self, sighting_id: str) -> Exhibit | None:
        """The exhibit made from a sighting, or None."""
        return next(iter(self._select("sighting_id = ?", sighting_id)), None)

    def list(self) -> tuple[Exhibit, ...]:
        """All exhibits by time of capture."""
        return self._select("1")

    def unsealed(self) -> tuple[Exhibit, ...]:
        """Those that still want timestamps, by time of capture."""
        return tuple(exhibit for exhibit in self.list() if not exhibit.sealed)

    def files(self, exhibit_id: str) -> tuple[ExhibitFile, ...]:
        """The files of an exhibit by name, its manifest included, its proofs not."""
        return store.files(self.db, exhibit_id)

    def stamps(self, exhibit_id: str) -> tuple[StampRow, ...]:
        """Every timestamp that was asked for, verified or not, oldest first."""
        return store.stamps(self.db, exhibit_id)

    def proofs(self, exhibit_id: str) -> tuple[Mapping[str, Any], ...]:
        """The verified timestamps as plain values: authority, practice, gen_time, serial, policy, signer, its end."""
        fields = ("authority", "practice", "gen_time", "serial", "policy", "signer", "signer_not_after")
        return tuple({name: getattr(row, name) for name in fields} for row in _verified(self.stamps(exhibit_id)))

    def read(self, exhibit_id: str, path: str) -> bytes:
        """The bytes of one file, checked. Raises NotAllowed when there is no such file, StoreError when damaged."""
        for file in self.files(exhibit_id):
            if file.path == path:
                return self.vault.read(file.sha256)
        raise NotAllowed(f"exhibit {exhibit_id} has no file {path!r}")

    def export(self, exhibit_id: str, directory: Path) -> Exhibit:
        """Writes the exhibit's files, ``proofs/<authority>/…``, ``renewals/…`` and ``ots/…`` into a new ``directory``.

        It is there whole or not at all.

        Raises NotAllowed for an unknown exhibit or a directory that exists, StoreError when a file is damaged or the
        disk is full.
        """
        exhibit = self.get(exhibit_id)
        wanted = {file.path: file.sha256 for file in self.files(exhibit_id)}
        for row in _verified(self.stamps(exhibit_id)):
            wanted |= {f"proofs/{row.authority}/{name}": digest for name, digest in row.files.items()}
        wanted |= later_files(self.db, exhibit_id)
        with _new_directory(directory) as place:
            for path, digest in wanted.items():
                target = place / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with self.vault.open(digest) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
        return exhibit

    def _select(self, where: str, *values: str) -> tuple[Exhibit, ...]:
        return tuple(self._exhibit(row) for row in store.exhibits(self.db, where, values))

    def _exhibit(self, row: ExhibitRow) -> Exhibit:
        good = _verified(self.stamps(row.exhibit_id))
        return Exhibit(
            row.exhibit_id,
            row.sighting_id,
            row.url,
            row.captured_at,
            row.state,
            row.missing,
            row.manifest_sha256,
            tuple(stamp.authority for stamp in good),
            len(good) >= row.wanted,
            bool(good) and all(stamp.practice for stamp in good),
        )


def seal(draft: ExhibitDraft, exhibits: Exhibits, custody: Custody, *, wanted: int = 1) -> Exhibit:
    """Seals a draft; a sighting that was sealed before keeps its first exhibit, which is returned instead.

    ``wanted`` is how many timestamps it is to have. Raises StoreError when the vault or the casebook cannot be
    written, and ClockBehind; then nothing is sealed, and sealing again is safe.
    """
    vault, db = exhibits.vault, exhibits.db
    laid = tuple(_put(vault, draft.directory, name) for name in draft.files)
    with writing(db):
        if known := exhibits.of_sighting(draft.sighting_id):
            return known
        facts = {"url": draft.url, "captured_at": clock.iso(draft.captured_at), "state": str(draft.state)}
        custody.record("captured", draft.exhibit_id, {**facts, "files": [file.path for file in laid]})
        head = custody.head()
        manifest = _manifest(draft, laid, head)
        digest = vault.put(manifest)
        missing = tuple({"what": one.what, "reason": one.reason} for one in draft.missing)
        row = ExhibitRow(
            *(draft.exhibit_id, draft.sighting_id, draft.url, draft.captured_at, draft.state, missing),
            *(digest, head.size, head.root, wanted),
        )
        store.add_exhibit(db, row, (*laid, ExhibitFile(MANIFEST, len(manifest), digest)))
        custody.record("sealed", draft.exhibit_id, {"manifest_sha256": digest, "bytes": len(manifest)})
        store.add_event(
            db,
            store.CaptureEvent(
                draft.exhibit_id, draft.sighting_id, draft.url, draft.state, _gaps(missing), clock.now()
            ),
        )
    return exhibits.get(draft.exhibit_id)


def _put(vault: Vault, directory: Path, name: str) -> ExhibitFile:
    path = directory / name
    return ExhibitFile(name, path.stat().st_size, vault.put(path))


def _manifest(draft: ExhibitDraft, files: tuple[ExhibitFile, ...], head: Head) -> bytes:
    return canonical_json(
        {
            "format": FORMAT,
            "exhibit_id": draft.exhibit_id,
            "url": draft.url,
            "captured_at": clock.iso(draft.captured_at),
            "files": [
                {"path": file.path, "bytes": file.bytes, "sha256": file.sha256}
                for file in sorted(files, key=lambda file: file.path)
            ],
            "custody_head": head.to_dict(),
            "software": tool_facts(),
        }
    )


def _gaps(missing: tuple[Mapping[str, str], ...]) -> str:
    return "; ".join(f"{one['what']}: {one['reason']}" for one in missing)


def _verified(rows: tuple[StampRow, ...]) -> tuple[StampRow, ...]:
    return tuple(row for row in rows if row.state == StampState.VERIFIED)


@contextmanager
def _new_directory(target: Path) -> Iterator[Path]:
    """A directory beside ``target`` that takes its place when the block has ended well, and is gone when it has not."""
    if target.exists():
        raise NotAllowed(f"{target} exists already; name a directory that does not")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise StoreError(f"{target} cannot be made: {error.strerror}") from error
    try:
        yield place
        place.chmod(0o755)
        place.rename(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}; is the disk full?") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
