"""Packs what one visit recorded into a WACZ: exchanges in, one archive with its facts about connections out."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import clock, warc_text
from crawler.config import CollectorSettings
from crawler.egress import Door
from crawler.exchange import Exchange, Octets
from crawler.warc import RecordRef, WarcWriter
from evidence.digest import canonical_json, sha256_hex
from evidence.host_facts import software
from evidence.page_exchanges import Seen
from evidence.page_robots import RobotsAsker
from evidence.page_visit import PageCapture
from evidence.wacz import Page, Words, write_wacz
from evidence.wire import Connection
from evidence.wire_http1 import WireExchange

MAX_LEFT = 200
#: Heads that a WARC record can hold as they are: lines that end in CR LF, and one blank line, the last.
_WARC_HEAD = re.compile(rb"(?:[^\r\n]+\r\n)+\r\n")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an exchange lies in the WARC: its response, and the record whose payload is the body without codings."""

    response: RecordRef
    body: RecordRef


def storable(value: Any) -> Any:
    """``value`` with every lone surrogate, which only hostile text has, replaced by U+FFFD, so that it can be UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    return value


def addresses(door: Door, page: PageCapture) -> Iterator[dict[str, Any]]:
    """Which address the guard chose for each host of the page, and when: the guard resolves, the browser cannot."""
    hosts = {urlsplit(entry.url).hostname for entry in page.recorder.seen}
    for verdict in door.verdicts():
        if verdict.host in hosts:
            yield {
                "at": clock.iso(verdict.at),
                "host": verdict.host,
                "port": verdict.port,
                "ip": verdict.ip,
                "allowed": verdict.allowed,
                "reason": verdict.reason,
            }


def write_archive(
    target: Path,
    page: PageCapture,
    main: Seen,
    title: str,
    collector: CollectorSettings,
    dns: list[dict[str, Any]],
    robots: RobotsAsker,
) -> dict[int, Kept]:
    """The WACZ: every exchange, and what is known of the page and its connections as metadata records.

    ``main`` is the answered main document. Returns where the exchange of each request lies, by ``id`` of its entry.
    OSError passes through.
    """
    if main.exchange is None:
        raise ValueError("an archive needs an answered main document")
    info = {
        "software": software(),
        "operator": collector.operator,
        "robots": "obey",
        "http-header-user-agent": page.user_agent,
        "description": "All exchanges of one page as they were on the wire; conversion records hold unpacked bodies.",
    }
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        warc = Path(place) / "data.warc.gz"
        with warc.open("wb") as stream:
            writer = WarcWriter(stream, filename=warc.name, info=info)
            _write_robots(writer, page, robots)
            places = {
                id(entry): _write(writer, entry.exchange, entry.wire)
                for entry in page.recorder.seen
                if entry.exchange is not None
            }
            about, concerns = main.exchange.url, places[id(main)].response.record_id
            facts = (("pageinfo", _page_info(page, places)), ("egress", dns), ("tls", _tls(page)))
            for kind, told in facts:
                if told:
                    data = canonical_json(storable(told))
                    writer.metadata(f"urn:{kind}:{about}", "application/json", data, page.ended_at, concerns)
        entry = Page(warc_text.http_uri(about), main.exchange.fetched_at, title)
        words = Words(title or about, f"One visit to {page.url}.", software(), page.ended_at)
        write_wacz(target, warc, [entry], words)
    return places


def _write(writer: WarcWriter, exchange: Exchange, wire: WireExchange | None) -> Kept:
    """One exchange: octet for octet where it was recorded and can stand in a WARC."""
    if wire is None or not _fits(wire):
        ref = writer.exchange(exchange)
        return Kept(ref, ref)
    octets = Octets(wire.request_head, wire.request_body, wire.response_head, wire.response_body)
    return Kept(*writer.wire(exchange, octets))


def _fits(wire: WireExchange) -> bool:
    return all(_WARC_HEAD.fullmatch(head) for head in (wire.request_head, wire.response_head))


def _write_robots(writer: WarcWriter, page: PageCapture, robots: RobotsAsker) -> None:
    """The exchanges in which robots.txt was asked for, before those of the page."""
    for file in robots.files():
        wire = page.recorder.wire.take("GET", file.url, file.status) if file.status is not None else None
        if wire is not None and wire.whole:
            exchange = page.recorder.wire.exchange(wire, file.body, file.asked_at)
            _write(writer, exchange, wire)


def _page_info(page: PageCapture, places: Mapping[int, Kept]) -> dict[str, Any]:
    """Every request of the page in order, with the record that holds its answer, or why there is none."""
    left = page.recorder.wire.left
    return {
        "url": page.url,
        "url_final": page.url_final,
        "requests": [_request(entry, places.get(id(entry))) for entry in page.recorder.seen],
        "not_of_the_page_log": [{"method": one.method, "url": one.url[:2000]} for one in left[:MAX_LEFT]],
        "not_of_the_page_log_count": len(left),
    }


def _request(entry: Seen, kept: Kept | None) -> dict[str, Any]:
    wire = entry.wire
    return {
        "url": entry.url,
        "method": entry.method,
        "kind": entry.kind,
        "at": clock.iso(entry.asked_at),
        "status": entry.exchange.status if entry.exchange else 0,
        "record": kept.response.record_id if kept else "",
        "body_record": kept.body.record_id if kept else "",
        "body_sha256": sha256_hex(entry.exchange.body) if entry.exchange else "",
        "source": "" if entry.exchange is None else "browser" if wire is None else "wire",
        "source_reason": entry.gap,
        "connection": wire.connection if wire else -1,
        "pseudo_headers": [list(pair) for pair in wire.pseudo] if wire else [],
        "head_as_sent": bool(wire and _fits(wire)),
        "failure": entry.failure,
        "refused": entry.refused,
        "exact_bytes": entry.exact,
    }


def _tls(page: PageCapture) -> dict[str, Any]:
    """Every connection with its certificates (DER, base64), and what the browser said of the page's own."""
    recorder = page.recorder
    return {
        "connections": [connection_facts(one, with_chain=True) for one in recorder.wire.connections],
        "page": recorder.tap.certificates,
        "answers": {entry.url: entry.tls for entry in recorder.seen if entry.tls},
    }


def connection_facts(one: Connection, *, with_chain: bool = False) -> dict[str, Any]:
    """One connection to a server, as JSON: who, where, when, what TLS was spoken, whose certificates were shown."""
    stream = one.stream
    facts: dict[str, Any] = {
        "number": one.number,
        "host": stream.target.host,
        "port": stream.target.port,
        "ip": stream.ip,
        "local_ip": stream.local,
        "opened_at": clock.iso(stream.opened_at),
        "octets_sent": len(stream.sent),
        "octets_received": len(stream.received),
        "tls": None if one.tls is None else _spoken(one),
        "problem": one.problem,
    }
    if stream.kind == "plain" or facts["tls"] is None:
        facts["tls"] = "none: plain HTTP" if stream.kind == "plain" else "not opened"
    if with_chain and one.chain:
        facts["chain"] = [base64.b64encode(der).decode("ascii") for der in one.chain]
    return facts


def _spoken(one: Connection) -> dict[str, Any]:
    if one.tls is None:
        return {}
    return {
        "version": one.tls.version,
        "cipher": one.tls.cipher,
        "protocol": one.tls.alpn or "not negotiated",
        "server_name": one.tls.server_name,
        "resumed": one.tls.resumed,
        "chain_sha256": [sha256_hex(der) for der in one.chain],
        "chain_from_connection": one.chain_from,
    }
