"""The spool keeps every raw exchange of a run: exchanges in, WARC segments on disk, references out.

A segment is written by one process, which holds a lock on it, and is made read-only when it is closed. What
:meth:`Spool.put` has returned a reference for survives a kill and a power cut. A segment that a kill left writable
may end in half a record; :func:`mend` cuts that half off before the next run.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler.errors import StoreError
from crawler.exchange import Exchange, Record, RecordRef
from crawler.sighting import SpoolRef
from crawler.warc import WarcWriter, last_good_offset, read_record_at

SUFFIX = ".warc.gz"
#: A segment is closed when it has grown to this; the next record opens a new one.
SEGMENT_BYTES = 1 << 30
CLOSED_MODE = 0o444

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_GZIP_MAGIC = b"\x1f\x8b\x08"


class Spool:
    """The segments of one run. Use as a context manager.

    The first write opens a new segment ``<run_id>-<n>.warc.gz``; a run that is continued never writes into a segment
    of before. Every method raises StoreError when the disk is full or the directory cannot be written; what was
    stored before stays readable, and the next call tries a new segment.
    """

    def __init__(
        self, directory: Path, run_id: str, *, info: Mapping[str, str], segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        if not _SAFE_NAME.fullmatch(run_id):
            raise StoreError(f"{run_id!r} cannot name a spool segment; use letters, digits, dots and dashes")
        self._directory, self._run_id, self._info = directory, run_id, dict(info)
        self._segment_bytes = segment_bytes
        self._number = 0
        self._path = directory
        self._stream: BinaryIO | None = None
        self._writer: WarcWriter | None = None

    def put(self, exchange: Exchange) -> SpoolRef:
        """Stores one exchange; it is on the disk (fsync) when this returns."""
        return self._put(lambda writer: writer.exchange(exchange))

    def put_resource(self, uri: str, content_type: str, data: bytes, at: datetime) -> SpoolRef:
        """Stores something made from an exchange, such as a page as the browser rendered it."""
        return self._put(lambda writer: writer.resource(uri, content_type, data, at))

    def close(self) -> None:
        """Closes the open segment and makes it read-only. Safe to call twice."""
        stream, self._stream, self._writer = self._stream, None, None
        if stream is not None:
            os.fchmod(stream.fileno(), CLOSED_MODE)
            stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, write: Callable[[WarcWriter], RecordRef]) -> SpoolRef:
        try:
            stream, writer = self._segment()
            before = stream.tell()
        except OSError as error:
            raise self._failed(error) from error
        try:
            ref = write(writer)
            os.fsync(stream.fileno())
        except OSError as error:
            self._abandon(stream, before)
            raise self._failed(error) from error
        if stream.tell() >= self._segment_bytes:
            self.close()
        return SpoolRef(self._path.name, ref.offset, ref.record_id)

    def _segment(self) -> tuple[BinaryIO, WarcWriter]:
        if self._stream is not None and self._writer is not None:
            return self._stream, self._writer
        self._directory.mkdir(parents=True, exist_ok=True)
        stream = self._create()
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            writer = WarcWriter(stream, filename=self._path.name, info=self._info)
            os.fsync(stream.fileno())
            _sync_directory(self._directory)
        except OSError:
            self._path.unlink(missing_ok=True)
            stream.close()
            raise
        self._stream, self._writer = stream, writer
        return stream, writer

    def _create(self) -> BinaryIO:
        """The next segment that nobody else has made; unbuffered, so that a failed write leaves nothing to flush."""
        while True:
            self._number += 1
            self._path = self._directory / f"{self._run_id}-{self._number:04d}{SUFFIX}"
            try:
                return self._path.open("xb", buffering=0)
            except FileExistsError:
                continue

    def _abandon(self, stream: BinaryIO, good: int) -> None:
        """Cuts a failed write off and lets go of the segment; where even that fails, :func:`mend` will do it."""
        self._stream = self._writer = None
        try:
            os.ftruncate(stream.fileno(), good)
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), CLOSED_MODE)
        except OSError:
            return
        finally:
            stream.close()

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"the spool segment {self._path} cannot be written: {error.strerror}; "
            "make room or allow writing there, then run again: what was stored before is kept"
        )


def open_ref(directory: Path, ref: SpoolRef) -> Record:
    """The record a reference points at, digests checked. Raises StoreError when it is missing, torn or another one."""
    if Path(ref.segment).name != ref.segment:
        raise StoreError(f"{ref.segment!r} is not the name of a spool segment")
    record = read_record_at(directory / ref.segment, ref.offset)
    if record.record_id != ref.record_id:
        raise StoreError(
            f"{directory / ref.segment}: byte {ref.offset} holds {record.record_id}, not {ref.record_id}; "
            "the reference and the segment do not belong together"
        )
    return record


def mend(directory: Path) -> list[str]:
    """Cuts half-written records off segments that a kill left behind; returns a sentence for each thing done.

    Segments that are closed (read-only) or being written by another process are left alone, and so is one that is
    damaged in its middle: cutting there would destroy whole records. Raises StoreError when a file cannot be changed.
    """
    said: list[str] = []
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        try:
            if path.stat().st_mode & 0o222:
                said += _mend_segment(path)
        except OSError as error:
            raise StoreError(f"{path}: cannot be mended: {error.strerror}; is the file yours to write?") from error
    return said


def _mend_segment(path: Path) -> list[str]:
    with path.open("r+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        good, size = last_good_offset(path), path.stat().st_size
        if good < size and _whole_record_after(path, good):
            return [f"{path} is damaged at byte {good}, before whole records; it was left as it is: restore it"]
        if good == 0:
            path.unlink()
            return [f"{path} held no whole record and was removed"]
        if good < size:
            os.ftruncate(stream.fileno(), good)
            os.fsync(stream.fileno())
        os.fchmod(stream.fileno(), CLOSED_MODE)
    if good < size:
        return [f"{path} ended in half a record: {size - good} bytes after byte {good} were cut off"]
    return []


def _whole_record_after(path: Path, offset: int) -> bool:
    """Whether any record that is whole begins behind ``offset``: then the damage is not a torn tail."""
    data = path.read_bytes()
    position = data.find(_GZIP_MAGIC, offset + 1)
    while position != -1:
        try:
            read_record_at(path, position)
        except StoreError:
            position = data.find(_GZIP_MAGIC, position + 1)
        else:
            return True
    return False


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
