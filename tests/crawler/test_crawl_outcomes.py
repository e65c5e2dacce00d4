"""Every way an address can end, in one crawl of a small web: state, reason, what is in the spool, what was asked."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator, Mapping

import pytest

from crawler.sighting import SightingState
from tests.crawler.crawling import CONTACT, MISSING, Ended, Reply, SmallWeb, crawl, html, redirect, write_settings

HTML = ("Content-Type", "text/html; charset=utf-8")
MAX = 4096

PLAIN: dict[str, Reply] = {
    "ok.example/": html("hello"),
    "hops.example/": redirect("/two", 301),
    "hops.example/two": redirect("http://ok.example/landed", 302),
    "ok.example/landed": html("landed", "Landed"),
    "loop.example/": redirect("/"),
    "gone.example/404": MISSING,
    "gone.example/410": Reply(410, b"gone"),
    "no.example/401": Reply(401, b"no"),
    "no.example/403": Reply(403, b"no"),
    "no.example/451": Reply(451, b"no"),
    "no.example/418": Reply(418, b"teapot"),
    "busy.example/": Reply(429, b"slow down"),
    "silence.example/1": Reply(429, b"slow down", (HTML, ("Retry-After", "7200"))),
    "silence.example/2": html("never asked for"),
    "down.example/": Reply(503, b"down"),
    "inward.example/": redirect("http://127.0.0.1:80/admin"),
    "app.example/": redirect("whatsapp://send?phone=911234567890"),
    "big.example/announced": Reply(body=b"x" * (MAX + 1)),
    "big.example/streamed": Reply(chunks=(b"<title>big</title>", *([b"y" * 1000] * 20))),
    "big.example/bomb": Reply(body=gzip.compress(b"z" * 1_000_000), headers=(HTML, ("Content-Encoding", "gzip"))),
    "odd.example/encoding": Reply(body=b"not gzip at all", headers=(HTML, ("Content-Encoding", "gzip"))),
    "odd.example/cut": Reply(body=b"<title>half</title>", length=500),
    "odd.example/apk": Reply(body=b"PK\3\4", headers=(("Content-Type", "application/vnd.android.package-archive"),)),
    "odd.example/gzip": Reply(
        body=gzip.compress(b"<title>packed</title>"),
        headers=(HTML, ("Content-Encoding", "gzip"), ("X-Two", "a"), ("X-Two", "b")),
    ),
    "odd.example/refresh": html('<meta http-equiv="refresh" content="0; url=http://ok.example/landed">'),
    "odd.example/cookie": Reply(body=b"<title>c</title>", headers=(HTML, ("Set-Cookie", "id=1"))),
    "odd.example/text": Reply(body=b"plain words", headers=(("Content-Type", "text/plain"),)),
    "odd.example/title": html("x", "Sale &amp; <script>alert(1)</script> बल्क"),
    "odd.example/thin": Reply(body=b'<div id="root"></div><script src="/a.js"></script>'),
    "robots.example/robots.txt": Reply(body=b"User-agent: *\nDisallow: /secret\nUser-agent: offsignal\nDisallow: /own"),
    "robots.example/secret": html("allowed, because our own group counts"),
    "robots.example/own": html("never asked for"),
    "norobots.example/": html("no rules"),
    "robots503.example/robots.txt": Reply(503, b"down"),
    "robots503.example/": html("never asked for"),
    "robotsmoved.example/robots.txt": redirect("http://robots.example/robots.txt"),
    "robotsmoved.example/own": html("never asked for"),
    "patient.example/robots.txt": Reply(body=b"User-agent: *\nCrawl-delay: 3600"),
    "patient.example/1": html("one"),
    "patient.example/2": html("two"),
}
OPEN = Reply(body=b"User-agent: *\nAllow: /")


@pytest.fixture(scope="module")
def web() -> Iterator[SmallWeb]:
    waited: dict[str, int] = {}

    def answer(host: str, path: str, headers: Mapping[str, str]) -> Reply:
        key = f"{host}{path}"
        if key == "later.example/":
            waited[key] = waited.get(key, 0) + 1
            return Reply(503, b"", (HTML, ("Retry-After", "1"))) if waited[key] == 1 else html("now")
        if path == "/robots.txt" and key not in PLAIN:
            return MISSING if host == "norobots.example" else OPEN
        return PLAIN.get(key, MISSING)

    with SmallWeb(answer) as running:
        yield running


@pytest.fixture(scope="module")
def ended(web: SmallWeb, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    data = tmp_path_factory.mktemp("outcomes") / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed_port = taken.getsockname()[1]
    hosts = sorted({key.split("/")[0] for key in PLAIN} | {"later.example"})
    pinned = {**web.pins(*hosts), **{f"closed.example:{port}": f"127.0.0.1:{closed_port}" for port in (80, 443)}}
    write_settings(
        data, pinned=pinned, crawl={"max_body_bytes": MAX, "max_redirects": 3, "retries": 2, "timeout_s": 20}
    )
    urls = [f"http://{key}" for key in PLAIN if not key.endswith(("robots.txt", "/two"))]
    urls += [
        "http://later.example/",
        "http://closed.example/",
        "https://closed.example/",
        "https://nowhere.invalid/",
        "https://ok.example/landed",
        "http://nowhere.invalid/",
        "https://127.0.0.1/",
        "http://10.1.2.3/x",
    ]
    return crawl(data, *(option for url in urls for option in ("--url", url)))


def test_it_ends_well_and_misses_nothing(ended: Ended) -> None:
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.events[-1] == {"event": "finished", "run_id": "r1", "state": "finished"}
    frontier = dict(ended.db.conn.execute("SELECT state, count(*) FROM frontier GROUP BY state").fetchall())
    assert list(frontier) == ["done"]
    assert len(ended.sightings()) == frontier["done"]
    assert {e["sighting_id"] for e in ended.events if e["event"] == "sighting"} == {
        one.sighting_id for one in ended.sightings().values()
    }


@pytest.mark.parametrize(
    ("url", "state", "reason"),
    [
        ("http://ok.example/", "seen", ""),
        ("http://hops.example/", "seen", ""),
        ("http://loop.example/", "failed", "more than 3 redirects"),
        ("http://gone.example/404", "absent", "the server answered 404 Not Found"),
        ("http://gone.example/410", "absent", "the server answered 410 Gone"),
        ("http://no.example/401", "refused", "the server answered 401 Unauthorized"),
        ("http://no.example/403", "refused", "the server answered 403 Forbidden"),
        ("http://no.example/451", "refused", "the server answered 451 Unavailable For Legal Reasons"),
        ("http://no.example/418", "refused", "the server answered 418 I'm a Teapot"),
        ("http://busy.example/", "refused", "the server answered 429 Too Many Requests"),
        ("http://silence.example/1", "refused", "the server answered 429 Too Many Requests"),
        ("http://silence.example/2", "refused", "the host asked for 7200 seconds without requests"),
        ("http://down.example/", "unreachable", "the server answered 503 Service Unavailable"),
        ("http://closed.example/", "unreachable", "unreachable: 127.0.0.1 did not take the connection"),
        ("https://closed.example/", "unreachable", "unreachable: 127.0.0.1 did not take the connection"),
        ("https://nowhere.invalid/", "unreachable", "the name nowhere.invalid cannot be resolved"),
        ("https://ok.example/landed", "seen", ""),
        ("http://nowhere.invalid/", "unreachable", "the name nowhere.invalid cannot be resolved"),
        ("http://10.1.2.3/x", "refused", "the egress guard refused it: its address 10.1.2.3 is private"),
        ("https://127.0.0.1/", "refused", "the egress guard refused it: its address 127.0.0.1 is loopback"),
        ("http://inward.example/", "refused", "the egress guard refused it: its address 127.0.0.1 is loopback"),
        ("http://app.example/", "seen", ""),
        ("http://big.example/announced", "failed", f"larger than {MAX} bytes: {MAX + 1} were announced"),
        ("http://big.example/streamed", "failed", f"larger than {MAX} bytes"),
        ("http://big.example/bomb", "failed", f"larger than {MAX} bytes when decompressed"),
        ("http://odd.example/encoding", "failed", "its content encoding cannot be undone"),
        ("http://odd.example/cut", "failed", "the connection broke off in the middle of the answer"),
        ("http://odd.example/apk", "failed", "not a page: application/vnd.android.package-archive"),
        ("http://robots.example/own", "refused", "http://robots.example/robots.txt forbids /own to offsignal"),
        ("http://robots503.example/", "unreachable", "http://robots503.example/robots.txt: the server answered 503"),
        ("http://robotsmoved.example/own", "refused", "robots.txt forbids /own to offsignal"),
        ("http://patient.example/2", "refused", "robots.txt asks for 3600 seconds between requests: one page a run"),
        ("http://later.example/", "seen", ""),
    ],
)
def test_each_end_has_its_state_and_reason(ended: Ended, url: str, state: str, reason: str) -> None:
    sighting = ended.sightings()[url]
    assert sighting.state == state, sighting.reason
    assert reason in sighting.reason
    assert (sighting.reason == "") == (state == "seen")


def test_a_redirect_keeps_its_chain_and_every_hop_is_in_the_spool(ended: Ended) -> None:
    chain = ("http://hops.example/", "http://hops.example/two", "http://ok.example/landed")
    assert ended.sightings()["http://hops.example/"].url_chain == chain
    assert ended.sightings()["http://hops.example/"].title == "Landed"
    assert {record.http_status for record in ended.records() if record.uri in chain[:2]} == {301, 302}
    assert ended.sightings()["http://odd.example/refresh"].url_chain[-1] == "http://ok.example/landed"
    assert ended.sightings()["http://inward.example/"].url_chain == (
        "http://inward.example/",
        "http://127.0.0.1:80/admin",
    )


def test_an_answer_that_is_not_used_is_kept_all_the_same(ended: Ended) -> None:
    by_url = {record.uri: record for record in ended.records()}
    for url in ("http://loop.example/", "http://gone.example/404", "http://no.example/403", "http://down.example/"):
        assert ended.sightings()[url].spool is not None
        assert url in by_url
    assert by_url["http://big.example/announced"].header("WARC-Truncated") == "length"
    assert by_url["http://big.example/announced"].payload == b""
    assert by_url["http://big.example/streamed"].header("WARC-Truncated") == "length"
    assert len(by_url["http://big.example/streamed"].payload) == MAX
    assert by_url["http://big.example/bomb"].header("WARC-Truncated") == "length"
    assert by_url["http://odd.example/encoding"].payload == b"not gzip at all"
    assert by_url["http://odd.example/cut"].header("WARC-Truncated") == "disconnect"
    assert by_url["http://odd.example/cut"].payload == b"<title>half</title>"
    assert by_url["http://odd.example/apk"].payload == b""


def test_bodies_are_stored_decoded_with_every_header(ended: Ended) -> None:
    record = next(one for one in ended.records() if one.uri == "http://odd.example/gzip")
    assert record.payload == b"<title>packed</title>"
    assert [value for name, value in record.http_headers if name.lower() == "x-two"] == ["a", "b"]
    assert ("X-Offsignal-Original-Content-Encoding", "gzip") in record.http_headers
    assert ended.sightings()["http://odd.example/gzip"].title == "packed"


def test_passing_faults_are_tried_again_and_refusals_are_not(ended: Ended, web: SmallWeb) -> None:
    counts = web.counts()
    assert counts["http://down.example/"] == counts["http://busy.example/"] == counts["http://odd.example/cut"] == 3
    assert (
        counts["http://no.example/403"] == counts["http://gone.example/404"] == counts["http://silence.example/1"] == 1
    )
    answers = [record for record in ended.records() if record.uri == "http://down.example/"]
    assert len(answers) == 3
    first, second = (one.at for one in web.asked if one.url == "http://later.example/")
    assert second - first >= 1.0


def test_what_must_not_be_asked_for_is_not(web: SmallWeb, ended: Ended) -> None:
    counts = web.counts()
    for url in (
        "silence.example/2",
        "robots.example/own",
        "robots503.example/",
        "robotsmoved.example/own",
        "patient.example/2",
    ):
        assert counts[f"http://{url}"] == 0
    assert ended.sightings()["http://silence.example/2"].spool is None


def test_robots_decisions_stand_on_every_sighting_and_its_answers_in_the_spool(ended: Ended, web: SmallWeb) -> None:
    said = {url: sighting.robots for url, sighting in ended.sightings().items()}
    assert said["http://ok.example/"] == "allowed"
    assert said["http://robots.example/secret"] == "allowed"
    assert said["http://robots.example/own"] == "refused"
    assert said["http://norobots.example/"] == "none"
    assert said["http://robots503.example/"] == "unreachable"
    asked = [one.url for one in web.asked if one.path == "/robots.txt" and one.host != "robots.example"]
    retried = {"http://robots503.example/robots.txt": 3}
    assert all(asked.count(url) == retried.get(url, 1) for url in asked)
    rows = {row["origin"]: row for row in ended.db.query("SELECT * FROM robots")}
    assert rows["http://norobots.example"]["decision"] == "none"
    assert rows["http://patient.example"]["crawl_delay_s"] == 3600
    assert rows["http://robots.example"]["spool_record_id"] in {record.record_id for record in ended.records()}


def test_every_request_says_who_we_are_and_nothing_more(ended: Ended, web: SmallWeb) -> None:
    for one in web.asked:
        assert one.headers["user-agent"] == f"offsignal/0.1.0 (+{CONTACT})"
        assert not {"cookie", "referer", "authorization", "proxy-authorization", "via"} & set(one.headers)
    sent = next(one for one in ended.records("request") if one.uri == "http://ok.example/")
    assert dict(sent.http_headers)["Host"] == "ok.example"


def test_pages_are_read_as_they_are(ended: Ended) -> None:
    found = ended.sightings()
    assert found["http://odd.example/title"].title == "Sale & <script>alert(1)</script> बल्क"
    assert found["http://odd.example/text"].title == ""
    assert found["http://app.example/"].links == ("whatsapp://send?phone=911234567890",)
    assert found["http://app.example/"].facts["redirects_to"] == "whatsapp://send?phone=911234567890"
    assert found["http://odd.example/thin"].facts["render"] == "not done: crawl.render is off"
    assert found["http://ok.example/"].peer_ip == "127.0.0.1"
    assert found["http://ok.example/"].state is SightingState.SEEN


def test_pages_behind_tls_are_stored_the_same_way(ended: Ended) -> None:
    sighting = ended.sightings()["https://ok.example/landed"]
    assert (sighting.title, sighting.robots, sighting.peer_ip) == ("Landed", "allowed", "127.0.0.1")
    record = next(one for one in ended.records() if one.uri == "https://ok.example/landed")
    assert record.header("WARC-IP-Address") == "127.0.0.1"
    assert record.payload == PLAIN["ok.example/landed"].body
    assert len(sighting.facts["certificate_sha256"]) == 64
    assert "certificate_sha256" not in ended.sightings()["http://ok.example/landed"].facts
