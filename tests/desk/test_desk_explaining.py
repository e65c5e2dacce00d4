"""The explanation as a page: nothing of the judged page can run, load, hide or reorder anything in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from classifiers.document import from_html, from_text
from classifiers.judge import Judge
from classifiers.judgement import Claim
from classifiers.labels import ClaimType
from desk import explaining
from desk.cli import run

OFFER = """WhatsApp sender <script>alert(1)</script>
Our anti-ban engine waits a random delay of 10 to 40 seconds. \u202eyliad\u202c </style><img src=x onerror=alert(1)>
Lifetime licence only Rs 999 for WhatsApp bulk sending. \x1b[31mred
"""

OFFER_HTML = b"""<title>WhatsApp bulk sender</title><p>Anti-ban WhatsApp sender: random delay of 10 to 40 seconds,
lifetime licence Rs 999.</p><p>Grab the numbers of all members of any WhatsApp group, no need to save contacts.</p>"""


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def test_hostile_text_is_shown_as_text(judge: Judge) -> None:
    html = explaining.page(judge.explain(from_text("a<b>.txt", OFFER, 'T" onload="x')))
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<style>") == html.count("</style>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "‹U+202E›" in html
    assert "‹U+001B›" in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", html)
    assert 'onload="x"' not in html


def test_its_policy_allows_its_own_style_and_nothing_else(judge: Judge) -> None:
    html = explaining.page(judge.explain(from_text("x", OFFER)))
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in html
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert "style=" not in html


def test_every_claim_is_marked_in_the_text_and_explained(judge: Judge) -> None:
    explanation = judge.explain(from_text("x", OFFER))
    html = explaining.page(explanation)
    assert explanation.judgement.claims
    for number in range(1, len(explanation.judgement.claims) + 1):
        assert f'id="claim-{number}"' in html
        assert f'href="#claim-{number}"' in html
    assert "999 INR, once" in html


def test_a_page_without_end_is_folded_and_cut(judge: Judge) -> None:
    body = OFFER_HTML + b"<p>another line of nothing</p>" * 100_000
    html = explaining.page(judge.explain(from_html("x", body)))
    assert len(html) < 3 * explaining.MAX_CHARS
    assert "lines without a claim" in html
    assert "further characters of the text are left out here" in html
    one_line = explaining.page(judge.explain(from_text("x", "whatsapp " * 50_000)))
    assert "more characters in this line" in one_line


def test_overlapping_claims_share_the_words_between_them() -> None:
    def claim(start: int, end: int) -> Claim:
        return Claim(ClaimType.ANTI_BAN, "abcdefgh"[start:end], start, end, "text")

    (stretch,) = explaining.stretches("abcdefgh\n", [claim(1, 5), claim(3, 7)])
    assert [(piece.text, piece.claim) for piece in stretch.lines[0]] == [("a", 0), ("bcde", 1), ("fg", 2), ("h", 0)]
    assert "".join(piece.text for piece in stretch.lines[0]) == "abcdefgh"


def test_joiners_of_a_script_stay_and_lone_ones_are_spelt_out() -> None:
    assert explaining.shown("क्\u200dष") == "क्\u200dष"
    assert explaining.shown("a\u200db\ufeff") == "a‹U+200D›b‹U+FEFF›"


def test_the_verb_writes_words_json_and_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "ad.txt"
    page.write_text(OFFER, "utf-8")
    out = tmp_path / "why.html"
    assert run(["--data", str(tmp_path), "judge", str(page), "--explain", "--html", str(out)]) == 0
    told = capsys.readouterr().out
    assert "where every page starts" in told
    assert "would change it:" in told
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert run(["--data", str(tmp_path), "judge", str(page), "--explain", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)["explanation"]
    assert abs(sum(part["weight"] for part in table["parts"]) - table["log_odds"]) < 1e-6


def test_an_explanation_is_of_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path), "judge", "--explain"]) == 2
    page = tmp_path / "ad.txt"
    page.write_text(OFFER, "utf-8")
    assert run(["--data", str(tmp_path), "judge", str(page), "--html", str(tmp_path / "missing" / "why.html")]) != 0
    assert "cannot be written" in capsys.readouterr().err
