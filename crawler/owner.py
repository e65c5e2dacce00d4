"""Names this process so that another can tell, later, whether it is still there: boot, process ID and start time.

A process ID alone is reused; together with the time the process started, and the boot it started in, it is not.
Source: proc(5), ``/proc/<pid>/stat`` field 22 and ``/proc/sys/kernel/random/boot_id``.
"""

from __future__ import annotations

import os
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """``<boot>.<pid>.<start ticks>`` of this process."""
    pid = os.getpid()
    return f"{_boot()}.{pid}.{_started(pid)}"


def is_alive(owner: str) -> bool:
    """Whether the process of that name still runs. A name that cannot be read is treated as gone."""
    boot, _, rest = owner.partition(".")
    pid, _, started = rest.partition(".")
    return boot == _boot() and pid.isdigit() and started != "" and _started(int(pid)) == started


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip().replace(".", "")
    except OSError:
        return "boot"


def _started(pid: int) -> str:
    """Start time in clock ticks after boot, "" for no such process. The command name may hold blanks and brackets."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]
