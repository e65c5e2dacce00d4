"""The one door out: settings in, a forward proxy on loopback that everything fetches through, verdicts out.

Redirects need nothing special here: every hop is a new request to the proxy and is judged like the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError, Future
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from crawler.config import EgressSettings
from crawler.errors import BadURL, CrawlError
from crawler.guard_http import HEAD_BYTES
from crawler.guard_ledger import Ledger, Verdict
from crawler.guard_policy import Resolver, judge_address, read_target, system_resolver
from crawler.guard_proxy import GuardProxy
from crawler.guard_tape import Tape

__all__ = ["Door", "Guard", "Verdict", "check_url", "judge_address"]

MAX_URL_CHARS = 8192
STOP_S = 15.0
DEFAULT_PORTS = {"http": 80, "https": 443}

#: What may stand in a path, a query or a fragment unescaped; a percent sign is kept, so nothing is escaped twice.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class Door:
    """One way through the guard, with verdicts of its own. Its methods may be called from any thread.

    ``url`` is the proxy's address, ``token`` the word that marks the guard's own answers; ``tape`` is there where what
    went through is kept.
    """

    def __init__(self, settings: EgressSettings, resolver: Resolver, tape: Tape | None = None) -> None:
        self.token = secrets.token_hex(8)
        self.url = ""
        self.tape = tape
        self._ledger = Ledger()
        self._proxy = GuardProxy(settings, resolver, self._ledger, self.token, tape)

    def verdicts(self) -> tuple[Verdict, ...]:
        """One verdict for each connection asked for so far, oldest first."""
        return self._ledger.verdicts()

    def peer_ip(self, host: str, port: int) -> str:
        """The address of the latest connection to ``host``; empty when none is known."""
        return self._ledger.peer_ip(read_target(host if ":" not in host else f"[{host.strip('[]')}]", port))

    def refusal(self, host: str, port: int) -> str:
        """Why a connection to ``host`` was refused the last time; empty when it was not."""
        return self._ledger.refusal(read_target(host if ":" not in host else f"[{host.strip('[]')}]", port))

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """Takes connections while the context is open, and ends those that are left."""
        connections: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # a coroutine runs in a task
            connections.add(task)
            task.add_done_callback(connections.discard)
            with contextlib.suppress(asyncio.CancelledError):  # the door is being closed; asyncio would log it
                await self._proxy.serve(reader, writer)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            for task in tuple(connections):
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)
            await server.wait_closed()
            self._proxy.close()


class Guard(Door):
    """The egress guard, running while the context is open; itself the door that keeps nothing but verdicts.

    Raises CrawlError when no port on loopback can be had.
    """

    def __init__(self, settings: EgressSettings, *, resolver: Resolver = system_resolver) -> None:
        super().__init__(settings, resolver)
        self._settings, self._resolver = settings, resolver
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="egress-guard", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise CrawlError(f"the egress guard cannot listen on 127.0.0.1: {self._failure}") from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_S)

    @contextlib.contextmanager
    def recording(self, limit_bytes: int) -> Iterator[Door]:
        """A door of its own, by the same rules, whose tape keeps up to ``limit_bytes`` of what goes through it.

        Each client that is to be recorded gets one, so that nobody's traffic is mixed with another's. Raises CrawlError
        when no port can be had.
        """
        if self._loop is None:
            raise CrawlError("the egress guard is not running; enter its context first")
        door = Door(self._settings, self._resolver, Tape(limit_bytes))
        is_open, stop = Future[None](), asyncio.Event()

        async def serve() -> None:
            async with door._listening():
                is_open.set_result(None)
                await stop.wait()

        running = asyncio.run_coroutine_threadsafe(serve(), self._loop)

        def gave_up(done: Future[None]) -> None:
            if not is_open.done():
                is_open.set_exception(_why(done))

        running.add_done_callback(gave_up)
        try:
            is_open.result(STOP_S)
        except (OSError, TimeoutError) as error:
            raise CrawlError(f"the egress guard cannot open another port on 127.0.0.1: {error}") from error
        try:
            yield door
        finally:
            self._loop.call_soon_threadsafe(stop.set)
            with contextlib.suppress(TimeoutError, CancelledError):
                running.result(STOP_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        async with self._listening():
            self._ready.set()
            await self._stop.wait()


def _why(done: Future[None]) -> BaseException:
    """Why a door that was to be open is not."""
    return CancelledError() if done.cancelled() else done.exception() or OSError("it closed at once")


def check_url(url: str) -> str:
    """The URL in one spelling: lower-case scheme and host, IDNA host, no default port, a path, escapes for the rest.

    Raises BadURL with a sentence unless it is an absolute http or https URL with a host and without a user name.
    """
    text = url.strip()
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    if len(text) > MAX_URL_CHARS:
        raise BadURL(f"{shown}: a URL of {len(text)} characters is too long; the most is {MAX_URL_CHARS}")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise BadURL(f"{shown!r}: a URL holds no spaces, control characters or backslashes; escape or remove them")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadURL(f"{shown}: not a URL: {error}") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise BadURL(f"{shown or 'an empty text'}: not an http or https URL; write it in full, as in https://host/path")
    try:
        host, colon, port = _split_port(parts.netloc)
        target = read_target(_ascii_host(host) + colon + port, DEFAULT_PORTS[parts.scheme])
    except ValueError as error:
        raise BadURL(f"{shown}: the host cannot be used: {error}") from None
    netloc = str(target).removesuffix(f":{DEFAULT_PORTS[parts.scheme]}")
    rest = (quote(part, safe=_SAFE, errors="replace") for part in (parts.path or "/", parts.query, parts.fragment))
    return urlunsplit((parts.scheme, netloc, *rest))


def _split_port(netloc: str) -> tuple[str, str, str]:
    """Host, colon and port; an empty port is as good as none (RFC 3986 section 3.2.3)."""
    if netloc.endswith("]"):
        return netloc, "", ""
    host, colon, port = netloc.rpartition(":")
    if not colon:
        return netloc, "", ""
    return (host, colon, port) if port else (host, "", "")


def _ascii_host(host: str) -> str:
    """``host`` in ASCII, names in other scripts the way browsers write them (UTS 46, non-transitional)."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"it is not a host name ({error})") from None
