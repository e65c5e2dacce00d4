"""A small web of many hosts on loopback, and crawls of it in a child process, for the tests of the crawl."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlite_utils import Database

from crawler import clock
from crawler.casebook import open_casebook
from crawler.exchange import Record
from crawler.sighting import Sighting
from crawler.store import MIGRATIONS, Sightings
from crawler.warc import read_records

CONTACT = "https://offsignal.example/contact"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the small web answers. ``length`` lies about the body's size; ``chunks`` is sent without a length."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    length: int | None = None
    chunks: tuple[bytes, ...] = ()
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; ``at`` is the server's monotonic time in seconds."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


def html(text: str, title: str = "A page") -> Reply:
    """An ordinary page."""
    return Reply(body=f"<!doctype html><title>{title}</title><body>{text}</body>".encode())


def redirect(to: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status, headers=(("Location", to),))


MISSING = Reply(404, b"<h1>Not Found</h1>")


class SmallWeb:
    """Serves ``answer(host, path, headers)`` for every host name on one port, until the context ends."""

    def __init__(self, answer: Callable[[str, str, Mapping[str, str]], Reply]) -> None:
        self._answer = answer
        self.asked: list[Asked] = []
        self.port = self.tls_port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self) -> SmallWeb:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def pins(self, *hosts: str) -> dict[str, str]:
        """What the egress settings must pin so that these names lead here, with TLS and without."""
        ports = {80: self.port, 443: self.tls_port}
        return {f"{host}:{port}": f"127.0.0.1:{here}" for host in hosts for port, here in ports.items()}

    def counts(self) -> Counter[str]:
        """How often each URL was asked for."""
        return Counter(one.url for one in self.asked)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        tls_server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self_signed())
        self.port = server.sockets[0].getsockname()[1]
        self.tls_port = tls_server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        tls_server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._one(reader, writer)
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            return  # the client left, or the web is being closed
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = lines[0].split()[1]
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:] if line)}
        host = headers["host"].lower()
        scheme = "http" if writer.get_extra_info("sslcontext") is None else "https"
        self.asked.append(Asked(host, path, headers, self._loop.time(), scheme))
        reply = self._answer(host, path, headers)
        await asyncio.sleep(reply.wait_s)
        head = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in reply.headers)]
        if not reply.chunks:
            head.append(f"Content-Length: {len(reply.body) if reply.length is None else reply.length}")
        writer.write("\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1") + reply.body)
        for chunk in reply.chunks:
            writer.write(chunk)
            await writer.drain()
        await writer.drain()


def self_signed() -> ssl.SSLContext:
    """A TLS context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example")])
    now = clock.now()
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    signed = made.sign(key, hashes.SHA256())
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(signed.public_bytes(serialization.Encoding.PEM) + plain)
        file.flush()
        context.load_cert_chain(file.name)
    return context


@dataclass
class Ended:
    """A crawl that has ended: its exit code, its events, its log, and what it left in the data directory."""

    code: int
    events: list[dict[str, Any]]
    stderr: str
    data: Path
    run_id: str
    _db: Database | None = field(default=None, repr=False)

    @property
    def db(self) -> Database:
        if self._db is None:
            self._db = open_casebook(self.data / "casebook.db", [MIGRATIONS])
        return self._db

    def sightings(self, source: str = "") -> dict[str, Sighting]:
        """Every sighting of the run, by address."""
        return {one.url: one for one in Sightings(self.db).of_run(self.run_id, source)}

    def records(self, kind: str = "response") -> list[Record]:
        """Every record of a type in the spool."""
        paths = sorted((self.data / "spool").glob("*.warc.gz"))
        return [record for path in paths for record in read_records(path) if record.type == kind]

    def sources(self) -> dict[str, dict[str, Any]]:
        """How each source ended, by name, as its event said."""
        return {one["source"]: one for one in self.events if one["event"] == "source_finished"}


def write_settings(
    data: Path,
    *,
    pinned: Mapping[str, str] = {},
    crawl: Mapping[str, Any] = {},
    sources: Mapping[str, Mapping[str, Any]] = {},
) -> None:
    """A data directory with an offsignal.toml: no pause between requests unless ``crawl`` says so."""
    data.mkdir(parents=True, exist_ok=True)
    lines = ["[collector]", f'contact = "{CONTACT}"', 'operator = "A. Tester"', "[crawl]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in {"delay_s": 0.0, "render": False, **crawl}.items()]
    for name, options in sources.items():
        lines += [f"[sources.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in options.items())]
    lines += ["[egress.pinned]", *(f'"{name}" = "{place}"' for name, place in pinned.items())]
    (data / "offsignal.toml").write_text("\n".join(lines), "utf-8")


def start(data: Path, *options: str, run_id: str = "r1", env: Mapping[str, str] = {}) -> subprocess.Popen[str]:
    """``python -m crawler`` as a child; its standard input is a pipe that ends with this process."""
    command = [sys.executable, "-W", "error::DeprecationWarning:crawler", "-m", "crawler", "--data", str(data)]
    return subprocess.Popen(
        [*command, "--run", run_id, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def end(child: subprocess.Popen[str], data: Path, run_id: str = "r1", timeout_s: float = 120.0) -> Ended:
    """Waits for a crawl that :func:`start` began."""
    assert child.stdin is not None
    held, child.stdin = child.stdin, None  # communicate() would close it, and that would stop the crawl
    try:
        out, err = child.communicate(timeout=timeout_s)
    finally:
        child.kill()
        held.close()
    return Ended(child.returncode, [json.loads(line) for line in out.splitlines()], err, data, run_id)


def crawl(data: Path, *options: str, run_id: str = "r1", env: Mapping[str, str] = {}) -> Ended:
    """One whole crawl."""
    return end(start(data, *options, run_id=run_id, env=env), data, run_id)
