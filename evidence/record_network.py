"""The part of a capture record about the wire: the main exchange, its connection, names, robots: facts in, JSON out."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import clock
from crawler.guard_tape import Tape
from evidence.certificates import certificate_facts
from evidence.collection_facts import MAX_LISTED, Known, failure
from evidence.host_facts import unknown
from evidence.page_archive import connection_facts
from evidence.page_exchanges import DEFAULT_PORTS
from evidence.wire import Connection

RESOLV_CONF = Path("/etc/resolv.conf")
GUARD = "the program's own egress guard on this machine; it chooses and checks the address, and passes TLS untouched"


def network(known: Known) -> dict[str, Any]:
    """How the main document was asked for and answered, over which connection, and what robots.txt said."""
    exchange, wire, own = known.main.exchange, known.main.wire, known.settings.record
    if exchange is None:
        raise ValueError("a record needs an answered main document")
    recorder = known.page.recorder
    parts = urlsplit(exchange.url)
    connection = recorder.wire.connections[wire.connection] if wire else None
    no_wire = unknown(known.main.gap or "it was not recorded")
    return {
        "method": exchange.method,
        "http_version": exchange.protocol,
        "status_text": exchange.reason,
        "request_headers": [list(pair) for pair in exchange.request_headers],
        "response_headers": [list(pair) for pair in exchange.response_headers],
        "headers_from": "the wire" if wire else unknown(known.main.gap or "the browser told them"),
        "port": parts.port or DEFAULT_PORTS[parts.scheme],
        "dns": list(known.dns) or unknown("the browser had a connection already; see server_ip"),
        "dns_answers": _lookups(known) or unknown("no name was looked up: it is an address, or pinned in the settings"),
        "resolver": _resolver(),
        "tls": _tls(known, connection) if parts.scheme == "https" else unknown("plain HTTP: no TLS was spoken"),
        "connection": connection_facts(connection) if connection else no_wire,
        "connections": len(recorder.wire.connections),
        "collector_local_ip": connection.stream.local if connection and connection.stream.local else no_wire,
        "collector_egress_ip": own.egress_ip
        or unknown("no third party is asked for it; capture.record.egress_ip in offsignal.toml states it"),
        "collector_country": own.egress_country
        or unknown("no third party is asked for it; capture.record.egress_country in offsignal.toml states it"),
        "proxy_or_vpn": f"{GUARD}; {own.proxy_or_vpn}" if own.proxy_or_vpn else GUARD,
        "robots": known.around.robots.facts(),
        "refused": [failure(entry) for entry in recorder.seen if entry.refused][:MAX_LISTED],
    }


def _tls(known: Known, connection: Connection | None) -> dict[str, Any]:
    """Version, cipher and certificates of the connection that carried the page; what the browser thought of them."""
    told = known.page.recorder.tap.certificates
    if connection is None or connection.tls is None:
        return {**certificate_facts(known.main.tls, told), "from": "the browser"}
    facts = certificate_facts(known.main.tls, told, connection.chain)
    return {
        **facts,
        "protocol": connection.tls.version,
        "cipher": connection.tls.cipher,
        "alpn": connection.tls.alpn or unknown("the server chose none"),
        "server_name": connection.tls.server_name or unknown("the browser named none"),
        "resumed": connection.tls.resumed,
        "chain_from_connection": connection.chain_from,
        "from": "the handshake of the connection that carried the page",
    }


def _lookups(known: Known) -> list[dict[str, Any]]:
    """What the resolver answered for each name, when, and how long it took."""
    tape = known.around.door.tape or Tape(0)
    return [
        {
            "host": one.host,
            "answers": list(one.answers),
            "asked_at": clock.iso(one.asked_at),
            "took_ms": one.took_ms,
        }
        for one in tape.lookups()
    ]


def _resolver() -> dict[str, Any]:
    """Who answers for names on this machine; the system's resolver tells addresses and nothing else."""
    try:
        lines = RESOLV_CONF.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    servers = [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"]
    return {
        "asked_by": "getaddrinfo of the operating system",
        "nameservers": servers or unknown(f"{RESOLV_CONF} names none"),
        "aliases_and_ttl": unknown("getaddrinfo does not tell them"),
    }
