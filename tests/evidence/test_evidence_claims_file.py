"""The claims of an exhibit: a quote that does not stand at its place is never written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from classifiers import language
from classifiers.judgement import Claim, Identifier
from classifiers.labels import ClaimType
from classifiers.text import extract_html
from evidence import claims_file
from evidence.claims_file import Findings
from evidence.digest import sha256_file
from evidence.pins import Stored, pin

PAGE = extract_html("<title>Offer</title><p>Stay 100% anti ban 😀 call +91 90000 00411</p>".encode())


def findings(**changes):
    start = PAGE.text.index("100%")
    claim = Claim(ClaimType.ANTI_BAN, "100% anti ban 😀", start, start + 15, "body", "anti_ban.promise")
    place = PAGE.text.index("+91")
    phone = Identifier("phone", "+919000000411", "+91 90000 00411", place, place + 15, "body")
    return replace(Findings(PAGE, "en", (claim,), (phone,), "rules"), **changes)


def pins(directory):
    found = findings()
    stored = Stored(directory, PAGE.html.encode(), "text/html", "utf-8", "<urn:uuid:1>", False, {}, 0)
    return pin(PAGE, [*found.claims, *found.identifiers], stored)


def test_quotes_are_at_their_code_points(tmp_path):
    claims_file.write_text(tmp_path, PAGE)
    claims_file.write_claims(tmp_path, findings(), "dom.html", pins(tmp_path))
    text = (tmp_path / "text.txt").read_bytes().decode("utf-8")
    found = json.loads((tmp_path / "claims.json").read_bytes())
    (claim,), (phone,) = found["claims"], found["identifiers"]
    assert text[claim["start"] : claim["end"]] == claim["quote"] == "100% anti ban 😀"
    assert text[phone["start"] : phone["end"]] == phone["quote"]
    assert (claim["type"], phone["type"], phone["value"]) == ("anti_ban", "phone", "+919000000411")
    assert (found["text_from"], found["text_sha256"]) == ("dom.html", sha256_file(tmp_path / "text.txt"))
    assert found["format"] == "offsignal-claims-2"
    assert PAGE.html[claim["pin"]["body"]["start"] : claim["pin"]["body"]["end"]] == "100% anti ban 😀"


@pytest.mark.parametrize("shift", [1, -1, 1000])
def test_a_quote_out_of_its_place_is_not_written(tmp_path, shift):
    (claim,) = findings().claims
    moved = replace(claim, start=claim.start + shift, end=claim.end + shift)
    with pytest.raises(ValueError, match="does not stand at"):
        claims_file.write_claims(tmp_path, findings(claims=(moved,)), "dom.html", pins(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_rules_alone_find_identifiers_when_there_is_no_judge():
    found = claims_file.find("ex-1", PAGE, "http://pelican-sender.example/", None)
    assert found.lang == language.detect(PAGE.text, PAGE.lang_hint)
    assert [one.value for one in found.identifiers] == ["+919000000411"]
    assert found.finder == claims_file.BY_RULES
