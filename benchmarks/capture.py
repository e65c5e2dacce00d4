"""Captures of the same loopback pages by this program and by peers, in one run: ``python -m benchmarks.capture``.

Every page is taken in turn by each way, so that what else the machine does falls on all of them alike:

* ``browser``: the same browser, guard and steps (load, wait, document, two pictures, MHTML, PDF), and nothing kept of
  it but the files: the browser's own time for the page.
* ``ours``: a whole exhibit: robots.txt, recording, WACZ, record, claims with their pins, vault, rows, custody entries.
* ``single-file``: single-file-cli, when ``SINGLE_FILE`` names its command or it is on PATH (AGPL: a peer to measure
  against, never a dependency).
* ``wget``: ``wget --page-requisites --warc-file``, which runs no scripts and takes no pictures.

Sealing may cost at most 15 % of the browser's own time: ``sealing / browser`` is what our parts of a capture took by
the clock (robots.txt, the places of quotes, reading the recording, WACZ, pins and crops, record, vault, rows), measured
inside the captures themselves, against the ``browser`` runs between them; ``ours / browser`` compares whole runs, and
says little on a busy machine.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks import material
from crawler import clock
from crawler.browser import new_context, open_browser
from crawler.casebook import open_casebook
from crawler.config import CollectorSettings, EgressSettings
from crawler.egress import Guard
from crawler.sighting import Sighting, SightingState
from evidence import capture, custody, page_capture, preserve, store
from evidence.capture import Capturer, user_agent
from evidence.config import CaptureSettings, TimestampSettings
from evidence.custody import CustodyLog
from evidence.exhibit import Exhibits, Recorder
from evidence.preserve import Preserver
from evidence.timestamp import Stamper
from evidence.vault import Vault

PAGES, HOST = 6, "bench.example"
BOUND = 0.15
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
PEER_TIMEOUT_S = 120


@contextmanager
def _serving(pages: list[bytes]) -> Iterator[int]:
    """The pages as ``/0``, ``/1`` … with one picture each, on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Says nothing."""

        def do_GET(self) -> None:  # the base class names it so
            name = self.path.strip("/")
            found = pages[int(name)] if name.isdigit() and int(name) < len(pages) else PNG if "png" in name else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "image/png" if "png" in name else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _browser(guard: Guard, settings: CaptureSettings, number: int, place: Path) -> None:
    """What the browser takes for a page, with nothing of evidence around it."""
    with open_browser(guard.url, chromium=settings.chromium) as browser:
        agent = user_agent(browser, "bench@heron.example")
        context = new_context(browser, viewport=settings.viewport, locale=settings.locale, user_agent=agent)
        page = context.new_page()
        session = context.new_cdp_session(page)
        page.goto(f"http://{HOST}/{number}", wait_until="load")
        page.wait_for_timeout(settings.settle_s * 1000)
        _scroll(page, settings)
        (place / "dom.html").write_text(page.content(), "utf-8")
        page.screenshot(path=place / "viewport.png")
        page.screenshot(path=place / "full.png", full_page=True)
        (place / "page.mhtml").write_text(session.send("Page.captureSnapshot", {"format": "mhtml"})["data"], "utf-8")
        page.pdf(path=place / "page.pdf", format="A4", print_background=True)
        context.close()


def _scroll(page, settings: CaptureSettings) -> None:  # type: ignore[no-untyped-def]
    """Down screen by screen and up, as a capture does."""
    height = min(page.evaluate("document.documentElement.scrollHeight"), settings.max_height_px)
    for screen in range(1, min(40, height // settings.viewport[1]) + 1):
        page.evaluate(f"window.scrollTo(0, {screen * settings.viewport[1]})")
        page.wait_for_timeout(120)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(120)


def _ours(keep: Preserver, number: int) -> None:
    url = f"http://{HOST}/{number}"
    seen = Sighting(f"sg-bench-{number}", "bench", "bench", url, (url,), clock.now(), SightingState.SEEN, status=200)
    outcome = keep.preserve(seen)
    if outcome.exhibit is None or outcome.exhibit.missing:
        raise SystemExit(f"{url}: {outcome.state}: {outcome.reason}")


#: What a capture does that a mere visit would not: where it is looked up when it is called, and its name there.
SEALING = (
    (capture.RobotsAsker, "decide"),
    (capture.Look, "at"),
    (page_capture.PageRecorder, "finish"),
    (capture, "write_archive"),
    (capture, "write_pinned"),
    (capture.capture_record, "build"),
    (preserve, "latest"),
    (preserve, "stamp_warc"),
    (preserve, "seal"),
)


class Stopwatch:
    """Adds up what the named functions take; they do what they did before."""

    def __init__(self) -> None:
        self.spent = 0.0
        for holder, name in SEALING:
            setattr(holder, name, self._timed(getattr(holder, name)))

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                self.spent += time.perf_counter() - started

        return timed


def _command(words: list[str]) -> None:
    done = subprocess.run(words, check=False, capture_output=True, timeout=PEER_TIMEOUT_S)
    if done.returncode not in (0, 8):  # 8: wget saw an answer that says no, as 404 for a part of the page
        raise SystemExit(f"{words[0]} ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-300:]}")


def peers(port: int, place: Path) -> dict[str, Callable[[int], None] | str]:
    """The peers that are here as functions of a page's number, the others with the reason why not."""
    found: dict[str, Callable[[int], None] | str] = {}
    single = os.environ.get("SINGLE_FILE") or shutil.which("single-file")
    if single is None:
        found["single-file"] = "not on PATH and SINGLE_FILE is not set (npm install single-file-cli)"
    else:
        browser = shutil.which("chromium") or ""
        options = [f"--browser-executable-path={browser}", "--browser-arg=--no-sandbox"]
        found["single-file"] = lambda number: _command(
            [single, f"http://127.0.0.1:{port}/{number}", str(place / f"single-{number}.html"), *options]
        )
    wget = shutil.which("wget")
    if wget is None:
        found["wget"] = "there is no wget"
    else:
        found["wget"] = lambda number: _command(
            [wget, "-q", "-p", "-P", str(place / f"wget-{number}"), f"--warc-file={place / f'w{number}'}",
             f"http://127.0.0.1:{port}/{number}"]
        )  # fmt: skip
    return found


def measure(count: int = PAGES) -> dict[str, float | str]:
    """Seconds for a page by each way (the median), and the ratios."""
    pages = [page.replace(b"</body>", b'<img src="/x.png"></body>') for page in material.sample_pages()[: count + 1]]
    settings = CaptureSettings(settle_s=0.5)
    times: dict[str, list[float]] = {}
    sealing, watch = list[float](), Stopwatch()
    with tempfile.TemporaryDirectory() as name, _serving(pages) as port:
        place = Path(name)
        db = open_casebook(place / "casebook.db", (store.MIGRATIONS, custody.MIGRATIONS))
        exhibits = Exhibits(db, Vault(place / "vault"))
        pinned = EgressSettings(pinned={f"{HOST}:80": f"127.0.0.1:{port}"})
        collector = CollectorSettings(contact="bench@heron.example", operator="Bench")
        others = peers(port, place)
        with Guard(pinned) as guard:
            keep = Preserver(
                Capturer(settings, collector, guard),
                exhibits,
                Stamper(TimestampSettings(), place, guard.url),
                Recorder(CustodyLog(db), "bench"),
            )
            ways: dict[str, Callable[[int], None]] = {
                "browser": lambda number: _browser(guard, settings, number, place),
                "ours": lambda number: _ours(keep, number),
                **{peer: run for peer, run in others.items() if callable(run)},
            }
            for number in range(count + 1):  # the first page warms everything up and is not counted
                for way, run in ways.items():
                    started, watch.spent = time.perf_counter(), 0.0
                    run(number)
                    if number and way == "ours":
                        sealing.append(watch.spent)
                    if number:
                        times.setdefault(way, []).append(time.perf_counter() - started)
    figures: dict[str, float | str] = {f"{way}, s a page": statistics.median(spent) for way, spent in times.items()}
    figures["sealing, s a page"] = statistics.median(sealing)
    figures["sealing / browser"] = figures["sealing, s a page"] / statistics.median(times["browser"])
    for way in times:
        if way != "ours":
            pairs = zip(times["ours"], times[way], strict=True)
            figures[f"ours / {way}"] = statistics.median(mine / other for mine, other in pairs)
    return figures | {peer: f"skipped: {why}" for peer, why in others.items() if isinstance(why, str)}


def main() -> None:
    figures = measure()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
        return
    for name, value in figures.items():
        told = f"{value:10.2f}" if isinstance(value, float) else f"  {value}"
        bound = f"  at most {BOUND}: {'met' if value <= BOUND else 'missed'}" if name == "sealing / browser" else ""  # type: ignore[operator]
        sys.stdout.write(f"{name:24} {told}{bound}\n")


if __name__ == "__main__":
    main()
