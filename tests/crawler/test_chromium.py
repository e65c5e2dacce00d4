"""Finding and starting Chromium, what is said about it, and what happens when it dies."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler import chromium, unprivileged
from crawler.browser import Rendered, browser_facts, find_chromium, new_context, open_browser, render, watchdog
from crawler.browser_memory import MemoryWatch, family_of
from crawler.chromium import session_keys
from crawler.config import EgressSettings
from crawler.egress import Guard
from crawler.errors import BrowserFailed

Serve = Callable[..., Any]


@pytest.fixture
def site(serve: Serve, http_answer: Callable[..., Any]) -> Any:
    """A page during whose loading a process may be killed: the one in ``victim``."""

    def answer(connection: socket.socket, head: bytes) -> None:
        if server.victim:
            os.kill(server.victim, signal.SIGKILL)
        http_answer(b"<p>plain", "Content-Type: text/html")(connection, head)

    server = serve(answer)
    server.victim = 0
    return server


@pytest.fixture
def guard(site: Any) -> Iterator[Guard]:
    with Guard(EgressSettings(pinned={"site.example:80": f"127.0.0.1:{site.port}"})) as guard:
        yield guard


def show(browser: Any) -> Rendered:
    return render(browser, "http://site.example/", timeout_s=5, settle_s=0.5, max_bytes=1_000_000)


def program(path: Path, script: str = "exit 1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_which_chromium_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    with pytest.raises(BrowserFailed, match="there is no Chromium on this machine; install"):
        find_chromium()
    chrome = program(tmp_path / "bin/google-chrome")
    assert find_chromium() == chrome
    assert find_chromium(str(chrome)) == chrome
    debian = program(tmp_path / "bin/chromium")
    assert find_chromium() == debian
    cache = tmp_path / ".cache/ms-playwright"
    older = program(cache / "chromium-999/chrome-linux/chrome")
    newest = program(cache / "chromium-1200/chrome-linux64/chrome")
    program(cache / "chromium_headless_shell-1300/chrome-linux/headless_shell")
    assert find_chromium() == debian  # neither is installed whole
    (cache / "chromium-999/INSTALLATION_COMPLETE").touch()
    assert find_chromium() == older
    (cache / "chromium-1200/INSTALLATION_COMPLETE").touch()
    assert find_chromium() == newest
    elsewhere = program(tmp_path / "own/chromium-1/chrome-linux/chrome")
    (tmp_path / "own/chromium-1/INSTALLATION_COMPLETE").touch()
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert find_chromium() == elsewhere
    with pytest.raises(BrowserFailed, match=r"/nowhere/chrome is not a program that can be run"):
        find_chromium("/nowhere/chrome")


@pytest.mark.browser
def test_a_program_that_is_no_browser_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "LAUNCH_S", 5.0)
    with (
        pytest.raises(BrowserFailed, match="does not start") as caught,
        open_browser("http://127.0.0.1:9", chromium=str(program(tmp_path / "chromium"))),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert not chromium._no_sandbox, "a broken browser says nothing of the sandbox of a good one"


@pytest.mark.browser
def test_only_a_browser_that_says_so_goes_on_without_its_sandbox(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "_no_sandbox", {})
    real = find_chromium("")
    says = 'case "$*" in *--no-sandbox*) exec "{real}" "$@";; *) echo "No usable sandbox!" >&2; exit 1;; esac'
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to the user the browser runs as
        Path(name).chmod(0o755)
        wrapper = program(Path(name) / "chromium", says.format(real=real))
        with open_browser(guard.url, chromium=str(wrapper)) as browser:
            facts = browser_facts(browser)
    assert facts["sandbox"] is False
    assert facts["sandbox_off_because"]


@pytest.mark.browser
def test_facts_for_the_capture_record_and_one_browser_a_thread(guard: Guard) -> None:
    with open_browser(guard.url) as browser:
        facts = browser_facts(browser)
        with pytest.raises(BrowserFailed, match="open this one in a thread of its own"), open_browser(guard.url):
            pass
        assert "plain" in show(browser).html
    assert ("--no-sandbox" in facts["flags"]) is not facts["sandbox"]
    assert bool(facts["sandbox_off_because"]) is not facts["sandbox"]
    assert facts["user"] == ("nobody" if os.geteuid() == 0 else "the program's own")
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", facts["version"])
    assert Path(facts["path"]).exists()
    assert facts["product"]


@pytest.mark.browser
def test_a_browser_that_dies_is_one_clear_error(site: Any, guard: Guard) -> None:
    with open_browser(guard.url) as browser:
        site.victim = browser_facts(browser)["pid"]
        with pytest.raises(BrowserFailed, match=r"http://site\.example/: .*closed") as caught:
            show(browser)
        assert "\n" not in str(caught.value)
        assert not browser.is_connected()
        with pytest.raises(BrowserFailed, match="closed"):
            show(browser)


@pytest.mark.browser
def test_the_watchdog_ends_a_browser_that_a_page_holds(guard: Guard) -> None:
    with open_browser(guard.url) as browser:
        page = new_context(browser).new_page()
        start = time.monotonic()
        with (
            pytest.raises(BrowserFailed, match=r"held: the page held the browser for 0\.5 s"),
            watchdog(browser, 0.5, "held"),
        ):
            page.evaluate("() => { while (1); }")
        assert time.monotonic() - start < 8
        assert not browser.is_connected()
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def command(pid: int) -> bytes:
    """A process's command line; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.browser
def test_the_sandbox_is_on_wherever_the_browser_can_be_run_as_somebody_else(guard: Guard) -> None:
    """Read from the kernel: the process of a page runs under another user, with filtered system calls."""
    if os.geteuid() != 0 or unprivileged.why_not():
        pytest.skip("the program does not run as root, or there is no setpriv")
    with open_browser(guard.url) as browser:
        browser.new_page().set_content("<p>a page that stays open")
        family = family_of(browser_facts(browser)["pid"])
        pages = [pid for pid in family if b"--type=renderer" in command(pid)]
        told = [Path(f"/proc/{pid}/status").read_text() for pid in pages]
        spaces = {os.readlink(f"/proc/{pid}/ns/{kind}") for pid in pages for kind in ("user", "pid", "net")}
    assert pages
    assert all(re.search(r"^Uid:\s+65534\s", status, re.MULTILINE) for status in told)
    assert not spaces & {os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "pid", "net")}
    # A spare page process gets its filter when it is given a page, so one that has it is enough to know.
    assert any(re.search(r"^Seccomp:\s+2$", status, re.MULTILINE) for status in told)


@pytest.mark.browser
def test_a_browser_without_its_sandbox_says_why(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root must do without")
    why = "the program runs as root, and the command setpriv (util-linux) is not there"
    monkeypatch.setattr(unprivileged, "why_not", lambda: why)
    with open_browser(guard.url) as browser:
        facts = browser_facts(browser)
    assert (facts["sandbox"], facts["user"]) == (False, "the program's own")
    assert facts["sandbox_off_because"] == why


@pytest.mark.browser
def test_the_keys_of_the_browsers_own_connections_are_given_only_on_request(guard: Guard) -> None:
    with open_browser(guard.url) as browser:
        assert session_keys(browser) == ""
        assert "key_log" not in browser_facts(browser)
        assert not any("key-log" in flag for flag in browser_facts(browser)["flags"])


def test_memory_of_a_family_of_processes_is_measured_and_ended_at_its_limit() -> None:
    code = "import time; data = bytearray(200 << 20); print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert family_of(process.pid) == (process.pid,)
        assert process.pid in family_of(os.getpid())
        with MemoryWatch(process.pid, 100 << 20) as watch:
            assert process.wait(20) == -signal.SIGKILL
    assert (watch.exceeded, watch.peak_bytes > 200 << 20) == (True, True)
