"""Finding and starting Chromium, what is said about it, and what happens when it dies."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler import chromium
from crawler.browser import Rendered, browser_facts, find_chromium, new_context, open_browser, render, watchdog
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


@pytest.mark.browser
def test_facts_for_the_capture_record_and_one_browser_a_thread(guard: Guard) -> None:
    with open_browser(guard.url) as browser:
        facts = browser_facts(browser)
        with pytest.raises(BrowserFailed, match="open this one in a thread of its own"), open_browser(guard.url):
            pass
        assert "plain" in show(browser).html
    assert facts["sandbox"] is (os.geteuid() != 0)
    assert ("--no-sandbox" in facts["flags"]) is (os.geteuid() == 0)
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
