"""WARC files that other software made: uncompressed, with brackets, with bodies still packed; wget's and warcio's."""

from __future__ import annotations

import gzip
import http.server
import shutil
import subprocess
import threading
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.errors import StoreError
from crawler.exchange import Record
from crawler.warc import last_good_offset, read_record_at, read_records
from crawler.warc_body import dechunked, decoded_body

PAGE = "<title>Pelican</title><p>बल्क मैसेज, anti ban, € 12</p>".encode() * 40
CHUNKED = b"5;x=1\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "/gzip": ("gzip", gzip.compress(PAGE)),
    "/x-gzip": ("X-Gzip", gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:])),
    "/deflate": ("deflate", zlib.compress(PAGE)),
    "/bare": ("deflate", bare_deflate(PAGE)),
    "/br": ("br", brotli.compress(PAGE)),
    "/both": ("gzip, br", brotli.compress(gzip.compress(PAGE))),
    "/plain": ("identity", PAGE),
}


def write(path: Path, headers: list[tuple[str, str]], body: bytes, *, packed: bool, version: str = "1.0") -> None:
    """A file of two responses by warcio; the second is plain text."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=packed, warc_version=version)
        for fields, data in ((headers, body), ([("Content-Type", "text/plain")], b"last")):
            http = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
            source = {"payload": BytesIO(data), "length": len(data), "http_headers": http}
            writer.write_record(writer.create_warc_record("http://a.example/x?y=1", "response", **source))


def record_of(path: Path) -> Record:
    return next(iter(read_records(path)))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_uncompressed_file_is_read_like_a_compressed_one(tmp_path: Path, version: str) -> None:
    headers = [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    plain, packed = tmp_path / "a.warc", tmp_path / "a.warc.gz"
    write(plain, headers, PAGE, packed=False, version=version)
    write(packed, headers, PAGE, packed=True, version=version)
    ours = list(read_records(plain))
    assert [(one.uri, one.http_status, one.http_headers, one.payload) for one in ours] == [
        (one.uri, one.http_status, one.http_headers, one.payload) for one in read_records(packed)
    ]
    assert sum(one.length for one in ours) == plain.stat().st_size
    assert read_record_at(plain, ours[1].offset) == ours[1]


@pytest.mark.parametrize("cut", [1, 3, 5, 60, 400])
def test_an_uncompressed_file_that_is_torn_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.warc"
    write(path, [("Content-Type", "text/html")], PAGE, packed=False)
    second = list(read_records(path))[1].offset
    path.write_bytes(path.read_bytes()[: second + cut])
    with pytest.raises(StoreError, match=f"at byte {second} is torn or altered"):
        list(read_records(path))
    assert last_good_offset(path) == second


def test_a_byte_of_an_uncompressed_body_that_was_altered_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    write(path, [("Content-Type", "text/html")], PAGE, packed=False)
    path.write_bytes(path.read_bytes().replace(b"anti ban", b"anti bam", 1))
    with pytest.raises(StoreError, match="digest"):
        list(read_records(path))


def test_a_file_packed_as_one_member_says_what_to_do(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.warc", tmp_path / "b.warc.gz"
    write(plain, [], PAGE, packed=False)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(StoreError, match="one gzip member; unpack the file"):
        list(read_records(packed))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<html>", "neither like a gzip member nor like a WARC record"),
        (b"WARC/1.0\r\nX: 1\r\n\r\n", "no Content-Length"),
        (b"WARC/1.0\r\nContent-Length: 9999999999999\r\n\r\n", "it says that it has more than"),
        (b"WARC/1.0\r\nX: " + b"a" * (2 << 20), "headers are longer than"),
        (b"WARC/1.0\r\nX: 1", "ends inside its headers"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(data)
    with pytest.raises(StoreError, match=sentence):
        list(read_records(path))


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_body_stays_as_it_is_and_decodes(tmp_path: Path, name: str) -> None:
    coding, body = PACKED[name]
    path = tmp_path / "a.warc.gz"
    write(path, [("Content-Type", "text/html"), ("Content-Encoding", coding)], body, packed=True)
    record = record_of(path)
    found = decoded_body(record)
    assert record.payload == body
    assert (found.data, found.problem) == (PAGE, "")


def test_chunks_are_taken_off_before_the_coding(tmp_path: Path) -> None:
    packed = gzip.compress(PAGE)
    body = b"%x\r\n%s\r\n%x;e=1\r\n%s\r\n0\r\nTrailer: 1\r\n\r\n" % (10, packed[:10], len(packed) - 10, packed[10:])
    path = tmp_path / "a.warc.gz"
    write(path, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")], body, packed=True)
    found = decoded_body(record_of(path))
    assert (found.data, found.codings, found.problem) == (PAGE, ("gzip", "chunked"), "")
    assert dechunked(CHUNKED) == (b"hello world", True)
    assert dechunked(CHUNKED[:12]) == (b"hello", False)
    assert dechunked(b"<html>not chunked at all") == (b"<html>not chunked at all", True)


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_a_bomb_is_cut_and_a_damaged_body_gives_what_there_is(tmp_path: Path, coding: str, pack: object) -> None:
    assert callable(pack)
    bomb, path = pack(b"a" * (8 << 20)), tmp_path / "a.warc.gz"
    assert len(bomb) < 10_000
    write(path, [("Content-Encoding", coding)], bomb, packed=True)
    found = decoded_body(record_of(path), limit=100_000)
    assert (len(found.data), "more than 100000 bytes" in found.problem) == (100_000, True)
    write(path, [("Content-Encoding", coding)], pack(PAGE)[:-6], packed=True)
    name = "brotli" if coding == "br" else coding
    assert decoded_body(record_of(path)).problem == f"its {name} data end too early"
    write(path, [("Content-Encoding", coding)], b"\x1f\x8bthis is nothing of the kind", packed=True)
    assert decoded_body(record_of(path)).problem


def test_an_unknown_coding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, [("Content-Encoding", "exi")], b"\x28\xb5\x2f\xfd", packed=True)
    assert decoded_body(record_of(path)).problem == "the content coding 'exi' is not known here"
    write(path, [("Content-Encoding", "gzip, gzip, gzip, gzip")], b"x", packed=True)
    assert "4 content codings" in decoded_body(record_of(path)).problem


@pytest.fixture
def shop() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Says nothing."""

        def do_GET(self) -> None:  # the base class names it so
            coding, body = PACKED.get(self.path, ("", CHUNKED))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding" if coding else "Transfer-Encoding", coding or "chunked")
            if coding:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not on this machine")
@pytest.mark.parametrize("switches", [[], ["--no-warc-compression"]])
def test_a_file_that_wget_made_is_read(tmp_path: Path, shop: str, switches: list[str]) -> None:
    paths = [*PACKED, "/chunked"]
    command = ["wget", "-q", "--no-config", "--no-proxy", f"--warc-file={tmp_path / 'w'}", "--warc-cdx", *switches]
    run = subprocess.run([*command, "-O", "/dev/null", *(shop + path for path in paths)], check=False, timeout=60)
    assert run.returncode == 0
    records = list(read_records(tmp_path / ("w.warc" if switches else "w.warc.gz")))
    responses = {one.uri: one for one in records if one.type == "response"}
    assert set(responses) == {shop + path for path in paths}
    for path in PACKED:
        assert decoded_body(responses[shop + path]).data == PAGE, path
    assert decoded_body(responses[shop + "/chunked"]).data == b"hello world"
    target = next(one.header("WARC-Target-URI") for one in records if one.uri == shop + "/plain")
    assert target in {shop + "/plain", f"<{shop}/plain>"}
    assert records[0].type == "warcinfo"
