"""Timestamp authorities: settings in; for some data, what each authority answered out, kept as files or as a reason.

Every query passes the egress guard's proxy and is bounded in time and size. An authority that fails costs its own
token and nothing else: the caller keeps the reason and asks again later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import httpx
from cryptography import x509

from crawler import clock
from crawler.errors import SettingsError
from evidence.config import AuthoritySettings, TimestampSettings
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import BadToken
from evidence.timestamp_token import StampState, Token, query, verify_token

__all__ = ["PUBLIC_AUTHORITIES", "StampResult", "StampState", "Stamper", "Token", "query", "verify_token"]

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
#: A reply with a long chain has about 8 kB.
MAX_REPLY_BYTES = 256 * 1024
FORMAT = "offsignal-stamp-1"
BUILTIN = "builtin:"
GUARD_HEADER = "X-Offsignal-Egress"
CLIENT_HEADER = {"X-Offsignal-Client": "timestamp"}

#: The authorities whose roots ship with the program; evidence/trust/README.md says where the roots come from.
PUBLIC_AUTHORITIES = (
    AuthoritySettings(name="digicert", url="http://timestamp.digicert.com", root="builtin:digicert"),
    AuthoritySettings(name="sectigo", url="http://timestamp.sectigo.com", root="builtin:sectigo"),
)


@dataclass(frozen=True, slots=True)
class StampResult:
    """What one authority answered. ``token`` is there when ``state`` is VERIFIED, ``reason`` when it is not."""

    authority: str
    url: str
    practice: bool
    state: StampState
    reason: str
    asked_at: datetime
    answered_at: datetime
    data_sha256: str
    request: bytes
    response: bytes = b""
    token: Token | None = None

    def files(self) -> dict[str, bytes]:
        """The proof as files by name: what ``openssl ts -verify`` needs, and ``result.json``; empty unless verified."""
        if self.token is None:
            return {}
        return {
            "request.tsq": self.request,
            "response.tsr": self.response,
            "chain.pem": self.token.chain,
            "root.pem": self.token.root,
            "result.json": canonical_json(self._result(self.token)),
        }

    def _result(self, token: Token) -> Mapping[str, object]:
        """``clock_difference_ms``: the authority's time minus this machine's; some authorities cut to whole seconds."""
        difference = token.gen_time - self.answered_at
        return {
            "format": FORMAT,
            "authority": self.authority,
            "url": self.url,
            "practice": self.practice,
            "gen_time": clock.iso(token.gen_time),
            "serial": token.serial,
            "policy": token.policy,
            "signer": token.signer,
            "signer_not_after": clock.iso(token.signer_not_after),
            "data_sha256": self.data_sha256,
            "verified": True,
            "verified_at": clock.iso(self.answered_at),
            "clock_difference_ms": difference // timedelta(milliseconds=1),
        }


class Stamper:
    """Asks the configured authorities, through the guard's proxy at ``guard_url``, one after the other.

    Raises SettingsError when a root certificate cannot be read: a path is relative to ``data_dir``, ``builtin:NAME``
    is one that ships with the program.
    """

    def __init__(self, settings: TimestampSettings, data_dir: Path, guard_url: str) -> None:
        self.settings = settings
        self._guard_url = guard_url
        self._roots = {authority.name: load_root(authority, data_dir) for authority in settings.authorities}

    def stamp(self, data: bytes, *, skip: Collection[str] = ()) -> list[StampResult]:
        """One result for every authority not in ``skip``; none of them raises, whatever the authority does."""
        asked = [authority for authority in self.settings.authorities if authority.name not in skip]
        return [self._ask(authority, data) for authority in asked]

    def first(self, data: bytes) -> list[StampResult]:
        """What the authorities answered one after the other, up to the first good token; none of them raises."""
        results = []
        for authority in self.settings.authorities:
            results.append(self._ask(authority, data))
            if results[-1].token is not None:
                break
        return results

    def _ask(self, authority: AuthoritySettings, data: bytes) -> StampResult:
        request, asked_at = query(data), clock.now()
        state, reason, response, token = StampState.VERIFIED, "", b"", None
        try:
            response = self._post(authority.url, request)
            token = verify_token(request, response, data, self._roots[authority.name])
        except BadToken as error:
            state, reason = StampState(error.state), str(error)
        except httpx.TimeoutException:
            state, reason = StampState.SLOW, f"no answer within {self.settings.timeout_s:g} seconds"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            state, reason = StampState.UNREACHABLE, f"it cannot be reached: {error or type(error).__name__}"
        return StampResult(
            authority.name,
            authority.url,
            authority.practice,
            state,
            reason,
            asked_at,
            clock.now(),
            sha256_hex(data),
            request,
            response,
            token,
        )

    def _post(self, url: str, request: bytes) -> bytes:
        """The body of the reply. Raises BadToken for what is no timestamp reply, httpx errors for no answer at all."""
        limit = timedelta(seconds=self.settings.timeout_s)
        proxy = httpx.Proxy(self._guard_url, headers=CLIENT_HEADER)
        headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        started, body = clock.now(), b""
        with (
            httpx.Client(proxy=proxy, timeout=limit.total_seconds(), trust_env=False, follow_redirects=False) as client,
            client.stream("POST", url, content=request, headers=headers) as reply,
        ):
            if reply.status_code != httpx.codes.OK:
                raise httpx.HTTPError(_refusal(reply))
            kind = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind != REPLY_TYPE:
                raise BadToken(StampState.GARBAGE, f"the answer is {kind or 'of no type'}, not {REPLY_TYPE}")
            for piece in reply.iter_bytes():
                body += piece
                if len(body) > MAX_REPLY_BYTES:
                    raise BadToken(StampState.GARBAGE, f"the answer is longer than {MAX_REPLY_BYTES} bytes")
                if clock.now() - started > limit:
                    raise httpx.ReadTimeout("the answer trickles")
        return body


def load_root(authority: AuthoritySettings, data_dir: Path) -> bytes:
    """The root certificate an authority is held to, PEM. Raises SettingsError naming the authority and the file."""
    try:
        if authority.root.startswith(BUILTIN):
            name = authority.root.removeprefix(BUILTIN)
            known = sorted(entry.root.removeprefix(BUILTIN) for entry in PUBLIC_AUTHORITIES)
            if name not in known:
                raise ValueError(f"the roots that ship with the program are {', '.join(known)}")
            pem = resources.files("evidence").joinpath("trust", name, "root.pem").read_bytes()
        else:
            pem = (data_dir / authority.root).read_bytes()
        x509.load_pem_x509_certificates(pem)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"timestamp authority {authority.name}: the root certificate {authority.root} cannot be read: {error}"
        ) from error
    return pem


def _refusal(reply: httpx.Response) -> str:
    """Why there is no answer: the guard's own words when it was the guard, else the status."""
    _, _, reason = reply.headers.get(GUARD_HEADER, "").partition("; ")
    return f"the egress guard says: {reason}" if reason else f"it answered HTTP {reply.status_code}"
