"""A WACZ in, what other programs say of it out: ``wacz validate`` and ``warcio check``, in processes of their own.

Neither knows bundles, manifests, timestamps, claims or custody: they are asked about the archive alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PASSES, REFUSES, CRASHES = "passes", "refuses", "crashes"
SECONDS = 120


def program(name: str) -> str | None:
    """Where a peer is: beside this Python, or on the path; None when it is not on this machine."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def wacz_validate(path: Path, *, signatures: bool = False) -> str:
    """What ``wacz validate`` says of the file."""
    extra = ["--verify-auth"] if signatures else []
    code, said = _run([str(program("wacz")), "validate", "-f", str(path), *extra])
    if "Traceback" in said:
        return CRASHES
    return PASSES if code == 0 and not re.search("Validation failed|not valid|Invalid", said) else REFUSES


def warcio_check(path: Path) -> str | None:
    """What ``warcio check`` says of the WARC files in a WACZ; None where there is none to look at."""
    with tempfile.TemporaryDirectory() as name:
        files = _warcs(path, Path(name))
        results = [_run([str(program("warcio")), "check", str(file)]) for file in files]
    if not results:
        return None
    if any("Traceback" in said for _, said in results):
        return CRASHES
    return PASSES if all(code == 0 for code, _ in results) else REFUSES


def _warcs(path: Path, folder: Path) -> list[Path]:
    """The WARC files of a WACZ, unpacked; none when it is no ZIP file that can be read."""
    files = []
    try:
        with zipfile.ZipFile(path) as package:
            for number, name in enumerate(sorted(set(package.namelist()))):
                if name.startswith("archive/"):
                    target = folder / f"{number}.warc.gz"
                    target.write_bytes(package.read(name))
                    files.append(target)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        return []
    return files


def _run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
