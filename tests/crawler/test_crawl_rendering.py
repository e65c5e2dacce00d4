"""Pages that are made by scripts: one sighting each, the rendered one, or the plain one with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crawler.renders import Renders
from crawler.spool import open_ref
from tests.crawler.crawling import CONTACT, MISSING, Reply, SmallWeb, crawl, html, write_settings

SHELL = b"""<!doctype html><title>loading</title><div id="root"></div><script>
document.title = "Bulk sender";
document.getElementById("root").innerHTML = '<h1>Send 10,000 messages</h1><a href="https://wa.me/911234567890">chat</a>';
</script>"""
HOLDS = b'<title>holds</title><div id="app"></div><script>while (true) {}</script>'
PAGES = {
    "app.example/": Reply(body=SHELL),
    "app.example/holds": Reply(body=HOLDS),
    "app.example/jump": Reply(body=b'<div id="root"></div><script>location.href = "http://app.example/plain"</script>'),
    "app.example/plain": html("<p>" + "plain words " * 40 + "</p><script>1</script>"),
}


def answer(host: str, path: str, headers: Mapping[str, str]) -> Reply:
    return PAGES.get(f"{host}{path}", MISSING)


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with SmallWeb(answer) as running:
        yield running


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_of_scripts_is_stored_as_the_browser_shows_it(web: SmallWeb, tmp_path: Path) -> None:
    write_settings(tmp_path, pinned=web.pins("app.example"), crawl={"render": True, "timeout_s": 5.0})
    ended = crawl(tmp_path, *(option for url in PAGES for option in ("--url", f"http://{url}")))
    assert (ended.code, ended.stderr) == (0, "")
    found = ended.sightings()
    assert len(found) == len(PAGES)

    shown = found["http://app.example/"]
    assert (shown.rendered, shown.title) == (True, "Bulk sender")
    assert shown.links == ("https://wa.me/911234567890",)
    assert shown.spool is not None
    record = open_ref(tmp_path / "spool", shown.spool)
    assert (record.type, record.uri) == ("resource", "urn:dom:http://app.example/")
    assert b"Send 10,000 messages" in record.payload
    assert hashlib.sha256(record.payload).hexdigest() == shown.body_sha256
    plain = next(one for one in ended.records() if one.uri == "http://app.example/")
    assert plain.record_id in shown.facts["exchange"]
    assert hashlib.sha256(plain.payload).hexdigest() == shown.facts["exchange_sha256"]

    held = found["http://app.example/holds"]
    assert (held.rendered, held.state) == (False, "seen")
    assert held.facts["render"].startswith("could not: ")
    assert found["http://app.example/jump"].url_chain[-1] == "http://app.example/plain"
    assert not found["http://app.example/plain"].rendered
    assert Renders(ended.db).waiting("r1") == []
    assert {one.headers["user-agent"] for one in web.asked} == {f"offsignal/0.1.0 (+{CONTACT})"}
    assert len([one for one in ended.events if one["event"] == "sighting"]) == len(PAGES)


def test_without_a_browser_the_plain_page_is_stored_with_the_reason(web: SmallWeb, tmp_path: Path) -> None:
    write_settings(tmp_path, pinned=web.pins("app.example"), crawl={"render": True})
    empty = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": str(tmp_path)}
    ended = crawl(tmp_path, "--url", "http://app.example/", env=empty)
    assert ended.code == 0
    sighting = ended.sightings()["http://app.example/"]
    assert not sighting.rendered
    assert sighting.facts["render"].startswith("could not: there is no Chromium on this machine")
