"""Pins: a clause of the terms bound to words on a captured exhibit of the terms page. In flow named people, out pins.

A pin names the exhibit, the exact words in its ``text.txt`` with their place, and the manifest's digest. Pins and
clauses that people add are append-only; the latest pin of a clause version and region counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler import clock
from evidence.custody import CustodyLog
from evidence.decision import one_line, person
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.notice.registry import REGIONS, Clause, Registry, Version, shipped
from evidence.notice.wording import shown

TEXT = "text.txt"
MIN_WORDS = 12  #: characters: a shorter passage stands on too many pages to say anything
MAX_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Pin:
    """A clause version bound to a capture. ``start`` is the code-point offset of ``words`` in the exhibit's text.

    ``other_address`` is why a page of another host than the document's was accepted, empty when it is the same.
    """

    document: str
    regions: tuple[str, ...]
    effective: date
    clause: str
    part: str
    paraphrase: Mapping[str, str]
    exhibit_id: str
    words: str
    start: int
    manifest_sha256: str
    url: str
    captured_at: datetime
    other_address: str
    pinned_by: str
    pinned_at: datetime

    @property
    def ref(self) -> str:
        """``document:clause``."""
        return f"{self.document}:{self.clause}"


class Terms:
    """The registry of one casebook: what is shipped, what people added, and what is pinned."""

    def __init__(self, db: Database, exhibits: Exhibits) -> None:
        self._db, self._exhibits = db, exhibits

    @property
    def registry(self) -> Registry:
        """The shipped registry with the clauses that people added."""
        base = shipped()
        versions: list[Version] = []
        clauses: list[Clause] = []
        for pin in self.pins():
            known = [v for v in (*base.versions, *versions) if v.document == pin.document]
            if not any(v.effective == pin.effective and set(pin.regions) <= set(v.regions) for v in known):
                versions.append(Version(pin.document, pin.regions, pin.effective, f"added by {pin.pinned_by}"))
            if base.clause(pin.ref, pin.effective) is None:
                clauses.append(Clause(pin.document, pin.effective, pin.clause, pin.part, pin.paraphrase))
        return base.joined(versions, clauses)

    def pins(self) -> tuple[Pin, ...]:
        """Every pin, oldest first."""
        return tuple(_pin(row) for row in self._db.table("term_pins").rows_where(order_by="seq"))

    def pin_of(self, clause: Clause, region: str) -> Pin | None:
        """The pin that counts for a clause version in a region; None while nobody has pinned it."""
        fitting = [p for p in self.pins() if p.ref == clause.ref and p.effective == clause.effective]
        return next((pin for pin in reversed(fitting) if region in pin.regions), None)

    def pin(
        self, ref: str, region: str, effective: date, exhibit_id: str, words: str, *, by: str, other_address: str = ""
    ) -> Pin:
        """Binds a clause the registry knows to words on a captured exhibit.

        Raises NotAllowed when the clause has no version of that date in the region, when the exhibit does not hold the
        words, or is of another host than the document's and no reason is given.
        """
        registry = self.registry
        registry.known(ref)
        clause = registry.clause(ref, effective)
        held = [v for v in registry.versions if clause and v.document == clause.document and v.effective == effective]
        if clause is None or not any(region in version.regions for version in held):
            raise NotAllowed(f"{ref} has no version of {effective} for {region}: add it with 'offsignal terms add'")
        return self._bind(clause, (region,), exhibit_id, words, by, other_address)

    def add(
        self,
        ref: str,
        regions: tuple[str, ...],
        effective: date,
        exhibit_id: str,
        words: str,
        *,
        part: str,
        paraphrase: str,
        language: str = "en",
        by: str,
        other_address: str = "",
    ) -> Pin:
        """Adds a clause version and binds it at once; ``part`` and ``paraphrase`` are the reader's own words.

        Raises NotAllowed for an unknown document or region, a version the registry has already, and as :meth:`pin`.
        """
        document, _, clause_id = ref.partition(":")
        self.registry.document(document)
        part, paraphrase = one_line(part, "the part", 200), one_line(paraphrase, "the paraphrase", 600)
        one_line(clause_id, "the clause", 40)
        if self.registry.clause(ref, effective) is not None:
            raise NotAllowed(f"{ref} of {effective} is known: bind it with 'offsignal terms pin'")
        clause = Clause(document, effective, clause_id, part, {"en": paraphrase, language: paraphrase})
        return self._bind(clause, regions, exhibit_id, words, by, other_address)

    def _bind(
        self, clause: Clause, regions: tuple[str, ...], exhibit_id: str, words: str, by: str, other_address: str
    ) -> Pin:
        by = person(by)
        if unknown := [region for region in regions if region not in REGIONS]:
            raise NotAllowed(f"there is no region {unknown[0]!r}: choose of {', '.join(REGIONS)}")
        exhibit = self._exhibits.get(exhibit_id)
        document = self.registry.document(clause.document)
        if _host(exhibit.url) != _host(document.url) and not other_address:
            raise NotAllowed(
                f"{exhibit_id} is a page of {_host(exhibit.url)}, not of {_host(document.url)}; "
                "say with --other-address why it holds the terms all the same"
            )
        text = self._exhibits.read(exhibit_id, TEXT).decode("utf-8")
        start, passage = _find(text, words, exhibit_id)
        pin = Pin(
            document=clause.document,
            regions=regions,
            effective=clause.effective,
            clause=clause.id,
            part=clause.part,
            paraphrase=clause.paraphrase,
            exhibit_id=exhibit_id,
            words=passage,
            start=start,
            manifest_sha256=exhibit.manifest_sha256,
            url=exhibit.url,
            captured_at=exhibit.captured_at,
            other_address=other_address,
            pinned_by=by,
            pinned_at=clock.now(),
        )
        log = CustodyLog(self._db)
        with log.batch():
            self._db.table("term_pins").insert(_row(pin))
            facts = {"clause": pin.ref, "effective": pin.effective.isoformat(), "regions": list(regions)}
            log.append("terms_pinned", exhibit_id, actor=by, purpose="terms of a notice", facts=facts)
        return pin


def _find(text: str, words: str, exhibit_id: str) -> tuple[int, str]:
    """Where the passage stands in the text, white space aside. Raises NotAllowed when it does not."""
    wanted = shown(words)
    if not MIN_WORDS <= len(wanted) <= MAX_WORDS:
        raise NotAllowed(f"the clause's words are {len(wanted)} characters long; give {MIN_WORDS} to {MAX_WORDS}")
    places = [index for index, char in enumerate(text) if not char.isspace()]
    bare = "".join(text[index] for index in places)
    sought = "".join(char for char in words if not char.isspace())
    at = bare.find(sought)
    if at < 0:
        raise NotAllowed(
            f"the text of {exhibit_id} does not hold the words {wanted[:60]!r}: copy them from its text.txt"
        )
    start, end = places[at], places[at + len(sought) - 1] + 1
    return start, text[start:end]


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _row(pin: Pin) -> dict[str, Any]:
    return {
        "document": pin.document,
        "regions": " ".join(pin.regions),
        "effective": pin.effective.isoformat(),
        "clause": pin.clause,
        "part": pin.part,
        "paraphrase": json.dumps(dict(pin.paraphrase), ensure_ascii=False, sort_keys=True),
        "exhibit_id": pin.exhibit_id,
        "words": pin.words,
        "start": pin.start,
        "manifest_sha256": pin.manifest_sha256,
        "url": pin.url,
        "captured_at": clock.iso(pin.captured_at),
        "other_address": pin.other_address,
        "pinned_by": pin.pinned_by,
        "pinned_at": clock.iso(pin.pinned_at),
    }


def _pin(row: Mapping[str, Any]) -> Pin:
    return Pin(
        row["document"],
        tuple(row["regions"].split()),
        date.fromisoformat(row["effective"]),
        row["clause"],
        row["part"],
        json.loads(row["paraphrase"]),
        row["exhibit_id"],
        row["words"],
        row["start"],
        row["manifest_sha256"],
        row["url"],
        clock.parse(row["captured_at"]),
        row["other_address"],
        row["pinned_by"],
        clock.parse(row["pinned_at"]),
    )
