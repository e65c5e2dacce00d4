"""The sample web: every page its truth names exists and answers as stated, over real HTTP, on both nights."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from classifiers.labels import OFFENCES, Label
from crawler.sighting import SightingState
from desk.sampleweb.server import SITES, SampleWeb

ROOT = SITES.parent
TRUTH: list[dict[str, Any]] = [json.loads(line) for line in (ROOT / "truth.jsonl").read_text("utf-8").splitlines()]
ADDRESSED = [row for row in TRUTH if row["url"]]


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    with SampleWeb(slow_s=0.05) as running:
        yield running


class Client:
    """One connection, kept alive, as a crawler would use it."""

    def __init__(self, web: SampleWeb) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)

    def ask(self, url: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, target, headers={"Host": parts.netloc, **names})
        response = self.connection.getresponse()
        return response, response.read()

    def json(self, url: str, **headers: str) -> tuple[int, dict[str, Any]]:
        response, body = self.ask(url, **headers)
        return response.status, json.loads(body)


@pytest.fixture
def client(web: SampleWeb) -> Iterator[Client]:
    web.night = 1
    one = Client(web)
    yield one
    one.connection.close()


@pytest.mark.parametrize("night", [1, 2])
def test_every_address_answers_as_the_truth_says(web: SampleWeb, client: Client, night: int) -> None:
    web.night = night
    wrong = []
    for row in ADDRESSED:
        said = row["nights"][str(night)]
        response, body = client.ask(row["url"])
        if response.status != said["status"] or response.getheader("Location") != said.get("location"):
            wrong.append((row["url"], response.status, response.getheader("Location")))
        if response.status == 200 and row["kind"] in ("page", "listing", "post") and "label" in said:
            assert response.getheader("Content-Type", "").startswith("text/"), row["url"]
            assert body or "empty" in row["note"], row["url"]
    assert not wrong
    assert web.counts()[ADDRESSED[0]["url"]] >= 1


def test_every_file_is_in_the_truth() -> None:
    named = {(row["host"], name) for row in TRUTH for name in row["files"]}
    there = {
        (site.name, path.relative_to(site).as_posix())
        for site in SITES.iterdir()
        for path in site.rglob("*")
        if path.is_file() and path.name != "site.toml"
    }
    assert there - named == set()
    assert named - there == set()


def test_the_truth_is_consistent_and_large_enough() -> None:
    assert len({(row["url"], row["kind"], *row["files"]) for row in TRUTH}) == len(TRUTH)
    pages = [row for row in TRUTH if row["kind"] in ("page", "listing")]
    assert len(pages) >= 70
    assert len({row["host"] for row in pages}) >= 25
    vendors = {row["lang"] for row in pages if row["nights"]["1"].get("offence")}
    assert {"en", "hi", "hi-Latn", "pt", "es", "id", "ar"} <= vendors
    for row in TRUTH:
        for said in row["nights"].values():
            assert SightingState(said.get("state", "seen"))
            if "label" in said:
                assert said["offence"] in (None, Label(said["label"]) in OFFENCES), row["url"]
    assert {row["nights"]["1"]["label"] for row in pages if "label" in row["nights"]["1"]} == set(Label)


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    for url in ("http://pelican-sender.example/", "http://t.example/s/lantern_newsroom", "http://nowhere.example/"):
        got, body = client.ask(url)
        headed, nothing = client.ask(url, "HEAD")
        assert headed.status == got.status
        assert nothing == b""
        assert headed.getheader("Content-Length") == got.getheader("Content-Length") == str(len(body))


def test_repeated_headers_are_kept(client: Client) -> None:
    response, _ = client.ask("http://pelican-sender.example/")
    assert len([value for name, value in response.getheaders() if name == "Set-Cookie"]) == 2
    assert response.getheader("Server") == "LiteSpeed"


def test_only_get_and_head(client: Client) -> None:
    response, _ = client.ask("http://kirimderas.example/daftar", "POST", Content_Length="0")
    assert response.status == 405
    assert response.getheader("Allow") == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/%2e%2e/%2e%2e/server.py",
        "/..%2f..%2fserver.py",
        "/site.toml",
        "/_listings.json",
        "/.%00/x",
        "//etc/passwd",
        "/private/../_404.html",
        "/a\\..\\..\\server.py",
    ],
)
def test_nothing_hidden_or_outside_is_served(client: Client, path: str) -> None:
    client.connection.putrequest("GET", path, skip_host=True)
    client.connection.putheader("Host", "bazaar-listings.example")
    client.connection.endheaders()
    response = client.connection.getresponse()
    assert b"import" not in response.read()
    assert response.status == 404


def test_gzip_only_for_those_who_take_it(client: Client) -> None:
    plain, body = client.ask("http://oddbytes.example/zipped", Accept_Encoding="identity")
    zipped, packed = client.ask("http://oddbytes.example/zipped", Accept_Encoding="gzip, deflate")
    assert plain.getheader("Content-Encoding") is None
    assert zipped.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(packed) == body
    assert zipped.getheader("Content-Length") == str(len(packed))


def test_a_chunked_body_comes_whole(client: Client) -> None:
    response, body = client.ask("http://quillhopper.example/terms")
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert body == (SITES / "quillhopper.example/terms.html").read_bytes()


def test_bytes_that_are_not_utf_8(client: Client) -> None:
    latin, body = client.ask("http://oddbytes.example/latin")
    assert latin.getheader("Content-Type") == "text/html; charset=windows-1252"
    assert "Ñandú" in body.decode("windows-1252")
    lying, body = client.ask("http://oddbytes.example/shift")
    assert lying.getheader("Content-Type") == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_an_endless_body_only_when_asked_for() -> None:
    with SampleWeb(hazards=True) as web:
        client = Client(web)
        client.connection.request("GET", "/endless", headers={"Host": "oddbytes.example"})
        response = client.connection.getresponse()
        assert response.status == 200
        assert response.getheader("Content-Length") is None
        assert len(response.read(3_000_000)) == 3_000_000
        response.close()
        client.connection.close()


def test_it_counts_and_stops_without_leaving_a_thread() -> None:
    before = set(threading.enumerate())
    with SampleWeb(slow_s=60) as web:
        clients = [Client(web) for _ in range(3)]
        for client in clients:
            client.ask("http://codefjord.example/", User_Agent="test/1")
        assert web.counts() == {"http://codefjord.example/": 3}
        assert {entry.user_agent for entry in web.asked()} == {"test/1"}
        clients[0].connection.request("GET", "/waiting-list", headers={"Host": "slowlane.example"})
    assert set(threading.enumerate()) <= before
    for client in clients:
        client.connection.close()


def ads(client: Client, **params: str) -> tuple[int, dict[str, Any]]:
    base = {"search_terms": "whatsapp", "ad_reached_countries": '["IN","BR"]', "fields": "id,page_name"}
    query = "&".join(f"{name}={value}" for name, value in {**base, **params}.items() if value)
    return client.json(f"http://graph.facebook.example/v26.0/ads_archive?{query}".replace(" ", "%20"))


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({}, 401, 190),
        ({"access_token": "expired-token"}, 401, 190),
        ({"access_token": "t", "ad_reached_countries": ""}, 400, 100),
        ({"access_token": "t", "ad_reached_countries": "IN"}, 400, 100),
        ({"access_token": "t", "search_terms": ""}, 400, 100),
        ({"access_token": "t", "search_terms": "x" * 101}, 400, 100),
        ({"access_token": "t", "fields": "id,colour"}, 400, 100),
        ({"access_token": "t", "limit": "many"}, 400, 100),
        ({"access_token": "t", "after": "nonsense"}, 400, 100),
    ],
)
def test_the_ad_library_refuses_as_graph_does(client: Client, params: dict[str, str], status: int, code: int) -> None:
    got, reply = ads(client, **params)
    assert (got, reply["error"]["code"]) == (status, code)
    assert set(reply["error"]) == {"message", "type", "code", "fbtrace_id"}


def test_the_ad_library_pages_to_the_end(web: SampleWeb, client: Client) -> None:
    _, reply = ads(client, access_token="practice", limit="4")
    found = [ad["id"] for ad in reply["data"]]
    while "next" in reply["paging"]:
        assert "access_token=practice" in reply["paging"]["next"]
        _, reply = client.json(reply["paging"]["next"])
        found += [ad["id"] for ad in reply["data"]]
    running = [row for row in TRUTH if row["kind"] == "ad" and row["nights"]["1"]["status"] == 200]
    assert sorted(found) == sorted({row["ad"] for row in running})
    assert sum(row["nights"]["1"]["offence"] for row in running) >= 4
    status, reply = client.json(
        "http://graph.facebook.example/v26.0/ads_archive?search_terms=disparo%20whatsapp"
        '&ad_reached_countries=["BR"]&fields=id,ad_creative_bodies,ad_snapshot_url',
        Authorization="Bearer practice",
    )
    assert status == 200
    assert all("access_token=practice" in ad["ad_snapshot_url"] for ad in reply["data"])
    assert all("disparo" in ad["ad_creative_bodies"][0].lower() for ad in reply["data"])


def test_a_channel_pages_backwards_through_every_post(client: Client) -> None:
    url, seen = "http://t.example/s/akkbaza_store", []
    for _ in range(5):
        page = client.ask(url)[1].decode()
        seen += re.findall(r'data-post="akkbaza_store/(\d+)"', page)
        assert "tgme_widget_message_text" in page
        older = re.search(r'href="(/s/akkbaza_store\?before=\d+)"', page)
        if older is None:
            break
        url = "http://t.example" + older[1]
    written = json.loads((SITES / "t.example/_channels/akkbaza_store.json").read_text("utf-8"))["posts"]
    assert sorted(map(int, seen)) == [post["id"] for post in written if 1 in post.get("nights", (1, 2))]
    assert len(written) > 20


def test_the_marketplace_pages_through_every_match(web: SampleWeb, client: Client) -> None:
    for night in (1, 2):
        web.night = night
        found: list[str] = []
        url: str | None = "http://bazaar-listings.example/search?q=whatsapp"
        while url:
            page = client.ask(url)[1].decode()
            block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
            assert block is not None
            found += [item["url"] for item in json.loads(block[1])["itemListElement"]]
            following = re.search(r'href="([^"]+)" rel="next"', page)
            url = "http://bazaar-listings.example" + following[1].replace("&amp;", "&") if following else None
        assert len(found) == len(set(found)) > 16
        assert any("virtual-number-whatsapp-campaign" in link for link in found) == (night == 2)
        assert all(client.ask(link)[0].status == 200 for link in found)
