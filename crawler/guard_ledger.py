"""What the egress guard decided: one verdict for each connection in, lookups by host and port out. Thread-safe."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from crawler import clock
from crawler.guard_policy import Target

#: A night keeps this many verdicts in memory; older ones make room.
KEPT_VERDICTS = 200_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """One connection that somebody asked the guard for.

    ``allowed`` is False only where the guard said no. For an allowed one ``reason`` is empty when all went well, else
    what ended it early: "length", "time", "disconnect", or "unreachable: …". ``ip`` is the address connected to, or
    the one that was refused; empty when there is none.
    """

    at: datetime
    client: str
    host: str
    port: int
    ip: str
    allowed: bool
    reason: str


class Entry:
    """One verdict in the ledger while its connection lives; it may still get its reason, or be refused after all."""

    __slots__ = ("verdict",)

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


class Ledger:
    """The verdicts of one guard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT_VERDICTS)
        self._peers: dict[tuple[str, int], str] = {}
        self._refusals: dict[tuple[str, int], str] = {}

    def allow(self, client: str, target: Target, ip: str, reason: str = "") -> Entry:
        """Notes a connection that was allowed; with a ``reason`` when it came to nothing."""
        with self._lock:
            if not reason:
                self._peers[target.host, target.port] = ip
            return self._note(client, target, ip, True, reason)

    def refuse(self, client: str, target: Target, ip: str, reason: str) -> Entry:
        """Notes a refusal."""
        with self._lock:
            self._refusals[target.host, target.port] = reason
            return self._note(client, target, ip, False, reason)

    def amend(self, entry: Entry, reason: str, *, allowed: bool = True) -> None:
        """Adds how a connection ended, or that it was refused after it had been opened."""
        with self._lock:
            entry.verdict = replace(entry.verdict, reason=reason, allowed=allowed)
            if not allowed:
                self._refusals[entry.verdict.host, entry.verdict.port] = reason

    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict kept, oldest first."""
        with self._lock:
            return tuple(entry.verdict for entry in self._entries)

    def peer_ip(self, target: Target) -> str:
        """The address of the latest connection to ``target``; empty when there was none."""
        with self._lock:
            return self._peers.get((target.host, target.port), "")

    def refusal(self, target: Target) -> str:
        """Why ``target`` was refused the last time; empty when it never was."""
        with self._lock:
            return self._refusals.get((target.host, target.port), "")

    def _note(self, client: str, target: Target, ip: str, allowed: bool, reason: str) -> Entry:
        entry = Entry(Verdict(clock.now(), client, target.host, target.port, ip, allowed, reason))
        self._entries.append(entry)
        return entry
