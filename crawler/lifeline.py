"""Ends this process when its parent ends, and ends it cleanly: signals in, one call of a stop function out.

Two ropes: the kernel's (PR_SET_PDEATHSIG, which also fires when the *thread* that started us ends), and standard
input when it is a pipe, whose end is closed when the parent is gone. A stop that takes too long is cut short:
every step can be killed and taken up again.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from types import FrameType

GRACE_S = 20.0
STOPPED_EXIT = 130

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tie_to_parent() -> None:
    """Asks for SIGTERM when the parent dies. Where the kernel cannot do that, standard input has to do."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), signal.SIGTERM)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=_watch_stdin, name="lifeline", daemon=True).start()


def on_stop(stop: Callable[[], None]) -> None:
    """Calls ``stop`` in the main thread at the first SIGINT or SIGTERM; a second one ends the process at once."""
    called = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        if called.is_set():
            os._exit(STOPPED_EXIT)
        called.set()
        timer = threading.Timer(GRACE_S, os._exit, (STOPPED_EXIT,))
        timer.daemon = True
        timer.start()
        stop()

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)


def _watch_stdin() -> None:
    try:
        while os.read(0, 4096):
            continue
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)
