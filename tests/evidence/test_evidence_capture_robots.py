"""What robots.txt says to a capture: asked before the visit and at every host a page leads to, and kept."""

from __future__ import annotations

import pytest

from evidence.capture_state import CaptureState
from evidence.digest import sha256_hex
from evidence.errors import CaptureRefused
from tests.evidence.capturing import answers, gaps, records
from tests.evidence.page_serving import HOST, OTHER, ROBOTS

pytestmark = pytest.mark.browser


def test_the_bytes_and_the_decision_are_in_the_exhibit(capture):
    draft, record = capture("/offer")
    assert (draft.directory / "robots.txt").read_bytes() == ROBOTS
    told = record["network"]["robots"]
    assert (told["decision"], told["allowed"], told["status"], told["crawl_decided"]) == (
        "allowed",
        True,
        200,
        "allowed",
    )
    assert (told["robots_url"], told["sha256"]) == (f"http://{HOST}/robots.txt", sha256_hex(ROBOTS))
    row = next(row for row in record["content"]["files"] if row["path"] == "robots.txt")
    assert row["sha256"] == sha256_hex(ROBOTS)
    kept = [one for one in records(draft.directory)[0] if one.type == "response" and one.uri.endswith("/robots.txt")]
    assert [one.payload for one in kept] == [ROBOTS]


def test_what_it_forbids_now_is_not_visited_though_the_crawl_was_let_in(capture, pages):
    before = pages.asked.count("/private/page")
    with pytest.raises(CaptureRefused, match=rf"http://{HOST}/robots.txt forbids /private/page to offsignal"):
        capture("/private/page", robots="allowed")
    assert pages.asked.count("/private/page") == before


@pytest.mark.parametrize(
    ("path", "host", "chain"), [("/to-private", OTHER, [302]), ("/script-to-private", HOST, [200])]
)
def test_a_page_that_leads_to_what_is_forbidden_is_kept_up_to_there(capture, pages, path, host, chain):
    before = pages.asked.count("/private/page")
    draft, record = capture(path)
    assert pages.asked.count("/private/page") == before
    refused = f"robots.txt: http://{host}/robots.txt forbids /private/page to offsignal"
    assert {row["url"]: row["reason"] for row in record["network"]["refused"]} == {
        f"http://{host}/private/page": refused
    }
    statuses = [hop["status"] for hop in record["target"]["redirect_chain"]]
    assert statuses[:-1] == chain
    assert statuses[-1] == {"value": None, "reason": refused}
    assert f"http://{HOST}{path}" in answers(draft.directory)
    if host == OTHER:
        assert (draft.state, gaps(draft)["page"]) == (CaptureState.PARTIAL, refused)


def test_a_file_that_cannot_be_had_now_leaves_what_the_crawl_read(capture):
    draft, record = capture("http://other-shop.example/offer", robots="none")
    assert draft.state is CaptureState.COMPLETE
    assert record["network"]["robots"]["crawl_decided"] == "none"


@pytest.mark.parametrize("earlier", ["", "rules unknown"])
def test_a_file_that_nobody_could_read_forbids_everything(capture, earlier):
    with pytest.raises(CaptureRefused, match=r"cannot be had .*, which forbids everything"):
        capture("http://nobody.example/", robots=earlier)
