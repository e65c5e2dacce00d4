"""Records that flow out of the crawler: one public page or ad as seen at one moment. No behaviour beyond checks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from w3lib.url import canonicalize_url


class SightingState(StrEnum):
    """What looking gave. Everything but SEEN carries a reason; none of them is ever a silent gap."""

    SEEN = "seen"  #: an answer with content was stored
    ABSENT = "absent"  #: the server said 404 or 410: absent at that moment, not "deleted"
    REFUSED = "refused"  #: robots.txt, a 401/403/429/451, or the egress guard said no
    UNREACHABLE = "unreachable"  #: no answer: DNS, connection, TLS, timeout, 5xx
    FAILED = "failed"  #: an answer that could not be stored whole: too large, too many redirects, undecodable


@dataclass(frozen=True, slots=True)
class SpoolRef:
    """Where the raw exchange lies: a spool segment's file name, the byte offset of the record's gzip member, its ID."""

    segment: str
    offset: int
    record_id: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One public page or ad as seen at one moment.

    ``text`` is set only where the source itself hands over text (an ad library, a channel post, a listing's
    JSON-LD); the text of an HTML page is extracted from the stored body when it is judged.
    ``facts`` holds what the source states about the item (seller, price, published, page_id …), verbatim.
    """

    sighting_id: str
    run_id: str
    source: str
    url: str
    url_chain: tuple[str, ...]
    seen_at: datetime
    state: SightingState
    reason: str = ""
    status: int | None = None
    content_type: str = ""
    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    body_sha256: str = ""
    spool: SpoolRef | None = None
    robots: str = ""
    peer_ip: str = ""
    rendered: bool = False

    def __post_init__(self) -> None:
        if self.seen_at.tzinfo is None:
            raise ValueError("seen_at must be aware UTC")
        if self.state is not SightingState.SEEN and not self.reason:
            raise ValueError(f"a {self.state} sighting needs a reason")

    @property
    def url_final(self) -> str:
        """The last URL of the redirect chain: where the content really stood."""
        return self.url_chain[-1] if self.url_chain else self.url


def url_key(url: str) -> str:
    """One spelling per address: sorted query, no fragment, normalised escapes (w3lib's canonical form)."""
    return canonicalize_url(url)


def sighting_id(run_id: str, source: str, url: str) -> str:
    """A stable ID: the same run, source and address give the same ID, so a step run twice stores one sighting."""
    digest = hashlib.sha256("\0".join((run_id, source, url_key(url))).encode()).hexdigest()
    return f"sg-{digest[:24]}"
