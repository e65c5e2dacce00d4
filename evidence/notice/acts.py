"""The facts of a notice: a case's accepted exhibits in, numbered acts with verbatim quotations and identifiers out.

An act is one captured page at one moment with the quotable, unstruck claims on it. Acts up to 7 December 2019 are left
out: from that date on, what is public outside the platform counts (WhatsApp's statement on bulk messaging). What the
page says in its own favour is no act; it is handed to counsel beside the draft, whenever it was captured and whatever
was struck.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from classifiers.labels import MITIGATING_CLAIMS, ClaimType
from crawler import clock
from evidence.chronology import LINE
from evidence.digest import sha256_hex
from evidence.errors import Unreadable, Unverified
from evidence.exhibit import Exhibit, Exhibits
from evidence.notice.wording import shown

EXCULPATORY = frozenset({*MITIGATING_CLAIMS, ClaimType.DISCLAIMER})
NOT_QUOTED = frozenset({*EXCULPATORY, ClaimType.CONTACT})
MAX_IDENTIFIERS = 40

StruckOf = Callable[[str], frozenset[int]]
"""The indices of the claims of an exhibit that a person struck."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One quotation: ``words`` verbatim with their code-point place in ``text.txt``; ``number`` is "1.2".

    ``also`` are the types of further claims that stand inside these words.
    """

    number: str
    type: str
    words: str
    start: int
    end: int
    index: int
    also: tuple[str, ...] = ()

    @property
    def types(self) -> frozenset[str]:
        """Every type of claim these words make."""
        return frozenset((self.type, *self.also))


@dataclass(frozen=True, slots=True)
class Act:
    """One captured page at one moment. ``exhibit_number`` counts the accepted exhibits of the case from 1."""

    number: int
    exhibit_number: int
    exhibit_id: str
    url: str
    url_final: str
    at: datetime
    manifest_sha256: str
    quotes: tuple[Quote, ...]

    @property
    def types(self) -> frozenset[str]:
        """Every type of claim that is quoted."""
        return frozenset(kind for quote in self.quotes for kind in quote.types)


@dataclass(frozen=True, slots=True)
class SeenIdentifier:
    """An identifier with every exhibit that shows it. ``basis`` is ``shown``, ``ambiguous`` or ``own_address``."""

    kind: str
    value: str
    basis: str
    exhibits: tuple[int, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a notice says of the recipient. ``left_out`` and ``in_favour`` are sentences for counsel alone."""

    acts: tuple[Act, ...]
    exhibits: tuple[Exhibit, ...]
    identifiers: tuple[SeenIdentifier, ...]
    left_out: tuple[str, ...]
    in_favour: tuple[str, ...]


def gather(exhibits: Exhibits, accepted: Sequence[str], struck: StruckOf) -> Facts:
    """The facts of these exhibits, numbered in the order given.

    Raises Unverified when a manifest is not what was sealed or a quotation does not stand at its place.
    """
    acts: list[Act] = []
    left_out: list[str] = []
    favour: list[str] = []
    shown_in: dict[tuple[str, str], SeenIdentifier] = {}
    found = tuple(exhibits.get(name) for name in accepted)
    for number, exhibit in enumerate(found, 1):
        check_manifest(exhibits, exhibit)
        text, claims = exhibits.read(exhibit.exhibit_id, "text.txt").decode("utf-8"), read_claims(exhibits, exhibit)
        out = struck(exhibit.exhibit_id)
        _identifiers(shown_in, claims.get("identifiers", ()), number, exhibit)
        left_out += [f"exhibit {number}: claim {index} was struck by a person" for index in sorted(out)]
        favour += _in_favour(number, claims.get("claims", ()))
        if exhibit.captured_at < LINE:
            left_out.append(f"exhibit {number}: of {clock.iso(exhibit.captured_at)}, not after 7 December 2019")
            continue
        quotes = _quotes(len(acts) + 1, exhibit.exhibit_id, claims.get("claims", ()), text, out)
        if not quotes:
            left_out.append(f"exhibit {number}: nothing on it is quotable as an act")
            continue
        acts.append(
            Act(
                *(len(acts) + 1, number, exhibit.exhibit_id, exhibit.url, _final(exhibits, exhibit)),
                *(exhibit.captured_at, exhibit.manifest_sha256, quotes),
            )
        )
    identifiers = tuple(shown_in.values())
    if len(identifiers) > MAX_IDENTIFIERS:
        left_out.append(f"{len(identifiers) - MAX_IDENTIFIERS} identifiers beyond the first {MAX_IDENTIFIERS}")
    return Facts(tuple(acts), found, identifiers[:MAX_IDENTIFIERS], tuple(left_out), tuple(favour))


def check_manifest(exhibits: Exhibits, exhibit: Exhibit) -> None:
    """Raises Unverified when the stored manifest is not the one that was sealed, or names another digest of a file."""
    data = exhibits.read(exhibit.exhibit_id, "manifest.json")
    if sha256_hex(data) != exhibit.manifest_sha256:
        raise Unverified(f"{exhibit.exhibit_id}: its manifest is not the one that was sealed; it must not be cited")
    listed = {row["path"]: row["sha256"] for row in json.loads(data)["files"]}
    held = {file.path: file.sha256 for file in exhibits.files(exhibit.exhibit_id) if file.path in listed}
    if held != listed:
        raise Unverified(f"{exhibit.exhibit_id}: its files are not those of its manifest; it must not be cited")


def read_claims(exhibits: Exhibits, exhibit: Exhibit) -> Mapping[str, Any]:
    """``claims.json`` of an exhibit. Raises Unreadable when it is no JSON object."""
    try:
        table = json.loads(exhibits.read(exhibit.exhibit_id, "claims.json"))
    except ValueError as error:
        raise Unreadable(f"{exhibit.exhibit_id}: claims.json cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise Unreadable(f"{exhibit.exhibit_id}: claims.json is no object")
    return table


def _in_favour(number: int, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What an exhibit says in its operator's favour: every row, of any date, also one that somebody struck."""
    return [
        f"exhibit {number} also says {shown(row['quote'])!r} ({row['type']})"
        for row in rows
        if row["type"] in EXCULPATORY
    ]


def _quotes(
    act: int, exhibit_id: str, rows: Sequence[Mapping[str, Any]], text: str, struck: frozenset[int]
) -> tuple[Quote, ...]:
    """The quotable claims in the page's order; words that stand inside another quotation are not quoted twice."""
    whole: list[tuple[int, Mapping[str, Any]]] = []
    also: dict[int, list[str]] = {}
    open_rows = [(n, row) for n, row in enumerate(rows) if n not in struck and row["type"] not in NOT_QUOTED]
    for index, row in sorted(open_rows, key=lambda one: (one[1]["start"] - one[1]["end"], one[1]["start"], one[0])):
        if text[row["start"] : row["end"]] != row["quote"]:
            raise Unverified(f"{exhibit_id}: the quotation {row['quote'][:60]!r} is not at its place in text.txt")
        around = next((n for n, r in whole if r["start"] <= row["start"] and row["end"] <= r["end"]), None)
        if around is None:
            whole.append((index, row))
        else:
            also.setdefault(around, []).append(row["type"])
    ordered = sorted(whole, key=lambda one: (one[1]["start"], one[0]))
    return tuple(
        Quote(f"{act}.{n}", r["type"], r["quote"], r["start"], r["end"], index, tuple(also.get(index, ())))
        for n, (index, r) in enumerate(ordered, 1)
    )


def _identifiers(
    found: dict[tuple[str, str], SeenIdentifier], rows: Sequence[Mapping[str, Any]], number: int, exhibit: Exhibit
) -> None:
    """Adds what this exhibit shows; what a machine read in a picture (a lead) is nobody's identifier yet."""
    host = urlsplit(exhibit.url).hostname or ""
    seen = [("web address", host, "own_address", host)] if host else []
    for row in rows:
        if not row.get("lead"):
            basis = "ambiguous" if row.get("readings") else "shown"
            seen.append((row["kind"], row["value"], basis, row["quote"]))
    for kind, value, basis, quote in seen:
        before = found.get((kind, value))
        exhibits = (*(before.exhibits if before else ()), number)
        found[kind, value] = SeenIdentifier(kind, value, basis, tuple(dict.fromkeys(exhibits)), quote)


def _final(exhibits: Exhibits, exhibit: Exhibit) -> str:
    try:
        record = json.loads(exhibits.read(exhibit.exhibit_id, "capture.json"))
    except ValueError:
        return exhibit.url
    final = record.get("url_final") if isinstance(record, dict) else None
    return final if isinstance(final, str) and final else exhibit.url
