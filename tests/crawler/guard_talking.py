"""How the guard's tests talk to it: a guard before one server, octets in, what comes back out."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from crawler.config import EgressSettings
from crawler.egress import Guard

Serve = Callable[..., Any]
Answers = Callable[..., Any]
MIB = 2**20


def guarded(server: Any, **limits: Any) -> Guard:
    pins = {f"site.example:{port}": f"127.0.0.1:{server.port}" for port in (80, 443, 8080)}
    return Guard(EgressSettings(pinned=pins, **limits), resolver=lambda host, port: ())


def connect(guard: Guard) -> socket.socket:
    host, _, port = guard.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def talk(guard: Guard, request: bytes) -> bytes:
    """Sends octets and returns everything that comes back until the guard closes; resets count as the end."""
    with connect(guard) as connection:
        parts = []
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                parts.append(part)
        except OSError:
            pass
        return b"".join(parts)


def reason(guard: Guard) -> str:
    """The reason of the latest verdict, once its connection has been wound up."""
    end = time.monotonic() + 10
    while not guard.verdicts()[-1].reason and time.monotonic() < end:
        time.sleep(0.01)
    return guard.verdicts()[-1].reason
