"""The sources against small servers: what the watch list follows, and that a key never reaches the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.store import Issues
from crawler.warc import read_records
from tests.crawler.crawling import MISSING, Ended, Reply, SmallWeb, crawl, html, redirect, write_settings

TOKEN = "EAAB/secret+token|with=odd%chars~0123456789"
PATH = "/v26.0/ads_archive"

PAGES = {
    "shop.example/": html(
        '<a href="/a">a</a> <a href="a?x=1&amp;y=2#part">same</a> <a href="/a?y=2&x=1">same again</a>'
        '<a href="//www.shop.example/b">sub</a> <a href="http://other.example/">other</a>'
        '<a href="/app.apk">apk</a> <a href="/logo.png">png</a> <a href="/cart">cart</a> <a href="/login/">log in</a>'
        '<a href="https://wa.me/911234567890">chat</a> <a href="tel:+91 12345">call</a> <a href="javascript:x()">js</a>'
        '<a href="/away">away</a>'
    ),
    "shop.example/a": html('<a href="/deep">deep</a>'),
    "shop.example/a?x=1&y=2": html("query"),
    "shop.example/deep": html('<a href="/deeper">deeper</a>'),
    "shop.example/away": redirect("http://other.example/inside"),
    "www.shop.example/b": html('<a href="/many/1">1</a><a href="/many/2">2</a><a href="/many/3">3</a>'),
    **{f"www.shop.example/many/{n}": html("one of many") for n in (1, 2, 3)},
    "other.example/inside": html('<a href="/further">further</a>'),
    "old.example/": redirect("http://new.example/"),
    "new.example/": html('<a href="/next">next</a>'),
    "new.example/next": html("next"),
}


def answer(host: str, path: str, headers: Mapping[str, str]) -> Reply:
    if path == "/robots.txt":
        return MISSING
    if host == "graph.example":
        return ads(path, headers)
    return PAGES.get(f"{host}{path}", MISSING)


def ads(path: str, headers: Mapping[str, str]) -> Reply:
    """An ad library of three pages that repeats the key wherever it can, as the real one does."""
    query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
    if headers.get("authorization") != f"Bearer {TOKEN}":
        fault = {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}
        return _json({"error": fault}, 401)
    if query["search_terms"] == "too much":
        return _json({"error": {"message": "User request limit reached", "code": 17}}, 400)
    number = int(query.get("after", "0"))
    key = TOKEN.replace("|", "%7C").replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    key = key.replace("%chars", "%25chars")
    ad = {
        "id": str(1000 + number),
        "ad_creative_bodies": [f"Bulk sender number {number}"],
        "ad_snapshot_url": f"http://www.example/render_ad/?id={1000 + number}&access_token={key}",
        "page_name": TOKEN if number == 1 else "Vendor",
    }
    paging = {"next": f"http://graph.example{PATH}?search_terms=x&access_token={key}&after={number + 1}"}
    if number == 2:
        paging = {"next": f"http://thief.example{PATH}?search_terms=x&access_token={key}&after=3"}
    return _json({"data": [ad], "paging": paging})


def _json(value: object, status: int = 200) -> Reply:
    body = json.dumps(value).replace("/", "\\/").encode()
    return Reply(status, body, (("Content-Type", "application/json"), ("X-Echo", f"Bearer {TOKEN}")))


@pytest.fixture(scope="module")
def web() -> Iterator[SmallWeb]:
    with SmallWeb(answer) as running:
        yield running


def settings(data: Path, web: SmallWeb, **sources: Mapping[str, object]) -> None:
    hosts = sorted({key.split("/")[0] for key in PAGES} | {"graph.example", "thief.example", "other.example"})
    crawl_settings = {"max_depth": 2, "max_pages_per_host": 4}
    write_settings(data, pinned=web.pins(*hosts), crawl=crawl_settings, sources=sources)


@pytest.fixture(scope="module")
def watched(web: SmallWeb, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    data = tmp_path_factory.mktemp("watched") / "data"
    seeds = ["http://shop.example/", "http://old.example/", "ftp://no.example/"]
    settings(data, web, watchlist={"seeds": seeds, "floor": 50})
    return crawl(data)


def test_the_watch_list_stays_on_the_site(watched: Ended, web: SmallWeb) -> None:
    assert watched.code == 0, watched.stderr
    assert set(watched.sightings("watchlist")) == {
        "http://shop.example/",
        "http://shop.example/a",
        "http://shop.example/a?x=1&y=2",
        "http://shop.example/away",
        "http://www.shop.example/b",
        "http://www.shop.example/many/1",
        "http://www.shop.example/many/2",
        "http://www.shop.example/many/3",
        "http://old.example/",
        "http://new.example/next",
    }
    counts = web.counts()
    for never in ("shop.example/app.apk", "shop.example/cart", "shop.example/login/", "other.example/further"):
        assert counts[f"http://{never}"] == 0
    assert counts["http://shop.example/a?x=1&y=2"] == 1


def test_links_to_contacts_and_apps_are_recorded(watched: Ended) -> None:
    links = watched.sightings()["http://shop.example/"].links
    assert "https://wa.me/911234567890" in links
    assert "http://shop.example/app.apk" in links
    assert "tel:+91 12345" in links
    assert not any(link.startswith("javascript") for link in links)


def test_what_was_left_out_is_counted(watched: Ended) -> None:
    skips = {(row["host"], row["reason"]): row["urls"] for row in watched.db.query("SELECT * FROM frontier_skips")}
    assert skips == {("shop.example", "host budget"): 1}  # /deep, the fifth address of the host
    counts = watched.sources()["watchlist"]["counts"]
    assert counts["seen"] == 10
    assert counts["skipped: host budget"] == 1
    said = {(issue.kind, issue.what) for issue in Issues(watched.db).of_run("r1")}
    assert ("floor", "fewer sightings than the floor of 50: 10") in said
    assert any(kind == "broken" and "ftp://no.example/" in what for kind, what in said)


def test_depth_is_a_limit_of_its_own(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web, watchlist={"seeds": ["http://www.shop.example/b"]})
    (tmp_path / "offsignal.toml").write_text(
        (tmp_path / "offsignal.toml").read_text().replace("max_depth = 2", "max_depth = 0")
    )
    ended = crawl(tmp_path)
    assert set(ended.sightings()) == {"http://www.shop.example/b"}
    assert ended.sources()["watchlist"]["counts"]["skipped: depth"] == 3


@pytest.fixture(scope="module")
def advertised(web: SmallWeb, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    data = tmp_path_factory.mktemp("advertised") / "data"
    meta = {"endpoint": f"http://graph.example{PATH}", "countries": ["DE"], "token_env": "ADS_KEY"}
    settings(data, web, meta_ads={**meta, "queries": ["bulk whatsapp"]})
    return crawl(data, env={"ADS_KEY": TOKEN})


def test_every_ad_is_a_sighting_of_its_own_address(advertised: Ended) -> None:
    assert advertised.code == 0, advertised.stderr
    found = advertised.sightings("meta_ads")
    assert list(found) == [f"http://www.example/ads/library/?id={number}" for number in (1000, 1001, 1002)]
    first = found["http://www.example/ads/library/?id=1000"]
    assert (first.text, first.facts["page_name"]) == ("Bulk sender number 0", "Vendor")
    assert first.links == ("http://www.example/render_ad/?id=1000",)
    assert first.facts["redacted"] == "the access token, in 2 places of the stored exchange"


def test_a_next_page_on_another_host_is_not_followed(advertised: Ended, web: SmallWeb) -> None:
    assert not [one for one in web.asked if one.host == "thief.example"]
    said = [issue.what for issue in Issues(advertised.db).of_run("r1", "meta_ads")]
    assert said == ["the next page is not on graph.example; not followed"]


def test_the_key_is_nowhere_on_the_disk_and_nowhere_in_the_output(advertised: Ended) -> None:
    spellings = [TOKEN, TOKEN.replace("/", "\\/"), "secret%2Btoken", "secret%2btoken", "secret+token"]
    texts = [json.dumps(advertised.events), advertised.stderr]
    for path in advertised.data.rglob("*"):
        if path.suffix == ".gz":
            for record in read_records(path):
                texts += [repr(record.headers), repr(record.http_headers), record.payload.decode("latin-1")]
        elif path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    for spelling in spellings:
        assert not [text for text in texts if spelling in text]
    sent = [dict(one.http_headers) for one in advertised.records("request") if PATH in one.uri]
    assert {headers["Authorization"] for headers in sent} == {"REDACTED"}


def test_a_missing_key_is_said_and_the_run_goes_on(web: SmallWeb, tmp_path: Path) -> None:
    meta = {
        "endpoint": f"http://graph.example{PATH}",
        "countries": ["DE"],
        "queries": ["x"],
        "token_env": "NO_SUCH_KEY",
    }
    settings(tmp_path, web, meta_ads=meta, watchlist={"seeds": ["http://new.example/next"]})
    ended = crawl(tmp_path)
    assert ended.code == 0
    said = {name: (one["state"], one["reason"]) for name, one in ended.sources().items()}
    assert said == {"meta_ads": ("refused", "no key in $NO_SUCH_KEY"), "watchlist": ("finished", "")}


@pytest.mark.parametrize(
    ("key", "query", "kind", "reason"),
    [
        (TOKEN, "too much", "limit", "quota used up (error 17)"),
        ("a wrong key, not accepted", "x", "key", "the key in $ADS_KEY is not accepted"),
    ],
)
def test_an_api_that_says_no_is_asked_no_more(
    web: SmallWeb, tmp_path: Path, key: str, query: str, kind: str, reason: str
) -> None:
    meta = {"endpoint": f"http://graph.example{PATH}", "countries": ["DE"], "token_env": "ADS_KEY"}
    settings(tmp_path, web, meta_ads={**meta, "queries": [query, "another", "and another"]})
    before = len(web.asked)
    ended = crawl(tmp_path, env={"ADS_KEY": key})
    assert (ended.code, ended.sources()["meta_ads"]["state"]) == (0, "refused")
    assert ended.sources()["meta_ads"]["reason"] == reason
    assert [issue.kind for issue in Issues(ended.db).of_run("r1")] == [kind]
    assert len([one for one in web.asked[before:] if one.path.startswith(PATH)]) == 1
    assert [one.state for one in ended.sightings().values()] == ["refused"]
