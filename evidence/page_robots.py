"""Asks robots.txt (RFC 9309) before a visit and at every further document of the main frame: URLs in, decisions out.

The crawl has asked already; a capture may come hours later and be led to other hosts, so it asks for itself, once for
each origin. What a page loads of its own accord, pictures, scripts and frames, is not asked for: the visitor's browser
loads one page, it does not crawl those hosts.

    2xx              its rules apply: "allowed" or "refused" for each address
    4xx, not 429     there are none: "none"
    5xx, 429, no answer   "unreachable": what the crawl read the same night holds (RFC 9309 section 2.4); without that,
                     complete disallow (section 2.3.1.4)
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from protego import Protego

from crawler import clock
from crawler.egress import Door, check_url
from crawler.errors import CrawlError
from crawler.robots import MAX_RULES_BYTES
from crawler.work import PRODUCT
from evidence.digest import sha256_hex
from evidence.host_facts import unknown

ROBOTS = "robots.txt"
TIMEOUT_S = 10.0
MAX_REDIRECTS = 5
GUARD_HEADER = "x-offsignal-egress"
#: What the crawl decided that still stands where the file cannot be had now.
STANDING = frozenset({"allowed", "none"})


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """One origin's robots.txt as it was answered. ``decision`` is "rules", "none" or "unreachable"."""

    origin: str
    url: str
    url_final: str
    asked_at: datetime
    decision: str
    reason: str
    status: int | None = None
    body: bytes = b""
    rules: Protego | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for one address. ``allowed`` False: it must not be visited, for ``reason``."""

    url: str
    at: datetime
    decision: str
    allowed: bool
    reason: str
    file: RobotsFile


class RobotsAsker:
    """Decides for one capture. ``earlier`` is what the crawl decided for the first address; "" when it did not ask."""

    def __init__(self, door: Door, user_agent: str, earlier: str = "", key_log: Path | None = None) -> None:
        self._door, self._agent, self._earlier, self._key_log = door, user_agent, earlier, key_log
        self._files: dict[str, RobotsFile] = {}
        self.decisions: list[Decision] = []

    def decide(self, url: str) -> Decision:
        """The decision for ``url``; asks the origin's file unless that was done before. Never raises for a server."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            self._files[origin] = self._fetch(origin)
        file = self._files[origin]
        decision = self._judge(file, url, first=len(self._files) == 1)
        self.decisions.append(decision)
        return decision

    def files(self) -> tuple[RobotsFile, ...]:
        """Every file that was asked for, in order."""
        return tuple(self._files.values())

    def first(self) -> RobotsFile | None:
        """The file of the first origin that was asked."""
        return next(iter(self._files.values()), None)

    def facts(self) -> dict[str, Any]:
        """What the capture record says: the decision for the address asked for, and every decision with its file."""
        rows = [_row(one) for one in self.decisions]
        if not rows:
            return {"decision": unknown("it was not asked"), "asked": []}
        return {**rows[0], "crawl_decided": self._earlier or unknown("the crawl did not ask"), "asked": rows}

    def _judge(self, file: RobotsFile, url: str, *, first: bool) -> Decision:
        now = clock.now()
        if file.rules is not None:
            if file.rules.can_fetch(url, PRODUCT):
                return Decision(url, now, "allowed", True, "", file)
            path = urlsplit(url).path or "/"
            return Decision(url, now, "refused", False, f"{file.url} forbids {path} to {PRODUCT}", file)
        if file.decision == "unreachable" and first and self._earlier in STANDING:
            reason = f"{file.reason}; what the crawl read of it before holds: {self._earlier}"
            return Decision(url, now, "unreachable", True, reason, file)
        allowed = file.decision == "none"
        reason = file.reason if allowed else f"{file.url} cannot be had ({file.reason}), which forbids everything"
        return Decision(url, now, file.decision, allowed, reason, file)

    def _fetch(self, origin: str) -> RobotsFile:
        url, asked_at = f"{origin}/robots.txt", clock.now()

        def gave(decision: str, reason: str, where: str = url, **more: Any) -> RobotsFile:
            return RobotsFile(origin, url, where, asked_at, decision, reason, **more)

        try:
            where, status, body, refusal = self._get(url)
        except httpx.TooManyRedirects:
            return gave("none", "too many redirects")  # RFC 9309 section 2.3.1.2
        except (httpx.HTTPError, httpx.InvalidURL, CrawlError, ssl.SSLError) as error:
            return gave("unreachable", f"{type(error).__name__}: {error}"[:300])
        if refusal:
            return gave("unreachable", f"the egress guard: {refusal}", where)
        if status == 429 or status >= 500:
            return gave("unreachable", f"it answered {status}", where, status=status, body=body)
        if status >= 300:
            return gave("none", f"it answered {status}", where, status=status, body=body)
        rules = Protego.parse(body.decode("utf-8", "replace"))
        return gave("rules", "", where, status=status, body=body, rules=rules)

    def _get(self, url: str) -> tuple[str, int, bytes, str]:
        """Final URL, status, the body's first bytes, and the guard's reason when it was the guard that answered."""
        until, parts, size = time.monotonic() + TIMEOUT_S, list[bytes](), 0
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # as the page's: recorded, not judged
        if self._key_log is not None:
            trust.keylog_filename = str(self._key_log)
        headers = {"User-Agent": self._agent}
        with (
            httpx.Client(
                proxy=self._door.url, verify=trust, timeout=TIMEOUT_S, headers=headers, trust_env=False,
                follow_redirects=True, max_redirects=MAX_REDIRECTS,
            ) as client,
            client.stream("GET", check_url(url)) as response,
        ):  # fmt: skip
            for part in response.iter_bytes(1 << 16):
                parts.append(part)
                size += len(part)
                if size >= MAX_RULES_BYTES or time.monotonic() > until:
                    break
            token, _, reason = response.headers.get(GUARD_HEADER, "").partition("; ")
            refusal = reason if token == self._door.token else ""
            return str(response.url), response.status_code, b"".join(parts)[:MAX_RULES_BYTES], refusal


def guarded_navigation(asker: RobotsAsker, refused: dict[str, str]) -> Callable[[str], bool]:
    """Whether the main frame may go to an address; why not is put into ``refused``."""

    def may(url: str) -> bool:
        if not url.startswith(("http://", "https://")):
            return True
        decision = asker.decide(url.partition("#")[0])
        if not decision.allowed:
            refused[url.partition("#")[0]] = f"robots.txt: {decision.reason}"
        return decision.allowed

    return may


def _row(one: Decision) -> dict[str, Any]:
    file = one.file
    return {
        "for": one.url[:2000],
        "decision": one.decision,
        "allowed": one.allowed,
        "reason": one.reason,
        "decided_at": clock.iso(one.at),
        "robots_url": file.url,
        "robots_url_final": file.url_final,
        "asked_at": clock.iso(file.asked_at),
        "status": file.status if file.status is not None else unknown(file.reason),
        "bytes": len(file.body),
        "sha256": sha256_hex(file.body) if file.status is not None else unknown(file.reason),
    }
