"""The WARC writer and reader on single cases: stored form of bodies, dates, links, and damaged files."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.errors import StoreError
from crawler.warc import Exchange, WarcWriter, last_good_offset, read_record_at, read_records

AT = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)


def exchange(body: bytes = b"hello", **changes: object) -> Exchange:
    fields: dict[str, object] = {
        "url": "http://pelican-sender.example/offer?x=1",
        "method": "GET",
        "request_headers": (("Host", "pelican-sender.example"),),
        "request_body": b"",
        "status": 200,
        "reason": "OK",
        "protocol": "HTTP/1.1",
        "response_headers": (("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        "body": body,
        "fetched_at": AT,
        "peer_ip": "192.0.2.1",
    }
    return Exchange(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.warc.gz"
    with path.open("wb") as stream:
        writer = WarcWriter(stream, filename=path.name, info={"operator": "A. Person", "robots": "obeyed"})
        writer.exchange(exchange(b"one"))
        writer.exchange(exchange(b"two" * 5000))
    return path


def test_another_reader_sees_the_same_records(three: Path) -> None:
    with three.open("rb") as stream:
        seen = [
            (record.rec_type, record.rec_headers.get_header("WARC-Date"), record.content_stream().read())
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    ours = [(record.type, record.payload) for record in read_records(three)]
    assert [(kind, payload) for kind, _, payload in seen] == ours
    assert seen[1][1] == "2026-11-24T01:02:03.456789Z"


def test_every_record_is_a_gzip_member_of_its_own(three: Path) -> None:
    data = three.read_bytes()
    for record in read_records(three):
        member = gzip.decompress(data[record.offset : record.offset + record.length])
        assert member.startswith(b"WARC/1.1\r\n")
        assert member.count(b"WARC-Record-ID") == 1
        assert read_record_at(three, record.offset) == record


def test_the_request_holds_path_and_query(three: Path) -> None:
    block = gzip.decompress(three.read_bytes()[list(read_records(three))[2].offset :])
    assert b"GET /offer?x=1 HTTP/1.1\r\nHost: pelican-sender.example\r\n\r\n" in block


def test_headers_untrue_of_the_stored_body_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    received = (
        ("Content-Encoding", "br"),
        ("Content-Length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("x-offsignal-original-content-encoding", "forged"),
    )
    with path.open("wb") as stream:
        writer = WarcWriter(stream, filename="a", info={})
        writer.exchange(exchange(response_headers=received))
        writer.exchange(exchange(b"", method="HEAD", response_headers=(("Content-Length", "77"),)))
    records = list(read_records(path))
    assert records[1].http_headers == (
        ("X-Offsignal-Original-Content-Encoding", "br"),
        ("X-Offsignal-Original-Content-Length", "3"),
        ("X-Offsignal-Original-Transfer-Encoding", "chunked"),
        ("X-Offsignal-Original-x-offsignal-original-content-encoding", "forged"),
        ("Content-Length", "5"),
    )
    assert records[3].http_headers == (("Content-Length", "77"),)


@pytest.mark.parametrize(
    "changes", [{"fetched_at": AT.replace(tzinfo=None)}, {"truncated": "bored"}, {"status": 1000}, {"url": "ftp://a/"}]
)
def test_an_impossible_exchange_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fetched_at|truncated|status|http"):
        exchange(**changes)


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_torn_tail_is_named_and_the_rest_is_readable(three: Path, cut: int) -> None:
    whole = list(read_records(three))
    three.write_bytes(three.read_bytes()[:-cut])
    read = []
    with pytest.raises(StoreError, match=rf"three\.warc\.gz: the record at byte {whole[-1].offset} is torn"):
        read.extend(read_records(three))
    assert last_good_offset(three) == whole[-1].offset


def test_every_flipped_byte_is_noticed(three: Path) -> None:
    data = bytearray(three.read_bytes())
    target = list(read_records(three))[1]
    before = (target.payload, target.http_headers, target.headers)
    for position in range(target.offset + 10, target.offset + target.length):  # the gzip header itself holds no content
        data[position] ^= 1
        three.write_bytes(data)
        data[position] ^= 1
        with pytest.raises(StoreError):
            read_record_at(three, target.offset)
    assert before[0] == b"one"


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b"hello", b"hellO"),
        (b"200 OK", b"201 OK"),
        (b"Content-Length: ", b"Content-Lenght: "),
        (b"WARC/1.1", b"WARC/9.9"),
    ],
)
def test_a_record_altered_and_packed_again_is_noticed(tmp_path: Path, find: bytes, put: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as stream:
        reference = WarcWriter(stream, filename="a", info={}).exchange(exchange(response_headers=(("Server", "s"),)))
    data = path.read_bytes()
    member = gzip.decompress(data[reference.offset : reference.offset + reference.length])
    assert find in member
    path.write_bytes(data[: reference.offset] + gzip.compress(member.replace(find, put)))
    with pytest.raises(StoreError, match=f"at byte {reference.offset} is torn or altered"):
        read_record_at(path, reference.offset)


@pytest.mark.parametrize(
    "data", [b"not gzip at all", gzip.compress(b"no record", mtime=0), gzip.compress(b"WARC/1.1\r\n\r\n", mtime=0)]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"x\.warc\.gz: the record at byte 0"):
        list(read_records(path))
    assert last_good_offset(path) == 0


def test_a_missing_file_an_empty_one_and_an_offset_past_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        list(read_records(path))
    path.touch()
    assert list(read_records(path)) == []
    with pytest.raises(StoreError, match="there is no record at byte 9"):
        read_record_at(path, 9)
