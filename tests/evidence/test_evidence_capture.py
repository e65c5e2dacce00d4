"""Captures by a real Chromium through the real guard: what answers is kept whole, what misbehaves is kept in part."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from classifiers import claims
from classifiers.text import extract_html
from crawler import clock
from crawler.config import EgressSettings
from crawler.egress import Guard
from crawler.warc import read_records
from evidence.capture import Capturer, exhibit_id_of
from evidence.capture_record import ROLES
from evidence.capture_state import CaptureState
from evidence.config import CaptureSettings
from evidence.digest import sha256_file, sha256_hex
from evidence.errors import CaptureFailed, CaptureRefused
from evidence.wacz_reader import check_wacz
from tests.evidence.page_serving import (
    COLLECTOR,
    HOST,
    OFFER,
    OTHER,
    PAGES,
    PNG,
    QUICK,
    RUSSIAN,
    guarded,
    make_certificate,
    serving,
    sighting,
)

pytestmark = pytest.mark.browser
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def web():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def guard(web):
    with guarded(web, extra={"nobody.example:80": "127.0.0.1:9"}) as running:
        yield running


@pytest.fixture
def capture(guard, tmp_path):
    def run(path, settings=QUICK, judge=None, **changes):
        place = tmp_path / "exhibit"
        place.mkdir()
        seen = replace(sighting(path), **changes)
        draft = Capturer(settings, COLLECTOR, guard, judge).capture(seen, place)
        return draft, json.loads((place / "capture.json").read_bytes())

    return run


def records(directory):
    """The records of the exhibit's WARC, and the WARC's path."""
    with zipfile.ZipFile(directory / "capture.wacz") as package:
        package.extract("archive/data.warc.gz", directory)
    path = directory / "archive" / "data.warc.gz"
    return list(read_records(path)), path


def answers(directory):
    return {record.uri: record for record in records(directory)[0] if record.type == "response"}


def gaps(draft):
    return {one.what: one.reason for one in draft.missing}


def test_a_page_gives_every_file_and_each_holds_what_it_says(capture, web):
    draft, record = capture("/offer")
    assert (draft.state, draft.missing, set(draft.files)) == (CaptureState.COMPLETE, (), {*ROLES, "capture.json"})
    assert draft.exhibit_id == exhibit_id_of(draft.sighting_id)
    place = draft.directory
    assert (place / "body.bin").read_bytes() == OFFER.encode()
    assert b"Rendered by a script: unlimited messages</p>" in (place / "dom.html").read_bytes()
    for name in ("full.png", "viewport.png"):
        assert (place / name).read_bytes().startswith(b"\x89PNG\r\n")
    assert (place / "page.pdf").read_bytes().startswith(b"%PDF-")
    assert b"Content-Type: multipart/related" in (place / "page.mhtml").read_bytes()
    listed = {row["path"]: (row["sha256"], row["bytes"]) for row in record["content"]["files"]}
    assert set(listed) == set(ROLES)
    for name, (digest, size) in listed.items():
        assert (sha256_file(place / name), (place / name).stat().st_size) == (digest, size)


def test_the_reference_tools_accept_the_archive(capture):
    draft, _ = capture("/offer")
    archive = draft.directory / "capture.wacz"
    assert check_wacz(archive).datapackage["mainPageUrl"] == f"http://{HOST}/offer"
    done = subprocess.run([BIN / "wacz", "validate", "-f", archive], capture_output=True, text=True, check=False)
    assert (done.returncode, "the passed WACZ is valid" in done.stdout) == (0, True)
    _, warc = records(draft.directory)
    done = subprocess.run([BIN / "warcio", "check", "-v", warc], capture_output=True, text=True, check=False)
    assert (done.returncode, "digest failed" in done.stdout) == (0, False)


def test_exchanges_are_kept_as_they_were_on_the_wire(capture):
    draft, _ = capture("/offer")
    kept = answers(draft.directory)
    assert set(kept) == {f"http://{HOST}{path}" for path in ("/offer", "/style.css", "/bird.png")}
    assert kept[f"http://{HOST}/bird.png"].payload == PNG
    page = kept[f"http://{HOST}/offer"]
    names = [name for name, _ in page.http_headers]
    assert names[2:] == ["Content-Type", "X-Odd-CASE", "Set-Cookie", "Set-Cookie", "Aa-First", "Content-Length"]
    assert [value for name, value in page.http_headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert page.header("WARC-IP-Address") == "127.0.0.1"
    about = {
        record.uri.split(":")[1]: json.loads(record.payload)
        for record in records(draft.directory)[0]
        if record.type == "metadata"
    }
    assert [row["status"] for row in about["pageinfo"]["requests"]] == [200, 200, 200]
    assert all(row["exact_bytes"] for row in about["pageinfo"]["requests"])
    assert {row["host"] for row in about["egress"]} == {HOST}


def test_the_browsers_own_traffic_is_not_in_it(capture, guard):
    draft, _ = capture("/offer")
    assert {
        record.uri.split("/")[2] for record in records(draft.directory)[0] if record.type in ("request", "response")
    } == {HOST}


def test_it_says_who_it_is(capture, web):
    _, record = capture("/offer")
    assert "offsignal/" in record["collection"]["user_agent"]
    assert "(+desk@heron.example)" in record["collection"]["user_agent"]
    assert record["collection"]["user_agent"] in web.agents
    assert (record["collection"]["operator_name"], record["collection"]["organisation"]) == ("R. Iyer", "Heron LLP")


def test_the_record_has_no_silent_gap(capture):
    _, record = capture("/offer")
    assert list(bare_nulls(record)) == []
    for group in ("identity", "target", "network", "content", "context", "collection", "embedded_metadata"):
        assert record[group]
    assert record["network"]["robots"]["decision"] == "allowed"
    assert record["network"]["tls"]["reason"].startswith("plain HTTP")
    assert record["target"]["canonical_link"] == f"http://{HOST}/offer"
    assert record["embedded_metadata"]["meta"]["og:title"] == "Pelican"
    assert (record["title"], record["status"], record["server_ip"]) == ("Pelican Sender", 200, "127.0.0.1")
    assert record["collection"]["tool"]["version"]
    assert record["limits"][0].startswith("The page came over plain HTTP")


def bare_nulls(value, path=""):
    """The places of nulls without a reason."""
    if isinstance(value, dict):
        if set(value) == {"value", "reason"} and value["value"] is None and value["reason"]:
            return
        for name, inner in value.items():
            yield from bare_nulls(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from bare_nulls(inner, f"{path}/{number}")
    elif value is None:
        yield path


def test_the_claims_point_into_the_text_of_the_captured_page(capture):
    draft, _ = capture("/offer")
    text = (draft.directory / "text.txt").read_bytes().decode("utf-8")
    found = json.loads((draft.directory / "claims.json").read_bytes())
    page = extract_html((draft.directory / "dom.html").read_bytes(), charset="utf-8")
    assert text == page.text
    assert found["text_sha256"] == sha256_file(draft.directory / "text.txt")
    for row in (*found["claims"], *found["identifiers"]):
        assert text[row["start"] : row["end"]] == row["quote"]
    expected = [(str(one.type), one.start, one.end) for one in claims.find(page, found["language"])]
    assert [(row["type"], row["start"], row["end"]) for row in found["claims"]] == expected
    assert expected
    assert ("phone", "+919000000411") in {(row["type"], row["value"]) for row in found["identifiers"]}
    assert "Rendered by a script" in text
    assert not {"probability", "score", "label", "decision"} & set(found)


class BrokenJudge:
    def judge(self, document):
        raise RuntimeError("no words")


def test_a_page_is_kept_even_when_nothing_can_be_read_out_of_it(capture):
    draft, record = capture("/offer", judge=BrokenJudge())
    assert gaps(draft) == {"claims.json": "looking for claims failed: RuntimeError: no words"}
    assert "anti ban" in (draft.directory / "text.txt").read_text("utf-8")
    assert record["target"]["language"]["reason"]


def test_text_that_is_not_utf_8_is_kept_byte_for_byte(capture):
    """Playwright hands such bodies out as UTF-8; the record must hold what was sent."""
    draft, _ = capture("/cyr")
    assert (draft.directory / "body.bin").read_bytes() == RUSSIAN.encode("cp1251")
    kept = answers(draft.directory)
    assert kept[f"http://{HOST}/cyr.js"].payload == "/* рассылка */".encode("cp1251")
    assert "Рассылка WhatsApp без бана" in (draft.directory / "text.txt").read_text("utf-8")


def test_a_packed_body_is_kept_unpacked_and_says_so(capture):
    draft, _ = capture("/zipped")
    page = answers(draft.directory)[f"http://{HOST}/zipped"]
    assert page.payload == b"<title>zipped</title><p>anti ban"
    assert ("X-Offsignal-Original-Content-Encoding", "gzip") in page.http_headers


def test_redirects_are_kept_hop_by_hop(capture):
    draft, record = capture("/moved")
    chain = [(hop["url"], hop["status"]) for hop in record["target"]["redirect_chain"]]
    assert chain == [
        (f"http://{HOST}/moved", 302),
        (f"http://{HOST}/moved-again", 301),
        (f"http://{OTHER}/offer", 200),
    ]
    assert (record["url"], record["url_final"]) == (f"http://{HOST}/moved", f"http://{OTHER}/offer")
    assert answers(draft.directory)[f"http://{HOST}/moved"].header("WARC-Truncated") == "unspecified"
    assert (draft.directory / "body.bin").read_bytes() == OFFER.encode()


@pytest.mark.parametrize(("path", "status"), [("/gone", 410), ("/missing", 404), ("/forbidden", 403), ("/down", 503)])
def test_pages_that_say_no_are_captured_like_any_other(capture, path, status):
    draft, record = capture(path)
    assert (draft.state, record["status"]) == (CaptureState.COMPLETE, status)
    assert (draft.directory / "body.bin").read_bytes() == PAGES[path].body


@pytest.mark.parametrize("path", ["/script-redirect", "/meta-redirect"])
def test_a_page_that_sends_its_visitor_on_is_kept_too(capture, path):
    draft, record = capture(path)
    assert [hop["status"] for hop in record["target"]["redirect_chain"]] == [200, 410]
    assert answers(draft.directory)[f"http://{HOST}{path}"].payload == PAGES[path].body
    assert (draft.directory / "body.bin").read_bytes() == PAGES["/gone"].body


def test_what_a_page_sends_is_kept(capture):
    draft, _ = capture("/post")
    sent = [record for record in records(draft.directory)[0] if record.type == "request" and record.payload]
    assert [(record.uri, record.payload) for record in sent] == [(f"http://{HOST}/api", b"q=1")]


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


def test_dialogs_are_dismissed_and_noted(capture):
    draft, record = capture("/dialogs")
    assert draft.state is CaptureState.COMPLETE
    assert record["collection"]["page_tried"]["dialogs"] == ["alert: one\ufffd", "confirm: two", "prompt: three"]


def test_windows_are_not_opened(capture, web):
    before = web.asked.count("/offer")
    draft, _ = capture("/popup")
    assert draft.state is CaptureState.COMPLETE
    assert web.asked.count("/offer") == before


def test_half_a_character_from_a_script_does_not_stop_a_capture(capture):
    draft, _ = capture("/surrogate")
    assert draft.state is CaptureState.COMPLETE
    assert "half \ufffd pair" in (draft.directory / "text.txt").read_text("utf-8")


def test_a_program_file_is_kept_as_bytes_and_never_opened(capture):
    draft, record = capture("/apk")
    assert draft.state is CaptureState.PARTIAL
    assert (draft.directory / "body.bin").read_bytes() == PAGES["/apk"].body
    assert record["collection"]["page_tried"]["downloads"] == [f"http://{HOST}/apk as apk.apk"]
    assert gaps(draft)["page"] == "Download is starting"
    assert gaps(draft)["text.txt"].startswith("there is no text to take: the answer is application/vnd.android")
    assert set(ROLES) == set(draft.files) - {"capture.json"} | (set(gaps(draft)) - {"page"})


def test_sockets_are_named_as_not_recorded(capture):
    _, record = capture("/socket")
    assert record["collection"]["page_tried"]["sockets"] == [f"ws://{HOST}/socket"]
    assert any("web sockets" in sentence for sentence in record["limits"])


def test_a_part_of_a_page_that_points_inward_is_refused_and_the_rest_kept(capture):
    draft, record = capture("/inward")
    assert draft.state is CaptureState.COMPLETE
    (refused,) = record["network"]["refused"]
    assert (refused["url"], refused["reason"]) == ("http://127.0.0.1/x.png", "its address 127.0.0.1 is loopback")
    assert f"http://{HOST}/bird.png" in answers(draft.directory)


def test_frames_of_other_hosts_are_kept(capture):
    draft, record = capture("/frame")
    assert answers(draft.directory)[f"http://{OTHER}/gone"].payload == PAGES["/gone"].body
    assert record["url_final"] == f"http://{HOST}/frame"


def test_what_the_guard_refuses_is_refused(capture):
    with pytest.raises(CaptureRefused, match=r"the egress guard refused http://127\.0\.0\.1/"):
        capture("http://127.0.0.1/")


def test_what_robots_txt_forbids_is_not_visited(capture, web):
    before = list(web.asked)
    with pytest.raises(CaptureRefused, match=r"robots\.txt: refused"):
        capture("/offer", robots="refused")
    assert web.asked == before


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


def killed_when_asked_for(web, guard, path, kind):
    """A thread that ends this capture's page process, or its whole browser, once the web was asked for ``path``."""

    def processes():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:  # it ended meanwhile
                    continue
                yield int(entry.name), parent, command

    def run():
        until = time.monotonic() + 20
        while path not in web.asked and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.7)
        found = {pid: (parent, command) for pid, parent, command in processes()}
        browsers = {pid for pid, (_, command) in found.items() if guard.url in command and "--type=" not in command}

        def belongs(pid):
            while pid in found:
                if pid in browsers:
                    return True
                pid = found[pid][0]
            return False

        pages = {pid for pid, (_, command) in found.items() if "--type=renderer" in command and belongs(pid)}
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
        killer = killed_when_asked_for(web, guard, "/endless", kind)
        before, caught = clock.now(), None
        try:
            draft = Capturer(QUICK, COLLECTOR, guard).capture(sighting("/endless"), place)
        except CaptureFailed as error:
            caught = str(error)
        killer.join()
    assert clock.now() - before < timedelta(seconds=40)
    if kind == "browser":
        assert caught.startswith(f"http://{HOST}/endless cannot be captured: ")
        assert caught.endswith("Target page, context or browser has been closed")
    else:
        assert draft.state is CaptureState.PARTIAL
        assert gaps(draft)["full.png"] == gaps(draft)["dom.html"] == "the page's process crashed"
        check_wacz(place / "capture.wacz")


@pytest.mark.openssl
def test_the_certificates_are_those_of_the_pages_own_connection(tmp_path):
    keys = make_certificate(tmp_path)
    place = tmp_path / "exhibit"
    place.mkdir()
    with serving(tls=keys) as web, Guard(EgressSettings(pinned={f"{HOST}:443": f"127.0.0.1:{web.port}"})) as guard:
        draft = Capturer(QUICK, COLLECTOR, guard).capture(sighting("/gone", scheme="https"), place)
    der = x509.load_pem_x509_certificate((keys / "cert.pem").read_bytes()).public_bytes(Encoding.DER)
    record = json.loads((place / "capture.json").read_bytes())
    tls = record["network"]["tls"]
    assert (tls["sha256"], tls["chain_sha256"]) == (sha256_hex(der), [sha256_hex(der)])
    assert (tls["subject"], tls["protocol"], tls["trusted_by_browser"]) == (f"CN={HOST}", "TLS 1.3", False)
    assert any("certificate" in sentence for sentence in record["limits"])
    assert draft.state is CaptureState.COMPLETE
    assert any(one.uri == f"urn:tls:https://{HOST}/gone" for one in records(place)[0])
