"""The signatures that are left to the ``openssl`` command: arguments in, what it printed out."""

from __future__ import annotations

import re
import subprocess

from evidence.verifier.run import Run
from evidence.verifier.words import Bad, shown

OPENSSL_SECONDS = 60


def ask_openssl(run: Run, arguments: list[str]) -> tuple[bool, str]:
    """Runs ``openssl`` with these arguments: whether it ended with 0, and all it printed. Nothing is sent to it."""
    command = [str(run.openssl), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=OPENSSL_SECONDS, check=False)
    return done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")


def openssl_reason(said: str) -> str:
    """What openssl printed, on one line: without its inner numbers and source files, and without its warnings.

    The warnings compare certificates with today's clock, where a token is judged at the time it was made.
    """
    lines = [line for line in said.splitlines() if not re.match(r"Warning:|Using configuration from ", line)]
    text = " ".join(re.sub(r"[0-9A-F]{8,}:error:[0-9A-F]+:|:\.\./[^:\s]+\.c:\d+:|\s+", " ", line) for line in lines)
    return shown(" ".join(text.split()))


def ask_token(run: Run, arguments: list[str]) -> str:
    """What ``openssl ts`` says of a token; anything but success is a failure of the proof."""
    good, said = ask_openssl(run, ["ts", *arguments])
    if not good or (arguments[0] == "-verify" and "Verification: OK" not in said):
        raise Bad(f"openssl does not believe the token: {openssl_reason(said)}")
    return said
