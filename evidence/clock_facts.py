"""How right this machine's clock is, as the system itself tells: nothing in, source and offset or the reason out.

Asked of ``chronyc`` (chrony) and ``timedatectl`` (systemd), whichever is there, at most once a minute.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from typing import Any

from crawler import clock
from evidence.host_facts import unknown

TIMEOUT_S = 3.0
KEPT_S = 60.0

_kept: list[tuple[float, dict[str, Any]]] = []


def clock_facts() -> dict[str, Any]:
    """``{source, offset_ms, stratum, asked, asked_at}``; what could not be had is a null with its reason."""
    if not _kept or time.monotonic() - _kept[-1][0] > KEPT_S:
        _kept[:] = [(time.monotonic(), _ask())]
    return dict(_kept[-1][1])


def _ask() -> dict[str, Any]:
    reasons = []
    for command, read in ((["chronyc", "-c", "tracking"], chrony), (["timedatectl", "timesync-status"], timesync)):
        if shutil.which(command[0]) is None:
            reasons.append(f"there is no {command[0]}")
            continue
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
            return {**read(done.stdout), "asked": " ".join(command), "asked_at": clock.iso(clock.now())}
        except subprocess.CalledProcessError as error:
            told = (error.stderr or "").strip().splitlines()
            reasons.append(f"{command[0]}: {told[0] if told else f'it ended with {error.returncode}'}"[:200])
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            reasons.append(f"{command[0]}: {type(error).__name__}")
    why = f"{'; '.join(reasons)}; each timestamp's result.json has the difference to the authority's time"
    return {"source": unknown(why), "offset_ms": unknown(why)}


def chrony(text: str) -> dict[str, Any]:
    """``chronyc -c tracking``: reference, address, stratum, time, offset of the system clock in seconds, and more.

    Raises ValueError for another form.
    """
    fields = text.strip().split(",")
    if len(fields) < 6:
        raise ValueError("not the fields of chronyc -c tracking")
    return {
        "source": f"NTP by chrony: {fields[1] or fields[0]}",
        "stratum": int(fields[2]),
        "offset_ms": f"{float(fields[4]) * 1000:.6f}",
    }


def timesync(text: str) -> dict[str, Any]:
    """``timedatectl timesync-status``: a server, and a signed offset with its unit. Raises ValueError otherwise."""
    server = re.search(r"^\s*Server: (.+)$", text, re.MULTILINE)
    offset = re.search(r"^\s*Offset: ([+-]?[0-9.]+)(us|ms|s)\s*$", text, re.MULTILINE)
    if server is None or offset is None:
        raise ValueError("no server or no offset")
    factor = {"us": 0.001, "ms": 1.0, "s": 1000.0}[offset[2]]
    return {"source": f"NTP by systemd-timesyncd: {server[1]}", "offset_ms": f"{float(offset[1]) * factor:.6f}"}
