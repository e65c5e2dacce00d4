"""Captures by a real Chromium through the real guard: what answers is kept whole, with all its files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from classifiers import claims
from classifiers.text import extract_html
from evidence.capture import exhibit_id_of
from evidence.capture_record import EXPECTED, ROLES
from evidence.capture_state import CaptureState
from evidence.digest import sha256_file
from evidence.wacz_reader import check_wacz
from tests.evidence.capturing import answers, gaps, records
from tests.evidence.page_serving import HOST, OFFER, OTHER, PAGES

pytestmark = pytest.mark.browser
BIN = Path(sys.executable).parent


def test_a_page_gives_every_file_and_each_holds_what_it_says(capture, pages):
    draft, record = capture("/offer")
    assert (draft.state, draft.missing) == (CaptureState.COMPLETE, ())
    assert {name for name in draft.files if not name.startswith("crops/")} == {*ROLES, "rdap.json", "capture.json"}
    assert draft.exhibit_id == exhibit_id_of(draft.sighting_id)
    place = draft.directory
    assert (place / "body.bin").read_bytes() == OFFER.encode()
    assert b"Rendered by a script: unlimited messages</p>" in (place / "dom.html").read_bytes()
    for name in ("full.png", "viewport.png"):
        assert (place / name).read_bytes().startswith(b"\x89PNG\r\n")
    assert (place / "page.pdf").read_bytes().startswith(b"%PDF-")
    assert b"Content-Type: multipart/related" in (place / "page.mhtml").read_bytes()
    listed = {row["path"]: (row["sha256"], row["bytes"]) for row in record["content"]["files"]}
    assert {name for name in listed if not name.startswith("crops/")} == {*ROLES, "rdap.json"}
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


def test_the_browsers_own_traffic_is_not_in_it(capture):
    draft, _ = capture("/offer")
    assert {
        record.uri.split("/")[2] for record in records(draft.directory)[0] if record.type in ("request", "response")
    } == {HOST}


def test_it_says_who_it_is(capture, pages):
    _, record = capture("/offer")
    assert "offsignal/" in record["collection"]["user_agent"]
    assert "(+desk@heron.example)" in record["collection"]["user_agent"]
    assert record["collection"]["user_agent"] in pages.agents
    assert (record["collection"]["operator_name"], record["collection"]["organisation"]) == ("R. Iyer", "Heron LLP")


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


@pytest.mark.parametrize(
    ("path", "status"), [("/gone", 410), ("/missing", 404), ("/forbidden", 403), ("/down", 503), ("/busy", 429)]
)
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


def test_dialogs_are_dismissed_and_noted(capture):
    draft, record = capture("/dialogs")
    assert draft.state is CaptureState.COMPLETE
    assert record["collection"]["page_tried"]["dialogs"] == ["alert: one\ufffd", "confirm: two", "prompt: three"]


def test_windows_are_not_opened(capture, pages):
    before = pages.asked.count("/offer")
    draft, _ = capture("/popup")
    assert draft.state is CaptureState.COMPLETE
    assert pages.asked.count("/offer") == before


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
    assert set(EXPECTED) <= set(draft.files) | set(gaps(draft))


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
