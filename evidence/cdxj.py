"""CDXJ: a WARC file in, its sorted index lines out, so that a replay program finds each URL's record by offset.

A line is ``<key> <17-digit UTC time> <JSON>`` (CDXJ 0.1.0): the key is the URL in SURT form, the JSON holds ``url``,
``mime``, ``status``, ``digest``, ``length``, ``offset``, ``filename``, ``recordDigest`` (SHA-256 of the compressed
record) and, for anything but GET, ``method``. Lines are sorted by their bytes (LC_ALL=C). Everything is derived from
the WARC alone, so a reader can derive the index again and compare.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, safe_url_string

from crawler.warc import Record, read_records
from evidence.digest import sha256_hex

INDEXED = ("response", "resource", "revisit")
HEAD_BYTES = 1 << 16

_WWW = re.compile(r"^www\d*\.")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def surt(url: str) -> str:
    """The Sort-friendly URI Reordering Transform: ``http://www.a.example/B?y&x`` becomes ``example,a)/b?x&y``.

    Scheme, user, ``www``, default port and fragment are dropped, everything is lower-cased, the query is sorted.
    What is not http(s), or cannot be taken apart, is its own key.
    """
    try:
        parts, query = urlsplit(canonicalize_url(url)), urlsplit(safe_url_string(url)).query
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url.replace(" ", "%20")
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return url.replace(" ", "%20")
    where = _reversed(_WWW.sub("", host))
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        where = f"{where}:{port}"
    path = re.sub(r"/{2,}", "/", parts.path.lower()).rstrip("/") or "/"
    asked = "?" + "&".join(sorted(query.lower().split("&"))) if query else ""
    return f"{where}){path}{asked}".replace(" ", "%20")


def index(warc: Path, filename: str) -> bytes:
    """The whole index of ``warc``, which the lines call ``filename``; LF after every line.

    Raises StoreError, naming file and offset, when the WARC is torn or a digest in it does not hold.
    """
    responses: list[tuple[_Entry, str]] = []
    methods: dict[str, str] = {}
    with warc.open("rb") as stream:
        for record in read_records(warc):
            stream.seek(record.offset)
            member = stream.read(record.length)
            if record.type == "request":
                methods[record.header("WARC-Concurrent-To")] = _method(member)
            elif record.type in INDEXED:
                responses.append((_entry(record, member, filename), record.record_id))
    lines = (entry.line(methods.get(record_id, "GET")) for entry, record_id in responses)
    return b"".join(sorted(lines))


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one line says, without the method, which stands in another record."""

    key: str
    time: str
    fields: dict[str, str]

    def line(self, method: str) -> bytes:
        fields = self.fields if method == "GET" else {**self.fields, "method": method}
        return f"{self.key} {self.time} {json.dumps(fields, ensure_ascii=True)}\n".encode()


def _entry(record: Record, member: bytes, filename: str) -> _Entry:
    fields = {
        "url": record.uri,
        "mime": _mime(record),
        "status": "" if record.http_status is None else str(record.http_status),
        "digest": record.header("WARC-Payload-Digest"),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": filename,
        "recordDigest": f"sha256:{sha256_hex(member)}",
    }
    time = record.date.strftime("%Y%m%d%H%M%S") + f"{record.date.microsecond // 1000:03d}"
    return _Entry(surt(record.uri), time, {name: text for name, text in fields.items() if text})


def _mime(record: Record) -> str:
    if record.type == "revisit":
        return "warc/revisit"
    if record.type == "resource":
        value = record.header("Content-Type")
    else:
        value = next((text for name, text in record.http_headers if name.lower() == "content-type"), "")
    return re.split(r"[;\s]", value.strip(), maxsplit=1)[0] or "unk"


def _method(member: bytes) -> str:
    """The first word of the request line inside a request record's gzip member."""
    head = zlib.decompressobj(wbits=31).decompress(member, HEAD_BYTES)
    block = head.partition(b"\r\n\r\n")[2]
    return block.partition(b" ")[0].decode("latin-1")


def _reversed(host: str) -> str:
    """``a.b.example`` becomes ``example,b,a``; an IPv6 address stays whole."""
    return host if ":" in host else ",".join(reversed(host.split(".")))
