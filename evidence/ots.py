"""OpenTimestamps, a second kind of witness: a digest in, a proof that grows from pending to a Bitcoin block out.

Calendars gather digests and anchor them in the Bitcoin chain hours later, so a proof is *pending* first and *confirmed*
when a calendar can lead it to a block. It shows that data existed before a block was mined, to about a day, without
trusting any authority; whether that block is in the chain only a Bitcoin node can say. It stands beside the RFC 3161
tokens and never in their place. Needs the extra ``offsignal[ots]``; the format is that of opentimestamps.org.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Any
from urllib.parse import urljoin

import httpx

from crawler.errors import SettingsError
from evidence.config import CalendarSettings, TimestampSettings
from evidence.digest import sha256_hex
from evidence.errors import Unreadable

ACCEPT = {"Accept": "application/vnd.opentimestamps.v1"}
CLIENT_HEADER = {"X-Offsignal-Client": "timestamp"}
NONCE_BYTES = 16
#: A calendar's answer is some hundred bytes; the reference client reads no more than this either.
MAX_ANSWER_BYTES = 10_000
MAX_PROOF_BYTES = 256 * 1024


class OtsState(StrEnum):
    """How far a proof has come."""

    NONE = "none"  #: no calendar took the digest
    PENDING = "pending"  #: a calendar promised to anchor it
    CONFIRMED = "confirmed"  #: it leads to a block; that the block is in the chain is for a Bitcoin node to say


@dataclass(frozen=True, slots=True)
class Proof:
    """``data`` is the .ots file, empty when there is none; ``blocks`` the heights it leads to; ``told`` why not."""

    state: OtsState
    data: bytes = b""
    blocks: tuple[int, ...] = ()
    told: tuple[str, ...] = ()


class Calendars:
    """The configured calendars, asked through the guard's proxy at ``guard_url``.

    Raises SettingsError when some are configured and the extra is not installed.
    """

    def __init__(self, settings: TimestampSettings, guard_url: str) -> None:
        self.calendars, self._timeout, self._guard_url = settings.calendars, settings.timeout_s, guard_url
        if self.calendars and find_spec("opentimestamps") is None:
            raise SettingsError(
                "timestamp.calendars: OpenTimestamps is not installed; install offsignal[ots] or name no calendar"
            )

    def submit(self, data: bytes) -> Proof:
        """Hands the digest of ``data`` to every calendar, blinded by a nonce; never raises for what they do."""
        from opentimestamps.core.op import OpAppend, OpSHA256
        from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

        whole = DetachedTimestampFile(OpSHA256(), Timestamp(OpSHA256()(data)))
        blinded = whole.timestamp.ops.add(OpAppend(secrets.token_bytes(NONCE_BYTES))).ops.add(OpSHA256())
        told = []
        for calendar in self.calendars:
            reason = self._merge(calendar, "POST", "digest", blinded, content=blinded.msg)
            told += [f"{calendar.name}: {reason}"] if reason else []
        return _proof(whole, tuple(told))

    def upgrade(self, proof: bytes, data: bytes) -> Proof:
        """Asks the calendars that promised for the way to a block. Raises Unreadable for a proof over other data."""
        from opentimestamps.core.notary import PendingAttestation

        whole, told = read(proof, data), []
        waiting = [(point, one.uri) for point, one in _attestations(whole.timestamp) if type(one) is PendingAttestation]
        for point, uri in waiting:
            # The address stands in what a calendar sent: only configured ones are ever asked.
            calendar = next((one for one in self.calendars if one.url.rstrip("/") == uri.rstrip("/")), None)
            if calendar is None:
                told.append("a calendar that is no longer configured holds a promise")
                continue
            reason = self._merge(calendar, "GET", f"timestamp/{point.msg.hex()}", point)
            told += [f"{calendar.name}: {reason}"] if reason else []
        return _proof(whole, tuple(told))

    def _merge(self, calendar: CalendarSettings, method: str, path: str, point: Any, content: bytes = b"") -> str:
        """Merges what a calendar says about a point of the proof into it; why not, when it does not."""
        from opentimestamps.core.serialize import BytesDeserializationContext, DeserializationError
        from opentimestamps.core.timestamp import Timestamp

        try:
            answer = self._ask(method, urljoin(f"{calendar.url.rstrip('/')}/", path), content)
            point.merge(Timestamp.deserialize(BytesDeserializationContext(answer), point.msg))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{error or type(error).__name__}"
        except (DeserializationError, ValueError, RecursionError) as error:
            return f"it answered what is no timestamp ({type(error).__name__})"
        return ""

    def _ask(self, method: str, url: str, content: bytes) -> bytes:
        proxy = httpx.Proxy(self._guard_url, headers=CLIENT_HEADER)
        with (
            httpx.Client(proxy=proxy, timeout=self._timeout, trust_env=False, follow_redirects=False) as client,
            client.stream(method, url, content=content, headers=ACCEPT) as reply,
        ):
            if reply.status_code != httpx.codes.OK:
                raise httpx.HTTPError("not anchored yet" if reply.status_code == 404 else f"HTTP {reply.status_code}")
            body = b""
            for piece in reply.iter_bytes():
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise httpx.HTTPError(f"it answered more than {MAX_ANSWER_BYTES} bytes")
        return body


def read(proof: bytes, data: bytes) -> Any:
    """The proof as the library has it. Raises Unreadable when it is none, or is over other bytes than ``data``."""
    from opentimestamps.core.serialize import BytesDeserializationContext, DeserializationError
    from opentimestamps.core.timestamp import DetachedTimestampFile

    if len(proof) > MAX_PROOF_BYTES:
        raise Unreadable(f"the OpenTimestamps proof is larger than {MAX_PROOF_BYTES} bytes")
    try:
        whole = DetachedTimestampFile.deserialize(BytesDeserializationContext(proof))
    except (DeserializationError, ValueError, RecursionError) as error:
        raise Unreadable(f"the OpenTimestamps proof cannot be read: {type(error).__name__}") from error
    if whole.file_digest.hex() != sha256_hex(data):
        raise Unreadable("the OpenTimestamps proof is over other bytes")
    return whole


def blocks(proof: bytes, data: bytes) -> tuple[int, ...]:
    """The heights of the Bitcoin blocks a proof over ``data`` leads to, ascending. Raises Unreadable as read does."""
    return _blocks(read(proof, data).timestamp)


def _proof(whole: Any, told: tuple[str, ...]) -> Proof:
    from opentimestamps.core.serialize import BytesSerializationContext

    heights = _blocks(whole.timestamp)
    if not any(True for _ in _attestations(whole.timestamp)):
        return Proof(OtsState.NONE, told=told)
    context = BytesSerializationContext()
    whole.serialize(context)
    return Proof(OtsState.CONFIRMED if heights else OtsState.PENDING, context.getbytes(), heights, told)


def _blocks(timestamp: Any) -> tuple[int, ...]:
    from opentimestamps.core.notary import BitcoinBlockHeaderAttestation

    found = {one.height for _, one in _attestations(timestamp) if type(one) is BitcoinBlockHeaderAttestation}
    return tuple(sorted(found))


def _attestations(timestamp: Any) -> list[tuple[Any, Any]]:
    """Every attestation with the point of the proof it stands at; the tree is walked without recursion."""
    found, waiting = [], [timestamp]
    while waiting:
        point = waiting.pop()
        found += [(point, one) for one in sorted(point.attestations)]
        waiting += point.ops.values()
    return found
