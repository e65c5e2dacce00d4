"""A case in, its sealed bundle out: a directory that verifies on any machine with nothing of this program.

Only exhibits that a named person accepted go in; scores and reviewers' notes stay out unless a person asks for them,
and then the custody log says so. The bundle grows in a hidden directory beside its place, is checked whole by the very
verifier it carries, and is renamed at the end: a kill leaves nothing that could be taken for a bundle, and the next
build clears it away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from classifiers import error_rate
from crawler import clock
from crawler.sighting import Sighting
from evidence.bates import Bates, Production, Range
from evidence.bundle_facts import chronology_of, records_of, served_at
from evidence.bundle_files import make_durable, write_manifest, write_proofs, write_seal
from evidence.bundle_place import beside
from evidence.bundle_prints import Printer, print_exhibits, print_report
from evidence.bundle_readme import readme
from evidence.bundle_warnings import warnings_of
from evidence.case import Case, Cases
from evidence.checkpoint import Checkpoint, Checkpoints
from evidence.chronology import Texts
from evidence.chronology_csv import chronology_csv
from evidence.config import BatesSettings
from evidence.custody import CustodyLog, Head
from evidence.custody_extract import write_custody
from evidence.decision import Decisions, one_line, person
from evidence.digest import sha256_hex
from evidence.errors import KeyRefused, NotAllowed, Unverified
from evidence.index_csv import index_csv
from evidence.method import method
from evidence.report_facts import Collector, read_exhibits, read_report
from evidence.report_model import Report
from evidence.signed_note import Signer
from evidence.struck import Struck
from evidence.timestamp import StampResult
from evidence.verifier import verify as run_verifier
from evidence.verifier_file import assembled
from evidence.work_product import write_work_product


class Exports(Protocol):
    """Where exhibits come from: :class:`evidence.exhibit.Exhibits`."""

    def export(self, exhibit_id: str, directory: Path) -> object:
        """Writes the exhibit's files, its manifest and its proofs into a directory that does not exist yet."""


class Stamps(Protocol):
    """Who stamps the bundle's manifest: :class:`evidence.timestamp.Stamper`."""

    def stamp(self, data: bytes) -> Sequence[StampResult]:
        """One result for every authority; none of them raises."""


@dataclass(frozen=True, slots=True)
class Options:
    """What goes in only when a person asks: scores and reviewers' notes; the classifier's measured error rate."""

    work_product: bool = False
    error_rate: bool = False


#: Neither: what a bundle is when nobody asks for more.
STANDARD = Options()
#: How pages are numbered when the settings say nothing.
NUMBERS = BatesSettings()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished bundle. ``pages`` are the first and last page number of the exhibits and the report.

    ``warnings`` are sentences that whoever hands it over must read.
    """

    directory: Path
    case_id: str
    exhibit_ids: tuple[str, ...]
    manifest_sha256: str
    stamped_by: tuple[str, ...]
    production: str
    pages: tuple[str, str]
    warnings: tuple[str, ...]


def no_text(_: Sighting) -> str | None:
    """For builders without the crawler's spool: a look's text cannot be read."""
    return None


@dataclass(frozen=True, slots=True)
class Bundler:
    """Builds bundles. ``collector`` names who runs the collection, as the report's cover says it.

    ``texts`` reads what a look of the crawler kept. ``signer`` is the key that signs checkpoints of the custody log.
    """

    db: Database
    exhibits: Exports
    stamper: Stamps
    printer: Printer
    collector: Collector
    openssl: str | None
    bates: BatesSettings = NUMBERS
    texts: Texts = no_text
    signer: Signer | None = None

    def build(self, case_id: str, out_dir: Path, *, by: str, purpose: str, options: Options = STANDARD) -> Bundle:
        """Builds the bundle of a case at ``out_dir``, which must not exist or be empty.

        Raises NotAllowed for an unknown case, one without accepted exhibits, a directory that is not empty, a missing
        name or purpose; Unverified when the custody log, a decision, a striking, a page number, or the bundle itself
        does not hold; and what the printer raises. Whatever is raised, ``out_dir`` is as it was.
        """
        by, purpose = person(by), one_line(purpose, "the purpose", 400)
        case, ids = self._allowed(case_id, out_dir)
        log, register = CustodyLog(self.db), Bates(self.db, self.bates)
        log.verify()
        Decisions(self.db).verify()
        Struck(self.db).verify()
        register.verify()
        last = self._announce(log, case, ids, by, purpose, options)
        Checkpoints(self.db).stamp(last, self.stamper, actor=by)
        with beside(out_dir) as place:
            production = register.begin(case.id, by=by)
            report, pages = self._fill(place, case, ids, last, register, production, options)
            data = self._manifest(place, case, report, last.head, pages)
            results = [result for result in self.stamper.stamp(data) if result.token is not None]
            write_proofs(place, {result.authority: result.files() for result in results})
            write_seal(place)
            _check(place, self.openssl)
            make_durable(place)
            os.replace(place, out_dir)
        stamped = tuple(result.authority for result in results)
        facts: dict[str, Any] = {"case": case.id, "manifest_sha256": sha256_hex(data), "stamped_by": list(stamped)}
        facts |= {"production": production.id, **_left_in(options)}
        log.append("bundle_built", case.id, actor=by, purpose=purpose, facts=facts)
        practice = all(result.practice for result in results)
        warnings = (*warnings_of(report, stamped, practice=practice), *self._left_out(case, ids))
        first = report.exhibits[0].printed
        span = (first.begin if first else pages.begin, pages.end)
        return Bundle(out_dir, case.id, ids, sha256_hex(data), stamped, production.id, span, warnings)

    def _allowed(self, case_id: str, out_dir: Path) -> tuple[Case, tuple[str, ...]]:
        cases = Cases(self.db)
        case = cases.get(case_id)
        ids = tuple(exhibit.exhibit_id for exhibit in cases.accepted(case_id))
        if not ids:
            raise NotAllowed(f"{case_id} has no accepted exhibit: a named person must accept one before it is bundled")
        if out_dir.is_symlink() or (out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir()))):
            raise NotAllowed(f"{out_dir} exists and is not an empty directory: name a new one for the bundle")
        return case, ids

    def _announce(
        self, log: CustodyLog, case: Case, ids: tuple[str, ...], by: str, purpose: str, options: Options
    ) -> Checkpoint:
        """Logs the hand-over before it happens, so that the head in the manifest covers it, and signs that head."""
        if self.signer is None:
            raise KeyRefused("no key signs the custody log here: a bundle carries a signed checkpoint of it")
        with log.batch():
            for exhibit_id in ids:
                log.append("copied_into_bundle", exhibit_id, actor=by, purpose=purpose, facts={"case": case.id})
            facts: dict[str, Any] = {"exhibits": list(ids), **_left_in(options)}
            log.append("bundle_begun", case.id, actor=by, purpose=purpose, facts=facts)
            return Checkpoints(self.db).sign(self.signer, actor=by, purpose=purpose)

    def _fill(
        self,
        place: Path,
        case: Case,
        ids: tuple[str, ...],
        last: Checkpoint,
        register: Bates,
        production: Production,
        options: Options,
    ) -> tuple[Report, Range]:
        """Everything but manifest, proofs and seal."""
        (place / "exhibits").mkdir()
        for exhibit_id in ids:
            self.exhibits.export(exhibit_id, place / "exhibits" / exhibit_id)
        write_custody(place, CustodyLog(self.db), Checkpoints(self.db), case.id, ids, last)
        struck = Struck(self.db)
        read = read_exhibits(place, self.db, ids, {name: struck.of(case.id, name) for name in ids})
        lines, served = chronology_of(place, self.db, read, self.texts), served_at(self.db, case.id)
        rate = error_rate.measured() if options.error_rate else None
        statement = method(records_of(place, self.db, read), self.db, rate)
        printed = print_exhibits(place, read, self.printer, register, production, vendor=case.name)
        report = read_report(
            self.db,
            case,
            printed,
            last.head,
            made_by=production.made_by,
            collector=self.collector,
            production=production.id,
            chronology=lines,
            served=served,
            method=statement,
            work_product=options.work_product,
        )
        pages = print_report(place, report, self.printer, register, production)
        (place / "index.csv").write_bytes(index_csv(report.exhibits))
        (place / "chronology.csv").write_bytes(chronology_csv(lines, served))
        (place / "VERIFY.md").write_bytes(resources.files("evidence").joinpath("templates", "VERIFY.md").read_bytes())
        (place / "verify.py").write_bytes(assembled())
        (place / "README.txt").write_text(readme(report, pages), "utf-8")
        if options.work_product:
            write_work_product(place, self.db, case, ids)
        return report, pages

    def _manifest(self, place: Path, case: Case, report: Report, head: Head, pages: Range) -> bytes:
        rows: list[dict[str, Any]] = [
            {
                "number": exhibit.number,
                "exhibit_id": exhibit.exhibit_id,
                "url": exhibit.url,
                "captured_at": clock.iso(exhibit.captured_at),
                "manifest_sha256": exhibit.manifest_sha256,
                "sealed": bool(exhibit.proofs),
                "print": {"path": one.path, "sha256": one.sha256, "begin": one.begin, "end": one.end}
                if (one := exhibit.printed)
                else None,
            }
            for exhibit in report.exhibits
        ]
        return write_manifest(
            place,
            {
                "case": {"id": case.id, "name": case.name},
                "created_at": clock.iso(report.made_at),
                "created_by": report.made_by,
                "custody_head": head.to_dict(),
                "exhibits": rows,
                "production": {"id": report.production, "report": {"begin": pages.begin, "end": pages.end}},
                "software": {"name": "offsignal", "version": metadata.version("offsignal")},
                "work_product": report.work_product,
            },
        )

    def _left_out(self, case: Case, ids: tuple[str, ...]) -> Iterator[str]:
        """Counsel must know what else the case holds: some of it may speak for the operator."""
        others = [one.exhibit_id for one in Cases(self.db).exhibits(case.id) if one.exhibit_id not in ids]
        if others:
            which = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
            yield f"not in the bundle, since nobody accepted them: {which}; look whether one speaks for the operator"


def _left_in(options: Options) -> dict[str, bool]:
    """What the custody log says of the switches."""
    return {"work_product": options.work_product, "error_rate": options.error_rate}


def _check(place: Path, openssl: str | None) -> None:
    """The bundle's own verifier over the bundle; raises Unverified with its first complaints."""
    failed = [f"step {step.number}: {text}" for step in run_verifier(place, openssl) for text in step.failed]
    if failed:
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise Unverified(f"the bundle does not verify and was not kept: {'; '.join(failed[:3])}{more}")
