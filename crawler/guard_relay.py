"""Moves octets between a client and a server within limits: open connections in, the reason of an early end out.

Memory stays bounded whatever a server sends: one chunk is read, written and drained before the next is read.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

import h11

from crawler.guard_http import RequestError, end_to_end
from crawler.guard_tape import Readable, Writable

CHUNK = 64 * 1024
#: When one side of a tunnel has ended, the other has this long to say its last words.
LAST_WORDS_S = 5.0


class CutError(Exception):
    """Raised where an exchange ends early; ``reason`` is "length", "disconnect", or says what is not HTTP."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Side(Protocol):
    """The server's side of an exchange."""

    @property
    def reader(self) -> Readable: ...
    @property
    def writer(self) -> Writable: ...


class Meter:
    """Counts the octets of one connection, both ways."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self.full = False

    def take(self, data: bytes) -> bytes:
        """As much of ``data`` as the limit leaves; ``full`` is set when something had to be left out."""
        self.full = self.full or len(data) > self._left
        allowed = data[: self._left]
        self._left -= len(allowed)
        return allowed


async def relay_request(
    down: h11.Connection,
    up: h11.Connection,
    request: h11.Request,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    peer: Side,
    meter: Meter,
) -> None:
    """Sends ``request`` and the client's body to the server. Raises RequestError, or CutError("length")."""
    peer.writer.write(up.send(request) or b"")
    while True:
        try:
            event = down.next_event()
        except h11.RemoteProtocolError as error:
            raise RequestError(error.error_status_hint, f"the request's body is not HTTP: {error}") from None
        if event is h11.NEED_DATA:
            if down.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
                writer.write(down.send(go_on) or b"")
            data = await reader.read(CHUNK)
            down.receive_data(meter.take(data))
            if meter.full:
                raise CutError("length")
        elif isinstance(event, h11.Data):
            await _write(peer.writer, up.send(h11.Data(data=event.data)))
        else:
            await _write(peer.writer, up.send(h11.EndOfMessage()))
            return


async def relay_answer(
    down: h11.Connection, up: h11.Connection, writer: asyncio.StreamWriter, peer: Side, meter: Meter
) -> None:
    """Streams the server's answer to the client. Raises CutError where it ends before it is whole."""
    ended = False
    while True:
        try:
            event = up.next_event()
        except h11.RemoteProtocolError as error:
            raise CutError(_why(error, started=down.our_state is h11.SEND_BODY, ended=ended)) from None
        if event is h11.NEED_DATA:
            if meter.full:
                raise CutError("length")
            data = await _read(peer.reader)
            ended = not data
            up.receive_data(meter.take(data))
        elif isinstance(event, h11.Response):
            answer = h11.Response(status_code=event.status_code, reason=event.reason, headers=end_to_end(event))
            await _send(writer, down.send(answer))
        elif isinstance(event, h11.Data):
            await _send(writer, down.send(h11.Data(data=event.data)))
        elif isinstance(event, h11.EndOfMessage):
            await _send(writer, down.send(h11.EndOfMessage()))
            return
        elif isinstance(event, h11.ConnectionClosed):
            raise CutError("disconnect")


async def relay_tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Side, meter: Meter, limit_s: float
) -> str:
    """Copies both ways until both sides have ended or a limit is met; returns "", "length", "time", "disconnect"."""
    clock = asyncio.get_running_loop().time
    end = clock() + limit_s
    pending = {
        asyncio.create_task(_pump(reader, peer.writer, meter)),
        asyncio.create_task(_pump(peer.reader, writer, meter)),
    }
    try:
        while pending:
            done, pending = await asyncio.wait(
                pending, timeout=max(0.0, end - clock()), return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return "time" if clock() >= end and len(pending) == 2 else ""
            reasons = [reason for task in done if (reason := task.result())]
            if reasons:
                return reasons[0]
            end = min(end, clock() + LAST_WORDS_S)
        return ""
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def _pump(reader: Readable, writer: Writable, meter: Meter) -> str:
    """Copies one way until the stream ends ("") or must not go on ("length", "disconnect")."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(meter.take(data))
            await writer.drain()
            if meter.full:
                return "length"
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        return "disconnect"
    return ""


async def _read(reader: Readable) -> bytes:
    try:
        return await reader.read(CHUNK)
    except OSError:
        raise CutError("disconnect") from None


async def _write(writer: Writable, data: bytes | None) -> None:
    """Writes to a server. One that has hung up may have answered before it did, so that is not the end."""
    with contextlib.suppress(OSError):
        writer.write(data or b"")
        await writer.drain()


async def _send(writer: asyncio.StreamWriter, data: bytes | None) -> None:
    """Writes to the client, waiting until it has taken enough of what came before."""
    writer.write(data or b"")
    await writer.drain()


def _why(error: h11.RemoteProtocolError, *, started: bool, ended: bool) -> str:
    if started and ended:
        return "disconnect"
    return "the server hung up without an answer" if ended else f"the answer is not HTTP ({error})"
