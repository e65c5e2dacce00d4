"""Tunnels through the egress proxy: TLS untouched, nothing else, cut at their limits."""

from __future__ import annotations

import datetime
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler import clock
from crawler.egress import Guard
from tests.crawler.guard_talking import MIB, Serve, connect, guarded, reason, talk


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "site.example")])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.now() - day)
        .not_valid_after(clock.now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_site(serve: Serve, certificate: Path) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket, head: bytes) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            while stream.recv(65536):
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")

    return serve(answer, raw=True)


def test_tls_goes_through_a_tunnel_untouched(tls_site: Any, certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))
    with (
        guarded(tls_site) as guard,
        httpx.Client(proxy=httpx.Proxy(guard.url, headers={"X-Offsignal-Client": "tsa"}), verify=trust) as client,
    ):
        assert [client.get("https://site.example/").text for _ in range(3)] == ["secret"] * 3
        assert guard.peer_ip("site.example", 443) == "127.0.0.1"
    (verdict,) = guard.verdicts()  # one connection, so one verdict
    assert (verdict.client, verdict.port, verdict.allowed) == ("tsa", 443, True)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", b"SSH-2.0-x\r\n"])
def test_a_tunnel_carries_nothing_but_tls(serve: Serve, first: bytes) -> None:
    received: list[bytes] = []
    server = serve(lambda connection, _: received.append(connection.recv(100)), raw=True)
    with guarded(server) as guard:
        answer = talk(guard, b"CONNECT site.example:80 HTTP/1.1\r\nHost: site.example:80\r\n\r\n" + first)
        assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"
        assert guard.refusal("site.example", 80) == "the tunnel does not begin with TLS"
        assert not guard.verdicts()[0].allowed
    assert b"".join(received) == b""


@pytest.mark.parametrize(
    ("target", "status"), [(b"site.example:22", b"403"), (b"127.0.0.1:443", b"403"), (b"gone.example:443", b"502")]
)
def test_tunnels_that_are_not_opened(tls_site: Any, target: bytes, status: bytes) -> None:
    with guarded(tls_site) as guard:
        answer = talk(guard, b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, target))
    assert answer.split(b" ")[1] == status
    assert b"X-Offsignal-Egress: " in answer
    assert tls_site.connections == 0


def open_tunnel(guard: Guard) -> socket.socket:
    connection = connect(guard)
    connection.sendall(b"CONNECT site.example:443 HTTP/1.1\r\nHost: site.example:443\r\n\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    connection.sendall(b"\x16 like TLS")
    return connection


def read_all(connection: socket.socket) -> int:
    received = 0
    try:
        while part := connection.recv(65536):
            received += len(part)
    except OSError:
        pass
    return received


def test_a_tunnel_is_cut_at_the_cap(serve: Serve) -> None:
    def endless(connection: socket.socket, head: bytes) -> None:
        while True:
            connection.sendall(b"x" * 65536)

    with guarded(serve(endless, raw=True), max_connection_bytes=MIB) as guard, open_tunnel(guard) as connection:
        assert read_all(connection) == MIB - len(b"\x16 like TLS")
        assert reason(guard) == "length"


def test_a_tunnel_is_cut_when_its_time_is_over(serve: Serve) -> None:
    def wait(connection: socket.socket, head: bytes) -> None:
        while connection.recv(100):
            pass

    with guarded(serve(wait, raw=True), max_connection_s=0.5) as guard, open_tunnel(guard) as connection:
        assert read_all(connection) == 0
        assert reason(guard) == "time"


def test_a_tunnel_that_either_side_ends_is_wound_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo_to_the_end(connection: socket.socket, head: bytes) -> None:
        data = b"".join(iter(lambda: connection.recv(100), b""))
        connection.sendall(data)

    with guarded(serve(echo_to_the_end, raw=True)) as guard, open_tunnel(guard) as connection:
        connection.sendall(b" and more")
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").read() == b"\x16 like TLS and more"
    assert [verdict.reason for verdict in guard.verdicts()] == [""]
