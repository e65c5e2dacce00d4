"""The notice's desk: draft, lint, export. Casebook, exhibits and what counsel gave in; folders, findings, copies out.

A draft is a folder with ``notice.docx`` and ``draft.json``; the data is kept in the casebook as well, and the document
carries the draft's number, so that a copy which counsel edited elsewhere can be linted against what was drafted.
Nothing is sent.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler import clock
from evidence.case import Cases
from evidence.custody import CustodyLog
from evidence.decision import one_line, person
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed, Unreadable
from evidence.exhibit import Exhibits
from evidence.notice.acts import Facts, StruckOf, gather
from evidence.notice.building import shipped_template
from evidence.notice.composing import Choice, compose, digest
from evidence.notice.deadline import Deadline
from evidence.notice.docx_text import MAX_BYTES, read_docx
from evidence.notice.findings import Finding
from evidence.notice.ledger import Notice, Notices
from evidence.notice.letter import Given
from evidence.notice.lint_data import House, check_data, worst
from evidence.notice.lint_text import check_text
from evidence.notice.lookup import LookUp
from evidence.notice.pins import Terms
from evidence.notice.rendering import fill, read_template, repacked
from evidence.notice.view import view
from evidence.notice.wording import shown, words

DOCX, DATA = "notice.docx", "draft.json"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it lies in a folder: the notice it belongs to, the document's path, bytes and digest."""

    notice: Notice
    path: Path
    document: bytes

    @property
    def docx_sha256(self) -> str:
        """Digest of the document as it is now."""
        return sha256_hex(self.document)


@dataclass(frozen=True, slots=True)
class Office:
    """Everything a notice is made from."""

    db: Database
    exhibits: Exhibits
    max_age_days: int

    def facts(self, case_id: str, struck: StruckOf) -> Facts:
        """The facts of a case's accepted exhibits. Raises NotAllowed for an unknown case."""
        return gather(self.exhibits, self.accepted(case_id), struck)

    def accepted(self, case_id: str) -> tuple[str, ...]:
        """The accepted exhibits of a case in the order of their numbers."""
        return tuple(one.exhibit_id for one in Cases(self.db).accepted(case_id))

    def draft(
        self,
        case_id: str,
        folder: Path,
        given: Given,
        choice: Choice,
        deadline: Deadline,
        lookups: Sequence[LookUp],
        struck: StruckOf,
        *,
        by: str,
        template: Path | None = None,
    ) -> Draft:
        """Writes a draft into the new ``folder``. Raises NotAllowed as composing does, and for one that exists."""
        by = person(by)
        if folder.exists():
            raise NotAllowed(f"{folder} exists already; name a folder that does not")
        case, notices = Cases(self.db).get(case_id), Notices(self.db)
        source = read_template(template) if template else shipped_template(choice.language)
        name = str(template) if template else f"the shipped {choice.language} template"
        facts = self.facts(case_id, struck)
        with CustodyLog(self.db).batch():
            terms = Terms(self.db, self.exhibits)
            made = (notices.next_id(), (case.id, case.name), facts, given, choice, deadline, terms, lookups)
            data = compose(*made, self.exhibits)
            document = fill(source, view(data), name, f"{data['notice_id']} {digest(data)}")
            notice = notices.add(data, sha256_hex(document), by=by)
            _write_folder(folder, {DATA: canonical_json(data), DOCX: document})
        return Draft(notice, folder / DOCX, document)

    def read(self, path: Path, notice_id: str = "") -> Draft:
        """A draft from its folder or from a DOCX anywhere. Raises Unreadable when it cannot be led back to a notice."""
        path = path / DOCX if path.is_dir() else path
        try:
            if path.stat().st_size > MAX_BYTES:
                raise Unreadable(f"{path}: larger than {MAX_BYTES} bytes; a letter is not")
            document = path.read_bytes()
        except OSError as error:
            raise Unreadable(f"{path}: cannot be read: {error.strerror}") from error
        named = read_docx(document, str(path)).identifier.partition(" ")
        if not (notice_id or named[0]):
            raise Unreadable(f"{path}: names no notice in its properties: say which with --notice")
        notice = Notices(self.db).get(notice_id or named[0])
        if named[2] and not notice_id and named[2] != notice.draft_sha256:
            raise Unreadable(f"{path}: was drafted from other data than {notice.id} of this casebook")
        return Draft(notice, path, document)

    def lint(
        self, draft: Draft, lookups: Sequence[LookUp], struck: StruckOf, *, override: str = ""
    ) -> tuple[Finding, ...]:
        """Every finding about a draft's data and document, refusals first."""
        data = draft.notice.data
        accepted, now = self.accepted(draft.notice.case_id), clock.now()
        house = House(self.exhibits, accepted, struck, tuple(lookups), self.max_age_days, now, override)
        found = list(check_data(data, house))
        found += check_text(read_docx(draft.document, str(draft.path)), data, self._text_of(data))
        order = ("refuse", "final", "warn")
        return tuple(sorted(dict.fromkeys(found), key=lambda finding: order.index(finding.level.value)))

    def export(
        self, draft: Draft, target: Path, findings: Sequence[Finding], *, final: bool, by: str, purpose: str
    ) -> str:
        """Copies the document out and gives the copy's SHA-256; final without its draft mark, and only when approved.

        Raises NotAllowed for a target that exists, and for a final copy without both approvals or against a finding.
        """
        by, purpose = person(by), one_line(purpose, "the purpose", 400)
        if target.exists():
            raise NotAllowed(f"{target} exists already; name a file that does not")
        notice, notices = draft.notice, Notices(self.db)
        if final:
            if not notices.approved(notice.id, draft.docx_sha256):
                raise NotAllowed(f"{notice.id}: this document is not approved by an analyst and by counsel, two people")
            if worst(findings, final=True):
                first = next(f for f in findings if worst([f], final=True))
                raise NotAllowed(f"{notice.id} cannot be final: {first.place}: {first.sentence} ({first.rule})")
        mark = words(notice.data["language"]).text["draft_mark"]
        copy = without_mark(draft.document, mark) if final else draft.document
        facts = {"final": final, "docx_sha256": draft.docx_sha256, "copy_sha256": sha256_hex(copy), "purpose": purpose}
        with CustodyLog(self.db).batch():
            notices.exported(notice.id, facts, by=by)
            _write(target, copy)
        return sha256_hex(copy)

    def _text_of(self, data: Mapping[str, Any]) -> Any:
        texts: dict[int, str] = {}
        names = {row["number"]: row["exhibit_id"] for row in data["exhibits"]}

        def text_of(number: int) -> str:
            if number not in texts:
                held = self.exhibits.read(names[number], "text.txt").decode("utf-8") if number in names else ""
                texts[number] = shown(held)
            return texts[number]

        return text_of


def without_mark(document: bytes, mark: str) -> bytes:
    """The document without the header lines that say it is a draft, and without its number in the properties."""
    from docx import Document

    opened = Document(io.BytesIO(document))
    for section in opened.sections:
        for header in (section.header, section.first_page_header, section.even_page_header):
            for paragraph in header.paragraphs:
                if mark in paragraph.text:
                    paragraph.clear()
    opened.core_properties.identifier = ""
    target = io.BytesIO()
    opened.save(target)
    return repacked(target.getvalue())


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """A new folder with these files, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
        for name, data in files.items():
            Path(place, name).write_bytes(data)
        folder.mkdir()
        for name in files:
            os.replace(Path(place, name), folder / name)


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as stream:
        stream.write(data)
    os.replace(stream.name, target)
    target.chmod(0o644)
