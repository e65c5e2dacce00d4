"""The vault: blobs in, their SHA-256 out; a blob out only when it still is what its name says.

A blob lies at ``<directory>/sha256/<first two digits>/<digest>``, read-only. It is written beside, synced and then
renamed, so a kill or a full disk leaves a blob whole or absent; what a kill leaves in ``<directory>/incoming`` is
harmless and may be removed when nothing runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from crawler.errors import StoreError
from evidence.digest import READ_BYTES

READ_ONLY = 0o444
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Vault:
    """A content-addressed store in one directory, which is made at the first :meth:`put`.

    Many processes may put at once: equal blobs meet at one name, and either copy is as good as the other.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, blob: bytes | Path) -> str:
        """Stores the bytes, or the file's bytes, and returns their digest; on disk for good when this returns.

        Raises StoreError when the disk is full or cannot be written, when the source file cannot be read, and when a
        blob of that name is already there and is damaged: that is a finding to look into, not to paint over.
        """
        try:
            with BytesIO(blob) if isinstance(blob, bytes) else blob.open("rb") as source:
                return self._store(source)
        except OSError as error:
            what = "a blob" if isinstance(blob, bytes) else str(blob)
            raise StoreError(
                f"{what} cannot be put into the vault {self.directory}: {error.strerror}; free space or check the disk"
            ) from error

    def open(self, digest: str) -> BinaryIO:
        """The blob as an open file at its start. Its bytes are checked first, through the same open file.

        Raises StoreError when there is no such blob or its bytes no longer have the digest it is named by.
        """
        path = self.path(digest)
        try:
            stream = path.open("rb")
        except OSError as error:
            raise StoreError(f"the vault has no readable blob {digest} ({error.strerror}); restore {path}") from error
        try:
            actual = _digest_of(stream)
            stream.seek(0)
        except OSError as error:
            stream.close()
            raise StoreError(f"the blob {path} cannot be read: {error.strerror}; restore it from a copy") from error
        if actual != digest:
            stream.close()
            raise StoreError(f"the blob {path} is damaged: its bytes have the digest {actual}; restore it from a copy")
        return stream

    def read(self, digest: str) -> bytes:
        """The blob's bytes, checked like :meth:`open`."""
        with self.open(digest) as stream:
            return stream.read()

    def path(self, digest: str) -> Path:
        """Where the blob lies or would lie. Raises ValueError for text that is no digest, so no path gets in."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest[:80]!r} is not a SHA-256 digest in lower-case hex")
        return self.directory / "sha256" / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether a blob of that name is there; its bytes are not looked at."""
        return self.path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """The names of all blobs, in order."""
        yield from sorted(path.name for path in self.directory.glob("sha256/??/*") if _DIGEST.fullmatch(path.name))

    def _store(self, source: BinaryIO) -> str:
        incoming = self.directory / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=incoming)
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as target:
                while piece := source.read(READ_BYTES):
                    digest.update(piece)
                    target.write(piece)
                target.flush()
                os.fchmod(target.fileno(), READ_ONLY)
                os.fsync(target.fileno())
            return self._settle(Path(name), digest.hexdigest())
        finally:
            Path(name).unlink(missing_ok=True)

    def _settle(self, written: Path, digest: str) -> str:
        path = self.path(digest)
        if path.exists():
            self.open(digest).close()
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        written.rename(path)
        for directory in (path.parent, path.parent.parent, self.directory):
            _sync_directory(directory)
        return digest


def _digest_of(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(READ_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _sync_directory(directory: Path) -> None:
    """Makes a new name in ``directory`` survive a power cut (POSIX: the directory is synced like a file)."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
