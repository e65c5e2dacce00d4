"""A list of registries and a registry on loopback, and answers in the form that registries give them (RFC 9083)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from crawler.config import EgressSettings
from crawler.egress import Guard

IANA, REGISTRY = "iana.test", "rdap.registry.test"
BOOTSTRAP_URL = f"http://{IANA}/rdap/dns.json"
BOOTSTRAP = {
    "version": "1.0",
    "publication": "2026-11-20T00:00:01Z",
    "services": [
        [["net", "com"], [f"http://{REGISTRY}/com/v1/"]],
        [["in", "co.in"], [f"ftp://{REGISTRY}/", f"http://{REGISTRY}/in"]],
    ],
}


def card(*rows: list[Any]) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], *rows]]


#: As a thin registry answers: the registrar and its abuse desk, nothing of who registered.
THIN: dict[str, Any] = {
    "objectClassName": "domain",
    "handle": "2336799_DOMAIN_COM-VRSN",
    "ldhName": "EXAMPLE.COM",
    "status": ["client transfer prohibited", "active"],
    "entities": [
        {
            "objectClassName": "entity",
            "handle": "376",
            "roles": ["registrar"],
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "376"}],
            "vcardArray": card(["fn", {}, "text", "Heron Registrar Ltd"]),
            "entities": [
                {
                    "objectClassName": "entity",
                    "roles": ["abuse"],
                    "vcardArray": card(
                        ["fn", {}, "text", ""],
                        ["tel", {"type": "voice"}, "uri", "tel:+1.5550100"],
                        ["email", {}, "text", "abuse@heron-registrar.example"],
                    ),
                }
            ],
        }
    ],
    "events": [
        {"eventAction": "registration", "eventDate": "2024-08-14T04:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"},
        {"eventAction": "last changed", "eventDate": "yesterday"},
        {"eventAction": "last update of RDAP database", "eventDate": "2026-11-24T19:00:00Z"},
    ],
    "secureDNS": {"delegationSigned": True},
    "nameservers": [{"ldhName": "B.NS.EXAMPLE"}, {"ldhName": "a.ns.example"}],
}
#: As a registry answers that publishes who registered, with what it says it left out (RFC 9537).
FULL: dict[str, Any] = {
    **THIN,
    "ldhName": "example.co.in",
    "remarks": [{"description": ["asked for by Asha Rao"]}],
    "entities": [
        *THIN["entities"],
        {
            "roles": ["registrant", "technical"],
            "handle": "AR-77",
            "vcardArray": card(
                ["fn", {}, "text", "Asha Rao"],
                ["org", {}, "text", "Pelican Digital Services"],
                ["adr", {}, "text", ["", "", "12 Lake Road", "Pune", "MH", "411001", "IN"]],
                ["email", {}, "text", "asha.rao@pelican.example"],
                ["tel", {}, "uri", "tel:+91.9000000411"],
            ),
            "jscard": {"name": "Asha Rao"},
            "remarks": [{"description": ["Asha Rao"]}],
        },
    ],
    "redacted": [{"name": {"description": "Registrant Phone Ext"}, "method": "removal"}],
}


@dataclass
class Desk:
    """The running servers: what they answer by path, and which paths were asked for."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    port: int = 0


def told(value: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return status, {"Content-Type": "application/rdap+json", **headers}, data


@contextmanager
def registry() -> Iterator[tuple[Desk, Guard]]:
    """Both servers, and a guard that lets them through and nothing else inward."""
    answers = {
        "/rdap/dns.json": told(BOOTSTRAP),
        "/com/v1/domain/example.com": told(THIN),
        "/in/domain/example.co.in": told(FULL),
    }
    with answering(answers, (IANA, REGISTRY)) as (desk, guard):
        yield desk, guard


@contextmanager
def answering(
    answers: dict[str, tuple[int, dict[str, str], bytes]], hosts: Sequence[str]
) -> Iterator[tuple[Desk, Guard]]:
    """One server that is all these hosts, and a guard that lets it through and nothing else inward."""
    desk = Desk(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Says nothing."""

        def do_GET(self) -> None:  # the base class names it so
            desk.asked.append(self.path)
            desk.agents.add(self.headers.get("User-Agent", ""))
            status, headers, body = desk.answers.get(self.path, told({"errorCode": 404}, 404))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    desk.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        with Guard(EgressSettings(pinned={f"{host}:80": f"127.0.0.1:{desk.port}" for host in hosts})) as guard:
            yield desk, guard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
