"""Makes a house with a case that a notice can be drafted from: accepted exhibits, terms pages, a look-up, a sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from classifiers.providers import Standing
from classifiers.text import extract_html
from crawler import clock
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.custody import CustodyLog
from evidence.digest import canonical_json
from evidence.exhibit import Exhibit, Exhibits, Recorder, seal
from evidence.notice import tables
from evidence.notice.composing import DEMANDS, Choice
from evidence.notice.deadline import compute
from evidence.notice.findings import Finding
from evidence.notice.ledger import Notices
from evidence.notice.letter import Given
from evidence.notice.lookup import LookUp
from evidence.notice.office import Draft, Office
from evidence.notice.pins import Terms
from evidence.vault import Vault
from tests.evidence.bundle_making import House, make_house, public_stamper

CLAUSE = "You must not use our services for bulk messaging, auto-messaging or auto-dialing."
TERMS = f"<title>Terms</title><h1>Terms</h1><p>{CLAUSE}</p><p>Other words of the page.</p>"
GIVEN = {
    "sender": {
        "name": "Anita Rao",
        "firm": "Heron Legal LLP",
        "address": "1 Example Road, New Delhi",
        "contact": "notices@heron.example",
        "authority": "a power of attorney of 1 June 2026",
    },
    "client": {"name": "WhatsApp LLC", "about": "Our client operates the messaging service WhatsApp."},
    "letter": {
        "subject": "Offer of bulk messaging",
        "matter": "HL-2026-7",
        "contact": "notices@heron.example",
        "service_methods": ["courier", "e-mail"],
    },
    "recipients": [{"name": "Pelican Ltd", "emails": ["sales@pelican-sender.example"]}],
}


@dataclass
class NoticeHouse:
    """A house and its office; ``lookups`` is what the directory says of the accepted exhibits."""

    house: House
    office: Office
    notices: Notices
    root: Path
    struck: dict[str, frozenset[int]]
    standing: Standing = Standing.NOT_FOUND

    @property
    def lookups(self) -> tuple[LookUp, ...]:
        """One result for each accepted exhibit."""
        count = len(self.office.accepted(self.house.case_id))
        return tuple(LookUp(n, self.standing, "judgement", "directory as of 2026-11-20") for n in range(1, count + 1))

    def struck_of(self, exhibit_id: str) -> frozenset[int]:
        """What the test struck."""
        return self.struck.get(exhibit_id, frozenset())

    def draft(self, name: str = "draft", *, given: dict[str, Any] | None = None, **changes: Any) -> Draft:
        """A draft below the root, in English for India unless said otherwise."""
        template = changes.pop("template", None)
        wanted = {"language": "en", "region": "IN", "codes": ("BULK_SENDER",), "clauses": (), "demands": DEMANDS}
        wanted |= {"day": clock.now().date(), "without": ("tos:use-f", "tos:harm-e", "tos:harm-f")} | changes
        choice = Choice(**wanted)
        limit = compute("14d", "Asia/Kolkata", choice.day)
        filled = Given.model_validate(GIVEN if given is None else given)
        return self.office.draft(
            *(self.house.case_id, self.root / name, filled, choice, limit, self.lookups, self.struck_of),
            by="R. Iyer",
            template=template,
        )

    def lint(self, draft: Draft, **options: Any) -> tuple[Finding, ...]:
        """What the lint says of the document as it lies there now."""
        return self.office.lint(self.office.read(draft.path), self.lookups, self.struck_of, **options)

    def approve(self, draft: Draft) -> None:
        """Both approvals of the document as it lies there."""
        found = self.office.read(draft.path)
        numbers = [quote["number"] for act in found.notice.data["acts"] for quote in act["quotes"]]
        for name, role in (("R. Iyer", "analyst"), ("Anita Rao", "counsel")):
            given = {"role": role, "ticked": numbers, "docx_sha256": found.docx_sha256, "by": name}
            self.notices.approve(found.notice.id, **given)

    def pin(self, ref: str = "tos:use-e", region: str = "IN") -> str:
        """A captured terms page with the clause pinned to it; gives the exhibit's ID."""
        exhibits = self.office.exhibits
        page = make_page(exhibits, "ex-terms", "https://www.whatsapp.com/legal/terms-of-service", TERMS)
        terms = Terms(self.house.db, exhibits)
        terms.pin(ref, region, date(2021, 1, 4), page.exhibit_id, CLAUSE, by="Anita Rao")
        return page.exhibit_id


def make_notice_house(root: Path, *, exhibits: int = 1, practice: bool = False, **options: Any) -> NoticeHouse:
    """A house with accepted, sealed exhibits and everything a notice needs but a pinned clause."""
    house = make_house(root / "house", public_stamper(root / "keys", "alpha"), exhibits=exhibits, **options)
    tables.MIGRATIONS.apply(house.db)
    office = Office(house.db, Exhibits(house.db, Vault(root / "house" / "vault")), 30)
    return NoticeHouse(house, office, Notices(house.db), root, {})


def make_page(
    exhibits: Exhibits, exhibit_id: str, url: str, html: str, quotes: Sequence[tuple[str, str]] = (), **rows: Any
) -> Exhibit:
    """An exhibit of any page, with the claims (type, quote) that are asked for at their true places."""
    body, at = html.encode(), clock.now()
    text = extract_html(body).text
    claims = []
    for kind, quote in quotes:
        start = text.index(quote)
        claims.append({"type": kind, "quote": quote, "start": start, "end": start + len(quote), "field": "body"})
    files = {
        "body.bin": body,
        "dom.html": body,
        "text.txt": text.encode(),
        "claims.json": canonical_json({"claims": claims, "identifiers": rows.get("identifiers", [])}),
        "capture.json": canonical_json({"url": url, "url_final": url}),
    }
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in files.items():
            (folder / path).write_bytes(data)
        draft = ExhibitDraft(
            *(exhibit_id, f"sg-{exhibit_id}", url, at, CaptureState.COMPLETE, folder, tuple(files), ()),
        )
        return seal(draft, exhibits, Recorder(CustodyLog(exhibits.db), "offsignal"))


def rules(findings: Sequence[Finding], *levels: str) -> set[str]:
    """The rules that were found, of these levels (refuse when none is named)."""
    return {finding.rule for finding in findings if finding.level.value in (levels or ("refuse",))}
