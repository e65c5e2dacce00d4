"""One run at a time, and the second one is told who holds the lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import Busy, StoreError
from desk.lock import hold


def test_a_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with (
        hold(tmp_path, "nightly run"),
        pytest.raises(Busy, match=rf"nightly run \(process {os.getpid()}, since 20"),
        hold(tmp_path, "another"),
    ):
        pass


def test_the_lock_is_free_again_after_the_run(tmp_path: Path) -> None:
    with hold(tmp_path, "first"):
        pass
    with hold(tmp_path, "second"):
        pass


def test_a_killed_run_leaves_no_lock_behind(tmp_path: Path) -> None:
    code = f"""
import time; from pathlib import Path; from desk.lock import hold
with hold(Path({str(tmp_path)!r}), "to be killed"):
    print("held", flush=True); time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="to be killed"), hold(tmp_path, "other"):
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
    with hold(tmp_path, "next"):
        pass


def test_a_lock_file_full_of_garbage_is_still_a_lock(tmp_path: Path) -> None:
    with hold(tmp_path, "x") as descriptor:
        os.pwrite(descriptor, b"\xff not json", 0)
        with pytest.raises(Busy, match="another run holds the lock"), hold(tmp_path, "y"):
            pass


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="missing"), hold(tmp_path / "missing", "x"):
        pass
