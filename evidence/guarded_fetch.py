"""Fetches one address without a browser, through the egress guard: a URL in; every hop, and the bytes, out.

What :mod:`evidence.apps` and :mod:`evidence.rdap` fetch is fetched here, so that both are bounded alike: each hop is
judged by the guard anew, robots.txt is asked where it applies, nothing is decoded, no cookie is kept, and the time for
the whole is limited. The hops are the record of the fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from crawler import clock
from crawler.egress import Guard, check_url
from crawler.errors import BadURL
from crawler.exchange import Headers
from evidence.host_facts import unknown

GUARD_HEADER = "x-offsignal-egress"
MAX_REDIRECTS = 5
READ_S = 20.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}

#: A URL in; why it must not be fetched out, empty when it may be.
Gate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Hop:
    """One request and its answer. ``status`` is None when there was none; ``failure`` says why, or what went wrong."""

    url: str
    asked_at: datetime
    status: int | None = None
    protocol: str = ""
    peer_ip: str = ""
    request_headers: Headers = ()
    response_headers: Headers = ()
    failure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The hop as exhibits record it."""
        return {
            "url": self.url,
            "asked_at": clock.iso(self.asked_at),
            "status": self.status if self.status is not None else unknown(self.failure),
            "protocol": self.protocol,
            "server_ip": self.peer_ip or unknown("no connection"),
            "request_headers": [list(pair) for pair in self.request_headers],
            "response_headers": [list(pair) for pair in self.response_headers],
        }

    def header(self, name: str) -> str:
        """The first response header of that name, case ignored; empty when there is none."""
        return next((value for key, value in self.response_headers if key.lower() == name), "")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch gave. ``problem`` says why there is nothing, or not all; the sink holds ``size`` bytes."""

    hops: tuple[Hop, ...]
    size: int
    problem: str

    @property
    def last(self) -> Hop | None:
        """The hop that answered, or failed, in the end."""
        return self.hops[-1] if self.hops else None


class Fetcher:
    """Fetches through ``guard`` as ``agent``; ``client`` names the purpose in the guard's ledger."""

    def __init__(self, guard: Guard, agent: str, client: str) -> None:
        self._guard, self._agent = guard, agent
        self._proxy = httpx.Proxy(guard.url, headers={"X-Offsignal-Client": client})

    def fetch(
        self, url: str, sink: BinaryIO, *, limit: int, seconds: float, gate: Gate = lambda _: "", accept: str = "*/*"
    ) -> Fetched:
        """Follows redirects from ``url`` and writes the last answer's body into ``sink``, at most ``limit`` bytes.

        Bytes are as sent, without the transfer coding. Never raises for what servers do; OSError of the sink passes.
        """
        hops: list[Hop] = []
        until = clock.now() + timedelta(seconds=seconds)
        headers = {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": "identity"}
        with httpx.Client(
            proxy=self._proxy, timeout=min(READ_S, seconds), trust_env=False, follow_redirects=False, headers=headers
        ) as client:
            while True:
                try:
                    url = check_url(url).partition("#")[0]
                except BadURL as error:
                    return Fetched(tuple(hops), 0, str(error))
                if reason := gate(url):
                    return Fetched((*hops, Hop(url, clock.now(), failure=reason)), 0, reason)
                hop, size, problem = self._ask(client, url, sink, limit, until)
                hops.append(hop)
                place = hop.header("location") if hop.status in REDIRECTS else ""
                if problem or not place:
                    return Fetched(tuple(hops), size, problem)
                if len(hops) > MAX_REDIRECTS:
                    return Fetched(tuple(hops), 0, f"more than {MAX_REDIRECTS} redirects")
                client.cookies.clear()
                try:
                    url = urljoin(url, place)
                except ValueError:
                    return Fetched(tuple(hops), 0, "it redirects to what is no address")

    def _ask(self, client: httpx.Client, url: str, sink: BinaryIO, limit: int, until: datetime) -> tuple[Hop, int, str]:
        asked_at, parts = clock.now(), urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        try:
            with client.stream("GET", url) as answer:
                if reason := self._refusal(answer.headers):
                    return Hop(url, asked_at, failure=reason), 0, reason
                hop = Hop(
                    url,
                    asked_at,
                    answer.status_code,
                    answer.http_version,
                    self._guard.peer_ip(parts.hostname or "", port),
                    _pairs(answer.request.headers),
                    _pairs(answer.headers),
                )
                if answer.status_code in REDIRECTS:
                    return hop, 0, ""
                size, problem = _pour(answer, sink, limit, until)
                return hop, size, problem
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            reason = self._guard.refusal(parts.hostname or "", port) or f"{type(error).__name__}: {error}"[:300]
            return Hop(url, asked_at, failure=reason), 0, reason

    def _refusal(self, headers: Mapping[str, str]) -> str:
        """The guard's reason, when it was the guard that answered; a server cannot know the token."""
        token, _, reason = headers.get(GUARD_HEADER, "").partition("; ")
        return (reason or "the egress guard refused it") if token == self._guard.token else ""


def _pour(answer: httpx.Response, sink: BinaryIO, limit: int, until: datetime) -> tuple[int, str]:
    """Writes the body as it comes; how many bytes, and why not all."""
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        return 0, f"it declares {declared} bytes, more than {limit}"
    size = 0
    for piece in answer.iter_raw():
        if size + len(piece) > limit:
            return size, f"it is larger than {limit} bytes"
        sink.write(piece)
        size += len(piece)
        if clock.now() > until:
            return size, "it did not come to an end in time"
    return size, ""


def _pairs(headers: httpx.Headers) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
