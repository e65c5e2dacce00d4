"""The sample web's pages themselves: sound, self-contained, true to their night; and the settings that reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from desk.sampleweb.configuration import SEEDS, settings_toml
from desk.sampleweb.server import SITES, SampleWeb
from desk.sampleweb.site import Request
from desk.settings import load_settings

ROOT = SITES.parent
TRUTH: list[dict[str, Any]] = [json.loads(line) for line in (ROOT / "truth.jsonl").read_text("utf-8").splitlines()]
#: Names that pages may point at besides *.example: chat links, vocabularies, the official API in innocent docs.
OTHER_NAMES = {"wa.me", "schema.org", "www.w3.org", "ogp.me", "www.sitemaps.org", "graph.facebook.com"}


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    with SampleWeb(slow_s=0.05) as running:
        yield running


def test_structured_data_is_sound_except_where_it_is_meant_to_be_broken() -> None:
    broken = set()
    for path in SITES.rglob("*.html"):
        if path.name == "_results.html":
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL):
            try:
                json.loads(block)
            except ValueError:
                broken.add(path.relative_to(SITES / "bazaar-listings.example").as_posix())
    assert broken == {name for row in TRUTH if row.get("note") == "broken JSON-LD" for name in row["files"]}
    assert broken


def test_pages_point_at_example_names_only() -> None:
    for path in SITES.rglob("*"):
        if path.suffix in (".html", ".js", ".json", ".css", ".svg", ".xml", ".toml") and path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            hosts = set(re.findall(r"https?://([A-Za-z0-9.-]+)", text))
            strangers = {host for host in hosts if not host.endswith(".example")} - OTHER_NAMES
            assert strangers <= ({"127.0.0.1", "10.0.0.8"} if "hopscotch" in str(path) else set()), path


def test_it_is_small_and_its_pictures_are_pictures() -> None:
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < 3 * 2**20
    pictures = list(SITES.rglob("*.png"))
    assert len(pictures) >= 6
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in pictures)
    sources = {path.relative_to(ROOT / "pictures").with_suffix("") for path in (ROOT / "pictures").rglob("*.html")}
    assert {path.relative_to(SITES).with_suffix("") for path in pictures} == sources


def test_the_hosts_that_change_vanish_and_appear(web: SampleWeb) -> None:
    def body(host: str, path: str, night: int) -> tuple[int, bytes]:
        answer = web.answer(host, Request(path, night=night))
        return answer.status, answer.body

    assert "₹1,499".encode() in body("pelican-sender.example", "/pricing", 1)[1]
    assert "₹999".encode() in body("pelican-sender.example", "/pricing", 2)[1]
    assert [body("gale-blast.example", "/", night)[0] for night in (1, 2)] == [200, 410]
    assert [body("sparrow-blast.example", "/", night)[0] for night in (1, 2)] == [404, 200]
    gone, new = body("gale-blast.example", "/", 1)[1], body("sparrow-blast.example", "/", 2)[1]
    assert b"G-GALE8B14ST" in gone
    assert b"G-GALE8B14ST" in new


def test_pages_that_hide_their_words(web: SampleWeb) -> None:
    shell = web.answer("glowcast-app.example", Request("/")).body.decode().lower()
    assert "whatsapp" not in shell
    poster = web.answer("posterwala.example", Request("/")).body.decode().lower()
    assert "whatsapp" not in poster
    folded = web.answer("promo-fold.example", Request("/")).body.decode()
    assert "​" in folded
    assert "W.h.a.t.s.A.p.p" in folded
    wall = web.answer("mandamil.example", Request("/")).body.decode()
    assert 'aria-modal="true"' in wall
    assert "sin que te bloqueen la línea" in wall


def test_the_settings_of_a_sample_run_load_and_pin_exactly(web: SampleWeb, tmp_path: Path) -> None:
    pins = {**web.pins(), "tsa.practice.example:80": "127.0.0.1:19999"}
    (tmp_path / "offsignal.toml").write_text(settings_toml(pins), "utf-8")
    settings = load_settings(tmp_path)
    assert dict(settings.egress.pinned) == pins
    assert all(address.startswith("127.0.0.1:") for address in settings.egress.pinned.values())
    assert settings.sources["watchlist"].seeds == SEEDS
    assert len(SEEDS) >= 25
    known = {row["url"] for row in TRUTH}
    assert set(SEEDS) <= known
    market = settings.sources["marketplace"]
    first = market.endpoint.replace("{query}", market.queries[0].replace(" ", "+")).replace("{page}", "1")
    assert urlsplit(first).netloc in web.hosts()
    assert parse_qs(urlsplit(first).query) == {"q": ["bulk whatsapp sender"], "page": ["1"]}
    authority = settings.timestamp.authorities[0]
    assert (authority.name, authority.practice, authority.url) == ("practice", True, "http://tsa.practice.example/")
