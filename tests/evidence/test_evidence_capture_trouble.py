"""Captures of what misbehaves: kept in part with what is missing, or refused, or failed, with one clear sentence."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import clock
from crawler.browser_memory import family_of
from evidence.capture import Capturer
from evidence.capture_state import CaptureState
from evidence.config import CaptureSettings
from evidence.errors import CaptureFailed, CaptureRefused
from evidence.wacz_reader import check_wacz
from tests.evidence.capturing import answers, gaps
from tests.evidence.page_serving import COLLECTOR, HOST, PAGES, QUICK, guarded, serving, sighting

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/loop", "/late-loop"])
def test_scripts_that_never_rest_are_ended_and_the_page_is_kept(capture, path):
    draft, record = capture(path)
    assert "its scripts were ended" in record["collection"]["scripts_run"][0]
    assert {"dom.html", "full.png", "viewport.png", "page.pdf", "claims.json"} <= set(draft.files)
    assert (draft.directory / "body.bin").read_bytes() == PAGES[path].body


@pytest.mark.slow
def test_a_page_that_never_ends_is_cut_and_says_so(capture):
    draft, record = capture("/endless", QUICK.model_copy(update={"page_timeout_s": 3.0}))
    assert draft.state is CaptureState.PARTIAL
    assert gaps(draft)["load"] == "the page had not finished loading after 3 seconds"
    assert gaps(draft)["body.bin"] == "the body is not whole (time)"
    body = (draft.directory / "body.bin").read_bytes()
    assert body.startswith(b"<title>endless</title><p>anti ban</p><p>more</p>")
    page = answers(draft.directory)[f"http://{HOST}/endless"]
    assert (page.payload, page.header("WARC-Truncated")) == (body, "time")
    assert {"dom.html", "full.png", "page.pdf", "claims.json"} <= set(draft.files)
    assert record["missing"] == [{"what": one.what, "reason": one.reason} for one in draft.missing]


@pytest.mark.slow
def test_a_connection_that_breaks_gives_what_had_come(capture):
    draft, _ = capture("/torn", QUICK.model_copy(update={"page_timeout_s": 2.0}))
    assert draft.state is CaptureState.PARTIAL
    assert (draft.directory / "body.bin").read_bytes() == b"<title>torn</title><p>anti ban"
    assert gaps(draft)["body.bin"] == "the body is not whole (disconnect)"
    assert "anti ban" in (draft.directory / "text.txt").read_text("utf-8")


@pytest.mark.slow
def test_a_page_larger_than_allowed_is_cut_at_the_limit(capture):
    draft, _ = capture("/big", CaptureSettings(page_timeout_s=5, settle_s=0.2, max_page_bytes=1 << 20))
    assert draft.state is CaptureState.PARTIAL
    assert gaps(draft)["responses"] == "the page loaded more than 1048576 bytes"
    assert len((draft.directory / "body.bin").read_bytes()) <= 1 << 20


def test_a_page_taller_than_allowed_is_cut_at_the_limit(capture):
    draft, record = capture("/tall", QUICK.model_copy(update={"max_height_px": 2000}))
    assert gaps(draft) == {
        "full.png": f"the page is {record['collection']['page_height_px']} pixels high; the picture ends at 2000"
    }
    head = (draft.directory / "full.png").read_bytes()[16:24]
    assert (int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")) == (1280, 2000)


def test_what_the_guard_refuses_is_refused(capture):
    with pytest.raises(CaptureRefused, match=r"the egress guard refused http://127\.0\.0\.1/"):
        capture("http://127.0.0.1/")


@pytest.mark.parametrize(
    ("path", "bound", "what"),
    [
        ("/circle", {"max_documents": 5}, {"page": "the page was sent on more than 5 times"}),
        ("/reload", {"max_documents": 5}, {"requests": "the page was sent on more than 5 times"}),
        ("/many", {"max_requests": 50}, {"requests": "the page made more than 50 requests"}),
    ],
)
def test_a_page_that_goes_on_for_ever_is_stopped_at_its_bound(capture, path, bound, what):
    draft, record = capture(path, QUICK.model_copy(update=bound))
    assert draft.state is CaptureState.PARTIAL
    assert what.items() <= gaps(draft).items()
    assert record["collection"]["requests"]["made"] <= 60


def test_a_page_that_wants_all_memory_loses_it_and_what_came_before_is_kept(capture):
    draft, record = capture("/greedy", QUICK.model_copy(update={"max_browser_bytes": 1 << 30, "page_timeout_s": 30.0}))
    assert draft.state is CaptureState.PARTIAL
    reasons = [one.reason for one in draft.missing if one.what == "page"]
    assert reasons == [f"the browser used over {1 << 30} bytes of memory, and its pages were ended"]
    assert (draft.directory / "body.bin").read_bytes() == PAGES["/greedy"].body
    assert record["collection"]["browser_memory_peak_bytes"] > 1 << 30


def test_parts_that_did_not_come_are_named_one_by_one(capture):
    draft, _ = capture("/broken-part")
    assert draft.state is CaptureState.PARTIAL
    missing = gaps(draft)
    assert set(missing) == {"http://nobody.example/x.png", f"http://{HOST}/torn"}
    assert "did not take the connection" in missing["http://nobody.example/x.png"]
    assert missing[f"http://{HOST}/torn"] == "its body is not whole (disconnect)"
    assert {"dom.html", "full.png", "claims.json"} <= set(draft.files)


def test_no_space_on_the_disk_is_one_sentence_and_nothing_is_sealed(capture, door, tmp_path):
    place = tmp_path / "full"
    place.mkdir()
    (place / "full.png").symlink_to("/dev/full")  # a device on which every byte is one too many
    with pytest.raises(OSError, match="No space left on device"):
        Capturer(QUICK, COLLECTOR, door).capture(sighting("/offer"), place)
    assert not (place / "capture.json").exists()
    draft, _ = capture("/offer")  # and the next capture is none the worse
    assert draft.state is CaptureState.COMPLETE


def test_what_robots_txt_forbids_is_not_visited(capture, pages):
    before = list(pages.asked)
    with pytest.raises(CaptureRefused, match=r"robots\.txt: refused"):
        capture("/offer", robots="refused")
    assert pages.asked == before


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://nobody.example/", "did not take the connection"),
        ("http://nowhere.invalid/", "cannot be resolved"),
        (f"http://{HOST}/silent", "no answer within 2 seconds"),
    ],
)
def test_where_nothing_answers_there_is_nothing_to_keep(capture, url, reason):
    with pytest.raises(CaptureFailed, match=reason) as caught:
        capture(url, QUICK.model_copy(update={"page_timeout_s": 2.0}))
    assert not isinstance(caught.value, CaptureRefused)


def test_a_browser_that_is_not_there_is_a_failed_capture(capture):
    with pytest.raises(CaptureFailed, match="not a program that can be run"):
        capture("/offer", QUICK.model_copy(update={"chromium": "/no/such/browser"}))


def killed_when_asked_for(web, path, kind):
    """A thread that ends this capture's page processes, or its whole browser, once the web was asked for ``path``."""

    def run():
        until = time.monotonic() + 20
        while path not in web.asked and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.7)
        commands = {}
        for pid in family_of(os.getpid()):
            with suppress(OSError):  # it ended meanwhile
                commands[pid] = Path(f"/proc/{pid}/cmdline").read_bytes()
        pages = [pid for pid, command in commands.items() if b"--type=renderer" in command]
        browsers = [pid for pid, one in commands.items() if b"--remote-debugging-pipe" in one and b"--type=" not in one]
        for pid in pages if kind == "page" else browsers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["page", "browser"])
def test_a_crash_gives_what_had_come_or_says_why_not(tmp_path, kind):
    place = tmp_path / "exhibit"
    place.mkdir()
    with serving() as web, guarded(web) as guard:
        killer = killed_when_asked_for(web, "/endless", kind)
        before = clock.now()
        draft = Capturer(QUICK, COLLECTOR, guard).capture(sighting("/endless"), place)
        killer.join()
    assert clock.now() - before < timedelta(seconds=40)
    assert draft.state is CaptureState.PARTIAL
    body = (place / "body.bin").read_bytes()
    assert body.startswith(b"<title>endless</title><p>anti ban</p><p>more</p>")
    assert gaps(draft)["body.bin"].startswith("the body is not whole")
    if kind == "page":
        assert gaps(draft)["full.png"] == gaps(draft)["dom.html"] == "the page's process crashed"
    check_wacz(place / "capture.wacz")
