"""The forward proxy of the egress guard: a client's connection in, judged and limited connections to servers out.

Plain HTTP is taken in absolute form, one upstream connection for each request, whose answer is parsed and written
anew; the client's own connection stays open between requests. CONNECT opens a tunnel that must carry TLS. The guard's
own answers (403 refused, 502 and 504 no answer, 4xx not understood) carry ``X-Offsignal-Egress: <token>; <reason>``.

What a client sees of a plain answer differs from the wire in this: hop-by-hop headers are gone, chunks are cut anew,
and the status line says HTTP/1.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import h11

from crawler import guard_http
from crawler.config import EgressSettings
from crawler.guard_http import RequestError
from crawler.guard_ledger import Entry, Ledger
from crawler.guard_policy import Resolver, Target, Way, find_way
from crawler.guard_relay import CHUNK, CutError, Meter, relay_answer, relay_request, relay_tunnel
from crawler.guard_tape import Readable, Tape, Writable

logger = logging.getLogger(__name__)

RESOLVER_THREADS = 16
TRIED_ADDRESSES = 3
LINGER_S = 2.0
LINGER_BYTES = 16 * 2**20
TLS_HANDSHAKE = b"\x16"  # first octet of a TLS record that carries a ClientHello (RFC 8446 section 5.1)


class DeniedError(Exception):
    """Raised where a request gets the guard's own answer: 403 for a refusal, 502 or 504 for a server that is away."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Peer(NamedTuple):
    """An open connection to a server, and its place in the ledger."""

    reader: Readable
    writer: Writable
    entry: Entry


class GuardProxy:
    """Serves one listening socket, in one event loop. A ``tape`` keeps what goes to and comes from servers."""

    def __init__(
        self, settings: EgressSettings, resolver: Resolver, ledger: Ledger, token: str, tape: Tape | None = None
    ) -> None:
        self._settings, self._resolver, self._ledger, self._token = settings, resolver, ledger, token
        self._tape = tape
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="egress-resolver")

    def close(self) -> None:
        """Lets go of the resolver threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, request after request, until either side ends it."""
        try:
            while await self._serve_one(reader, writer):
                pass
        except OSError:
            writer.transport.abort()  # the client left; nobody is there to be told
        finally:
            await close_writer(writer)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request. True when the client may send another."""
        down = h11.Connection(h11.SERVER, max_incomplete_event_size=guard_http.HEAD_BYTES)
        try:
            head = await guard_http.read_head(reader)
            if head is None:
                return False
            request = guard_http.parse_request(down, head)
            if request.method == b"CONNECT":
                await self._tunnel(request, reader, writer)
                return False
            return await self._forward(request, down, reader, writer)
        except (RequestError, DeniedError) as error:
            await self._answer(writer, error.status, error.reason)
            await _linger(reader)
            return False

    async def _forward(
        self,
        request: h11.Request,
        down: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        target, path = guard_http.plain_target(request)
        client = guard_http.client_name(request, "http")
        if guard_http.wants_websocket(request):
            raise self._refused(client, target, "", "WebSockets are not let through")
        peer = await self._connect(client, target, "plain")
        up = h11.Connection(h11.CLIENT, max_incomplete_event_size=guard_http.ANSWER_HEAD_BYTES)
        meter = Meter(self._settings.max_connection_bytes)
        try:
            async with asyncio.timeout(self._settings.max_connection_s):
                await relay_request(down, up, guard_http.forwarded(request, path, target), reader, writer, peer, meter)
                await relay_answer(down, up, writer, peer, meter)
        except (CutError, TimeoutError) as error:
            reason = error.reason if isinstance(error, CutError) else "time"
            self._ledger.amend(peer.entry, reason)
            if down.our_state is h11.SEND_RESPONSE:
                status = 504 if reason == "time" else 502
                raise DeniedError(status, f"{target} gave no answer that can be used: {reason}") from None
            writer.transport.abort()  # a clean end would make half an answer look whole
            return False
        except (RequestError, OSError):
            self._ledger.amend(peer.entry, "disconnect")  # the client's fault
            raise
        finally:
            await close_writer(peer.writer)
        return down.our_state is h11.DONE and down.their_state is h11.DONE and not down.trailing_data[0]

    async def _tunnel(self, request: h11.Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = guard_http.tunnel_target(request)
        peer = await self._connect(guard_http.client_name(request, "tunnel"), target, "tunnel")
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            async with asyncio.timeout(guard_http.HEAD_S):
                first = await reader.read(CHUNK)
            if first and first[:1] != TLS_HANDSHAKE:
                self._ledger.amend(peer.entry, "the tunnel does not begin with TLS", allowed=False)
            elif first:
                meter = Meter(self._settings.max_connection_bytes)
                peer.writer.write(meter.take(first))
                reason = await relay_tunnel(reader, writer, peer, meter, self._settings.max_connection_s)
                self._ledger.amend(peer.entry, reason)
        except TimeoutError:
            self._ledger.amend(peer.entry, "time")
        except OSError:
            self._ledger.amend(peer.entry, "disconnect")
        finally:
            await close_writer(peer.writer)

    async def _connect(self, client: str, target: Target, kind: str) -> Peer:
        """A connection to one of the judged addresses. Raises DeniedError, having noted why."""
        way = await self._find_way(target)
        if self._tape is not None and way.lookup is not None:
            self._tape.looked_up(way.lookup)
        if way.refusal:
            raise self._refused(client, target, way.ip, way.refusal)
        status, reason = 502, way.failure
        for ip, port in way.addresses[:TRIED_ADDRESSES]:
            try:
                async with asyncio.timeout(self._settings.connect_timeout_s):
                    reader, writer = await asyncio.open_connection(ip, port)
            except TimeoutError:
                status, reason = 504, f"{ip} did not take the connection in {self._settings.connect_timeout_s:g} s"
                continue
            except OSError as error:
                status, reason = 502, f"{ip} did not take the connection ({error.errno})"
                continue
            if not way.pinned and _own_address(writer):
                await close_writer(writer)
                raise self._refused(client, target, ip, f"its address {ip} is this machine's own")
            entry = self._ledger.allow(client, target, ip)
            if self._tape is None:
                return Peer(reader, writer, entry)
            return Peer(*self._tape.heard(target, ip, kind, reader, writer), entry)
        self._ledger.allow(client, target, "", f"unreachable: {reason}")
        raise DeniedError(status, f"unreachable: {reason}")

    async def _find_way(self, target: Target) -> Way:
        loop, wait_s = asyncio.get_running_loop(), self._settings.connect_timeout_s
        try:
            async with asyncio.timeout(wait_s):
                return await loop.run_in_executor(self._threads, find_way, target, self._settings, self._resolver)
        except TimeoutError:
            return Way(failure=f"looking up {target.host} took longer than {wait_s:g} s")

    def _refused(self, client: str, target: Target, ip: str, reason: str) -> DeniedError:
        self._ledger.refuse(client, target, ip, reason)
        logger.info("refused %s for %s: %s", target, client, reason)
        return DeniedError(403, reason)

    async def _answer(self, writer: asyncio.StreamWriter, status: int, reason: str) -> None:
        """The guard's own answer, after which the connection is closed."""
        said = reason.encode("ascii", "replace").decode("ascii").translate({10: " ", 13: " "})
        body = f"The egress guard: {said}.\n".encode("ascii")
        down = h11.Connection(h11.SERVER)
        headers = [
            ("Content-Type", "text/plain; charset=us-ascii"),
            ("Content-Length", str(len(body))),
            ("X-Offsignal-Egress", f"{self._token}; {said}"),
            ("Connection", "close"),
        ]
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            writer.write(down.send(event) or b"")
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _own_address(writer: Writable) -> bool:
    """Whether a connection ends on this machine: then both of its ends have the same address."""
    here, there = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
    return here is not None and there is not None and here[0] == there[0]


async def _linger(reader: asyncio.StreamReader) -> None:
    """Reads what a client is still sending, so that closing does not destroy the answer on its way (RFC 9112 9.6)."""
    left = LINGER_BYTES
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(LINGER_S):
            while left > 0 and (data := await reader.read(CHUNK)):
                left -= len(data)


async def close_writer(writer: Writable) -> None:
    """Closes a connection; one that is broken already is closed too."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
