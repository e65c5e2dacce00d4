"""The records that flow into and out of WARC files: one HTTP exchange, and one record as read back. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: Names and values in the order they were sent, repeats kept. One character is one octet (latin-1), as on the wire.
Headers = tuple[tuple[str, str], ...]

#: ISO 28500 section 5.13: a limit of ours on size or time, a connection that broke, or another reason.
TRUNCATIONS = ("", "length", "time", "disconnect", "unspecified")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its response.

    ``body`` is de-chunked and content-decoded; ``response_headers`` are as received. ``protocol`` is what was spoken
    ("HTTP/1.1", "h2" …). ``truncated`` says why the body is not whole: "length", "time", "disconnect", "unspecified",
    or "" when it is.
    """

    url: str
    method: str
    request_headers: Headers
    request_body: bytes
    status: int
    reason: str
    protocol: str
    response_headers: Headers
    body: bytes
    fetched_at: datetime
    peer_ip: str = ""
    truncated: str = ""

    def __post_init__(self) -> None:
        if self.fetched_at.tzinfo is None:
            raise ValueError("fetched_at must be aware UTC")
        if self.truncated not in TRUNCATIONS:
            raise ValueError(f"truncated must be one of {TRUNCATIONS}, not {self.truncated!r}")
        if not 0 <= self.status <= 999:
            raise ValueError(f"{self.status} is not an HTTP status")
        if not self.url.lower().startswith(("http://", "https://")):
            raise ValueError(f"an exchange needs an http or https URL, not {self.url[:80]!r}")


@dataclass(frozen=True, slots=True)
class Octets:
    """An exchange as it was on the wire: heads with their blank line, bodies in the coding they were sent in."""

    request_head: bytes
    request_body: bytes
    response_head: bytes
    response_body: bytes


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a written record lies: its ID, the offset and length of its gzip member, and the digest of its payload."""

    record_id: str
    offset: int
    length: int
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record as read back, its digests checked.

    ``headers`` are the WARC headers. For request and response records the HTTP head is taken apart into
    ``http_status`` (None for a request) and ``http_headers``, and ``payload`` is the HTTP body; for every other type
    ``payload`` is the whole block.
    """

    type: str
    record_id: str
    uri: str
    date: datetime
    headers: Headers
    http_status: int | None
    http_headers: Headers
    payload: bytes
    offset: int
    length: int

    def header(self, name: str, default: str = "") -> str:
        """The first WARC header of that name, case ignored."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)
