"""A case's bundle in, an export out: checked first, logged before and after, there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from crawler import clock
from evidence.bates import Bates, Document
from evidence.bundle_files import make_durable
from evidence.bundle_place import beside
from evidence.case import Cases
from evidence.config import BatesSettings
from evidence.custody import CustodyLog
from evidence.decision import Decisions, one_line, person
from evidence.digest import sha256_file, sha256_hex
from evidence.errors import NotAllowed, Unverified
from evidence.exports import bag, case_uco, concordance, ftm, material, spreadsheets, wacz_copies
from evidence.exports.load_files import Profile
from evidence.exports.material import Material
from evidence.exports.volume_reports import Withheld
from evidence.struck import Struck
from evidence.timestamp import StampResult
from evidence.verifier import verify

WORK_PRODUCT = "work-product"
NOTE_ON_EXHIBIT = "Note of a reviewer on whether the exhibit belongs to the matter"
NOTE_ON_PASSAGE = "Note of a reviewer on whether a passage of the exhibit belongs to the matter"
ASSESSMENT = "Output of a program that sorts pages"
#: Name -> what it is, and who reads it.
FORMATS: Mapping[str, str] = {
    "concordance": "a production volume: Concordance DAT, Opticon OPT, page images, natives, texts, reports",
    "bagit": "the whole bundle as a BagIt bag (RFC 8493), for archives",
    "case-uco": "CASE/UCO 1.4 JSON-LD, for forensic tools",
    "ftm": "FollowTheMoney entities, for Aleph and link analysis",
    "csv": "tables as CSV files: exhibits, claims, identifiers, files, timestamps, custody",
    "xlsx": "the same tables as one Excel workbook",
    "wacz": "the web archives by exhibit number, for ReplayWeb.page",
}
_PLAIN: Mapping[str, Callable[[Material, Path], None]] = {
    "bagit": bag.write_bag,
    "case-uco": case_uco.write_case_uco,
    "ftm": ftm.write_ftm,
    "csv": spreadsheets.write_csv,
    "xlsx": spreadsheets.write_xlsx,
    "wacz": wacz_copies.write_wacz_copies,
}


class First(Protocol):
    """Who stamps a volume's list of files: :class:`evidence.timestamp.Stamper`."""

    def first(self, data: bytes) -> Sequence[StampResult]:
        """What the authorities answered one after the other, up to the first good token."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export. ``sha256`` is over the sorted list of its files' digests; ``notes`` must be read."""

    directory: Path
    format: str
    case_id: str
    exhibit_ids: tuple[str, ...]
    files: int
    sha256: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exporter:
    """Makes exports of one casebook's bundles."""

    db: Database
    stamper: First
    bates: BatesSettings
    openssl: str | None

    def export(
        self,
        bundle: Path,
        target: Path,
        form: str,
        *,
        case_id: str,
        by: str,
        purpose: str,
        profile: Profile | None = None,
    ) -> Exported:
        """Writes the bundle as ``form`` into ``target``, which must not exist or be empty.

        Raises NotAllowed for an unknown form, a bundle of another case, one with work product in it, and a target in
        use; Unverified when the bundle does not hold; Unreadable when it cannot be read. Then nothing is written.
        """
        by, purpose = person(by), one_line(purpose, "the purpose", 400)
        if form not in FORMATS:
            raise NotAllowed(f"there is no format {form!r}; the formats are {', '.join(FORMATS)}")
        if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
            raise NotAllowed(f"{target} exists and is not an empty directory: name a new one for the export")
        self._check(bundle)
        struck = Struck(self.db)
        found = material.read(bundle, {})
        if found.case_id != Cases(self.db).get(case_id).id:
            raise NotAllowed(f"{bundle} is a bundle of {found.case_id}, not of {case_id}: name the right one")
        self._check_standing(bundle, found, struck)
        found = material.read(bundle, {one.exhibit_id: struck.of(found.case_id, one.exhibit_id) for one in found.items})
        log = CustodyLog(self.db)
        with log.batch():
            for item in found.items:
                facts = {"case": found.case_id, "format": form, "bundle_manifest_sha256": found.manifest_sha256}
                log.append("copied_into_export", item.exhibit_id, actor=by, purpose=purpose, facts=facts)
        with beside(target) as place:
            notes = self._write(found, place, form, by, Profile() if profile is None else profile)
            digest, count = _digest(place)
            make_durable(place)
            os.replace(place, target)
        whole = {"format": form, "files": count, "sha256": digest, "bundle_manifest_sha256": found.manifest_sha256}
        log.append("exported", found.case_id, actor=by, purpose=purpose, facts=whole)
        ids = tuple(item.exhibit_id for item in found.items)
        return Exported(target, form, found.case_id, ids, count, digest, notes)

    def _check(self, bundle: Path) -> None:
        if (bundle / WORK_PRODUCT).exists():
            raise NotAllowed(f"{bundle} has work product in it: build a bundle without --with-work-product to export")
        for step in verify(bundle, self.openssl):
            if step.failed:
                raise Unverified(f"{bundle} does not verify and is not exported: step {step.number}: {step.failed[0]}")

    def _check_standing(self, bundle: Path, found: Material, struck: Struck) -> None:
        """Raises NotAllowed when people have decided otherwise since the bundle was made."""
        accepted = {one.exhibit_id for one in Cases(self.db).accepted(found.case_id)}
        if gone := [item for item in found.items if item.exhibit_id not in accepted]:
            raise NotAllowed(f"{bundle}: exhibit {gone[0].number} is no longer accepted: build a new bundle to export")
        if any(clock.iso(one.struck_at) > found.created_at for one in struck.of_case(found.case_id)):
            raise NotAllowed(f"{bundle} is older than a claim that was struck or restored: build a new one to export")

    def _write(self, found: Material, place: Path, form: str, by: str, profile: Profile) -> tuple[str, ...]:
        if form in _PLAIN:
            _PLAIN[form](found, place)
            return ()
        register = Bates(self.db, self.bates)
        production = register.begin(found.case_id, by=by)

        def numbers(exhibit_id: str, pages: int) -> Sequence[str]:
            (taken,) = register.number(production, [Document("slip-sheet", exhibit_id, pages)])
            return taken.pages

        withheld = self._withheld(found)
        volume = concordance.write_volume(found, place, profile, by=by, numbers=numbers, withheld=withheld)
        notes = [f"{len(withheld)} pieces of work product are withheld: see REPORTS/privilege_log.csv"]
        if volume.lost_characters:
            notes.append(f"{volume.lost_characters} characters of the DAT file have no place in {profile.encoding}")
        return (*notes, *self._stamp(place / volume.name))

    def _stamp(self, root: Path) -> tuple[str, ...]:
        """Stamps the volume's list of files; why not, when nobody does."""
        results = self.stamper.first((root / "manifest-sha256.txt").read_bytes())
        for result in results:
            if result.token is not None:
                parts = {"request.tsq": "manifest.tsq", "response.tsr": "manifest.tsr"}
                parts |= {"root.pem": "manifest-root.pem", "chain.pem": "manifest-chain.pem"}
                for name, data in result.files().items():
                    if name in parts:
                        (root / parts[name]).write_bytes(data)
                return ("its time is a PRACTICE one and proves nothing",) if result.practice else ()
        told = "; ".join(f"{result.authority}: {result.reason}" for result in results)
        return (f"no authority stamped the list of files: {told or 'none is configured'}",)

    def _withheld(self, found: Material) -> tuple[Withheld, ...]:
        """What exists of each exhibit and is not handed over: reviewers' notes and the machine's assessment."""
        rows: list[Withheld] = []
        decisions = Decisions(self.db)
        for item in found.items:
            where = item.printed[1] if item.printed else item.exhibit_id
            rows += [
                Withheld(where, "Reviewer's note", clock.iso(one.decided_at), one.decided_by, NOTE_ON_EXHIBIT, True)
                for one in decisions.about(item.exhibit_id)
                if one.case_id == found.case_id
            ]
            rows += [
                Withheld(where, "Reviewer's note", clock.iso(one.struck_at), one.struck_by, NOTE_ON_PASSAGE, True)
                for one in Struck(self.db).of_case(found.case_id)
                if one.exhibit_id == item.exhibit_id
            ]
            judged = (
                []
                if "judgements" not in self.db.table_names()
                else self.db.query(
                    "SELECT j.judged_at AS at FROM judgements j JOIN exhibits e ON e.sighting_id = j.sighting_id "
                    "WHERE e.exhibit_id = ? ORDER BY j.rowid",
                    (item.exhibit_id,),
                )
            )
            rows += [Withheld(where, "Machine assessment", row["at"], "", ASSESSMENT, False) for row in list(judged)]
        return tuple(rows)


def _digest(root: Path) -> tuple[str, int]:
    """One digest over all files of an export (``sha256sum``'s lines, sorted by path), and how many there are."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    lines = [f"{sha256_file(path)}  {path.relative_to(root).as_posix()}\n" for path in files]
    return sha256_hex("".join(lines).encode()), len(files)
