"""A casebook with one case and sealed exhibits for certificates: records as captures write them, real tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlite_utils import Database

from crawler import clock
from desk.workspace import open_workspace
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.case import Cases
from evidence.certification.issue import Certifier, Issued
from evidence.certification.request import Request
from evidence.custody import CustodyLog
from evidence.digest import canonical_json, sha256_hex
from evidence.exhibit import Exhibit, Exhibits, Recorder, seal
from evidence.page_capture import Missing
from evidence.stamping import stamp
from evidence.timestamp import Stamper
from evidence.vault import Vault
from tests.evidence.bundle_making import png

TLS = "ab" * 32
Change = Callable[[dict[str, Any]], None]
SETTINGS = """[collector]
operator = "R. Iyer"
contact = "collector@heron.example"
"""


def record_of(number: int, at: str, end: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """A capture record without a fault, of the form that a capture writes, as far as certificates read it."""
    unknown = {"value": None, "reason": "no third party is asked for it"}
    url = f"https://pelican-sender.example/offer?plan={number}"
    return {
        "format": "offsignal-capture-1",
        "state": "complete",
        "missing": [],
        "url": url,
        "url_final": f"{url}&lang=en",
        "title": f"Pelican {number}",
        "status": 200,
        "server_ip": "203.0.113.9",
        "captured_at": at,
        "target": {"url_requested": url, "redirect_chain": [{"url": url}, {"url": f"{url}&lang=en"}]},
        "network": {"port": 443, "collector_egress_ip": unknown, "tls": {"sha256": TLS, "trusted_by_browser": True}},
        "content": {
            "files": [{"path": name, "role": f"role of {name}", "bytes": len(data)} for name, data in files.items()]
        },
        "context": {"found_by": "watchlist", "seen_at": at},
        "limits": [],
        "collection": {
            "operator_name": "R. Iyer",
            "host_name": "mill",
            "host_id": "3d1219c7c4c5404aaa1f6d2a48adfda4",
            "os": "Debian GNU/Linux 12 (bookworm) (Linux-6.1)",
            "make_model_serial": unknown,
            "tool": {"name": "offsignal", "version": "0.1.0", "commit": "c0ffee" * 6 + "c0ff"},
            "browser": {"product": "Chrome", "version": "156.0"},
            "timezone_of_host": "CET +0100",
            "started_at": at,
            "ended_at": end,
            "failures": [],
            "requests": {"made": 3, "answered": 3, "refused_by_guard": 0},
        },
    }


@dataclass
class Office:
    """A casebook with a case and its exhibits, and what makes certificates of them."""

    root: Path
    db: Database
    exhibits: Exhibits
    cases: Cases
    log: CustodyLog
    case_id: str
    certifier: Certifier

    def issue(self, form: str, name: str = "out", **changes: Any) -> Issued:
        """Makes a certificate below the office's root."""
        request = Request(self.case_id, form, "Anita Rao", "motion for injunction", **changes)
        return self.certifier.issue(request, self.root / name)


def print_nothing(page: Path, target: Path, footer: str) -> None:
    """Stands where the browser prints: a file that says what would be printed."""
    target.write_bytes(b"%PDF-1.7 " + sha256_hex(page.read_bytes()).encode() + footer.encode())


def add_exhibit(office: Office, number: int, change: Change | None = None, *, accept: bool = True) -> Exhibit:
    """Seals exhibit ``number``; ``change`` alters its record first."""
    exhibit_id, at = f"ex-{number:04d}", clock.now()
    words = f"offer {number}, बल्क"
    files = {"dom.html": f"<p>{words}</p>".encode(), "full.png": png(64, 40 + number), "text.txt": words.encode()}
    record = record_of(number, clock.iso(at), clock.iso(at + timedelta(seconds=2)), files)
    if change is not None:
        change(record)
    files["capture.json"] = canonical_json(deepcopy(record))
    missing = tuple(Missing(row["what"], row["reason"]) for row in record["missing"])
    state = CaptureState.PARTIAL if missing else CaptureState.COMPLETE
    with TemporaryDirectory() as name:
        for path, data in files.items():
            (Path(name) / path).write_bytes(data)
        url = str(record["target"]["url_requested"])
        draft = ExhibitDraft(exhibit_id, f"sg-{number}", url, at, state, Path(name), tuple(files), missing)
        exhibit = seal(draft, office.exhibits, Recorder(office.log, "offsignal, run by R. Iyer"))
    office.cases.add(office.case_id, exhibit_id, by="R. Iyer", reason="a secret strategy")
    if accept:
        office.cases.accept(office.case_id, exhibit_id, by="Anita Rao", reason="a secret strategy")
    return exhibit


def stamp_all(office: Office, stamper: Stamper) -> None:
    """Every exhibit gets the stamper's tokens."""
    for exhibit in office.exhibits.list():
        stamp(exhibit, office.exhibits, stamper, Recorder(office.log, "offsignal, run by R. Iyer"))


def make_office(root: Path, *, exhibits: int = 2, stamper: Stamper | None = None, vendor: str = "Pelican") -> Office:
    """An office with ``exhibits`` accepted exhibits without a fault, stamped when there is a stamper."""
    data = root / "data"
    data.mkdir(parents=True)
    (data / "offsignal.toml").write_text(SETTINGS, "utf-8")
    with open_workspace(data):
        """Makes the tables."""
    db = Database(data / "casebook.db")
    db.conn.isolation_level = None
    shelf, cases = Exhibits(db, Vault(data / "vault")), Cases(db)
    case = cases.open(vendor, by="R. Iyer")
    certifier = Certifier(db, shelf, print_nothing, {})
    office = Office(root, db, shelf, cases, CustodyLog(db), case.id, certifier)
    for number in range(1, exhibits + 1):
        add_exhibit(office, number)
    if stamper is not None:
        stamp_all(office, stamper)
    return office
