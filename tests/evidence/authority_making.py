"""Timestamp authorities for tests: a guarded way to the practice one, and others that misbehave on purpose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawler.config import EgressSettings
from crawler.egress import Guard
from desk.sampleweb.authority import REPLY_TYPE, reply
from desk.sampleweb.practice_keys import openssl
from evidence import der
from evidence.config import AuthoritySettings, TimestampSettings

HOST = "practice-authority.example"


@contextmanager
def guard_to(*ports: int) -> Iterator[Guard]:
    """A guard that lets ``practice-authority.example``, ``…-1.example`` and so on through to loopback ports."""
    pinned = {f"{host(number)}:80": f"127.0.0.1:{port}" for number, port in enumerate(ports)}
    with Guard(EgressSettings(pinned=pinned)) as guard:
        yield guard


def host(number: int = 0) -> str:
    return HOST if number == 0 else f"practice-authority-{number}.example"


def settings(*roots: Path, wanted: int = 1, timeout_s: float = 20.0) -> TimestampSettings:
    """One authority for each root: the first is called practice, the next practice-1 …"""
    authorities = tuple(
        AuthoritySettings(
            name="practice" if number == 0 else f"practice-{number}",
            url=f"http://{host(number)}/",
            root=str(root),
            practice=True,
        )
        for number, root in enumerate(roots)
    )
    return TimestampSettings(authorities=authorities, wanted=wanted, timeout_s=timeout_s)


def flip_last_byte_of_nonce(query: bytes) -> bytes:
    nonce = next(part for part in der.only(query, None, der.SEQUENCE)[2:] if part.tag == der.INTEGER)
    return query[: nonce.end - 1] + bytes([query[nonce.end - 1] ^ 1]) + query[nonce.end :]


def flip_last_byte_of_digest(query: bytes) -> bytes:
    digest = der.only(query, der.only(query, None, der.SEQUENCE)[1], der.SEQUENCE)[1]
    return query[: digest.end - 1] + bytes([query[digest.end - 1] ^ 1]) + query[digest.end :]


Behaviour = Callable[[BaseHTTPRequestHandler, bytes], None]


def answer(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = REPLY_TYPE) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def behaviours(keys: Path) -> dict[str, Behaviour]:
    """By name, what a misbehaving authority does with a query; ``good`` behaves."""

    def trickle(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", REPLY_TYPE)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            time.sleep(0.1)
            handler.wfile.write(b"x")
            handler.wfile.flush()

    def redirect(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://elsewhere.example/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def slow(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        time.sleep(3)
        answer(handler, reply(keys, query))

    return {
        "good": lambda handler, query: answer(handler, reply(keys, query)),
        "wrong nonce": lambda handler, query: answer(handler, reply(keys, flip_last_byte_of_nonce(query))),
        "wrong hash": lambda handler, query: answer(handler, reply(keys, flip_last_byte_of_digest(query))),
        "refused": lambda handler, query: answer(handler, reply(keys, b"junk")),
        "garbage": lambda handler, query: answer(handler, b"<html>Welcome</html>"),
        "empty": lambda handler, query: answer(handler, b""),
        "a web page": lambda handler, query: answer(handler, b"<html>Welcome</html>", kind="text/html"),
        "too long": lambda handler, query: answer(handler, b"\x30" * 300_000),
        "error": lambda handler, query: answer(handler, b"oops", 500, "text/plain"),
        "redirect": redirect,
        "slow": slow,
        "trickle": trickle,
    }


@contextmanager
def authority(behaviour: Behaviour) -> Iterator[int]:
    """A loopback server with that behaviour; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Says nothing."""

        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                behaviour(self, query)
            except (BrokenPipeError, ConnectionResetError):  # the client had enough
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_evil_authority(directory: Path) -> Path:
    """Keys of a forger: an RSA root, an EC signer under it, and a configuration that embeds the root in each token."""
    directory.mkdir()
    root, root_key, signer, signer_key, request = (
        str(directory / name) for name in ("root.pem", "root.key", "signer.pem", "signer.key", "signer.csr")
    )
    (directory / "ext").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    subject = ["-subj", "/CN=DigiCert Trusted Root G4"]
    is_root = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    new_root = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *is_root]
    openssl([*new_root, "-keyout", root_key, "-out", root])
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(["req", *curve, "-subj", "/CN=Signer", "-keyout", signer_key, "-out", request])
    sign = ["x509", "-req", "-sha256", "-days", "20", "-CA", root, "-CAkey", root_key, "-CAcreateserial"]
    openssl([*sign, "-extfile", str(directory / "ext"), "-in", request, "-out", signer])
    (directory / "serial").write_text("01\n")
    (directory / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa=t\n[t]\nserial={directory}/serial\ncrypto_device=builtin\nsigner_cert={signer}\n"
        f"signer_key={signer_key}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\ncerts={root}\n"
        "accuracy=secs:1\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
    )
    return directory


def evil_reply(directory: Path, query: bytes) -> bytes:
    (directory / "q.tsq").write_bytes(query)
    files = ["-queryfile", str(directory / "q.tsq"), "-out", str(directory / "r.tsr")]
    openssl(["ts", "-reply", "-config", str(directory / "tsa.cnf"), *files])
    return (directory / "r.tsr").read_bytes()
