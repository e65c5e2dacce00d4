"""What a capture keeps of the wire: heads, bodies, addresses and certificates as they were."""

from __future__ import annotations

import base64
import ssl
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crawler.config import EgressSettings
from crawler.egress import Guard
from evidence.capture_state import CaptureState
from evidence.digest import sha256_hex
from tests.evidence.capturing import about, answers, captured, records, unpacked
from tests.evidence.h2_serving import serving_h2
from tests.evidence.page_serving import (
    HOST,
    OFFER,
    OTHER,
    PAGES,
    PNG,
    RUSSIAN,
    guarded,
    make_certificate,
    serving,
)

pytestmark = pytest.mark.browser


def test_exchanges_are_kept_as_they_were_on_the_wire(capture):
    draft, _ = capture("/offer")
    kept = answers(draft.directory)
    assert set(kept) == {f"http://{HOST}{path}" for path in ("/offer", "/style.css", "/bird.png")}
    assert kept[f"http://{HOST}/bird.png"].payload == PNG
    page = kept[f"http://{HOST}/offer"]
    names = [name for name, _ in page.http_headers]
    assert names[2:] == ["Content-Type", "X-Odd-CASE", "Set-Cookie", "Set-Cookie", "Aa-First", "Content-Length"]
    assert [value for name, value in page.http_headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert page.header("WARC-IP-Address") == "127.0.0.1"
    told = about(draft.directory)
    rows = told["pageinfo"]["requests"]
    assert [(row["status"], row["source"], row["head_as_sent"]) for row in rows] == [(200, "wire", True)] * 3
    assert all(row["exact_bytes"] for row in rows)
    assert {row["host"] for row in told["egress"]} == {HOST}
    request = next(one for one in records(draft.directory)[0] if one.type == "request" and one.uri.endswith("/offer"))
    names = [name for name, _ in request.http_headers]
    assert names[:2] == ["Host", "Upgrade-Insecure-Requests"]  # the order Chromium sends them in
    assert names[-1] == "Connection"


def test_text_that_is_not_utf_8_is_kept_byte_for_byte(capture):
    """Playwright hands such bodies out as UTF-8; the record must hold what was sent."""
    draft, _ = capture("/cyr")
    assert (draft.directory / "body.bin").read_bytes() == RUSSIAN.encode("cp1251")
    kept = answers(draft.directory)
    assert kept[f"http://{HOST}/cyr.js"].payload == "/* рассылка */".encode("cp1251")
    assert "Рассылка WhatsApp без бана" in (draft.directory / "text.txt").read_text("utf-8")


def test_a_packed_body_is_kept_as_it_was_sent_and_unpacked_beside_it(capture):
    draft, _ = capture("/zipped")
    address = f"http://{HOST}/zipped"
    page = answers(draft.directory)[address]
    assert page.payload == PAGES["/zipped"].body
    assert ("Content-Encoding", "gzip") in page.http_headers
    assert unpacked(draft.directory) == {address: b"<title>zipped</title><p>anti ban"}
    assert (draft.directory / "body.bin").read_bytes() == b"<title>zipped</title><p>anti ban"


def test_redirects_are_kept_hop_by_hop(capture):
    draft, record = capture("/moved")
    chain = [(hop["url"], hop["status"]) for hop in record["target"]["redirect_chain"]]
    assert chain == [
        (f"http://{HOST}/moved", 302),
        (f"http://{HOST}/moved-again", 301),
        (f"http://{OTHER}/offer", 200),
    ]
    assert (record["url"], record["url_final"]) == (f"http://{HOST}/moved", f"http://{OTHER}/offer")
    moved = answers(draft.directory)[f"http://{HOST}/moved"]
    assert (moved.payload, moved.header("WARC-Truncated")) == (b"over there", "")
    assert ("Location", "/moved-again") in moved.http_headers
    asked = {row["robots_url"]: row["decision"] for row in record["network"]["robots"]["asked"]}
    assert asked == {f"http://{HOST}/robots.txt": "allowed", f"http://{OTHER}/robots.txt": "allowed"}
    assert (draft.directory / "body.bin").read_bytes() == OFFER.encode()


def test_what_a_page_sends_is_kept(capture):
    draft, _ = capture("/post")
    sent = [record for record in records(draft.directory)[0] if record.type == "request" and record.payload]
    assert [(record.uri, record.payload) for record in sent] == [(f"http://{HOST}/api", b"q=1")]


@pytest.mark.openssl
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2])
def test_the_certificates_are_those_of_the_pages_own_connection(tmp_path, newest):
    keys = make_certificate(tmp_path)
    with serving(tls=keys, newest=newest) as web:
        pinned = EgressSettings(pinned={f"{HOST}:443": f"127.0.0.1:{web.port}"})
        with Guard(pinned) as guard:
            draft, record = captured(guard, tmp_path / "exhibit", "/zipped", scheme="https")
    der = x509.load_pem_x509_certificate((keys / "cert.pem").read_bytes()).public_bytes(Encoding.DER)
    tls = record["network"]["tls"]
    assert (tls["sha256"], tls["chain_sha256"]) == (sha256_hex(der), [sha256_hex(der)])
    version = {ssl.TLSVersion.TLSv1_3: "TLS 1.3", ssl.TLSVersion.TLSv1_2: "TLS 1.2"}[newest]
    assert (tls["subject"], tls["protocol"], tls["trusted_by_browser"]) == (f"CN={HOST}", version, False)
    assert tls["from"] == "the handshake of the connection that carried the page"
    assert tls["server_name"] == HOST
    assert any("certificate" in sentence for sentence in record["limits"])
    assert draft.state is CaptureState.COMPLETE
    page = answers(draft.directory)[f"https://{HOST}/zipped"]
    assert (page.payload, page.header("WARC-IP-Address")) == (PAGES["/zipped"].body, "127.0.0.1")
    (connection,) = [one for one in about(draft.directory)["tls"]["connections"] if one.get("chain")][-1:]
    assert base64.b64decode(connection["chain"][0]) == der


@pytest.mark.openssl
def test_http_2_is_kept_field_by_field(tmp_path):
    keys = make_certificate(tmp_path)
    fields = [
        ("zz-last", "1"),
        ("set-cookie", "b=2"),
        ("aa-first", "2"),
        ("set-cookie", "a=1"),
        ("content-encoding", "br"),
    ]
    body = brotli.compress(b"<!doctype html><title>two</title><p>anti ban")
    with serving_h2(keys, fields, body) as pin, Guard(EgressSettings(pinned={f"{HOST}:443": pin})) as guard:
        draft, record = captured(guard, tmp_path / "exhibit", "/two?q=1&q=2", scheme="https")
    page = answers(draft.directory)[f"https://{HOST}/two?q=1&q=2"]
    assert list(page.http_headers) == [*fields, ("content-type", "text/html")]
    assert (page.payload, page.header("WARC-Protocol")) == (body, "h2")
    assert (draft.directory / "body.bin").read_bytes() == b"<!doctype html><title>two</title><p>anti ban"
    row = about(draft.directory)["pageinfo"]["requests"][0]
    assert [name for name, _ in row["pseudo_headers"]] == [":method", ":authority", ":scheme", ":path", ":status"]
    assert (record["network"]["tls"]["alpn"], record["network"]["http_version"]) == ("h2", "h2")


@pytest.mark.openssl
def test_two_captures_of_one_address_at_once_do_not_mix(tmp_path):
    """Each has a door, a tape and a browser of its own, through the same guard."""
    with serving() as web, guarded(web) as guard, ThreadPoolExecutor(2) as pool:
        both = [pool.submit(captured, guard, tmp_path / name, "/offer", run=name) for name in ("one", "two")]
        (first, record), (second, other) = (done.result() for done in both)
    assert first.exhibit_id != second.exhibit_id
    for draft, told in ((first, record), (second, other)):
        assert draft.state is CaptureState.COMPLETE
        counts = told["collection"]["requests"]
        assert (counts["made"], counts["answered"], counts["recorded_on_the_wire"]) == (3, 3, 3)
        assert [row["url"].rpartition("/")[2] for row in about(draft.directory)["pageinfo"]["not_of_the_page_log"]] in (
            [],
            ["favicon.ico"],
        )
