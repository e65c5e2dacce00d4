"""Finds and starts Chromium: the egress guard's URL in, a browser that can reach nothing past it out.

Every connection goes through the guard, loopback included, and the browser cannot resolve a name by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from crawler import unprivileged
from crawler.errors import BrowserFailed

PLAYWRIGHT_CACHES = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
PLAYWRIGHT_BINARIES = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
PLAYWRIGHT_MARKER = "INSTALLATION_COMPLETE"  # written by its installer as the last thing
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Nothing leaves past the proxy: no look-ups, no QUIC, no WebRTC over UDP; and the browser makes no calls of its own.
FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    # Without these two it still asks for updates and for signed-in accounts; the addresses lead nowhere.
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--gaia-url=http://127.0.0.1:9",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)
#: Playwright lets pages open windows; here the browser's own popup blocker stays on.
LEFT_OUT_FLAGS = ("--disable-popup-blocking",)
LAUNCH_S = 60.0

_facts: WeakKeyDictionary[Browser, dict[str, Any]] = WeakKeyDictionary()
#: How the browser says that it can have none.
NO_SANDBOX = re.compile(r"no usable sandbox|setuid sandbox|failed to move to new namespace", re.IGNORECASE)
#: Why a sandbox cannot be had, by whether the browser runs as another user; found out once a process.
_no_sandbox: dict[bool, str] = {}


def find_chromium(configured: str = "") -> Path:
    """The browser's binary: the configured one, else Playwright's own, else the first of the usual names on PATH.

    Raises BrowserFailed when the configured path is no program, or when there is no browser at all.
    """
    if configured:
        found = shutil.which(os.path.expanduser(configured))
        if found is None:
            raise BrowserFailed(f"{configured} is not a program that can be run; correct the path to Chromium")
        return Path(found)
    if own := _playwright_builds():
        return own[-1]
    for command in COMMANDS:
        if found := shutil.which(command):
            return Path(found)
    raise BrowserFailed(
        "there is no Chromium on this machine; install the package 'chromium', or run 'playwright install chromium'"
    )


@contextmanager
def open_browser(guard_url: str, *, chromium: str = "", key_log: bool = False) -> Iterator[Browser]:
    """A headless Chromium that sees the network only through the guard at ``guard_url``; closed with the context.

    It belongs to the thread that opened it, and that thread must have no running asyncio loop. Where the program runs
    as root the browser runs as "nobody", and its sandbox is on wherever the system allows it; :func:`browser_facts`
    says who it ran as, and why a sandbox was off. With ``key_log`` the browser writes down the session keys of its own
    TLS connections (:func:`session_keys`). Raises BrowserFailed when there is no browser or it does not start.
    """
    binary = find_chromium(chromium)
    try:
        playwright = sync_playwright().start()
    except Error as error:
        raise BrowserFailed(
            "a browser is open in this thread already, or the thread runs an event loop; "
            "open this one in a thread of its own"
        ) from error
    try:
        with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as place:
            browser = _launch_safely(playwright, binary, guard_url, Path(place), key_log=key_log)
            try:
                yield browser
            finally:
                with suppress(Error):
                    browser.close()
    finally:
        playwright.stop()


def session_keys(browser: Browser) -> str:
    """The browser's key log so far, in the SSLKEYLOGFILE form; empty when none was asked for or written."""
    path = _facts[browser]["key_log"]
    try:
        return Path(path).read_text("ascii", errors="replace") if path else ""
    except OSError:
        return ""


def browser_facts(browser: Browser) -> dict[str, Any]:
    """What a capture record says of the browser.

    Product, version, path, sandbox (bool), sandbox_off_because (text), user ("nobody" or "the program's own"), flags
    (list), pid (int).
    """
    return {name: value for name, value in _facts[browser].items() if name != "key_log"}


@contextmanager
def watchdog(browser: Browser, limit_s: float, what: str) -> Iterator[None]:
    """Kills the browser when the block takes longer than ``limit_s``: the last resort against a page that holds it.

    Some calls into a page have no time limit of their own. After a kill the browser is gone for good. Errors of
    Playwright become one BrowserFailed that begins with ``what``.
    """
    fired = threading.Event()

    def kill() -> None:
        fired.set()
        with suppress(ProcessLookupError):
            os.kill(_facts[browser]["pid"], signal.SIGKILL)

    timer = threading.Timer(limit_s, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Error as error:
        if fired.is_set():
            raise BrowserFailed(f"{what}: the page held the browser for {limit_s:g} s, and it was ended") from error
        raise BrowserFailed(f"{what}: {first_line(error)}") from error
    finally:
        timer.cancel()
        timer.join()


def first_line(error: Error) -> str:
    """What went wrong, without Playwright's call log."""
    line = error.message.strip().splitlines()[0] if error.message.strip() else type(error).__name__
    return line.partition(": ")[2] if line.startswith(("Page.", "Browser", "Locator.", "CDPSession.")) else line


class _NoSandboxError(BrowserFailed):
    """The browser says that it can have no sandbox on this system."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to start the browser: as whom, and with or without its sandbox and why."""

    unprivileged: bool
    sandbox: bool
    why_not: str = ""


def _launch_safely(playwright: Playwright, binary: Path, guard_url: str, place: Path, *, key_log: bool) -> Browser:
    """Starts the browser in the safest way that works here.

    Without its sandbox only where the browser itself says that it can have none: one that is slow or broken fails.
    """
    log = place / "session.keys" if key_log else None
    if log is not None:
        log.touch(mode=0o600)
    for way in _ways():
        try:
            return _launch(playwright, binary, guard_url, place, log, way)
        except _NoSandboxError as error:
            _no_sandbox[way.unprivileged] = f"it did not start with its sandbox: {error}"[:300]
    raise BrowserFailed(f"{binary} does not start")


def _ways() -> list[_Way]:
    """The safest first."""
    not_as_nobody = unprivileged.why_not()
    as_nobody = not not_as_nobody
    if not as_nobody and os.geteuid() == 0:
        return [_Way(False, False, not_as_nobody)]
    tried = _no_sandbox.get(as_nobody, "")
    bare = [_Way(as_nobody, False, tried)] if tried else []
    return bare or [_Way(as_nobody, True), _Way(as_nobody, False, "it did not start with its sandbox")]


def _launch(
    playwright: Playwright, binary: Path, guard_url: str, place: Path, key_log: Path | None, way: _Way
) -> Browser:
    flags = [f"--proxy-server={guard_url}", "--proxy-bypass-list=<-loopback>", *FLAGS]
    program = binary
    if way.unprivileged:
        launcher = place / "launcher.sh"
        program = launcher if launcher.exists() else unprivileged.write_launcher(binary, place)
        if key_log is not None:
            os.chown(key_log, unprivileged.NOBODY, unprivileged.NOBODY)
    try:
        browser = playwright.chromium.launch(
            executable_path=program,
            headless=True,
            chromium_sandbox=way.sandbox,
            args=[*flags, f"--ssl-key-log-file={key_log}"] if key_log else flags,
            ignore_default_args=list(LEFT_OUT_FLAGS),
            timeout=LAUNCH_S * 1000,
        )
        session = browser.new_browser_cdp_session()
        version = session.send("Browser.getVersion")
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
    except Error as error:
        if way.sandbox and NO_SANDBOX.search(error.message):
            hint = "its sandbox needs user namespaces"
            raise _NoSandboxError(f"{binary} does not start ({hint}): {first_line(error)}") from error
        raise BrowserFailed(f"{binary} does not start: {first_line(error)}") from error
    _facts[browser] = {
        "product": version["product"].partition("/")[0],
        "version": browser.version,
        "path": str(binary),
        "sandbox": way.sandbox,
        "sandbox_off_because": way.why_not if not way.sandbox else "",
        "user": "nobody" if way.unprivileged else "the program's own",
        "flags": flags if way.sandbox else [*flags, "--no-sandbox"],
        "pid": next(process["id"] for process in processes if process["type"] == "browser"),
        "key_log": str(key_log) if key_log else "",
    }
    return browser


def _playwright_builds() -> list[Path]:
    """Playwright's own browsers that are installed whole, the newest last."""
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    found: list[tuple[int, Path]] = []
    for root in (own,) if own else PLAYWRIGHT_CACHES:
        for build in Path(root).expanduser().glob("chromium-*"):
            revision = build.name.removeprefix("chromium-")
            if revision.isdecimal() and (build / PLAYWRIGHT_MARKER).exists():
                binaries = (path for pattern in PLAYWRIGHT_BINARIES for path in build.glob(pattern))
                found += [(int(revision), path) for path in binaries if os.access(path, os.X_OK)]
    return [path for _, path in sorted(found)]
