"""One page, fetched through the egress guard and by robots.txt, for ``offsignal judge URL``. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

from crawler.config import SETTINGS_FILE, EgressSettings
from crawler.egress import Guard, check_url
from crawler.errors import CrawlError, EgressRefused
from desk.judging import content_type
from desk.settings import load_settings

AGENT = "offsignal"
MAX_BYTES = 16 * 2**20
MAX_REDIRECTS = 5
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: final URL, body bytes as decoded from the wire, charset stated by the server."""

    url: str
    body: bytes
    charset: str


def fetch(url: str, data_dir: Path) -> Page:
    """The page at ``url``. Raises BadURL, EgressRefused, or CrawlError for a refusal, an error status or no answer."""
    settings = load_settings(data_dir) if (data_dir / SETTINGS_FILE).exists() else None
    egress = EgressSettings() if settings is None else settings.egress
    agent = AGENT if settings is None else f"{AGENT} (+{settings.collector.contact})"
    with (
        Guard(egress) as guard,
        httpx.Client(proxy=guard.url, timeout=TIMEOUT_S, trust_env=False, headers={"User-Agent": agent}) as client,
    ):
        address = check_url(url)
        for _hop in range(MAX_REDIRECTS + 1):
            _ask_robots(client, guard, address)
            status, headers, body = _get(client, guard, address)
            if status in (301, 302, 303, 307, 308) and "location" in headers:
                address = check_url(urljoin(address, headers["location"]))
                continue
            if status >= 400:
                raise CrawlError(f"{address}: the server answered {status}")
            _kind, charset = content_type(headers.get("content-type", ""))
            return Page(address, body, charset)
    raise CrawlError(f"{url}: more than {MAX_REDIRECTS} redirects")


def _ask_robots(client: httpx.Client, guard: Guard, url: str) -> None:
    """Raises CrawlError when the host's robots.txt refuses this address (RFC 9309: 4xx allows, 5xx refuses)."""
    robots_url = urljoin(url, "/robots.txt")
    status, _headers, body = _get(client, guard, robots_url)
    if status >= 500:
        raise CrawlError(f"{url}: refused, since {robots_url} answered {status}")
    if status == 200 and not Protego.parse(body.decode("utf-8", "replace")).can_fetch(url, AGENT):
        raise CrawlError(f"{url}: refused by {robots_url}")


def _get(client: httpx.Client, guard: Guard, url: str) -> tuple[int, httpx.Headers, bytes]:
    """One bounded GET without redirects."""
    parts = urlsplit(url)
    try:
        with client.stream("GET", url) as response:
            if response.headers.get("X-Offsignal-Egress", "").startswith(guard.token):
                raise EgressRefused(url, response.headers["X-Offsignal-Egress"].partition("; ")[2])
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise CrawlError(f"{url}: larger than {MAX_BYTES // 2**20} MiB")
            return response.status_code, response.headers, bytes(body)
    except httpx.HTTPError as error:
        port = parts.port if parts.port is not None else (443 if parts.scheme == "https" else 80)
        if reason := guard.refusal(parts.hostname or "", port):
            raise EgressRefused(url, reason) from error
        raise CrawlError(f"{url}: no answer: {error or type(error).__name__}") from error
