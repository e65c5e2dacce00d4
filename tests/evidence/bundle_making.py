"""Makes small real bundles for tests: synthetic exhibits with a true WACZ, real tokens, a real case, a real log."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pypdf import PdfWriter
from sqlite_utils import Database

from classifiers.labels import ClaimType
from classifiers.text import extract_html
from crawler import clock
from crawler import store as crawler_store
from crawler.casebook import open_casebook
from crawler.warc import Exchange, WarcWriter
from desk.sampleweb.authority import reply
from desk.sampleweb.practice_keys import ensure_keys
from evidence import case, custody, keys, store
from evidence.bundle import Bundle, Bundler
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.case import Cases
from evidence.config import AuthoritySettings, BatesSettings, TimestampSettings
from evidence.custody import CustodyLog
from evidence.digest import canonical_json
from evidence.exhibit import Exhibit, Exhibits, Recorder, seal
from evidence.page_capture import Missing
from evidence.report_facts import Collector
from evidence.report_pdf import PrintJob
from evidence.signed_note import Signer
from evidence.stamping import stamp
from evidence.timestamp import Stamper
from evidence.vault import Vault
from evidence.wacz import Page, Words, write_wacz
from tests.evidence.authority_making import evil_reply, make_evil_authority
from tests.evidence.pin_making import pinned, stripes

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pelican Sender {number}</title></head>
<body><h1>Pelican Sender</h1><p>Send 50,000 WhatsApp messages per day &amp; stay <b>100% anti</b> ban.</p>
<p>बल्क मैसेज रोज़</p><p dir="rtl">إرسال بدون حظر</p>
<p>We are not affiliated with WhatsApp.</p><p>Call +91 98765 4321{number}</p></body></html>"""
QUOTES = (
    (ClaimType.VOLUME, "50,000 WhatsApp messages per day"),
    (ClaimType.ANTI_BAN, "stay 100% anti ban"),
    (ClaimType.ANTI_BAN, "إرسال بدون حظر"),
    (ClaimType.DISCLAIMER, "not affiliated with WhatsApp"),
)


class LocalStamper(Stamper):
    """The real stamper; what it posts is answered by a signing function of this process instead of over HTTP."""

    sign: Callable[[bytes], bytes] = staticmethod(lambda query: b"")

    def _post(self, url: str, request: bytes) -> bytes:
        return self.sign(request)


def make_stamper(root: Path, sign: Callable[[bytes], bytes], *names: str, practice: bool = False) -> LocalStamper:
    """A stamper with one authority for each name, all answered by ``sign`` and chained to ``root``."""
    authorities = tuple(
        AuthoritySettings(name=name, url=f"http://{name}.example/", root=str(root), practice=practice) for name in names
    )
    stamper = LocalStamper(TimestampSettings(authorities=authorities), root.parent, "http://127.0.0.1:9")
    stamper.sign = sign
    return stamper


def practice_stamper(keys: Path) -> LocalStamper:
    """The practice authority's stamper; its keys are made in ``keys`` when they are not there."""
    ensure_keys(keys)
    return make_stamper(keys / "root.pem", lambda query: reply(keys, query), "practice", practice=True)


def public_stamper(keys: Path, *names: str) -> LocalStamper:
    """Authorities that do not say they are for practice; all keys are in ``keys``, made when they are not there."""
    if not keys.exists():
        make_evil_authority(keys)
    return make_stamper(keys / "root.pem", lambda query: evil_reply(keys, query), *names)


def silent_stamper(root: Path) -> LocalStamper:
    """An authority that answers nothing."""
    return make_stamper(root, lambda query: b"", "silent")


def png(width: int = 64, height: int = 48) -> bytes:
    """A true PNG image of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x20\x80\x60" * width) * height
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def wacz(target: Path, url: str, body: bytes, at: datetime) -> str:
    """A WACZ with one exchange and one screenshot; returns the ID of the response's record."""
    warc = target.with_suffix(".warc.gz")
    with warc.open("wb") as stream:
        writer = WarcWriter(stream, filename="data.warc.gz", info={"software": "offsignal test"})
        heads = (("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
        asked = (("Host", "pelican-sender.example"),)
        exchange = Exchange(url, "GET", asked, b"", 200, "OK", "HTTP/1.1", heads, body, at, "203.0.113.9")
        response = writer.exchange(exchange)
        writer.resource(f"urn:screenshot:{url}", "image/png", png(), at)
    write_wacz(target, warc, [Page(url, at, "Offer")], Words("Offer", "One page.", "offsignal test", at))
    warc.unlink()
    return response.record_id


def claims_of(text: str, number: int) -> dict[str, Any]:
    """Claims and identifiers with their true places."""

    def place(quote: str) -> dict[str, Any]:
        start = text.index(quote)
        return {"quote": quote, "start": start, "end": start + len(quote), "field": "body"}

    phone = f"+91 98765 4321{number}"
    return {
        "claims": [{"type": str(kind), **place(quote)} for kind, quote in QUOTES],
        "identifiers": [{"kind": "phone", "value": phone.replace(" ", ""), **place(phone)}],
    }


def record(url: str, number: int, at: str, body: bytes, missing: Sequence[dict[str, str]]) -> dict[str, Any]:
    """A capture record of the form that :mod:`evidence.capture_record` writes, as far as the report reads it."""
    unknown = {"value": None, "reason": "not set"}
    return {
        "format": "offsignal-capture-1",
        "url": url,
        "url_final": url,
        "title": f"Pelican {number}",
        "status": 200,
        "server_ip": "203.0.113.9",
        "missing": list(missing),
        "limits": ["The page came over plain HTTP: somebody on the way could have altered it."],
        "target": {
            "redirect_chain": [{"url": url, "status": 200}],
            "language": "en",
            "seller_name_shown": "Pelican Ltd",
            "publish_date_shown": unknown,
        },
        "network": {
            "response_headers": [["Content-Type", "text/html; charset=utf-8"]],
            "status_text": "OK",
            "http_version": "HTTP/1.1",
            "port": 80,
            "tls": {"value": None, "reason": "plain HTTP: no TLS was spoken"},
            "robots": {"decision": "allowed", "decided_at": at},
        },
        "content": {"files": [{"path": "body.bin", "bytes": len(body)}]},
        "context": {"found_by": "watchlist", "seen_at": at},
        "collection": {
            "operator_name": "R. Iyer",
            "host_name": unknown,
            "browser": {"product": "Chrome", "version": "156.0"},
            "viewport": [1280, 800],
            "locale": "en-GB",
            "user_agent": "offsignal/0.1.0 (+collector@heron.example)",
            "started_at": at,
            "ended_at": at,
            "requests": {"made": 3, "answered": 2},
            "page_tried": {"dialogs": [], "popups": []},
        },
    }


def make_exhibit(exhibits: Exhibits, number: int, *, missing: Sequence[dict[str, str]] = ()) -> Exhibit:
    """One exhibit, laid into the vault and sealed as a capture would be, but for the browser."""
    exhibit_id, url, at = f"ex-{number:04d}", f"http://pelican-sender.example/offer?plan={number}", clock.now()
    body = PAGE.format(number=number).encode()
    text = extract_html(body).text
    files = {
        "body.bin": body,
        "dom.html": body,
        "text.txt": text.encode(),
        "capture.json": canonical_json(record(url, number, clock.iso(at), body, missing)),
        "viewport.png": png(),
        "full.png": stripes(64, 200),
    }
    gaps = tuple(Missing(**row) for row in missing)
    with TemporaryDirectory() as name:
        folder = Path(name)
        record_id = wacz(folder / "capture.wacz", url, body, at)
        for path, data in files.items():
            (folder / path).write_bytes(data)
        data, crops = pinned(folder, claims_of(text, number), record_id)
        (folder / "claims.json").write_bytes(data)
        names = ("capture.wacz", *files, "claims.json", *crops)
        kept = tuple(name for name in names if name not in [row["what"] for row in missing])
        state = CaptureState.PARTIAL if gaps else CaptureState.COMPLETE
        draft = ExhibitDraft(exhibit_id, f"sg-{number}", url, at, state, folder, kept, gaps)
        return seal(draft, exhibits, Recorder(CustodyLog(exhibits.db), "offsignal"))


def stamp_folder(folder: Path, stamper: Stamper) -> None:
    """Stamps the manifest in ``folder``; replaces the proofs that were there."""
    shutil.rmtree(folder / "proofs", ignore_errors=True)
    for result in stamper.stamp((folder / "manifest.json").read_bytes()):
        place = folder / "proofs" / result.authority
        for name, data in result.files().items():
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)


def print_nothing(jobs: Sequence[PrintJob]) -> None:
    """Stands where the browser would print: a true PDF of two empty pages, with the page to print attached."""
    for job in jobs:
        writer = PdfWriter()
        for _ in range(2):
            writer.add_blank_page(595, 842)
        writer.add_attachment(job.page.name, job.page.read_bytes() + job.footer.encode())
        writer.write(job.target)
        writer.close()


def signer_of(root: Path) -> Signer:
    """The key of the casebook below ``root``, made when it is not there."""
    return keys.load(root) or keys.make(root, "heron-llp/custody-test")


@dataclass
class House:
    """A casebook with one case, its exhibits and everything that builds a bundle of it."""

    root: Path
    db: Database
    log: CustodyLog
    cases: Cases
    case_id: str
    exhibit_ids: list[str]
    bundler: Bundler

    def build(self, name: str = "bundle", **changes: Any) -> Bundle:
        """Builds the case's bundle below the house's root."""
        given = {"by": "R. Iyer", "purpose": "for counsel", **changes}
        return self.bundler.build(self.case_id, self.root / name, **given)


def make_house(
    root: Path,
    stamper: Stamper,
    *,
    exhibits: int = 2,
    accept: Callable[[int], bool] = lambda number: True,
    sealed: Callable[[int], bool] = lambda number: True,
    openssl: str | None = None,
    missing: Sequence[dict[str, str]] = (),
) -> House:
    """A house with ``exhibits`` exhibits in case-0001, of which those that ``accept`` names are accepted."""
    migrations = [crawler_store.MIGRATIONS, custody.MIGRATIONS, store.MIGRATIONS, case.MIGRATIONS]
    db = open_casebook(root / "casebook.db", migrations)
    log, cases, all_exhibits = CustodyLog(db), Cases(db), Exhibits(db, Vault(root / "vault"))
    opened = cases.open("Pelican <Sender> & Co", by="R. Iyer")
    other = cases.open("Heron Blast", by="A. Okafor")
    made = [make_exhibit(all_exhibits, number, missing=missing) for number in range(1, exhibits + 1)]
    for number, exhibit in enumerate(made, 1):
        if sealed(number):
            stamp(exhibit, all_exhibits, stamper, Recorder(log, "offsignal"))
        for case_id in (opened.id, other.id):
            cases.add(case_id, exhibit.exhibit_id, by="R. Iyer", reason="same phone")
        if accept(number):
            cases.accept(opened.id, exhibit.exhibit_id, by="Anita Rao", reason="a secret strategy")
    bundler = Bundler(
        db, all_exhibits, stamper, print_nothing, Collector("R. Iyer", "Heron LLP"), openssl, BatesSettings(),
        signer=signer_of(root),
    )  # fmt: skip
    return House(root, db, log, cases, opened.id, [exhibit.exhibit_id for exhibit in made], bundler)
