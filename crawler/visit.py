"""What asking for one address gave: answers and failures in, a state with a reason out.

A :class:`Visit` is made for every request that ended, whatever the end; a sighting is a draft completed by its visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import TunnelError

from crawler.errors import EgressRefused
from crawler.sighting import SightingState, SpoolRef

#: The server knows the page and will not show it to us (RFC 9110 section 15.5, RFC 6585 section 4, RFC 7725).
REFUSING = frozenset({401, 402, 403, 407, 429, 451})
ABSENT = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Visit:
    """How one address was reached. ``url_chain`` begins with the address asked for; ``robots`` is what its host's
    robots.txt said: "allowed", "refused", "none", "unreachable", or "" when it was never asked for."""

    url: str
    url_chain: tuple[str, ...]
    seen_at: datetime
    state: SightingState
    reason: str = ""
    status: int | None = None
    content_type: str = ""
    body_sha256: str = ""
    spool: SpoolRef | None = None
    robots: str = ""
    peer_ip: str = ""
    redacted: int = 0
    certificate_sha256: str = ""


class NoPage(exceptions.IgnoreRequest):
    """Raised where there is no page to hand on: it was not asked for, or its answer was kept and cannot be used.

    Carries the state and reason to record, and the visit when there was an answer.
    """

    def __init__(self, state: SightingState, reason: str, visit: Visit | None = None) -> None:
        super().__init__(reason)
        self.state, self.reason, self.visit = state, reason, visit


class Stopping(Exception):  # noqa: N818 - it is no fault
    """Raised to drop a request because the crawl is being stopped; its lease goes back untouched."""


def of_status(status: int) -> tuple[SightingState, str]:
    """State and reason of an answer by its status alone; a redirect that nobody could follow counts as seen."""
    if status < 400:
        return SightingState.SEEN, ""
    try:
        said = f"the server answered {status} {HTTPStatus(status).phrase}"
    except ValueError:
        said = f"the server answered {status}"
    if status in ABSENT:
        return SightingState.ABSENT, said
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return SightingState.UNREACHABLE, said
    return SightingState.REFUSED, said


def of_failure(error: BaseException) -> tuple[SightingState, str]:
    """State and reason of a request that ended in an exception. Every exception has one."""
    match error:
        case NoPage():
            return error.state, error.reason
        case EgressRefused():
            return SightingState.REFUSED, f"the egress guard refused it: {error.reason}"
        case exceptions.CannotResolveHostError():
            return SightingState.UNREACHABLE, "the host name cannot be resolved"
        case exceptions.DownloadConnectionRefusedError():
            return SightingState.UNREACHABLE, "the connection was refused"
        case exceptions.DownloadTimeoutError():
            return SightingState.UNREACHABLE, "no answer in time"
        case exceptions.ResponseDataLossError():
            return SightingState.UNREACHABLE, "the connection broke off in the middle of the answer"
        case exceptions.DownloadFailedError() | TunnelError() | OSError():
            return SightingState.UNREACHABLE, f"the connection failed: {_short(error)}"
        case exceptions.IgnoreRequest() if "redirections" in str(error):
            return SightingState.FAILED, "too many redirects"
        case exceptions.IgnoreRequest() | exceptions.UnsupportedURLSchemeError() | exceptions.NotSupported():
            return SightingState.FAILED, f"not fetched: {_short(error)}"
    return SightingState.FAILED, f"{type(error).__name__}: {_short(error)}"


def _short(error: BaseException) -> str:
    """The first line of an error's text, at most 200 characters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
