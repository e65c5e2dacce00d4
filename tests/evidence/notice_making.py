"""Makes a house with a case that a notice can be drafted from: accepted exhibits, terms pages, a look-up, a sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlite_utils import Database

from classifiers import store as classifier_store
from classifiers.providers import Standing
from classifiers.text import extract_html
from crawler import clock
from crawler import store as crawler_store
from crawler.casebook import open_casebook
from evidence import case, custody, store
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.case import Cases
from evidence.config import AuthoritySettings, TimestampSettings
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
from evidence.stamping import stamp
from evidence.timestamp import Stamper
from evidence.vault import Vault
from tests.evidence.authority_making import evil_reply, make_evil_authority

_KEYS = TemporaryDirectory(prefix="notice-keys-")
CLAUSE = "You must not use our services for bulk messaging, auto-messaging or auto-dialing."
STATEMENT = "From 7 December 2019 we take legal action against those engaged in bulk messaging."
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


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pelican Sender {number}</title></head>
<body><h1>Pelican Sender</h1><p>Send 50,000 WhatsApp messages per day &amp; stay <b>100% anti</b> ban.</p>
<p>बल्क मैसेज रोज़</p><p dir="rtl">إرسال بدون حظر</p>
<p>We are not affiliated with WhatsApp.</p><p>Call +91 98765 4321{number}</p></body></html>"""
QUOTES = (
    ("volume", "50,000 WhatsApp messages per day"),
    ("anti_ban", "stay 100% anti ban"),
    ("anti_ban", "إرسال بدون حظر"),
    ("disclaimer", "not affiliated with WhatsApp"),
)


class _Stamper(Stamper):
    """The real stamper; an authority of this process answers instead of one over HTTP."""

    keys: Path

    def _post(self, url: str, request: bytes) -> bytes:
        return evil_reply(self.keys, request)


@dataclass
class NoticeHouse:
    """A case and its office; ``lookups`` is what the directory says of the accepted exhibits."""

    db: Database
    cases: Cases
    case_id: str
    exhibit_ids: list[str]
    office: Office
    notices: Notices
    root: Path
    struck: dict[str, frozenset[int]]
    standing: Standing = Standing.NOT_FOUND

    @property
    def lookups(self) -> tuple[LookUp, ...]:
        """One result for each accepted exhibit."""
        count = len(self.office.accepted(self.case_id))
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
            *(self.case_id, self.root / name, filled, choice, limit, self.lookups, self.struck_of),
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
        terms = Terms(self.db, exhibits)
        terms.pin(ref, region, date(2021, 1, 4), page.exhibit_id, CLAUSE, by="Anita Rao")
        said = make_page(exhibits, "ex-faq", "https://faq.whatsapp.com/5957850900902049", f"<p>{STATEMENT}</p>")
        terms.pin("faq-bulk:statement", region, date(2019, 12, 7), said.exhibit_id, STATEMENT, by="Anita Rao")
        return page.exhibit_id


def make_notice_house(root: Path, *, exhibits: int = 1, name: str = "Pelican <Sender> & Co") -> NoticeHouse:
    """A house with accepted, sealed exhibits and everything a notice needs but a pinned clause."""
    migrations = [crawler_store.MIGRATIONS, classifier_store.MIGRATIONS, custody.MIGRATIONS, store.MIGRATIONS]
    db = open_casebook(root / "house" / "casebook.db", (*migrations, case.MIGRATIONS, tables.MIGRATIONS))
    cases, all_exhibits = Cases(db), Exhibits(db, Vault(root / "house" / "vault"))
    case_id, made = cases.open(name, by="R. Iyer").id, []
    for number in range(1, exhibits + 1):
        phone = f"+91 98765 4321{number}"
        row = {"kind": "phone", "value": phone.replace(" ", ""), "quote": phone, "start": 0, "end": 0, "field": "body"}
        url = f"http://pelican-sender.example/offer?plan={number}"
        page = make_page(all_exhibits, f"ex-{number:04d}", url, PAGE.format(number=number), QUOTES, identifiers=[row])
        seal_page(all_exhibits, page)
        cases.add(case_id, page.exhibit_id, by="R. Iyer", reason="same phone")
        cases.accept(case_id, page.exhibit_id, by="Anita Rao", reason="the offer is on the page")
        made.append(page.exhibit_id)
    return NoticeHouse(db, cases, case_id, made, Office(db, all_exhibits, 30), Notices(db), root, {})


@lru_cache(maxsize=1)
def authority_keys() -> Path:
    """The keys of one authority for all tests of this process: making them is what takes time."""
    folder = Path(_KEYS.name) / "keys"
    make_evil_authority(folder)
    return folder


def seal_page(exhibits: Exhibits, exhibit: Exhibit) -> None:
    """Stamps an exhibit with an authority that does not say it is for practice."""
    keys = authority_keys()
    authority = AuthoritySettings(name="alpha", url="http://alpha.example/", root=str(keys / "root.pem"))
    stamper = _Stamper(TimestampSettings(authorities=(authority,)), keys, "http://127.0.0.1:9")
    stamper.keys = keys
    stamp(exhibit, exhibits, stamper, Recorder(CustodyLog(exhibits.db), "offsignal"))


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
