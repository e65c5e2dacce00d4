"""Builds ``capture.json``, the record of one capture: what was asked, answered, taken and by whom. Facts in, JSON out.

The fields follow what the Berkeley Protocol (paragraph 155), SWGDE 21-F-001 (section 7.5) and ISO/IEC 27037 ask a
collector to write down. What could not be had is ``{"value": null, "reason": "…"}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import clock
from crawler.sighting import url_key
from evidence.certificates import certificate_facts
from evidence.claims_file import CLAIMS, TEXT, Findings
from evidence.collection_facts import MAX_LISTED, Known, collection, failure, limits, privacy
from evidence.digest import sha256_file, sha256_hex
from evidence.host_facts import unknown
from evidence.page_capture import DOM, FULL_PNG, MHTML, PDF, VIEWPORT_PNG
from evidence.page_recorder import DEFAULT_PORTS, Seen

FORMAT = "offsignal-capture-1"
CAPTURE, WACZ, BODY = "capture.json", "capture.wacz", "body.bin"

#: name -> role, media type, and what it was made from
ROLES = {
    WACZ: ("web archive of every exchange of the page", "application/wacz", ""),
    BODY: ("body of the main document as stored", "application/octet-stream", WACZ),
    DOM: ("document as the browser had it after its scripts ran", "text/html; charset=utf-8", ""),
    VIEWPORT_PNG: ("picture of the first screen", "image/png", ""),
    FULL_PNG: ("picture of the whole page", "image/png", ""),
    MHTML: ("page with its parts in one file, by the browser", "multipart/related", ""),
    PDF: ("page as the browser prints it", "application/pdf", ""),
    TEXT: ("text of the page, which the claims point into", "text/plain; charset=utf-8", DOM),
    CLAIMS: ("claims and identifiers, each with its exact quote", "application/json", TEXT),
}
#: Names in the record, and the names under which sources state the same.
STATED = {
    "post_or_ad_id": ("id", "ad_id", "sku"),
    "publish_date_shown": ("published", "ad_creation_time"),
    "seller_name_shown": ("seller", "page_name", "author"),
    "price_shown": ("price",),
    "currency": ("currency",),
}


def build(known: Known, directory: Path, files: Sequence[str]) -> dict[str, Any]:
    """The record for the files that lie in ``directory``. Call it when everything but the record is written."""
    page, exchange = known.page, known.main.exchange
    if exchange is None:
        raise ValueError("a record needs an answered main document")
    return {
        "format": FORMAT,
        "state": "partial" if page.missing else "complete",
        "missing": [{"what": one.what, "reason": one.reason} for one in page.missing],
        "url": page.url,
        "url_final": page.url_final or exchange.url,
        "title": known.embedded.get("title", ""),
        "status": exchange.status,
        "server_ip": exchange.peer_ip or unknown("the guard knows no connection to this host"),
        "captured_at": clock.iso(page.started_at),
        "identity": _identity(known),
        "target": _target(known),
        "network": _network(known),
        "content": _content(directory, files, known.findings),
        "embedded_metadata": _embedded(known),
        "context": _context(known),
        "collection": collection(known),
        "authority_privacy": privacy(known.findings),
        "limits": limits(known),
    }


def _identity(known: Known) -> dict[str, Any]:
    sighting = known.sighting
    return {
        "evidence_id": known.exhibit_id,
        "sighting_id": sighting.sighting_id,
        "run_id": sighting.run_id,
        "source_id": sighting.source,
        "case_id": unknown("an exhibit is put into a case by a person, later"),
        "supersedes": unknown("exhibits are never replaced; a later capture is another exhibit"),
        "duplicate_of": unknown("not compared; equal files have equal digests"),
    }


def _target(known: Known) -> dict[str, Any]:
    facts = known.sighting.facts
    stated = {
        name: next((facts[key] for key in keys if facts.get(key)), None) or unknown("the source states none")
        for name, keys in STATED.items()
    }
    return {
        "url_requested": known.page.url,
        "url_normalised": url_key(known.page.url),
        "redirect_chain": [_hop(entry) for entry in known.page.recorder.main_chain],
        "canonical_link": known.embedded.get("canonical_link") or unknown("the page names none"),
        "language": known.findings.lang if known.findings else unknown("no text was taken"),
        "platform": known.sighting.source,
        **stated,
        "stated_by_source": dict(facts),
    }


def _hop(entry: Seen) -> dict[str, Any]:
    answer = entry.exchange
    return {
        "url": entry.url,
        "asked_at": clock.iso(entry.asked_at),
        "status": answer.status if answer else unknown(entry.failure),
        "server_ip": answer.peer_ip if answer else unknown("no answer"),
    }


def _network(known: Known) -> dict[str, Any]:
    exchange = known.main.exchange
    assert exchange is not None  # noqa: S101  # build() has looked
    parts = urlsplit(exchange.url)
    secure = parts.scheme == "https"
    certificates = known.page.recorder.tap.certificates
    return {
        "method": exchange.method,
        "http_version": exchange.protocol,
        "status_text": exchange.reason,
        "request_headers": [list(pair) for pair in exchange.request_headers],
        "response_headers": [list(pair) for pair in exchange.response_headers],
        "port": parts.port or DEFAULT_PORTS[parts.scheme],
        "dns": list(known.dns) or unknown("the browser had a connection already; see server_ip"),
        "tls": certificate_facts(known.main.tls, certificates) if secure else unknown("plain HTTP: no TLS was spoken"),
        "collector_egress_ip": unknown("no third party is asked for it"),
        "collector_country": unknown("no third party is asked for it"),
        "proxy_or_vpn": "the program's own egress guard on this machine; it chooses and checks the address",
        "robots": {
            "decision": known.sighting.robots or unknown("the source is not asked by pages"),
            "decided_at": clock.iso(known.sighting.seen_at),
        },
        "refused": [failure(entry) for entry in known.page.recorder.seen if entry.refused][:MAX_LISTED],
    }


def _content(directory: Path, files: Sequence[str], findings: Findings | None) -> dict[str, Any]:
    rows = []
    for name in files:
        role, mime, source = ROLES[name]
        source = BODY if name == TEXT and DOM not in files else source
        path = directory / name
        rows.append(
            {
                "path": name,
                "role": role,
                "mime": mime,
                "bytes": path.stat().st_size,
                "sha256": sha256_file(path),
                "derived_from": source or unknown("taken from the page directly"),
            }
        )
    return {
        "files": rows,
        "hash_algorithm": "SHA-256",
        "har": unknown("the exchanges are kept as WARC records"),
        "media": unknown(f"pictures, scripts and other parts lie in {WACZ}"),
        "claims": len(findings.claims) if findings else 0,
        "identifiers": len(findings.identifiers) if findings else 0,
    }


def _embedded(known: Known) -> dict[str, Any]:
    return {
        "meta": known.embedded.get("meta", {}),
        "json_ld": known.embedded.get("json_ld", []),
        "exif_xmp": unknown(f"not read; the pictures lie in {WACZ} as they came"),
        "apk": unknown("program files are kept as bytes and never opened"),
    }


def _context(known: Known) -> dict[str, Any]:
    sighting, exchange = known.sighting, known.main.exchange
    body = sha256_hex(exchange.body) if exchange else ""
    ref = sighting.spool
    return {
        "found_by": sighting.source,
        "seen_at": clock.iso(sighting.seen_at),
        "seen_status": sighting.status if sighting.status is not None else unknown(sighting.reason or "no answer"),
        "seen_body_sha256": sighting.body_sha256 or unknown("no body was stored when it was seen"),
        "same_bytes_as_seen": body == sighting.body_sha256 if sighting.body_sha256 else unknown("nothing to compare"),
        "seen_record": {"segment": ref.segment, "offset": ref.offset, "record_id": ref.record_id}
        if ref
        else unknown("the sighting has no record of its own"),
        "previous_capture": unknown("not looked up; see the history of the case"),
    }
