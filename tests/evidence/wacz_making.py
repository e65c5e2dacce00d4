"""Makes WARC and WACZ files for tests, sound ones and ones that were tampered with in a chosen way."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from crawler.warc import Exchange, WarcWriter
from evidence.digest import canonical_json, sha256_hex
from evidence.wacz import DATAPACKAGE, DATAPACKAGE_DIGEST, Page, Words, write_wacz

AT = datetime(2026, 11, 24, 13, 40, 0, 123456, tzinfo=UTC)
URL = "http://pelican-sender.example/offer?plan=2"
WORDS = Words("Offer", "One page.", "offsignal test", AT)


def exchange(url: str = URL, body: bytes = b"<title>Offer</title>100% anti ban", **changes) -> Exchange:
    given = {
        "url": url,
        "method": "GET",
        "request_headers": (("Host", "pelican-sender.example"), ("Cookie", "a=b")),
        "request_body": b"",
        "status": 200,
        "reason": "OK",
        "protocol": "HTTP/1.1",
        "response_headers": (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Set-Cookie", "x=1"),
            ("Set-Cookie", "y=2"),
        ),
        "body": body,
        "fetched_at": AT,
        "peer_ip": "203.0.113.9",
    }
    return Exchange(**{**given, **changes})


def make_warc(path: Path, exchanges: list[Exchange] | None = None) -> Path:
    with path.open("wb") as stream:
        writer = WarcWriter(stream, filename=path.name, info={"software": "offsignal test"})
        for one in exchanges if exchanges is not None else [exchange()]:
            writer.exchange(one)
        writer.resource("urn:screenshot:" + URL, "image/png", b"\x89PNG fake", AT)
    return path


def make_wacz(directory: Path, exchanges: list[Exchange] | None = None) -> Path:
    target = directory / "case.wacz"
    write_wacz(target, make_warc(directory / "data.warc.gz", exchanges), [Page(URL, AT, "Offer")], WORDS)
    return target


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def pack(path: Path, files: Mapping[str, bytes], deflate: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name, data in files.items():
            package.writestr(name, data, zipfile.ZIP_DEFLATED if name in deflate else zipfile.ZIP_STORED)
    return path


def rehash(files: dict[str, bytes], change: Callable[[dict], None] | None = None) -> dict[str, bytes]:
    """``files`` with datapackage.json and its digest made to agree with them again."""
    datapackage = json.loads(files[DATAPACKAGE])
    for resource in datapackage["resources"]:
        if resource["path"] in files:
            data = files[resource["path"]]
            resource.update(hash=f"sha256:{sha256_hex(data)}", bytes=len(data))
    if change:
        change(datapackage)
    spelled = canonical_json(datapackage)
    digest = canonical_json({"path": DATAPACKAGE, "hash": f"sha256:{sha256_hex(spelled)}"})
    return {**files, DATAPACKAGE: spelled, DATAPACKAGE_DIGEST: digest}
