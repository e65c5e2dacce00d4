"""Makes a certificate: a request in, a directory out with the DOCX, its PDF print and the hash report; logged.

Nothing is written unless every check holds. The directory grows beside its place; the custody entries, with the digests
of the files, are written before it is renamed, so no certificate is ever without its entries.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from crawler import clock
from crawler.errors import StoreError
from evidence.bundle_files import make_durable
from evidence.case import Cases
from evidence.certification import examine, support_pack
from evidence.certification.facts import ExhibitFacts, FileFacts, Matter, Regularity
from evidence.certification.forms import Form, form_of
from evidence.certification.generation_note import note, warnings
from evidence.certification.hash_report import FILE, as_csv, rows_of
from evidence.certification.model import Document, to_fill, visible
from evidence.certification.request import Request, check_target, explanations_of, initials_of
from evidence.certification.shared import machine_of
from evidence.certification.write_docx import to_docx
from evidence.certification.write_html import to_html
from evidence.custody import CustodyLog
from evidence.decision import one_line, person
from evidence.digest import sha256_file, sha256_hex
from evidence.errors import CertificateRefused
from evidence.exhibit import Exhibits
from evidence.host_facts import tool_facts

COPIES = "exhibits"
#: Prints an HTML file to a PDF file with a footer: :func:`evidence.report_pdf.print_pdf`.
Printer = Callable[[Path, Path, str], None]


@dataclass(frozen=True, slots=True)
class Issued:
    """What was made. ``to_fill`` is what a person must still fill in, ``warnings`` what whoever signs must read."""

    directory: Path
    form: str
    case_id: str
    generation: str
    exhibit_ids: tuple[str, ...]
    files: Mapping[str, str]
    to_fill: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certifier:
    """Makes certificates. ``trusted_lists`` maps authorities to their trust-list references in the settings."""

    db: Database
    exhibits: Exhibits
    printer: Printer
    trusted_lists: Mapping[str, str]

    def issue(self, request: Request, out_dir: Path) -> Issued:
        """Makes the certificate in ``out_dir``, which must not exist or be empty.

        Raises CertificateRefused when nobody could truthfully sign it (logged, unless the log itself does not hold);
        NotAllowed for an unknown form, case or exhibit, a missing name or purpose, or a directory that is not empty;
        StoreError when it cannot be written. Whatever is raised, ``out_dir`` is as it was.
        """
        form, by = form_of(request.form), person(request.by)
        purpose = one_line(request.purpose, "the purpose", 400)
        request = replace(request, by=by, purpose=purpose, initials=initials_of(request.initials))
        check_target(out_dir, request)
        Cases(self.db).get(request.case_id)
        generation = f"crt-{secrets.token_hex(6)}"
        try:
            with _beside(out_dir) as place:
                matter = self._matter(form, request, generation)
                if form.copies:
                    matter = self._copy(matter, place)
                issued = self._write(form, matter, place, out_dir)
                self._log(matter, issued)
                os.replace(place, out_dir)
        except CertificateRefused as refusal:
            if refusal.kind != "custody":
                self._log_refusal(request, generation, refusal)
            raise
        except OSError as error:
            raise StoreError(f"{out_dir} cannot be written: {error.strerror}; is the disk full?") from error
        return issued

    def _matter(self, form: Form, request: Request, generation: str) -> Matter:
        """The checked facts."""
        head = examine.check_custody(self.db, request.case_id)
        chosen = examine.choose(self.db, request.case_id, request.exhibits)
        said = explanations_of(request.explanations, {n: one.exhibit_id for n, one in chosen})
        exhibits = tuple(
            examine.examine(self.exhibits, number, one, said.get(one.exhibit_id, ""), self.trusted_lists)
            for number, one in chosen
        )
        if form.one_machine:
            _one_machine(exhibits)
        ids = frozenset(one.exhibit_id for one in exhibits)
        matter = Matter(
            form=form.id,
            generation=generation,
            case=Cases(self.db).get(request.case_id),
            exhibits=exhibits,
            touches=examine.touches(self.db, request.case_id, ids),
            head=head,
            regularity=self._regularity(),
            program=_program(),
            made_by=request.by,
            purpose=request.purpose,
            made_at=clock.now(),
            initials=request.initials,
            first_number=request.first_number,
            hash_report=sha256_hex(as_csv(rows_of(exhibits), request.by)),
            copied=False,
        )
        if form.check is not None:
            form.check(matter)
        return matter

    def _regularity(self) -> Regularity:
        times = [one.captured_at for one in self.exhibits.list()]
        return Regularity(len(times), len({at.date() for at in times}), min(times), max(times))

    def _copy(self, matter: Matter, place: Path) -> Matter:
        """Copies the exhibits beside the certificate and takes the hashes from the copy, read back."""
        (place / COPIES).mkdir()
        read_back = []
        for one in matter.exhibits:
            folder = place / COPIES / one.exhibit_id
            self.exhibits.export(one.exhibit_id, folder)
            kept, proofs = (
                tuple(_copied(folder, one, file) for file in files) for files in (one.files, one.proof_files)
            )
            known = {file.path for file in (*kept, *proofs)}
            read_back.append(replace(one, files=kept, proof_files=(*proofs, *self._later(folder, one, known))))
        exhibits = tuple(read_back)
        digest = sha256_hex(as_csv(rows_of(exhibits), matter.made_by))
        return replace(matter, exhibits=exhibits, hash_report=digest, copied=True)

    def _later(self, folder: Path, one: ExhibitFacts, known: set[str]) -> Iterator[FileFacts]:
        """Further files of the copy, proofs that came later: each must be an object of the vault."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            if name in known:
                continue
            digest, size = sha256_file(path), path.stat().st_size
            if not self.exhibits.vault.has(digest):
                sentence = f"no certificate: the copy of {one.exhibit_id} holds {name}, which is no object of the vault"
                raise CertificateRefused("hash", one.exhibit_id, sentence)
            yield FileFacts(
                visible(name), "later proof over the exhibit", "", size, digest, size, digest, one.captured_at
            )

    def _write(self, form: Form, matter: Matter, place: Path, out_dir: Path) -> Issued:
        (place / FILE).write_bytes(as_csv(rows_of(matter.exhibits), matter.made_by))
        footer = f"{form.id} · {matter.case.id} · {matter.generation} · unsigned draft"
        body = Document(form.title, form.language, form.paper, footer, form.build(matter))
        last = note(matter, body, form.for_counsel, form.unverified)
        self._render(replace(body, blocks=(*body.blocks, *last)), matter, place / form.id)
        if form.support:
            title = "Support for the expert (Part B)"
            footer = f"{matter.case.id} · {matter.generation} · no part of the certificate"
            self._render(
                Document(title, "en", "A4", footer, support_pack.build(matter)), matter, place / "part-b-support"
            )
        make_durable(place)
        names = sorted(path.name for path in place.iterdir() if path.is_file())
        return Issued(
            directory=out_dir,
            form=form.id,
            case_id=matter.case.id,
            generation=matter.generation,
            exhibit_ids=tuple(one.exhibit_id for one in matter.exhibits),
            files={name: sha256_file(place / name) for name in names},
            to_fill=to_fill(body),
            warnings=warnings(matter),
        )

    def _render(self, document: Document, matter: Matter, stem: Path) -> None:
        """The DOCX and the PDF print of one document."""
        stem.with_suffix(".docx").write_bytes(to_docx(document, made_at=matter.made_at))
        page = stem.with_suffix(".html")
        page.write_text(to_html(document), "utf-8")
        self.printer(page, stem.with_suffix(".pdf"), document.footer)
        page.unlink()

    def _log(self, matter: Matter, issued: Issued) -> None:
        """One entry for each exhibit and one for the case, in one transaction."""
        log = CustodyLog(self.db)
        by, why = matter.made_by, matter.purpose
        about = {"case": matter.case.id, "form": matter.form, "generation": matter.generation}
        with log.batch():
            for one in matter.exhibits:
                if one.problems:
                    said = {"problems": list(one.problems), "explanation": one.explanation}
                    log.append("errors_explained", one.exhibit_id, actor=by, purpose=why, facts={**about, **said})
                if matter.copied:
                    log.append(
                        "certificate_copied",
                        one.exhibit_id,
                        actor=by,
                        purpose=why,
                        facts={**about, "files": len(one.files)},
                    )
                log.append("certificate_generated", one.exhibit_id, actor=by, purpose=why, facts=about)
            made = {"exhibits": list(issued.exhibit_ids), "files": dict(issued.files)}
            log.append("certificate_generated", matter.case.id, actor=by, purpose=why, facts={**about, **made})

    def _log_refusal(self, request: Request, generation: str, refusal: CertificateRefused) -> None:
        facts = {"case": request.case_id, "form": request.form, "generation": generation, "about": refusal.subject}
        CustodyLog(self.db).append(
            "certificate_refused",
            request.case_id,
            actor=request.by,
            purpose=request.purpose,
            facts={**facts, "kind": refusal.kind, "reason": str(refusal)},
        )


def _one_machine(exhibits: tuple[ExhibitFacts, ...]) -> None:
    machines = {machine_of(one.record): str(one.number) for one in exhibits}
    if len(machines) > 1:
        named = "; ".join(f"exhibit {number}: {machine}" for machine, number in machines.items())
        raise CertificateRefused(
            "device",
            exhibits[0].exhibit_id,
            f"no certificate: the form has room for one device, and these exhibits were captured by {len(machines)} "
            f"({named}); make one certificate for each device with --exhibit",
        )


def _copied(folder: Path, one: ExhibitFacts, file: FileFacts) -> FileFacts:
    """The file's facts with size and digest of the copy on disk."""
    path = folder / file.path
    found = replace(file, size_now=path.stat().st_size, sha256_now=sha256_file(path))
    if not found.matches:
        sentence = f"no certificate: the copy of {file.path} of {one.exhibit_id} differs from what was sealed"
        raise CertificateRefused("hash", one.exhibit_id, sentence)
    return found


def _program() -> str:
    facts = tool_facts()
    commit = facts["commit"] if isinstance(facts["commit"], str) else "not known"
    changed = " (files changed since)" if facts.get("changed_since_commit") else ""
    return f"{facts['name']} {facts['version']}, commit {commit}{changed}"


@contextmanager
def _beside(out_dir: Path) -> Iterator[Path]:
    """A hidden directory beside ``out_dir`` for the time of making; it is gone when the block has failed."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.partial-", dir=out_dir.parent))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
