"""Bodies as sent and unpacked: written side by side, recomputed by the verifier, and told apart when one is forged."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from io import BytesIO

import brotli
import pytest

from crawler import clock
from crawler.exchange import Exchange, Octets
from crawler.warc import WarcWriter
from evidence.verifier.bodies import unpacked_digest
from evidence.verifier.records import check_unpacked, members, warc_record
from evidence.verifier.words import Bad, Step

TEXT = b"<p>anti ban</p>" * 100
ASKED = b"GET /p HTTP/1.1\r\nHost: x.example\r\n\r\n"


def head_of(**fields):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{lines}\r\n".encode()


def chunked(data):
    return b"%x;a=b\r\n%s\r\n5\r\n%s\r\n0\r\n\r\n" % (len(data) - 5, data[:-5], data[-5:])


def written(head, packed, unpacked, truncated=""):
    """The records of one exchange, as the verifier reads them."""
    exchange = Exchange(
        "http://x.example/p", "GET", (), b"", 200, "OK", "HTTP/1.1", (("Content-Type", "text/html"),), unpacked,
        clock.now(), "192.0.2.1", truncated,
    )  # fmt: skip
    stream = BytesIO()
    WarcWriter(stream, filename="x.warc.gz", info={}).wire(exchange, Octets(ASKED, b"", head, packed))
    return [warc_record(data) for _, _, data in members(iter([stream.getvalue()]))]


def looked_at(records):
    step = Step(1, "records", "records")
    check_unpacked(records, "capture.wacz", step)
    return step.unchecked


@pytest.mark.parametrize(
    ("head", "packed"),
    [
        (head_of(Content_Encoding="gzip"), gzip.compress(TEXT)),
        (head_of(content_encoding="x-gzip"), gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:])),
        (head_of(Content_Encoding="deflate"), zlib.compress(TEXT)),
        (head_of(Content_Encoding="deflate"), zlib.compress(TEXT)[2:-4]),
        (head_of(Transfer_Encoding="chunked"), chunked(TEXT)),
        (head_of(Transfer_Encoding="chunked", Content_Encoding="gzip"), chunked(gzip.compress(TEXT))),
    ],
)
def test_what_was_sent_packed_is_recomputed(head, packed):
    records = written(head, packed, TEXT)
    assert [one["type"] for one in records] == ["warcinfo", "response", "request", "conversion"]
    assert records[3]["payload"] == records[1]["unpacked"] == sha256(TEXT).hexdigest()
    assert looked_at(records) == []
    forged = written(head, packed, TEXT.replace(b"anti", b"auto"))
    with pytest.raises(Bad, match="is not what its response unpacks to"):
        looked_at(forged)


def test_a_body_that_was_not_packed_has_no_second_record():
    records = written(head_of(), TEXT, TEXT)
    assert [one["type"] for one in records] == ["warcinfo", "response", "request"]
    assert looked_at(records) == []


def test_what_cannot_be_recomputed_is_said():
    told = looked_at(written(head_of(Content_Encoding="br"), brotli.compress(TEXT), TEXT))
    assert told[0].startswith("capture.wacz: 1 bodies: packed in a way Python cannot read")
    cut = gzip.compress(TEXT)[:-9]
    assert looked_at(written(head_of(Content_Encoding="gzip"), cut, TEXT[:100], "disconnect"))


def test_an_unpacked_body_that_belongs_to_nothing_is_found():
    records = written(head_of(Content_Encoding="gzip"), gzip.compress(TEXT), TEXT)
    with pytest.raises(Bad, match="belongs to no response"):
        looked_at([one | {"refers": "<urn:uuid:other>"} for one in records])
    with pytest.raises(Bad, match="belongs to no response"):
        looked_at([one | {"url": "http://x.example/q"} if one["type"] == "conversion" else one for one in records])


def test_damaged_and_unknown_codings_have_no_digest():
    assert unpacked_digest(head_of(Content_Encoding="gzip"), b"no gzip") == ""
    assert unpacked_digest(head_of(Content_Encoding="zstd"), b"") == ""
    assert unpacked_digest(head_of(Content_Encoding="identity"), TEXT) == sha256(TEXT).hexdigest()


def test_an_exchange_is_stored_octet_for_octet():
    odd = b"HTTP/1.1 200 Quite  Fine\r\nX-Odd-CASE:  two\r\nset-cookie: b\r\nSet-Cookie: a\r\n\r\n"
    stream = BytesIO()
    exchange = Exchange("http://x.example/p", "GET", (), b"", 200, "", "HTTP/1.1", (), b"body", clock.now())
    places = WarcWriter(stream, filename="x", info={}).wire(exchange, Octets(ASKED, b"", odd, b"body"))
    assert places[0] == places[1]
    blocks = [data for _, _, data in members(iter([stream.getvalue()]))]
    assert blocks[1].endswith(b"\r\n\r\n" + odd + b"body\r\n\r\n")
    assert blocks[2].endswith(b"\r\n\r\n" + ASKED + b"\r\n\r\n")
