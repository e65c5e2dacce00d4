"""One run at a time: a kernel lock on ``run.lock`` that ends with the process, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler import clock
from crawler.errors import Busy, StoreError

LOCK_FILE = "run.lock"


@contextmanager
def hold(data_dir: Path, purpose: str) -> Iterator[int]:
    """Holds the data directory for ``purpose`` and yields the lock's file descriptor.

    The descriptor may be handed to a child (``pass_fds``): the lock then lasts until the child is gone too.
    Raises Busy naming the holder, StoreError when the directory cannot be written.
    """
    path = data_dir / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error}; is the data directory writable?") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = _holder(descriptor)
        os.close(descriptor)
        raise Busy(f"{data_dir} is in use: {holder}; wait for it, or stop it") from None
    try:
        os.ftruncate(descriptor, 0)
        note = {"pid": os.getpid(), "purpose": purpose, "since": clock.iso(clock.now())}
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Who wrote the lock's note: purpose, process and since when."""
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
        return f"{note['purpose']!s} (process {int(note['pid'])}, since {note['since']!s})"
    except (ValueError, KeyError, TypeError):
        return "another run holds the lock"
