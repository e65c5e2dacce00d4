"""Taking recordings apart: HTTP/1 and HTTP/2 as they were sent, TLS with keys, and whatever hostile octets do to it."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from crawler import clock
from crawler.guard_policy import Target
from crawler.guard_tape import Stream, Tape
from evidence import wire_http1, wire_http2
from evidence.wire import read_wire
from evidence.wire_tls import WireError, open_tls, read_keys
from tests.evidence.page_serving import HOST, make_certificate

ASKED = b"GET /a?b HTTP/1.1\r\nHost: x\r\nX-Odd-CASE: 1\r\n\r\n"
ANSWERED = (
    b"HTTP/1.1 200 Fine By Me\r\nSet-Cookie: b\r\nX-Odd-CASE:  2 \r\nSet-Cookie: a\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
)


def one_of(sent, received, **more):
    (found,) = wire_http1.exchanges(sent, received, "https://x", 0, **more)
    return found


def test_an_exchange_is_given_octet_for_octet():
    found = one_of(ASKED, ANSWERED)
    assert (found.url, found.method, found.protocol) == ("https://x/a?b", "GET", "HTTP/1.1")
    assert (found.request_head, found.response_head + found.response_body) == (ASKED, ANSWERED)
    assert (found.status, found.reason, found.whole) == (200, "Fine By Me", True)
    assert found.response_headers == (
        ("Set-Cookie", "b"), ("X-Odd-CASE", "2"), ("Set-Cookie", "a"), ("Transfer-Encoding", "chunked")
    )  # fmt: skip


def test_several_exchanges_of_one_connection_stay_apart():
    sent = ASKED + b"POST /p HTTP/1.1\r\nContent-Length: 3\r\n\r\nq=1" + b"HEAD /h HTTP/1.1\r\n\r\n" + ASKED
    received = (
        ANSWERED
        + b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
        + b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        + b"HTTP/1.0 404 Gone\r\nContent-Length: 2\r\n\r\nno"
    )
    found = list(wire_http1.exchanges(sent, received, "http://x", 0))
    assert [(one.method, one.status, one.response_body, one.whole) for one in found[1:]] == [
        ("POST", 204, b"", True), ("HEAD", 200, b"", True), ("GET", 404, b"no", True)
    ]  # fmt: skip
    assert found[1].request_body == b"q=1"


@pytest.mark.parametrize("cut", range(1, 36))
def test_a_body_that_was_cut_is_never_whole(cut):
    assert one_of(ASKED, ANSWERED[:-cut]).whole is False
    assert one_of(ASKED, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * (40 - cut)).whole is False


def test_a_body_of_unknown_length_is_whole_when_the_server_closed():
    answer = b"HTTP/1.0 200 OK\r\n\r\nbody"
    assert (one_of(ASKED, answer).whole, one_of(ASKED, answer, ended=True).whole) == (False, True)


def frame(kind, flags, number, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + number.to_bytes(4, "big") + payload


def two_sides(answer, body, *, padded=False):
    up, down = Encoder(), Encoder()
    asked = up.encode([(":method", "GET"), (":scheme", "https"), (":authority", "x"), (":path", "/p?q")])
    fields = down.encode(answer)
    data = bytes([2]) + body + b"\0\0" if padded else body
    sent = wire_http2.PREFACE + frame(4, 0, 0, b"") + frame(1, 0x5, 1, asked)
    received = frame(1, 0, 1, fields[:3]) + frame(9, 0x4, 1, fields[3:]) + frame(0, 0x9 if padded else 0x1, 1, data)
    return sent, received


@pytest.mark.parametrize("padded", [False, True])
def test_http_2_fields_keep_their_order_and_repeats(padded):
    answer = [(":status", "200"), ("z", "1"), ("set-cookie", "b"), ("a", "2"), ("set-cookie", "a")]
    (found,) = wire_http2.exchanges(*two_sides(answer, b"body", padded=padded), "https://x", 0)
    assert (found.url, found.status, found.response_body, found.whole) == ("https://x/p?q", 200, b"body", True)
    assert list(found.response_headers) == answer[1:]
    assert found.request_head.startswith(b"GET /p?q HTTP/1.1\r\nhost: x\r\n")


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(["plain", "tunnel"]))
def test_nothing_a_server_sends_stops_the_reading(sent, received, kind):
    tape = Tape(10_000)
    stream = Stream(Target("x", 443), "192.0.2.1", kind, clock.now())
    stream.sent += ASKED + sent
    stream.received += received
    tape._streams.append(stream)
    wire = read_wire(tape, "CLIENT_RANDOM 00 00\nrubbish\n")
    assert len(wire.connections) == 1


@given(st.binary(max_size=200))
def test_http_2_of_any_kind_is_read_or_refused(rest):
    with suppress(WireError):
        list(wire_http2.exchanges(wire_http2.PREFACE + rest, rest, "https://x", 0))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A TLS conversation and its keys, by version."""
    place = tmp_path_factory.mktemp("keys")
    make_certificate(place)
    return {name: talk(place, getattr(ssl.TLSVersion, name)) for name in ("TLSv1_2", "TLSv1_3")}


def talk(place, version):
    """A question and its answer between two ends in memory: what either sent, and the client's key log."""
    log, up, down = place / f"{version.name}.keys", ssl.MemoryBIO(), ssl.MemoryBIO()
    for_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for_server.load_cert_chain(place / "cert.pem", place / "key.pem")
    for_client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for_client.check_hostname, for_client.verify_mode = False, ssl.CERT_NONE
    for_client.maximum_version, for_client.keylog_filename = version, str(log)
    sent, received = bytearray(), bytearray()
    asked, answered = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = for_client.wrap_bio(answered, up, server_hostname=HOST)
    server = for_server.wrap_bio(asked, down, server_side=True)

    def carry():
        for source, sink, kept in ((up, asked, sent), (down, answered, received)):
            data = source.read()
            kept += data
            sink.write(data)

    for _ in range(4):
        for end in (client, server):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
            carry()
    client.write(b"question")
    carry()
    server.write(b"answer " * 5000 + server.read(100))
    carry()
    got = b""
    while not got.endswith(b"question"):
        got += client.read(65536)
    return bytes(sent), bytes(received), read_keys(log.read_text())


@pytest.mark.openssl
@pytest.mark.parametrize(("name", "version"), [("TLSv1_2", "TLS 1.2"), ("TLSv1_3", "TLS 1.3")])
def test_tls_opens_with_its_keys_and_shows_its_certificates(recorded, name, version):
    sent, received, keys = recorded[name]
    told = open_tls(sent, received, keys)
    assert (told.sent, told.received) == (b"question", b"answer " * 5000 + b"question")
    assert (told.version, told.server_name, told.resumed, len(told.chain)) == (version, HOST, False, 1)


@pytest.mark.openssl
@pytest.mark.parametrize("name", ["TLSv1_2", "TLSv1_3"])
def test_a_changed_octet_does_not_open(recorded, name):
    sent, received, keys = recorded[name]
    changed = received[:-20_000] + bytes([received[-20_000] ^ 1]) + received[-20_000 + 1 :]
    with pytest.raises(WireError, match="does not authenticate"):
        open_tls(sent, changed, keys)


@pytest.mark.openssl
@pytest.mark.parametrize("name", ["TLSv1_2", "TLSv1_3"])
def test_a_recording_without_keys_or_without_its_beginning_says_so(recorded, name):
    sent, received, keys = recorded[name]
    with pytest.raises(WireError, match="wrote no keys down"):
        open_tls(sent, received, {})
    with pytest.raises(WireError, match="no whole ClientHello"):
        open_tls(sent[:40], received, keys)
    told = open_tls(sent, received[: len(received) // 2], keys)
    assert (b"answer " * 5000).startswith(told.received)
    assert 0 < len(told.received) < 35_000
