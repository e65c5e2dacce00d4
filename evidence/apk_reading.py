"""Reads an app package in a process with limits: a file in, what it says of itself out. The file is never run.

No maintained parser was good enough when this was chosen (November 2026). androguard 4.1.4 reads manifests best, but
brings 36 other packages (118 MB, an interactive shell and a database layer among them) and fails on some altered
packages with errors of any kind; pyaxmlparser 0.3.31 (last release 2024) and apkutils rest on Python's zipfile, which
refuses what devices install; apkInspector 1.3.7 tells attributes by name only, makes up random ones, cuts strings of
128 characters and more, and sets up logging for the whole process when it is imported. All of them show the
certificate that lies in a package without checking that its key signed it, so a copied one would name the wrong
vendor. The few forms that matter are therefore read here, bounded, and the tests hold ``apksigner`` and ``aapt``
against what is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS = 30
GRACE_S = 15
MAX_ANSWER_BYTES = 4 << 20


def read_package(path: Path, *, seconds: int = SECONDS) -> dict[str, Any]:
    """What :func:`evidence.apk_worker.read` says of the package at ``path``; ``{problem}`` when it cannot be said.

    Never raises for what the package holds. OSError passes through when the file cannot be opened or no process made.
    """
    command = [*interpreter(), "-m", "evidence.apk_worker", str(seconds)]
    with path.open("rb") as package, tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            command,
            stdin=package,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={"PATH": os.defpath},
        )
        try:
            code = process.wait(seconds + GRACE_S)
        except subprocess.TimeoutExpired:
            return {"problem": f"reading it took more than {seconds} seconds"}
        finally:
            _end(process)
        answer.seek(0)
        return _answer(answer.read(MAX_ANSWER_BYTES + 1), code, seconds)


def interpreter() -> list[str]:
    """This Python, deaf to its environment and to the folder it stands in."""
    return [sys.executable, "-I"]


def _answer(data: bytes, code: int, seconds: int) -> dict[str, Any]:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return {"problem": f"reading it took more than {seconds} seconds of processor time, or more memory than it may"}
    try:
        found = json.loads(data)
    except ValueError:
        return {"problem": "the process that read it ended without an answer"}
    return found if isinstance(found, dict) else {"problem": "the process that read it gave no answer that fits"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that the process may have started stays."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
