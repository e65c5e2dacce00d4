"""Reads what the report shows out of the exhibits of a bundle: folders in, a :class:`Report` out.

Everything about an exhibit comes from its own files, as they lie in the bundle; the casebook adds only on which other
days the crawler looked at the same address.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.sighting import SightingState, url_key
from crawler.store import from_row
from evidence.case import Case, Cases
from evidence.custody import CustodyLog, Head
from evidence.custody_extract import shown
from evidence.digest import sha256_hex
from evidence.errors import Unreadable
from evidence.lookup import lookup_of
from evidence.report_capture import cover_of, facts_of, limits_of
from evidence.report_claims import claims_of, identifier
from evidence.report_model import CustodyLine, ExhibitPage, FileRow, Picture, Proof, Report, Seen
from evidence.report_words import GENERAL_LIMITS, file_words, words
from evidence.verifier.timestamps import CERTIFICATE

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Collector:
    """Who runs the collection, as the settings name them."""

    operator: str
    organisation: str = ""


def read_exhibits(
    place: Path, db: Database, exhibit_ids: Sequence[str], struck: Mapping[str, frozenset[int]]
) -> tuple[ExhibitPage, ...]:
    """The exhibits that lie below ``place/exhibits``, numbered in the order of ``exhibit_ids``.

    ``struck`` maps an exhibit to the indices of its claims that are not shown. Raises Unreadable naming the exhibit
    whose files cannot be understood.
    """
    return tuple(
        read_exhibit(place, name, number, db, struck.get(name, frozenset()))
        for number, name in enumerate(exhibit_ids, 1)
    )


def read_report(
    db: Database,
    case: Case,
    exhibits: tuple[ExhibitPage, ...],
    head: Head,
    *,
    made_by: str,
    collector: Collector,
    **more: Any,
) -> Report:
    """The report of a case. ``more`` are further fields of :class:`Report`, which have been worked out elsewhere."""
    names = {exhibit.exhibit_id: f"exhibit {exhibit.number}" for exhibit in exhibits}
    others = sum(one.exhibit_id not in names for one in Cases(db).exhibits(case.id))
    lines = tuple(
        CustodyLine(e.seq, e.at, e.actor, words(e.action), names.get(e.subject, e.subject), e.purpose, e.leaf)
        for e in shown(CustodyLog(db), case.id, frozenset(names), head)
    )
    return Report(
        case_id=case.id,
        vendor=case.name,
        made_at=clock.now(),
        made_by=made_by,
        software=f"offsignal {metadata.version('offsignal')}",
        operator=collector.operator,
        organisation=collector.organisation,
        exhibits=exhibits,
        custody=lines,
        custody_head=(head.size, head.root),
        hidden_entries=head.size - len(lines),
        limits=(*GENERAL_LIMITS, *_left_out(others)),
        **more,
    )


def _left_out(others: int) -> Iterator[str]:
    """How many exhibits of the case are left out, and that some may speak for the operator."""
    if others:
        exhibits = "1 further exhibit" if others == 1 else f"{others} further exhibits"
        yield (
            f"The case holds {exhibits} of which no acceptance stands, and which the bundle leaves out. What is left "
            "out may speak for the operator; it is kept."
        )


def read_exhibit(
    place: Path, exhibit_id: str, number: int, db: Database, struck: frozenset[int] = frozenset()
) -> ExhibitPage:
    """One exhibit as the report shows it, out of ``place/exhibits/<exhibit_id>``."""
    root = place / "exhibits" / exhibit_id
    try:
        data = (root / "manifest.json").read_bytes()
        manifest, capture = json.loads(data), json.loads((root / "capture.json").read_bytes())
        claims_file = root / "claims.json"
        stated = json.loads(claims_file.read_bytes()) if claims_file.exists() else {"claims": [], "identifiers": []}
        identifiers = tuple(identifier(row) for row in stated["identifiers"])
        at = clock.parse(manifest["captured_at"])
        status = capture.get("status")
        return ExhibitPage(
            number=number,
            exhibit_id=exhibit_id,
            folder=f"exhibits/{exhibit_id}",
            url=manifest["url"],
            title=str(capture.get("title") or ""),
            captured_at=at,
            status=status,
            manifest_sha256=sha256_hex(data),
            facts=(("Exhibit ID", exhibit_id), *facts_of(capture)),
            claims=claims_of(stated["claims"], struck, identifiers, mitigating=False),
            mitigating=claims_of(stated["claims"], struck, identifiers, mitigating=True),
            identifiers=identifiers,
            proofs=tuple(_proofs(root / "proofs")),
            files=tuple(_files(manifest["files"])),
            missing=tuple((row["what"], row["reason"]) for row in capture.get("missing", [])),
            seen=_seen(db, manifest["url"], _captured(at, status)),
            viewport=_picture(root, exhibit_id, "viewport.png"),
            full=_picture(root, exhibit_id, "full.png"),
            limits=limits_of(capture),
            cover=(("Exhibit ID", exhibit_id), *cover_of(capture)),
            lookup=lookup_of(db, exhibit_id, at),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"exhibit {exhibit_id}: its files cannot be shown in a report: {error!r}") from error


def _files(rows: Iterable[Mapping[str, Any]]) -> Iterable[FileRow]:
    for row in rows:
        yield FileRow(row["path"], row["bytes"], row["sha256"], file_words(row["path"]))


def _proofs(folder: Path) -> Iterable[Proof]:
    for path in sorted(folder.glob("*/result.json")):
        result = json.loads(path.read_bytes())
        found = CERTIFICATE.findall((path.parent / "root.pem").read_bytes())
        roots = [base64.b64decode(text) for text in found]
        yield Proof(
            result["authority"],
            clock.parse(result["gen_time"]),
            bool(result["practice"]) or any(b"practice" in root.lower() for root in roots),
            result["signer"],
            ", ".join(sha256_hex(root) for root in roots),
        )


def _seen(db: Database, url: str, captured: Seen) -> tuple[Seen, ...]:
    """When the crawler looked at this address, and the capture itself, oldest first."""
    rows = db.table("sightings").rows_where("url_key = ?", [url_key(url)], order_by="seen_at")
    sightings = [from_row(row) for row in list(rows)]
    seen = [
        Seen(s.seen_at, f"{s.state}{f', {s.status}' if s.status else ''}", s.state is SightingState.SEEN)
        for s in sightings
    ]
    return tuple(sorted([*seen, captured], key=lambda row: row.at))


def _captured(at: datetime, status: int | None) -> Seen:
    """The capture itself as a look at the address: the page was there when the server answered 2xx."""
    present = status is not None and 200 <= status < 300
    return Seen(at, f"captured, {status or 'no answer'}", present)


def _picture(root: Path, exhibit_id: str, name: str) -> Picture | None:
    """A PNG of the exhibit with its size in pixels; None when it was not captured."""
    path = root / name
    if not path.exists():
        return None
    with path.open("rb") as stream:
        head = stream.read(24)
    if not head.startswith(PNG_HEAD):
        raise ValueError(f"{name} is not a PNG image")
    width, height = struct.unpack(">II", head[16:24])
    return Picture(f"exhibits/{exhibit_id}/{name}", width, height)
