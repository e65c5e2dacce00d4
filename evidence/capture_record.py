"""Builds ``capture.json``, the record of one capture: what was asked, answered, taken and by whom. Facts in, JSON out.

The fields follow what the Berkeley Protocol (paragraph 155), SWGDE 21-F-001 (section 7.5) and ISO/IEC 27037 ask a
collector to write down. What could not be had is ``{"value": null, "reason": "…"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler import clock
from crawler.sighting import url_key
from evidence.collection_facts import Known, collection, limits, privacy
from evidence.digest import sha256_hex
from evidence.earlier import difference
from evidence.host_facts import tool_facts, unknown
from evidence.page_exchanges import Seen
from evidence.record_content import BODY, EXPECTED, ROLES, WACZ, content, embedded
from evidence.record_network import network

__all__ = ["BODY", "CAPTURE", "EXPECTED", "FORMAT", "ROLES", "WACZ", "build"]

FORMAT = "offsignal-capture-2"
CAPTURE = "capture.json"

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
        "network": network(known),
        "content": content(known, directory, files),
        "embedded_metadata": embedded(known),
        "context": _context(known),
        "collection": collection(known),
        "integrity": _integrity(),
        "authority_privacy": privacy(known),
        "custody_events": unknown("in the custody log: custody.jsonl of a bundle shows those of this exhibit"),
        "derivatives": unknown("none yet; a derivative is a new file that names this exhibit as its parent"),
        "human_decision": unknown("none yet; a person's decision is an entry of the custody log"),
        "limits": limits(known),
    }


def _identity(known: Known) -> dict[str, Any]:
    sighting = known.sighting
    return {
        "evidence_id": known.exhibit_id,
        "sighting_id": sighting.sighting_id,
        "run_id": sighting.run_id,
        "source_id": sighting.source,
        "spider": known.sighting.source,
        "spider_version": tool_facts()["version"],
        "schema_version": FORMAT,
        "case_id": unknown("an exhibit is put into a case by a person, later"),
        "supersedes": unknown("exhibits are never replaced; a later capture is another exhibit"),
        "duplicate_of": _duplicate(known),
    }


def _duplicate(known: Known) -> Any:
    """The earlier exhibit of the same address whose body is the same, byte for byte."""
    earlier, exchange = known.around.earlier, known.main.exchange
    if earlier is None or exchange is None:
        return unknown("there is no earlier exhibit of this address")
    if earlier.body_sha256 != sha256_hex(exchange.body):
        return unknown(f"its body is not that of {earlier.exhibit_id}, the exhibit before it")
    return earlier.exhibit_id


def _target(known: Known) -> dict[str, Any]:
    facts = known.sighting.facts
    stated = {
        name: next((facts[key] for key in keys if facts.get(key)), None) or unknown("the source states none")
        for name, keys in STATED.items()
    }
    return {
        "url_requested": known.page.url,
        "url_normalised": url_key(known.page.url),
        "url_final": known.page.url_final or (known.main.exchange.url if known.main.exchange else ""),
        "page_title": known.embedded.get("title") or unknown("the page names none"),
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


def _context(known: Known) -> dict[str, Any]:
    sighting, exchange, facts = known.sighting, known.main.exchange, known.sighting.facts
    body = sha256_hex(exchange.body) if exchange else ""
    ref, earlier = sighting.spool, known.around.earlier
    text = known.findings.extracted.text if known.findings else ""
    return {
        "found_by": sighting.source,
        "search_query_or_seed": _fact(facts, "query", "seed", "search") or unknown("the source notes none"),
        "referrer": _fact(facts, "referrer", "found_on") or unknown("the source notes none; the visit sent none"),
        "position": _fact(facts, "position", "rank") or unknown("the source notes none"),
        "seller_profile": _fact(facts, "seller_url", "profile_url", "page_url") or unknown("the source states none"),
        "comments_visible": unknown("not told apart from the rest; what was visible is in text.txt and full.png"),
        "ad_library_id": _fact(facts, "ad_id", "ad_archive_id") or unknown("the source states none"),
        "seen_at": clock.iso(sighting.seen_at),
        "seen_status": sighting.status if sighting.status is not None else unknown(sighting.reason or "no answer"),
        "seen_body_sha256": sighting.body_sha256 or unknown("no body was stored when it was seen"),
        "same_bytes_as_seen": body == sighting.body_sha256 if sighting.body_sha256 else unknown("nothing to compare"),
        "seen_record": {"segment": ref.segment, "offset": ref.offset, "record_id": ref.record_id}
        if ref
        else unknown("the sighting has no record of its own"),
        "previous_capture": earlier.exhibit_id if earlier else unknown("this is the first exhibit of this address"),
        "diff_summary": difference(earlier, body, text)
        if earlier
        else unknown("this is the first exhibit of this address"),
    }


def _integrity() -> dict[str, Any]:
    """Where what seals this record is: it is made after it, over it, and so cannot stand in it."""
    after = "made over this record after it was written"
    return {
        "per_file": "content.files, and again in manifest.json with this record itself",
        "hash_algorithm": "SHA-256",
        "manifest_sha256": unknown(f"{after}: the custody entry 'sealed' and every timestamp name it"),
        "signature": unknown(f"{after}: the timestamps over manifest.json, and the signed head of the custody log"),
        "timestamps": unknown(f"{after}: proofs/ beside manifest.json, and warc-time.json for the closed WARC"),
        "verify_result": unknown("what a check finds is stated by the check: 'offsignal verify', or verify.py"),
        "previous_record_hash": unknown(f"{after}: manifest.json names the head of the custody log before it"),
    }


def _fact(facts: Mapping[str, str], *names: str) -> str:
    return next((facts[name] for name in names if facts.get(name)), "")
