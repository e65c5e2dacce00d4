"""What the report says of a capture record: every fact in words, every weakness as a limit."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.report_capture import facts_of, limits_of
from tests.evidence.bundle_making import record

URL, AT = "http://pelican-sender.example/offer", "2026-11-24T13:40:00.123456Z"


@pytest.fixture
def capture() -> dict[str, Any]:
    return record(URL, 1, AT, b"12345", [])


def test_facts_are_told_in_words(capture: dict[str, Any]) -> None:
    facts = dict(facts_of(capture))
    assert facts["Captured"] == "2026-11-24 13:40:00 to 13:40:00 UTC"
    assert facts["Answer"] == "200 OK, HTTP/1.1, text/html; charset=utf-8, 5 bytes"
    assert facts["Server"] == "203.0.113.9, port 80"
    assert facts["Connection"] == "plain HTTP: no TLS was spoken"
    assert facts["Robots"] == "robots.txt allows this address; asked 2026-11-24 13:40:00 UTC"
    assert facts["Collector"] == "R. Iyer, machine not recorded (not set)"
    assert "Address reached" not in facts
    assert "Way there" not in facts
    assert "Published, as stated" not in facts


def test_redirects_and_certificates_are_told(capture: dict[str, Any]) -> None:
    capture["url_final"] = "https://pelican.example/"
    capture["target"]["redirect_chain"].append({"url": "https://pelican.example/", "status": 200})
    capture["network"]["tls"] = {
        "protocol": "TLS 1.3",
        "subject": "CN=pelican.example",
        "issuer": "CN=R11",
        "not_before": "2026-10-01T00:00:00.000000Z",
        "not_after": "2026-12-30T00:00:00.000000Z",
        "sha256": "ab" * 32,
        "trusted_by_browser": False,
    }
    facts = dict(facts_of(capture))
    assert facts["Address reached"] == "https://pelican.example/"
    assert facts["Way there"] == f"{URL} (200) → https://pelican.example/ (200)"
    assert facts["Certificate SHA-256"] == "ab" * 32
    assert facts["Connection"].endswith("valid 2026-10-01 to 2026-12-30, NOT trusted by the browser")


@pytest.mark.parametrize(
    ("place", "value", "limit"),
    [
        (("status",), 404, "The server answered 404, so this shows what it said instead of the page."),
        (("network", "robots", "decision"), "unreachable", "About robots.txt: robots.txt could not be reached."),
        (
            ("network", "robots", "decision"),
            {"value": None, "reason": "not asked"},
            "About robots.txt: not recorded (not asked).",
        ),
        (("missing",), [{"what": "full.png", "reason": "too tall"}], "The capture is partial: full.png: too tall."),
        (("collection", "page_tried", "popups"), ["x"], "The page tried to open popups; they were not let through."),
        (("server_ip",), "127.0.0.1", "The page came from this very machine: it is a practice page"),
    ],
)
def test_what_weakens_a_capture_is_a_limit(
    capture: dict[str, Any], place: tuple[str, ...], value: Any, limit: str
) -> None:
    before = limits_of(capture)
    part = capture
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    (added,) = [text for text in limits_of(capture) if text not in before]
    assert added.startswith(limit)


def test_the_records_own_limits_are_kept_and_unanswered_requests_counted(capture: dict[str, Any]) -> None:
    assert limits_of(capture) == (
        "1 of 3 requests of the page were not answered; the picture may lack parts.",
        "The page came over plain HTTP: somebody on the way could have altered it.",
    )
