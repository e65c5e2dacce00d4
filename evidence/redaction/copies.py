"""Working copies: a case's accepted exhibits in, a folder with blacked-out pictures, texts, PDFs and the log out."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.bundle_files import make_durable
from evidence.bundle_place import beside
from evidence.case import Cases
from evidence.custody import CustodyLog
from evidence.decision import one_line, person
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.exports.spreadsheets import csv_bytes
from evidence.exports.tables import Row, harmless
from evidence.exports.volume_reports import REDACTION_COLUMNS
from evidence.redaction.choice import BASIS, PERSONAL, Mask, blacked_out, choose, key_of
from evidence.redaction.pictures import Rect, black_out
from evidence.redaction.sheets import as_pdf
from evidence.struck import Struck

FORMAT = "offsignal-redaction-1"
LOG = "redaction_log.csv"
PICTURES = ("full.png", "viewport.png")
README = """\
WORKING COPIES of exhibits of {case}, with other people's personal data blacked out. They are not the evidence.

Each folder is one exhibit: its pictures, its text and a PDF made of the pictures alone: no text lies under the black.
redaction.json names the sealed exhibit (the parent) and the SHA-256 of each file before and after; redaction_log.csv
lists every place. What cannot be blacked out safely (the web archive, documents, prints) is not in the copy: it stays
in the sealed exhibit. A machine looked for the data: a person must look over each copy before it leaves the house.
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """Finished working copies. ``places`` counts what was blacked out; ``notes`` are sentences that must be read."""

    directory: Path
    case_id: str
    exhibit_ids: tuple[str, ...]
    places: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _One:
    """One exhibit's copy: what was blacked out where, digests before and after, notes."""

    rows: list[Row]
    files: list[dict[str, Any]]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Redactor:
    """Makes working copies of one casebook's exhibits."""

    db: Database
    exhibits: Exhibits

    def copy(
        self,
        case_id: str,
        target: Path,
        *,
        by: str,
        purpose: str,
        show: Collection[str] = (),
        mask: Sequence[str] = (),
        unread: bool = False,
    ) -> Copied:
        """Writes copies of the accepted exhibits into ``target``, which must not exist or be empty.

        ``show``: identifiers that stay readable; ``mask``: further words that do not. A picture that no text reader
        went over to the end is left out, with a note, unless ``unread`` says that a person will look it over.

        Raises NotAllowed for an unknown case, one without accepted exhibits, and a target in use; StoreError when a
        file of the vault is damaged. Then nothing is written. Every exhibit's copy is a custody entry with the digests
        before and after.
        """
        by, purpose = person(by), one_line(purpose, "the purpose", 400)
        accepted = Cases(self.db).accepted(case_id)
        if not accepted:
            raise NotAllowed(f"{case_id} has no accepted exhibit: a named person must accept one before it is copied")
        if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
            raise NotAllowed(f"{target} exists and is not an empty directory: name a new one for the copies")
        rows: list[Row] = []
        notes: list[str] = []
        log, struck = CustodyLog(self.db), Struck(self.db)
        with beside(target) as place:
            entries = []
            for number, member in enumerate(accepted, 1):
                folder = place / f"exhibit-{number:04d}"
                folder.mkdir()
                left_out = struck.of(case_id, member.exhibit_id)
                one = self._one(member.exhibit_id, folder, left_out, by, show, mask, unread)
                rows += one.rows
                notes += [f"exhibit {number}: {note}" for note in one.notes]
                entries.append((member.exhibit_id, {"case": case_id, "places": len(one.rows), "files": one.files}))
            (place / LOG).write_bytes(csv_bytes(REDACTION_COLUMNS, rows))
            (place / "README.txt").write_text(README.format(case=case_id), "utf-8")
            with log.batch():
                for exhibit_id, facts in entries:
                    log.append("redacted", exhibit_id, actor=by, purpose=purpose, facts=facts)
            make_durable(place)
            os.replace(place, target)
        ids = tuple(member.exhibit_id for member in accepted)
        return Copied(target, case_id, ids, len(rows), tuple(notes))

    def _one(
        self,
        exhibit_id: str,
        folder: Path,
        left_out: Collection[int],
        by: str,
        show: Collection[str],
        mask: Sequence[str],
        unread: bool,
    ) -> _One:
        paths = {file.path for file in self.exhibits.files(exhibit_id)}
        exhibit, made = self.exhibits.get(exhibit_id), _One([], [], [])
        stated: dict[str, Any] = {"claims": [], "identifiers": []}
        if "claims.json" in paths:
            stated = json.loads(self.exhibits.read(exhibit_id, "claims.json"))
        text = self.exhibits.read(exhibit_id, "text.txt").decode("utf-8") if "text.txt" in paths else ""
        claims = [one for index, one in enumerate(stated["claims"]) if index not in left_out]
        masks = choose(text, claims, stated["identifiers"], show=show, mask=mask)
        at, whose = clock.iso(clock.now()), (by, exhibit_id)
        if text:
            before = text.encode("utf-8")
            self._write(made, folder, "text.txt", "text.redacted.txt", before, blacked_out(text, masks).encode("utf-8"))
            made.rows.extend(_text_row(one, whose, at, made.files[-1]) for one in masks)
        masked = {one.key for one in masks}
        shown = {key_of(one["kind"], one["value"]) for one in stated["identifiers"] if one["kind"] in PERSONAL} - masked
        for name in PICTURES:
            if name in paths:
                data = self.exhibits.read(exhibit_id, name)
                burned = black_out(data, masks, _drawn(stated["identifiers"], masks, name), shown)
                made.notes.extend(f"{name}: {note}" for note in burned.notes)
                if not burned.sure and not unread:
                    made.notes.append(f"{name}: left out of the copy: nothing shows that all of it is blacked out")
                    continue
                self._write(made, folder, name, f"{name.removesuffix('.png')}.redacted.png", data, burned.png)
                made.rows.extend(_picture_row(name, one, whose, at, made.files[-1]) for one in burned.places)
        picture = folder / "full.redacted.png"
        if picture.exists():
            (folder / "page.redacted.pdf").write_bytes(as_pdf(picture.read_bytes()))
        (folder / "redaction.json").write_bytes(
            canonical_json(
                {
                    "format": FORMAT,
                    "parent": {"exhibit_id": exhibit_id, "manifest_sha256": exhibit.manifest_sha256},
                    "tool": f"offsignal {metadata.version('offsignal')}",
                    "operator": by,
                    "made_at": at,
                    "files": made.files,
                    "notes": made.notes,
                }
            )
        )
        return made

    def _write(self, made: _One, folder: Path, name: str, copy: str, before: bytes, after: bytes) -> None:
        (folder / copy).write_bytes(after)
        made.files.append(
            {"parent": name, "path": copy, "sha256_before": sha256_hex(before), "sha256_after": sha256_hex(after)}
        )


def _drawn(identifiers: Sequence[Mapping[str, Any]], masks: Sequence[Mask], picture: str) -> Iterator[Rect]:
    """Where the browser drew the masked identifiers, by their pins; the first screen is the top of the whole page."""
    keys = {one.key for one in masks}
    for one in identifiers:
        crop = (one.get("pin") or {}).get("crop") or {}
        if key_of(one["kind"], one["value"]) in keys and crop.get("of") == PICTURES[0] and picture in PICTURES:
            for left, top, width, height in crop.get("lines") or [crop["rect"]]:
                yield int(left), int(top), int(width) + 1, int(height) + 1


def _text_row(one: Mask, whose: tuple[str, str], at: str, file: Mapping[str, Any]) -> Row:
    region = f"code points {one.start} to {one.end}"
    return _row(whose[1], "text.txt", region, one.reason, whose[0], at, file)


def _picture_row(name: str, one: tuple[Rect, str], whose: tuple[str, str], at: str, file: Mapping[str, Any]) -> Row:
    left, top, width, height = one[0]
    return _row(whose[1], name, f"left {left}, top {top}, {width} x {height} pixels", one[1], whose[0], at, file)


def _row(exhibit: str, page: str, region: str, reason: str, by: str, at: str, file: Mapping[str, Any]) -> Row:
    digests = (str(file["sha256_before"]), str(file["sha256_after"]))
    return tuple(map(harmless, (exhibit, page, region, reason, BASIS[reason], by, at, *digests)))
