"""What the registry has on record for a captured page's domain: a host in; ``rdap.json`` as a value or a reason out.

RDAP (RFC 9082, 9083) is a registry's own service for such questions. It is asked through the egress guard, at most once
in a while for each domain (the answer is kept in the casebook) and never faster than once a second for each server; a
server that asks to be left alone (429, Retry-After) is. Which server is asked stands in IANA's bootstrap file.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler import clock
from crawler.config import CollectorSettings
from crawler.egress import Guard
from evidence import rdap_store
from evidence.config import CaptureSettings
from evidence.guarded_fetch import Fetcher
from evidence.host_facts import software, unknown
from evidence.rdap_answer import BadAnswerError, facts, parse, without_persons
from evidence.rdap_bootstrap import Bootstrap, base_address, read_bootstrap, registrable_domain
from evidence.rdap_store import Row

FORMAT, RDAP = "offsignal-rdap-1", "rdap.json"
ACCEPT = "application/rdap+json, application/json;q=0.8"
MAX_ANSWER_BYTES, MAX_BOOTSTRAP_BYTES = 1 << 20, 8 << 20
PAUSE_S = 1.0
#: After a failure the same question is not asked again for so long.
RETRY_AFTER = timedelta(hours=6)
MAX_WAIT_S = 7 * 86_400
OK, TOO_MANY = 200, (429, 503)


class Registry(Protocol):
    """Whoever knows what is on record for a host's domain."""

    def look_up(self, host: str) -> Mapping[str, Any]:
        """The content of ``rdap.json``. Never raises for what servers do."""


@dataclass(frozen=True, slots=True)
class NoRegistry:
    """Asks nobody, and says why."""

    reason: str

    def look_up(self, host: str) -> Mapping[str, Any]:
        """Everything unknown, for the one reason."""
        domain, problem = registrable_domain(host)
        return _content(host, domain or unknown(problem), problem or self.reason)


class RdapRegistry:
    """Asks registries by RDAP. Raises StoreError when the casebook cannot be written."""

    def __init__(self, db: Database, fetcher: Fetcher, settings: CaptureSettings) -> None:
        self._db, self._fetcher, self._settings = db, fetcher, settings

    def look_up(self, host: str) -> Mapping[str, Any]:
        """What the registry says of the domain of ``host``, with how it was asked; a reason where it cannot be had."""
        domain, problem = registrable_domain(host)
        if problem:
            return _content(host, unknown(problem), problem)
        source = self._settings.rdap_bootstrap
        listed = self._ask(source, source, MAX_BOOTSTRAP_BYTES)
        bootstrap, problem = _read(listed)
        if bootstrap is None:
            return _content(host, domain, f"the list of registries cannot be had: {problem}")
        told = _bootstrap_facts(listed, bootstrap)
        base = base_address(bootstrap, domain)
        if not base:
            reason = f"IANA's list of {bootstrap.publication or 'unknown date'} names no RDAP server for {domain}"
            return _content(host, domain, reason, bootstrap=told)
        return self._registration(host, domain, base, told)

    def _registration(self, host: str, domain: str, base: str, bootstrap: Mapping[str, Any]) -> Mapping[str, Any]:
        row = self._ask(domain, f"{base}domain/{domain}", MAX_ANSWER_BYTES)
        if row.problem:
            return _content(host, domain, row.problem, row, bootstrap)
        try:
            answer = parse(row.body)
        except BadAnswerError as error:
            return _content(host, domain, str(error), row, bootstrap)
        if str(answer.get("ldhName", "")).lower().rstrip(".") != domain:
            return _content(host, domain, "the registry answered about another domain", row, bootstrap)
        content = _content(host, domain, "", row, bootstrap)
        return {**content, "registration": facts(answer), "answer": without_persons(answer)}

    def _ask(self, subject: str, url: str, limit: int) -> Row:
        """The kept answer where it is young enough, else a new one; an old one, said to be old, when there is none."""
        good, last, now = (
            rdap_store.latest(self._db, subject, good=True),
            rdap_store.latest(self._db, subject, good=False),
            clock.now(),
        )
        if good is not None and now - good.asked_at < timedelta(days=self._settings.rdap_age_days):
            return good
        if last is not None and last.problem and now - last.asked_at < RETRY_AFTER:
            return good if good is not None else last
        server = urlsplit(url).netloc
        if reason := self._wait(server):
            return good if good is not None else Row(subject, server, url, now, None, reason, 0, b"")
        row = self._fetch(subject, server, url, limit)
        rdap_store.add(self._db, row)
        return good if row.problem and good is not None else row

    def _wait(self, server: str) -> str:
        """Keeps the pause between two questions to a server; why it is not asked now, when it asked for quiet."""
        last = rdap_store.last_asked(self._db, server)
        if last is None:
            return ""
        left = (last.asked_at + timedelta(seconds=max(last.wait_s, PAUSE_S)) - clock.now()).total_seconds()
        if left > PAUSE_S:
            return f"{server} asked to be left alone for another {int(left)} seconds"
        if left > 0:
            time.sleep(left)
        return ""

    def _fetch(self, subject: str, server: str, url: str, limit: int) -> Row:
        sink, asked_at = BytesIO(), clock.now()
        got = self._fetcher.fetch(url, sink, limit=limit, seconds=self._settings.rdap_timeout_s, accept=ACCEPT)
        last = got.last
        status = last.status if last else None
        problem, wait_s = got.problem, 0
        if not problem and status != OK:
            problem = f"{server} answered {status}"
            problem += ", it knows no such domain" if status == 404 else ""  # RFC 7480 section 5.3
        if last is not None and status in TOO_MANY:
            told = last.header("retry-after")
            wait_s = min(int(told), MAX_WAIT_S) if told.isdecimal() and len(told) < 9 else 3600
        hops = [hop.to_dict() for hop in got.hops]
        return Row(subject, server, url, asked_at, status, problem[:300], wait_s, sink.getvalue(), hops)


def _read(row: Row) -> tuple[Bootstrap | None, str]:
    if row.problem:
        return None, row.problem
    try:
        return read_bootstrap(row.body), ""
    except ValueError as error:
        return None, str(error)


def _bootstrap_facts(row: Row, bootstrap: Bootstrap) -> dict[str, Any]:
    """Where the server's address comes from."""
    return {
        "url": row.url,
        "publication": bootstrap.publication or unknown("the list does not say"),
        "asked_at": clock.iso(row.asked_at),
        "sha256": row.sha256,
    }


def _content(
    host: str, domain: Any, reason: str, row: Row | None = None, bootstrap: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """``rdap.json`` without a registration."""
    asked = unknown(reason or "nobody was asked")
    if row is not None:
        asked = {
            "url": row.url,
            "asked_at": clock.iso(row.asked_at),
            "age_s": max(int((clock.now() - row.asked_at).total_seconds()), 0),
            "chain": list(row.hops),
        }
    return {
        "format": FORMAT,
        "host": host,
        "domain": domain,
        "registration": unknown(reason),
        "answer": unknown(reason),
        "answer_sha256": row.sha256 if row is not None and row.body else unknown("there is no answer"),
        "answer_note": (
            "The answer as it came stays in the casebook under this digest; here stands what remains of it without "
            "persons: of entities that are no registrar, reseller or abuse desk only roles and organisation are kept."
        ),
        "asked": asked,
        "bootstrap": dict(bootstrap) if bootstrap is not None else unknown(reason or "it was not needed"),
    }


def registry_of(db: Database, guard: Guard, settings: CaptureSettings, collector: CollectorSettings) -> Registry:
    """The registry that the settings allow: RDAP through the guard, or nobody."""
    if not settings.rdap:
        return NoRegistry("the settings do not allow asking registries (capture.rdap)")
    return RdapRegistry(db, Fetcher(guard, f"{software()} (+{collector.contact})", "rdap"), settings)
