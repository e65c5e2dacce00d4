"""Runs the browser as somebody who owns nothing: a binary in, a launcher that gives up root first out.

Chromium refuses its sandbox to root. A program that runs as root therefore starts it as the user "nobody", through a
launcher of a few lines that hands the fresh profile over and then changes the user with ``setpriv`` (util-linux).
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

NOBODY = 65534

_SCRIPT = """#!/bin/sh
for word in "$@"; do
    case "$word" in --user-data-dir=*) chown -R {uid}:{uid} "${{word#--user-data-dir=}}" || exit 1 ;; esac
done
cd /
exec {setpriv} --reuid={uid} --regid={uid} --clear-groups env HOME={home} {binary} "$@"
"""


def why_not() -> str:
    """Why the browser cannot be run as another user; empty when it can."""
    if os.geteuid() != 0:
        return "the program does not run as root"
    if shutil.which("setpriv") is None:
        return "the program runs as root, and the command setpriv (util-linux) is not there"
    return ""


def write_launcher(binary: Path, place: Path) -> Path:
    """A launcher for ``binary`` in the existing directory ``place``, and a home for the user beside it.

    ``place`` is opened for that user to pass through. OSError passes through.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise FileNotFoundError("setpriv")
    home = place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    place.chmod(0o711)
    launcher = place / "launcher.sh"
    words = {"setpriv": setpriv, "home": str(home), "binary": str(binary)}
    launcher.write_text(_SCRIPT.format(uid=NOBODY, **{name: shlex.quote(word) for name, word in words.items()}))
    launcher.chmod(0o755)
    return launcher
