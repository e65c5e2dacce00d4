"""Servers that do not answer, never stop answering, or ask for pauses: time, size and pace have limits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.crawler.crawling import MISSING, Reply, SmallWeb, crawl, html, write_settings

MIB = b"<p>and so on</p>" * 65_536


def answer(host: str, path: str, headers: Mapping[str, str]) -> Reply:
    if path == "/robots.txt":
        return Reply(body=b"User-agent: *\nCrawl-delay: 1.5") if host == "pace.example" else MISSING
    if host == "mute.example":
        return Reply(wait_s=60.0)
    if host == "endless.example":
        return Reply(chunks=(b"<title>endless</title>", *([MIB] * 64)))
    if host == "pace.example":
        links = "".join(f'<a href="/{number}">{number}</a>' for number in range(3))
        return html(links + "<p>words</p>" * 50)
    return html(f"<p>{'words ' * 60}</p>" + '<a href="/1">1</a><a href="/2">2</a>')


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with SmallWeb(answer) as running:
        yield running


@pytest.mark.slow
def test_time_and_size_have_limits_and_the_pace_is_what_was_promised(web: SmallWeb, tmp_path: Path) -> None:
    hosts = ("mute.example", "endless.example", "pace.example", "own-pace.example")
    crawl_settings = {"timeout_s": 3.0, "retries": 1, "delay_s": 0.6, "max_body_bytes": 2**20, "max_depth": 1}
    seeds = [f"http://{host}/" for host in hosts]
    write_settings(tmp_path, pinned=web.pins(*hosts), crawl=crawl_settings, sources={"watchlist": {"seeds": seeds}})
    ended = crawl(tmp_path)
    assert (ended.code, ended.stderr) == (0, "")
    found = ended.sightings()
    mute = found["http://mute.example/"]
    assert (mute.state, mute.reason, mute.spool) == ("unreachable", "no answer in time", None)
    endless = found["http://endless.example/"]
    assert (endless.state, endless.reason) == ("failed", f"larger than {2**20} bytes")
    record = next(one for one in ended.records() if one.uri == "http://endless.example/")
    assert (len(record.payload), record.header("WARC-Truncated")) == (2**20, "length")

    for host, pace_s in (("pace.example", 1.5), ("own-pace.example", 0.6)):
        moments = [one.at for one in web.asked if one.host == host]
        assert len(moments) >= 4
        pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
        assert min(pauses[1:]) >= pace_s - 0.1, f"{host} was asked sooner than after {pace_s} s: {pauses}"
        assert pauses[0] >= 0.5  # between robots.txt and the first page
