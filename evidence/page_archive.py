"""Packs what one visit recorded into a WACZ: exchanges in, one archive with its facts about connections out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import clock, warc_text
from crawler.config import CollectorSettings
from crawler.egress import Guard
from crawler.warc import WarcWriter
from evidence.digest import canonical_json
from evidence.host_facts import software
from evidence.page_capture import PageCapture
from evidence.page_recorder import Seen
from evidence.wacz import Page, Words, write_wacz


def storable(value: Any) -> Any:
    """``value`` with every lone surrogate, which only hostile text has, replaced by U+FFFD, so that it can be UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    return value


def addresses(guard: Guard, page: PageCapture) -> Iterator[dict[str, Any]]:
    """Which address the guard chose for each host of the page, and when: the guard resolves, the browser cannot."""
    hosts = {urlsplit(entry.url).hostname for entry in page.recorder.seen}
    for verdict in guard.verdicts():
        if verdict.at >= page.started_at and verdict.host in hosts:
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
) -> None:
    """The WACZ: every exchange, and what is known of the page and its connections as metadata records.

    ``main`` is the answered main document. OSError passes through.
    """
    if main.exchange is None:
        raise ValueError("an archive needs an answered main document")
    info = {
        "software": software(),
        "operator": collector.operator,
        "robots": "obey",
        "http-header-user-agent": page.user_agent,
        "description": "All exchanges of one page, bodies decoded; the headers say so where they were changed.",
    }
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        warc = Path(place) / "data.warc.gz"
        with warc.open("wb") as stream:
            writer = WarcWriter(stream, filename=warc.name, info=info)
            places = {
                id(entry): writer.exchange(entry.exchange).record_id
                for entry in page.recorder.seen
                if entry.exchange is not None
            }
            about, concerns = main.exchange.url, places[id(main)]
            for kind, facts in (("pageinfo", _page_info(page, places)), ("egress", dns), ("tls", _tls(page))):
                if facts:
                    data = canonical_json(storable(facts))
                    writer.metadata(f"urn:{kind}:{about}", "application/json", data, page.ended_at, concerns)
        entry = Page(warc_text.http_uri(about), main.exchange.fetched_at, title)
        words = Words(title or about, f"One visit to {page.url}.", software(), page.ended_at)
        write_wacz(target, warc, [entry], words)


def _page_info(page: PageCapture, places: Mapping[int, str]) -> dict[str, Any]:
    """Every request of the page in order, with the record that holds its answer, or why there is none."""
    requests = [
        {
            "url": entry.url,
            "method": entry.method,
            "kind": entry.kind,
            "at": clock.iso(entry.asked_at),
            "status": entry.exchange.status if entry.exchange else 0,
            "record": places.get(id(entry), ""),
            "failure": entry.failure,
            "refused": entry.refused,
            "exact_bytes": entry.exact,
        }
        for entry in page.recorder.seen
    ]
    return {"url": page.url, "url_final": page.url_final, "requests": requests}


def _tls(page: PageCapture) -> dict[str, Any]:
    """The page's connection with its certificates (DER, base64), and what each https answer said of its own."""
    answers = {entry.url: entry.tls for entry in page.recorder.seen if entry.tls}
    state = page.recorder.tap.certificates
    return {"page": state, "answers": answers} if state or answers else {}
