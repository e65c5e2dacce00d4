"""What collected: facts about this machine and this program for the capture record. Nothing in, a mapping out."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

GIT_TIMEOUT_S = 10


def unknown(reason: str) -> dict[str, Any]:
    """A field that could not be had: a null value with its reason, never a silent gap."""
    return {"value": None, "reason": reason}


@lru_cache(maxsize=1)
def host_facts() -> dict[str, Any]:
    """Name, identity and system of this machine, as the system tells them; read once a process."""
    return {
        "host_name": platform.node() or unknown("the system gives no name"),
        "host_id": _machine_id(),
        "make_model_serial": _machine(),
        "network_cards": _cards(),
        "os": f"{_os_name()} ({platform.platform()})",
        "python": platform.python_version(),
        "user": _user(),
    }


@lru_cache(maxsize=1)
def tool_facts() -> dict[str, Any]:
    """Name and version of this program, and the commit of its source when it runs from a checkout."""
    facts: dict[str, Any] = {"name": "offsignal", "version": version("offsignal")}
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        facts["commit"] = unknown("installed as a package, not run from a source checkout")
        return facts
    try:
        facts["commit"] = _git(root, "rev-parse", "HEAD")
        facts["changed_since_commit"] = bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError) as error:
        facts["commit"] = unknown(f"git could not be asked: {type(error).__name__}")
    return facts


def software() -> str:
    """``offsignal/<version>``."""
    return f"offsignal/{version('offsignal')}"


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True)
    return done.stdout.strip()


def _machine_id() -> Any:
    """systemd's machine ID, which is made once at installation."""
    try:
        return Path("/etc/machine-id").read_text("ascii").strip() or unknown("/etc/machine-id is empty")
    except (OSError, UnicodeDecodeError):
        return unknown("the system has no /etc/machine-id")


def _machine() -> Any:
    """Maker, model and serial number as the firmware tells them; the serial number only to root."""
    found: dict[str, Any] = {}
    for name, file in (("make", "sys_vendor"), ("model", "product_name"), ("serial", "product_serial")):
        try:
            text = Path("/sys/class/dmi/id", file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            found[name] = unknown(f"the system does not tell it: {type(error).__name__}")
        else:
            found[name] = text or unknown("the firmware names none")
    if all(isinstance(value, dict) for value in found.values()):
        return unknown("the system does not tell them; the custodian states them on the certificate")
    return found


def _cards() -> Any:
    """Hardware addresses of the network cards, loopback aside."""
    cards = {}
    for path in sorted(Path("/sys/class/net").glob("*/address")):
        if path.parent.name != "lo":
            try:
                cards[path.parent.name] = path.read_text("ascii").strip()
            except (OSError, UnicodeDecodeError):
                continue
    return cards or unknown("the system tells of no network card")


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _user() -> Any:
    return {"uid": os.getuid()} if hasattr(os, "getuid") else unknown("this system has no user numbers")
