"""The register of page numbers: documents with their page counts in, number ranges out that no other page ever gets.

Every page that leaves the house carries a prefix and a counter ("Bates number"). The counter runs on through all
productions of a casebook and never goes back: numbers of a bundle that was begun and not finished stay void. The
register is append-only by trigger and says which number belongs to which exhibit, document, digest and production;
the custody log holds a digest of it, so that a changed row is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.config import BatesSettings
from evidence.custody import CustodyLog
from evidence.decision import person
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import Unverified


@dataclass(frozen=True, slots=True)
class Document:
    """A document that wants numbers: its path in the bundle, the exhibit it shows ("" for none), its pages."""

    path: str
    exhibit_id: str
    pages: int


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers of one document. ``sha256`` is that of the numbered file, empty when it was never finished."""

    id: int
    production: str
    case_id: str
    document: str
    exhibit_id: str
    prefix: str
    width: int
    first: int
    last: int
    sha256: str = ""

    @property
    def pages(self) -> tuple[str, ...]:
        """The number of each page."""
        return tuple(spelled(self.prefix, self.width, number) for number in range(self.first, self.last + 1))

    @property
    def begin(self) -> str:
        """The number of the first page."""
        return spelled(self.prefix, self.width, self.first)

    @property
    def end(self) -> str:
        """The number of the last page."""
        return spelled(self.prefix, self.width, self.last)


@dataclass(frozen=True, slots=True)
class Production:
    """One hand-over of documents. ``id`` is "P0001" and so on through all cases of the casebook."""

    id: str
    case_id: str
    made_by: str
    made_at: datetime


def spelled(prefix: str, width: int, number: int) -> str:
    """Prefix and zero-padded counter; a counter that outgrows ``width`` gets longer and stays unique."""
    return f"{prefix}{number:0{width}d}"


class Bates:
    """The register of one casebook; ``settings`` say how new numbers are spelled."""

    def __init__(self, db: Database, settings: BatesSettings) -> None:
        self._db, self._settings = db, settings
        self._custody = CustodyLog(db)

    def begin(self, case_id: str, *, by: str) -> Production:
        """Opens a production. Nothing has a number yet."""
        by = person(by)
        with self._custody.batch():
            number = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM productions").fetchone()[0]
            made = Production(f"P{number:04d}", case_id, by, clock.now())
            row = {"number": number, **asdict(made), "made_at": clock.iso(made.made_at)}
            self._db.table("productions").insert(row)
            return made

    def number(self, production: Production, documents: Sequence[Document]) -> tuple[Range, ...]:
        """Takes the next numbers for ``documents``, in their order. They are taken for good, whatever happens next.

        Raises ValueError for a document without pages.
        """
        if empty := [document.path for document in documents if document.pages < 1]:
            raise ValueError(f"{empty[0]} has no pages to number")
        prefix, width = self._settings.prefix, self._settings.width
        with self._custody.batch():
            free = self._next(prefix)
            made = []
            for document in documents:
                row: dict[str, Any] = {
                    "production": production.id,
                    "case_id": production.case_id,
                    "document": document.path,
                    "exhibit_id": document.exhibit_id,
                    "prefix": prefix,
                    "width": width,
                    "first": free,
                    "last": free + document.pages - 1,
                }
                self._db.table("bates").insert(row)
                made.append(Range(self._db.execute("SELECT MAX(id) FROM bates").fetchone()[0], **row))
                free += document.pages
            if made:
                self._log(production, made)
        return tuple(made)

    def _log(self, production: Production, made: Sequence[Range]) -> None:
        facts = {
            "production": production.id,
            "begin": made[0].begin,
            "end": made[-1].end,
            "documents": len(made),
            "register_sha256": _digest(made),
        }
        subject, actor = production.case_id, production.made_by
        self._custody.append("pages_numbered", subject, actor=actor, purpose="production", facts=facts)

    def finished(self, numbered: Sequence[tuple[Range, str]]) -> None:
        """Records the digest of each numbered file. A range gets one, once."""
        with self._custody.batch():
            rows = [{"range": one.id, "sha256": digest} for one, digest in numbered]
            self._db.table("bates_files").insert_all(rows)

    def ranges(self, *, production: str = "", case_id: str = "") -> tuple[Range, ...]:
        """The register in the order of the numbers taken, or a part of it."""
        rows = self._db.query(
            "SELECT b.*, COALESCE(f.sha256, '') AS sha256 FROM bates b LEFT JOIN bates_files f ON f.range = b.id "
            "WHERE (? = '' OR production = ?) AND (? = '' OR case_id = ?) ORDER BY b.id",
            (production, production, case_id, case_id),
        )
        return tuple(Range(**row) for row in rows)

    def verify(self) -> int:
        """Checks the register against the custody log; returns how many ranges there are.

        Raises Unverified naming the production whose numbers are not those that were logged.
        """
        logged: dict[str, list[Mapping[str, Any]]] = {}
        for entry in self._custody.entries():
            if entry.action == "pages_numbered":
                logged.setdefault(entry.facts["production"], []).append(entry.facts)
        rows = self.ranges()
        kept: dict[str, list[Range]] = {}
        for row in rows:
            kept.setdefault(row.production, []).append(row)
        for name in sorted(logged.keys() | kept.keys()):
            left = list(kept.get(name, []))
            for facts in logged.get(name, []):
                part, left = left[: facts["documents"]], left[facts["documents"] :]
                if _digest(part) != facts["register_sha256"]:
                    raise Unverified(f"production {name}: its page numbers are not those the custody log recorded")
            if left:
                raise Unverified(f"production {name}: page numbers that the custody log does not know")
        return len(rows)

    def _next(self, prefix: str) -> int:
        taken = self._db.execute("SELECT MAX(last) FROM bates WHERE prefix = ?", [prefix]).fetchone()[0]
        return int(taken) + 1 if taken is not None else 1


def _digest(ranges: Sequence[Range]) -> str:
    rows = [{key: value for key, value in asdict(one).items() if key != "sha256"} for one in ranges]
    return sha256_hex(canonical_json(rows))
