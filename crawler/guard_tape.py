"""What one client's connections carried, octet for octet: the guard's connections to servers in, streams out.

A tape hears what goes between the guard and the server. Plain HTTP is heard as it was sent and answered; a tunnel is
heard as TLS records, which say nothing without the session keys. Nothing on the wire changes for being heard. Memory is
bounded: when a tape is full it hears no more, and the stream says so. Thread-safe.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from crawler import clock
from crawler.guard_policy import Lookup, Target

MAX_STREAMS = 2_000
MAX_LOOKUPS = 2_000


class Readable(Protocol):
    """The reading side of a connection, as asyncio has it."""

    async def read(self, n: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """The writing side of a connection, as asyncio has it."""

    def write(self, data: bytes, /) -> None: ...
    async def drain(self) -> None: ...
    def can_write_eof(self) -> bool: ...
    def write_eof(self) -> None: ...
    def close(self) -> None: ...
    async def wait_closed(self) -> None: ...
    def get_extra_info(self, name: str, default: Any = None, /) -> Any: ...


@dataclass(slots=True)
class Stream:
    """One connection to a server.

    ``kind`` is "plain" or "tunnel", ``ip`` the address that was connected to, ``local`` the address this machine had on
    it. ``sent`` and ``received`` are what the guard wrote and read. ``ended``: the server said that it sends no more.
    ``full``: the tape had no room for all of it, so what is there is only a beginning.
    """

    target: Target
    ip: str
    kind: str
    opened_at: datetime
    local: str = ""
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    ended: bool = False
    full: bool = False


class Tape:
    """The streams and look-ups of one client; ``limit_bytes`` bounds all octets together."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._lock = threading.Lock()
        self._streams: list[Stream] = []
        self._lookups: list[Lookup] = []

    def streams(self) -> tuple[Stream, ...]:
        """Every connection so far, in the order they were opened. A live one still grows."""
        with self._lock:
            return tuple(self._streams)

    def lookups(self) -> tuple[Lookup, ...]:
        """Every look-up of a name so far, in order."""
        with self._lock:
            return tuple(self._lookups)

    def looked_up(self, lookup: Lookup) -> None:
        """Notes what a name was answered with."""
        with self._lock:
            if len(self._lookups) < MAX_LOOKUPS:
                self._lookups.append(lookup)

    def heard(
        self, target: Target, ip: str, kind: str, reader: Readable, writer: Writable
    ) -> tuple[Readable, Writable]:
        """The two sides of a connection, so wrapped that what goes through them is kept."""
        here = writer.get_extra_info("sockname")
        stream = Stream(target, ip, kind, clock.now(), str(here[0]) if here else "")
        with self._lock:
            if len(self._streams) >= MAX_STREAMS:
                return reader, writer
            self._streams.append(stream)
        return _HeardReader(self, stream, reader), _HeardWriter(self, stream, writer)

    def keep(self, stream: Stream, side: bytearray, data: bytes) -> None:
        """Appends ``data`` to one side of a stream as far as there is room; a side that was cut is never continued."""
        with self._lock:
            room = 0 if stream.full else self._left
            side += data[:room]
            stream.full = stream.full or len(data) > room
            self._left -= min(len(data), room)


class _HeardReader:
    def __init__(self, tape: Tape, stream: Stream, inner: Readable) -> None:
        self._tape, self._stream, self._inner = tape, stream, inner

    async def read(self, n: int = -1, /) -> bytes:
        data = await self._inner.read(n)
        if data:
            self._tape.keep(self._stream, self._stream.received, data)
        else:
            self._stream.ended = True
        return data


class _HeardWriter:
    def __init__(self, tape: Tape, stream: Stream, inner: Writable) -> None:
        self._tape, self._stream, self._inner = tape, stream, inner

    def write(self, data: bytes, /) -> None:
        self._tape.keep(self._stream, self._stream.sent, data)
        self._inner.write(data)

    async def drain(self) -> None:
        await self._inner.drain()

    def can_write_eof(self) -> bool:
        return self._inner.can_write_eof()

    def write_eof(self) -> None:
        self._inner.write_eof()

    def close(self) -> None:
        self._inner.close()

    async def wait_closed(self) -> None:
        await self._inner.wait_closed()

    def get_extra_info(self, name: str, default: Any = None, /) -> Any:
        return self._inner.get_extra_info(name, default)
