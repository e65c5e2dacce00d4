"""What went over the wire for one page: a tape and the browser's key log in, exchanges and connections out.

Nothing here is believed because the browser says so: the octets are the guard's own recording, the certificates are
from the handshake of the connection that carried the exchange, the address is the one the guard connected to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.exchange import Exchange
from crawler.guard_tape import Stream, Tape
from evidence import wire_http1, wire_http2
from evidence.wire_http1 import WireExchange
from evidence.wire_tls import Keys, Opened, WireError, open_tls, read_keys


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection to a server. ``tls`` is None for plain HTTP, and where the recording could not be opened:
    ``problem`` then says why. ``chain_from`` is the number of the connection whose handshake the chain is from: this
    one, or for a resumed session the one that began it; -1 when there is none."""

    number: int
    stream: Stream
    tls: Opened | None
    problem: str
    chain: tuple[bytes, ...] = ()
    chain_from: int = -1


class Wire:
    """The exchanges of one page; :meth:`take` hands each of them out once."""

    def __init__(self, connections: Iterable[Connection], exchanges: Iterable[WireExchange]) -> None:
        self.connections = tuple(connections)
        self._left = list(exchanges)

    def take(self, method: str, url: str, status: int | None = None) -> WireExchange | None:
        """The earliest exchange of that method, address and, if given, status that was not taken before."""
        bare = url.partition("#")[0]
        for place, one in enumerate(self._left):
            if (one.method, one.url) == (method, bare) and status in (None, one.status):
                return self._left.pop(place)
        return None

    def exchange(self, one: WireExchange, body: bytes, at: datetime, *, truncated: str = "") -> Exchange:
        """A recorded exchange with ``body`` without its codings, fetched at ``at`` from the address connected to."""
        return Exchange(
            url=one.url,
            method=one.method,
            request_headers=one.request_headers,
            request_body=one.request_body,
            status=one.status,
            reason=one.reason,
            protocol=one.protocol,
            response_headers=one.response_headers,
            body=body,
            fetched_at=at,
            peer_ip=self.connections[one.connection].stream.ip,
            truncated=truncated,
        )

    @property
    def left(self) -> tuple[WireExchange, ...]:
        """What was not taken: no request that the page's own log shows, as preflights and the site icon."""
        return tuple(self._left)

    def why_not(self, host: str, port: int) -> str:
        """Why an exchange with a host is not here."""
        to = [one for one in self.connections if (one.stream.target.host, one.stream.target.port) == (host, port)]
        if not to:
            return "no connection to the server was recorded; the browser had the answer already"
        return next((one.problem for one in to if one.problem), "it is not in what was recorded")


def read_wire(tape: Tape, key_log: str) -> Wire:
    """Opens and takes apart everything on the tape. Never raises for what servers sent."""
    keys, connections, found = read_keys(key_log), list[Connection](), list[WireExchange]()
    for number, stream in enumerate(tape.streams()):
        connection, exchanges = _read(number, stream, keys)
        if connection.tls is not None and not connection.chain:
            connection = _with_chain(connection, connections)
        connections.append(connection)
        found += exchanges
    return Wire(connections, found)


def _read(number: int, stream: Stream, keys: Keys) -> tuple[Connection, list[WireExchange]]:
    sent, received, ended = bytes(stream.sent), bytes(stream.received), stream.ended and not stream.full
    found: list[WireExchange] = []
    tls: Opened | None = None
    problem = "there was no room to record all of it" if stream.full else ""
    origin = _origin(stream)
    try:
        if stream.kind == "tunnel":
            tls = open_tls(sent, received, keys)
            sent, received = tls.sent, tls.received
        if tls is not None and tls.alpn == "h2":
            found.extend(wire_http2.exchanges(sent, received, origin, number))
        else:
            found.extend(wire_http1.exchanges(sent, received, origin, number, ended=ended))
    except WireError as error:
        problem = str(error)
    chain = tls.chain if tls else ()
    return Connection(number, stream, tls, problem, chain, number if chain else -1), found


def _with_chain(connection: Connection, before: list[Connection]) -> Connection:
    """A resumed session shows no certificates; they are those of the connection that it was begun on."""
    target = connection.stream.target
    for one in before:
        if one.chain and one.stream.target == target:
            return replace(connection, chain=one.chain, chain_from=one.chain_from)
    return connection


def _origin(stream: Stream) -> str:
    scheme, port = ("https", 443) if stream.kind == "tunnel" else ("http", 80)
    return f"{scheme}://{str(stream.target).removesuffix(f':{port}')}"
