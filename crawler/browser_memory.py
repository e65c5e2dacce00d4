"""Keeps a browser within bounds of memory: its process and a limit in, its greatest use out.

Measured from ``/proc``: what every process of the browser has for itself (resident minus shared), and the largest
shared part once. When that is more than the limit, the processes that hold pages are ended first, so that what had come
before can still be kept; if that does not help, the whole browser is.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

INTERVAL_S = 0.25
PAGE = b"--type=renderer"


class MemoryWatch:
    """Measures while the context is open. ``limit_bytes`` 0: only measures."""

    def __init__(self, pid: int, limit_bytes: int) -> None:
        self._pid, self._limit = pid, limit_bytes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="browser-memory", daemon=True)
        self.peak_bytes = 0
        self.exceeded = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            family = family_of(self._pid)
            used = memory_of(family)
            self.peak_bytes = max(self.peak_bytes, used)
            if self._limit and used > self._limit:
                self._end(family)

    def _end(self, family: tuple[int, ...]) -> None:
        """Ends the pages; the second time, the browser."""
        pages = [] if self.exceeded else [pid for pid in family if PAGE in _command(pid)]
        self.exceeded = True
        for pid in pages or [self._pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def family_of(pid: int) -> tuple[int, ...]:
    """A process and everything it started, as the kernel lists it; only itself where there is no such list."""
    found, todo = [pid], [pid]
    while todo:
        one = todo.pop()
        try:
            threads = list(Path(f"/proc/{one}/task").iterdir())
            children = [int(word) for thread in threads for word in (thread / "children").read_text().split()]
        except OSError:  # it has ended, or the kernel keeps no such list
            continue
        found += children
        todo += children
    return tuple(found)


def memory_of(pids: tuple[int, ...]) -> int:
    """Bytes that these processes hold together; 0 where the system does not tell."""
    size, shared = os.sysconf("SC_PAGE_SIZE"), [0]
    own = 0
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/statm").read_text().split()
        except OSError:
            continue
        own += int(words[1]) - int(words[2])
        shared.append(int(words[2]))
    return (own + max(shared)) * size


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
