"""What counsel's report shows, as records: everything in it is read from an exhibit's own files. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.chronology import ClaimLine
    from evidence.method import Method


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the exhibit. ``path`` is relative to the bundle; ``width`` and ``height`` are in pixels."""

    path: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Crop:
    """The piece of a screenshot that shows a quote. ``rect`` is left, top, width, height in pixels of ``of``.

    ``lines`` are the same of each line of a quote that runs over several.
    """

    path: str
    sha256: str
    of: str
    rect: tuple[float, float, float, float]
    lines: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a quote stands in what was preserved: record, place in its decoded body, element, piece of the picture.

    ``body`` counts code points. ``dom_sha256`` is the digest of ``dom.html``, the anchor of what no body holds. A part
    that could not be had is empty or None, with its reason in ``gaps``.
    """

    record_id: str = ""
    payload_sha256: str = ""
    body: tuple[int, int] | None = None
    dom_sha256: str = ""
    css: str = ""
    crop: Crop | None = None
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """One quoted claim or identifier: ``kind`` in words, and where it stands in ``text.txt`` (code points).

    ``symbols`` names the signs of the quote that a print may show as boxes (emoji), by their Unicode names.
    """

    kind: str
    quote: str
    start: int
    end: int
    field: str
    value: str = ""
    pin: Pin = Pin()
    symbols: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One timestamp over the exhibit's manifest. ``practice`` marks an authority that proves nothing to a stranger."""

    authority: str
    at: datetime
    practice: bool
    signer: str
    root_sha256: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the exhibit: path inside the exhibit's folder, size in bytes, SHA-256, and what it is in words."""

    path: str
    bytes: int
    sha256: str
    what: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the exhibit's address: when, what it gave, in words, and whether the page was there."""

    at: datetime
    state: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the look-up in the directory of authorised providers gave when the page was judged, in words.

    ``age_days`` is how old the directory was when the exhibit was captured; None when no directory was there.
    """

    sentence: str
    as_of: str
    age_days: int | None


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed exhibit: path in the bundle, its page numbers, and the digest of the file."""

    path: str
    begin: str
    end: str
    pages: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExhibitPage:
    """Everything the report says of one exhibit. ``facts`` are label and value, in the order they are shown."""

    number: int
    exhibit_id: str
    folder: str
    url: str
    title: str
    captured_at: datetime
    status: int | None
    manifest_sha256: str
    facts: tuple[tuple[str, str], ...]
    claims: tuple[Quote, ...]
    mitigating: tuple[Quote, ...]
    identifiers: tuple[Quote, ...]
    proofs: tuple[Proof, ...]
    files: tuple[FileRow, ...]
    missing: tuple[tuple[str, str], ...]
    seen: tuple[Seen, ...]
    viewport: Picture | None
    full: Picture | None
    limits: tuple[str, ...]
    cover: tuple[tuple[str, str], ...] = ()
    lookup: Lookup | None = None
    printed: Printed | None = None


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One entry of the custody extract as the report prints it; ``hash`` is its leaf's digest."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. ``operator`` and ``organisation`` are who ran the collection; times are UTC."""

    case_id: str
    vendor: str
    made_at: datetime
    made_by: str
    software: str
    operator: str
    organisation: str
    exhibits: tuple[ExhibitPage, ...]
    custody: tuple[CustodyLine, ...]
    custody_head: tuple[int, str]
    hidden_entries: int
    limits: tuple[str, ...]
    production: str = ""
    chronology: tuple[ClaimLine, ...] = ()
    served: datetime | None = None
    method: Method | None = None
    work_product: bool = False
