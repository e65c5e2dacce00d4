"""Pin-cites of pages in a real browser: what is painted has a crop, what is not a reason, whatever the page does."""

from __future__ import annotations

import json
import zipfile
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from classifiers.judgement import Claim
from classifiers.labels import ClaimType
from crawler.warc import read_records
from evidence.bundle_files import listing
from evidence.digest import canonical_json, sha256_hex
from evidence.verifier import verify
from tests.evidence.page_serving import PAGES, QUICK, Answer

pytestmark = pytest.mark.browser

HOSTILE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Title anti ban words</title>
<meta name="description" content="meta bulk words"><style>body{margin:0;font:16px sans-serif}
.hero{height:100vh} .bar{position:fixed;top:0;left:0;height:30px} .narrow{width:140px} .foot{position:fixed;bottom:0}
.clip{width:120px;overflow:hidden;white-space:nowrap} .clip span{margin-left:300px}</style></head><body>
<form><input name="parentElement"><input name="localName"><p>words in a clobbering form</p></form>
<img name="createTreeWalker" alt="alt words no ban"><img name="documentElement"><div class="bar">fixed bar words</div>
<div class="hero"><h1>Hero words sender</h1></div><p>repeated words here</p><p>after hero words</p>
<div class="narrow">this quote is long enough for four lines of a narrow box</div>
<p>Send <b>50,000</b> <i>messages</i> per <a href="https://wa.me/919000000411">day now</a></p>
<p style="display:none">hidden none words</p><p style="opacity:0">opacity zero words</p>
<p style="visibility:hidden">visibility words</p><details><summary>open me</summary>folded words</details>
<div class="clip"><span>clipped away words</span></div><p dir="rtl">إرسال بدون حظر</p><p id="late"></p>
<p>repeated words here</p><p style="color:white">white on white words</p>
<div style="position:relative;left:-400px">outside left words</div><p id="made"></p>
<div class="foot">fixed foot words</div><script>
document.getElementById("made").textContent = ["put", "together", "words"].join(" ");
document.createTreeWalker = () => { throw 1 }; Range.prototype.getClientRects = () => [];
Element.prototype.getBoundingClientRect = () => ({left: 0, top: 0, right: 1, bottom: 1});
</script></body></html>"""
PAINTED = (
    *("words in a clobbering form", "fixed bar words", "Hero words sender", "after hero words", "open me"),
    *("this quote is long enough for four lines of a narrow box", "Send 50,000 messages per day now"),
    *("إرسال بدون حظر", "repeated words here", "put together words", "fixed foot words"),
)
REASONS = {
    "Title anti ban words": "the page's title",
    "meta bulk words": "meta data",
    "alt words no ban": "alternative text",
    "https://wa.me/919000000411": "address of a link",
    "hidden none words": "not shown on the page",
    "opacity zero words": "not shown on the page",
    "visibility words": "not shown on the page",
    "folded words": "not shown on the page",
    "clipped away words": "cut off where it stands",
    "white on white words": "nothing but one colour",
    "outside left words": "painted outside of full.png",
}


class Quoting:
    """A judge that claims every phrase of the lists above, the last of several."""

    def judge(self, document):
        text, found = document.extracted.text, []
        for phrase in (*PAINTED, *REASONS):
            start = text.rindex(phrase)
            place = document.extracted.field_at(start)
            found.append(Claim(ClaimType.ANTI_BAN, phrase, start, start + len(phrase), place, "test"))
        return SimpleNamespace(lang="en", claims=tuple(found), identifiers=(), model="test")


@pytest.fixture
def quoted(capture, monkeypatch):
    monkeypatch.setitem(PAGES, "/pins", Answer(HOSTILE.encode()))

    def run(**changes):
        draft, _ = capture("/pins", settings=QUICK.model_copy(update=changes), judge=Quoting())
        stated = json.loads((draft.directory / "claims.json").read_bytes())
        return draft.directory, {row["quote"]: row["pin"] for row in stated["claims"]}, draft

    return run


def test_what_is_painted_has_a_crop_and_what_is_not_a_reason(quoted):
    place, pins, draft = quoted()
    assert {quote for quote, pin in pins.items() if "path" in pin["crop"]} == set(PAINTED)
    for quote, reason in REASONS.items():
        assert reason in pins[quote]["crop"]["reason"], quote
    assert {name for name in draft.files if name.startswith("crops/")} == {pins[one]["crop"]["path"] for one in PAINTED}
    assert len(pins["this quote is long enough for four lines of a narrow box"]["crop"]["lines"]) == 4
    with Image.open(place / "full.png") as full:
        for quote in PAINTED:
            crop = pins[quote]["crop"]
            left, top, width, height = crop["region"]
            with Image.open(place / crop["path"]) as piece:
                assert piece.tobytes() == full.crop((left, top, left + width, top + height)).tobytes()
            assert crop["sha256"] == sha256_hex((place / crop["path"]).read_bytes())


def test_of_equal_quotes_the_right_one_is_pinned(quoted):
    _, pins, _ = quoted()
    last, first = pins["repeated words here"], HOSTILE.index("repeated words here")
    assert last["body"]["start"] == HOSTILE.rindex("repeated words here") > first
    assert last["crop"]["rect"][1] > pins["after hero words"]["crop"]["rect"][1]


def test_every_path_is_one_that_css_selects_by(quoted):
    place, pins, _ = quoted()
    soup = BeautifulSoup((place / "dom.html").read_bytes(), "html.parser")
    for quote, pin in pins.items():
        element = soup.select_one(pin["css"])
        assert "".join(quote.split()) in "".join(f"{element.get_text()}{list(element.attrs.values())}".split())
    assert pins["Send 50,000 messages per day now"]["css"] == "html > body > p:nth-of-type(3)"


def test_a_quote_leads_to_the_record_that_holds_it(quoted):
    place, pins, _ = quoted()
    body = (place / "body.bin").read_bytes()
    with zipfile.ZipFile(place / "capture.wacz") as package:
        package.extract("archive/data.warc.gz", place / "out")
    records = {one.header("WARC-Record-ID"): one for one in read_records(place / "out/archive/data.warc.gz")}
    pin = pins["after hero words"]
    assert records[pin["record_id"]].payload == body
    assert pin["payload_sha256"] == sha256_hex(body)
    assert body.decode()[pin["body"]["start"] : pin["body"]["end"]] == "after hero words"


def test_what_scripts_put_together_is_pinned_to_the_document_alone(quoted):
    place, pins, _ = quoted()
    pin = pins["put together words"]
    assert (pin["record_id"], pin["payload_sha256"]) == (None, None)
    assert "only after scripts ran" in pin["body"]["reason"]
    assert pin["dom"] == {"path": "dom.html", "sha256": sha256_hex((place / "dom.html").read_bytes())}
    assert pin["css"] == "#made"


def test_the_verifier_leads_every_quote_back(quoted):
    place, _, draft = quoted()
    facts = {"exhibit_id": "ex-1", "url": draft.url, "captured_at": "2026-11-24T20:00:00.000000Z", "software": {}}
    files = listing(place)
    head = {"custody_head": {"size": 0, "root": "0" * 64}}
    (place / "manifest.json").write_bytes(
        canonical_json({"format": "offsignal-exhibit-1", **facts, **head, "files": files})
    )
    step = next(step for step in verify(place) if step.key == "claims")
    assert (step.failed, step.unchecked) == ([], [])
    told = " ".join(step.proved)
    assert f"{len(PAINTED)} crops have the very pixels" in told
    assert f"{len(PAINTED) + len(REASONS) - 1} quotes led back to the body" in told


@pytest.mark.parametrize("limit", [0, 3])
def test_crops_are_bounded_by_the_settings(quoted, limit):
    _, pins, draft = quoted(max_crops=limit)
    assert sum(name.startswith("crops/") for name in draft.files) == limit
    reasons = [pins[quote]["crop"].get("reason", "") for quote in PAINTED]
    assert sum(bool(reason) for reason in reasons) == len(PAINTED) - limit
