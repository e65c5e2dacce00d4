"""A case in, its sealed bundle out: a directory that verifies on any machine with nothing of this program.

Only exhibits that a named person accepted go in; scores and reviewers' notes stay out. The bundle grows in a hidden
directory beside its place, is checked whole by the very verifier it carries, and is renamed at the end: a kill leaves
nothing that could be taken for a bundle, and the next build clears it away.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from crawler import clock
from evidence.bundle_files import MANIFEST, make_durable, write_manifest, write_proofs, write_seal
from evidence.case import Case, Cases
from evidence.custody import CustodyLog, Head
from evidence.custody_extract import extract
from evidence.decision import Decisions, one_line, person
from evidence.digest import sha256_hex
from evidence.errors import NotAllowed, Unverified
from evidence.index_csv import index_csv
from evidence.report import render
from evidence.report_facts import Collector, read_report
from evidence.report_model import Report
from evidence.timestamp import StampResult
from evidence.verifier import verify as run_verifier
from evidence.verifier_file import assembled


class Exports(Protocol):
    """Where exhibits come from: :class:`evidence.exhibit.Exhibits`."""

    def export(self, exhibit_id: str, directory: Path) -> object:
        """Writes the exhibit's files, its manifest and its proofs into a directory that does not exist yet."""


class Stamps(Protocol):
    """Who stamps the bundle's manifest: :class:`evidence.timestamp.Stamper`."""

    def stamp(self, data: bytes) -> Sequence[StampResult]:
        """One result for every authority; none of them raises."""


#: Prints an HTML file to a PDF file with a footer: :func:`evidence.report_pdf.print_pdf`.
Printer = Callable[[Path, Path, str], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished bundle. ``warnings`` are sentences that whoever hands it over must read."""

    directory: Path
    case_id: str
    exhibit_ids: tuple[str, ...]
    manifest_sha256: str
    stamped_by: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundler:
    """Builds bundles. ``collector`` names who runs the collection, as the report's cover says it."""

    db: Database
    exhibits: Exports
    stamper: Stamps
    printer: Printer
    collector: Collector
    openssl: str | None

    def build(self, case_id: str, out_dir: Path, *, by: str, purpose: str) -> Bundle:
        """Builds the bundle of a case at ``out_dir``, which must not exist or be empty.

        Raises NotAllowed for an unknown case, one without accepted exhibits, a directory that is not empty, a missing
        name or purpose; Unverified when the custody log, a decision, or the bundle itself does not hold; and what
        the printer raises. Whatever is raised, ``out_dir`` is as it was.
        """
        by, purpose = person(by), one_line(purpose, "the purpose", 400)
        case, ids = self._allowed(case_id, out_dir)
        log = CustodyLog(self.db)
        log.verify()
        Decisions(self.db).verify()
        head = self._announce(log, case, ids, by, purpose)
        with _beside(out_dir) as place:
            report = self._fill(place, case, ids, head, by)
            data = self._manifest(place, case, report, head)
            results = [result for result in self.stamper.stamp(data) if result.token is not None]
            write_proofs(place, {result.authority: result.files() for result in results})
            write_seal(place)
            _check(place, self.openssl)
            make_durable(place)
            os.replace(place, out_dir)
        stamped = tuple(result.authority for result in results)
        facts = {"case": case.id, "manifest_sha256": sha256_hex(data), "stamped_by": list(stamped)}
        log.append("bundle_built", case.id, actor=by, purpose=purpose, facts=facts)
        practice = all(result.practice for result in results)
        warnings = tuple(_warnings(report, stamped, practice=practice))
        return Bundle(out_dir, case.id, ids, sha256_hex(data), stamped, warnings)

    def _allowed(self, case_id: str, out_dir: Path) -> tuple[Case, tuple[str, ...]]:
        cases = Cases(self.db)
        case = cases.get(case_id)
        ids = tuple(exhibit.exhibit_id for exhibit in cases.accepted(case_id))
        if not ids:
            raise NotAllowed(f"{case_id} has no accepted exhibit: a named person must accept one before it is bundled")
        if out_dir.is_symlink() or (out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir()))):
            raise NotAllowed(f"{out_dir} exists and is not an empty directory: name a new one for the bundle")
        return case, ids

    def _announce(self, log: CustodyLog, case: Case, ids: tuple[str, ...], by: str, purpose: str) -> Head:
        """Logs the hand-over before it happens, so that the head in the manifest covers it."""
        with log.batch():
            for exhibit_id in ids:
                log.append("copied_into_bundle", exhibit_id, actor=by, purpose=purpose, facts={"case": case.id})
            log.append("bundle_begun", case.id, actor=by, purpose=purpose, facts={"exhibits": list(ids)})
            return log.head()

    def _fill(self, place: Path, case: Case, ids: tuple[str, ...], head: Head, by: str) -> Report:
        """Everything but manifest, proofs and seal."""
        for exhibit_id in ids:
            (place / "exhibits").mkdir(exist_ok=True)
            self.exhibits.export(exhibit_id, place / "exhibits" / exhibit_id)
        names = frozenset(ids)
        with (place / "custody.jsonl").open("wb") as stream:
            stream.writelines(extract(CustodyLog(self.db), case.id, names, head))
        report = read_report(place, self.db, case, ids, head, made_by=by, collector=self.collector)
        (place / "report.html").write_text(render(report), "utf-8")
        self.printer(place / "report.html", place / "report.pdf", f"{case.id} · {case.name} · Evidence report")
        (place / "index.csv").write_bytes(index_csv(report.exhibits))
        (place / "VERIFY.md").write_bytes(resources.files("evidence").joinpath("templates", "VERIFY.md").read_bytes())
        (place / "verify.py").write_bytes(assembled())
        return report

    def _manifest(self, place: Path, case: Case, report: Report, head: Head) -> bytes:
        rows = [
            {
                "number": exhibit.number,
                "exhibit_id": exhibit.exhibit_id,
                "url": exhibit.url,
                "captured_at": clock.iso(exhibit.captured_at),
                "manifest_sha256": exhibit.manifest_sha256,
                "sealed": bool(exhibit.proofs),
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
                "software": {"name": "offsignal", "version": metadata.version("offsignal")},
            },
        )


@contextmanager
def _beside(out_dir: Path) -> Iterator[Path]:
    """A hidden directory beside ``out_dir`` for the time of building; what dead builders left there is removed."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    for left in out_dir.parent.glob(f".{out_dir.name}.partial-*"):
        number = re.fullmatch(r".*\.partial-(\d+)", left.name)
        if number and not _alive(int(number[1])):
            shutil.rmtree(left, ignore_errors=True)
    place = out_dir.parent / f".{out_dir.name}.partial-{os.getpid()}"
    try:
        place.mkdir()
    except FileExistsError:
        raise NotAllowed(f"{out_dir} is being built by this very process: wait for it") from None
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _alive(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _check(place: Path, openssl: str | None) -> None:
    """The bundle's own verifier over the bundle; raises Unverified with its first complaints."""
    failed = [f"step {step.number}: {text}" for step in run_verifier(place, openssl) for text in step.failed]
    if failed:
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise Unverified(f"the bundle does not verify and was not kept: {'; '.join(failed[:3])}{more}")


def _warnings(report: Report, stamped: tuple[str, ...], *, practice: bool) -> Iterator[str]:
    for exhibit in report.exhibits:
        if not exhibit.proofs:
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) is UNSEALED: no authority has stamped it yet"
        elif all(proof.practice for proof in exhibit.proofs):
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) has a PRACTICE timestamp only: it proves nothing"
        for what, reason in exhibit.missing:
            yield f"exhibit {exhibit.number} ({exhibit.exhibit_id}) is partial: {what}: {reason}"
    if not stamped:
        yield f"the bundle is UNSEALED: no authority stamped {MANIFEST}; build it again when one answers"
    elif practice:
        yield "the bundle carries a PRACTICE timestamp only: it proves nothing to a stranger"
