"""The index agrees with the reference indexer: same keys, same places, same digests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.warc import WarcWriter
from evidence import cdxj
from tests.evidence.wacz_making import AT, exchange, make_warc

BIN = Path(sys.executable).parent
ADDRESSES = (
    "http://www.Example.com/",
    "https://example.com/",
    "https://example.com:443/a/B?z=1&a=2",
    "http://example.com:8080/x",
    "http://user:pw@www2.example.com/A%20b/c/d",
    "http://127.0.0.1:8765/index.html",
    "http://[2001:db8::1]:81/x",
    "http://xn--bcher-kva.example/%C3%BC?q=%C3%BC",
    "https://example.com/a//b/",
    "https://example.com/?a&b=2",
    "http://example.com/price%20list.html?q=bulk%20sender&lang=pt",
    "http://example.com/a?b=c#frag",
    "urn:screenshot:http://example.com/a",
)


def reference_index(warc: Path) -> str:
    """What the reference indexer's command prints for the same records."""
    options = ["--sort", "--digest-records", "--fields", "req.http:method", "--records", "response,resource"]
    command = [BIN / "cdxj-indexer", *options, warc]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def lines(text: str) -> list[tuple[str, str, dict[str, str]]]:
    parts = (line.split(" ", 2) for line in text.splitlines())
    return [(key, time, json.loads(fields)) for key, time, fields in parts]


def test_the_reference_indexer_finds_the_same_places(tmp_path):
    post = exchange("http://pelican-sender.example/api?b=2&a=1", b"{}", method="POST", request_body=b"q=1", status=201)
    warc = make_warc(tmp_path / "data.warc.gz", [exchange(), post])
    ours, theirs = lines(cdxj.index(warc, "data.warc.gz").decode()), lines(reference_index(warc))
    assert len(ours) == len(theirs) == 3
    for (key, time, fields), (their_key, their_time, their_fields) in zip(ours, theirs, strict=True):
        assert (key, time[:14]) == (their_key, their_time[:14])
        assert their_fields.keys() >= {"url", "mime", "digest", "length", "offset", "filename", "recordDigest"}
        assert {"method": "GET", **fields} == {"method": "GET", **their_fields}
    assert ours[0][1:] == ("20261124134000123", {**ours[0][2], "method": "POST", "status": "201"})


def test_the_keys_are_the_reference_keys(tmp_path):
    warc = tmp_path / "keys.warc.gz"
    with warc.open("wb") as stream:
        writer = WarcWriter(stream, filename=warc.name, info={})
        for address in ADDRESSES:
            writer.resource(address, "text/plain", b"x", AT)
    theirs = {fields["url"]: key for key, _, fields in lines(reference_index(warc))}
    assert {address: cdxj.surt(address) for address in ADDRESSES} == theirs


def test_lines_are_sorted_by_their_bytes(tmp_path):
    many = [exchange(f"http://{name}.example/{name}") for name in ("b", "a", "a-b", "ab", "z", "ä", "a.b", "A")]
    index = cdxj.index(make_warc(tmp_path / "data.warc.gz", many), "data.warc.gz").splitlines()
    assert len(index) == 9
    assert index == sorted(index)


@pytest.mark.parametrize("url", ["http://example.com:99999/", "http://", "", "http://a\ud800.example/", "not a url"])
def test_what_cannot_be_taken_apart_is_its_own_key(url):
    assert cdxj.surt(url) == url.replace(" ", "%20")
