"""Asks a host's robots.txt (RFC 9309) before something is fetched without the crawler: a URL in, a reason or none out.

The rules are those of :mod:`crawler.robots`: 2xx rules apply, 4xx but 429 none are there, anything else forbids.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from crawler import clock
from crawler.robots import MAX_RULES_BYTES
from crawler.work import PRODUCT
from evidence.digest import sha256_hex
from evidence.guarded_fetch import MAX_REDIRECTS, Fetched, Fetcher
from evidence.host_facts import unknown

SECONDS = 20.0


class RobotsGate:
    """Remembers each host's rules for as long as it lives; one for each exhibit.

    ``asked`` is the record: for each robots.txt its address, when, status, digest, and what it means.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, Protego | str] = {}
        self.asked: list[dict[str, Any]] = []

    def __call__(self, url: str) -> str:
        """Why ``url`` must not be fetched; empty when it may be."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._ask(f"{origin}/robots.txt")
        rules = self._rules[origin]
        if isinstance(rules, str):
            return rules
        return "" if rules.can_fetch(url, PRODUCT) else f"{origin}/robots.txt forbids {parts.path or '/'} to {PRODUCT}"

    def _ask(self, url: str) -> Protego | str:
        body = BytesIO()
        got = self._fetcher.fetch(url, body, limit=MAX_RULES_BYTES, seconds=SECONDS, accept="text/plain,*/*")
        status = got.last.status if got.last else None
        rules, decision = self._read(url, got, status, body.getvalue())
        self.asked.append(
            {
                "url": url,
                "asked_at": clock.iso(got.last.asked_at) if got.last else unknown(got.problem),
                "status": status if status is not None else unknown(got.problem),
                "sha256": sha256_hex(body.getvalue()),
                "decision": decision,
            }
        )
        return rules

    def _read(self, url: str, got: Fetched, status: int | None, body: bytes) -> tuple[Protego | str, str]:
        if len(got.hops) > MAX_REDIRECTS or (status is not None and 400 <= status < 500 and status != 429):
            return Protego.parse(""), "none"
        if status is None or not 200 <= status < 300:
            reason = f"{url} answered {status}, which forbids everything for now" if status else f"{url}: {got.problem}"
            return reason, "unreachable"
        return Protego.parse(body.decode("utf-8", "replace")), "rules"
