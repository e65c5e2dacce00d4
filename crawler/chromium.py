"""Finds and starts Chromium: the egress guard's URL in, a browser that can reach nothing past it out.

Every connection goes through the guard, loopback included, and the browser cannot resolve a name by itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

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
def open_browser(guard_url: str, *, chromium: str = "") -> Iterator[Browser]:
    """A headless Chromium that sees the network only through the guard at ``guard_url``; closed with the context.

    It belongs to the thread that opened it, and that thread must have no running asyncio loop. The sandbox is on,
    except for root, under whom Chromium refuses to use it; :func:`browser_facts` says which. Raises BrowserFailed
    when there is no browser or it does not start.
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
        browser = _launch(playwright, binary, guard_url)
        try:
            yield browser
        finally:
            with suppress(Error):
                browser.close()
    finally:
        playwright.stop()


def browser_facts(browser: Browser) -> dict[str, Any]:
    """What a capture record says of the browser: product, version, path, sandbox (bool), flags (list), pid (int)."""
    return dict(_facts[browser])


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


def _launch(playwright: Playwright, binary: Path, guard_url: str) -> Browser:
    sandbox = os.geteuid() != 0
    flags = [f"--proxy-server={guard_url}", "--proxy-bypass-list=<-loopback>", *FLAGS]
    try:
        browser = playwright.chromium.launch(
            executable_path=binary,
            headless=True,
            chromium_sandbox=sandbox,
            args=flags,
            ignore_default_args=list(LEFT_OUT_FLAGS),
            timeout=LAUNCH_S * 1000,
        )
        session = browser.new_browser_cdp_session()
        version = session.send("Browser.getVersion")
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
    except Error as error:
        hint = " (its sandbox needs user namespaces)" if sandbox and "andbox" in error.message else ""
        raise BrowserFailed(f"{binary} does not start{hint}: {first_line(error)}") from error
    _facts[browser] = {
        "product": version["product"].partition("/")[0],
        "version": browser.version,
        "path": str(binary),
        "sandbox": sandbox,
        "flags": flags if sandbox else [*flags, "--no-sandbox"],
        "pid": next(process["id"] for process in processes if process["type"] == "browser"),
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
