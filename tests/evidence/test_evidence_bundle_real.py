"""The whole way with a real browser: pages of every kind captured, sealed, stamped, bundled, printed and verified."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pypdf import PdfReader

from crawler import store as crawler_store
from crawler.casebook import open_casebook, writing
from evidence import case, custody, store
from evidence.bundle import Bundle, Bundler
from evidence.capture import Capturer
from evidence.case import Cases
from evidence.custody import CustodyLog
from evidence.exhibit import Exhibits, Recorder, seal
from evidence.report_facts import Collector
from evidence.report_pdf import print_all
from evidence.stamping import stamp
from evidence.vault import Vault
from evidence.verify import Report, verify
from tests.evidence.bundle_making import public_stamper, signer_of
from tests.evidence.page_serving import COLLECTOR, QUICK, guarded, serving, sighting

PATHS = ("/offer", "/moved", "/gone", "/cyr", "/apk", "/tall", "/surrogate", "/torn", "/script-redirect", "/socket")

pytestmark = [pytest.mark.browser, pytest.mark.openssl, pytest.mark.slow]


OPEN = {"archive-times", "renewals", "timestamps-again"}


@dataclass
class Made:
    bundle: Bundle
    report: Report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    root = tmp_path_factory.mktemp("real")
    db = open_casebook(
        root / "casebook.db", [crawler_store.MIGRATIONS, custody.MIGRATIONS, store.MIGRATIONS, case.MIGRATIONS]
    )
    exhibits, log, cases = Exhibits(db, Vault(root / "vault")), CustodyLog(db), Cases(db)
    recorder, stamper = Recorder(log, "offsignal"), public_stamper(root / "keys", "one", "two")
    opened = cases.open("Pelican Sender", by="R. Iyer")
    with serving() as web, guarded(web) as guard:
        capturer = Capturer(QUICK, COLLECTOR, guard)
        for number, path in enumerate(PATHS):
            seen, place = sighting(path), root / f"draft-{number}"
            place.mkdir()
            with writing(db):
                crawler_store.Sightings(db).add(seen)
            exhibit = seal(capturer.capture(seen, place), exhibits, recorder)
            stamp(exhibit, exhibits, stamper, recorder)
            cases.add(opened.id, exhibit.exhibit_id, by="R. Iyer", reason="of one vendor")
            cases.accept(opened.id, exhibit.exhibit_id, by="Anita Rao", reason="an offer")
    bundler = Bundler(
        db,
        exhibits,
        stamper,
        print_all,
        Collector(COLLECTOR.operator, COLLECTOR.organisation),
        shutil.which("openssl"),
        signer=signer_of(root),
    )
    bundle = bundler.build(opened.id, root / "bundle", by="Anita Rao", purpose="hand-over to counsel")
    yield Made(bundle, verify(bundle.directory, log=log))
    db.close()


def test_a_bundle_of_every_kind_of_page_verifies(made: Made) -> None:
    assert [text for step in made.report.steps for text in step.failed] == []
    assert len(made.bundle.exhibit_ids) == len(PATHS)
    # the roots are the test's own; nothing was renewed and the archives carry no times of their own
    assert {step.key for step in made.report.steps if step.verdict != "proved"} == OPEN


def test_a_stranger_verifies_it_with_python_alone(made: Made) -> None:
    command = [sys.executable, "-I", str(made.bundle.directory / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "PROVED. Every step that has something to check holds." in done.stdout


def test_what_was_not_whole_is_said(made: Made) -> None:
    said = " ".join(made.bundle.warnings)
    assert "is partial: body.bin: the body is not whole" in said
    html = (made.bundle.directory / "report.html").read_text("utf-8")
    assert "The server answered 410, so this shows what it said instead of the page." in html
    assert "PARTIAL: something is missing or not whole in exhibits 5, 6, 8." in html
    assert "a page was there 18 of 20 times" in html  # the sightings said 200, two captures 410


def test_the_report_and_every_exhibit_are_printed_with_numbered_pages(made: Made) -> None:
    words = "\n".join(page.extract_text() for page in PdfReader(made.bundle.directory / "report.pdf").pages)
    counter = 0
    for number in range(1, len(PATHS) + 1):
        assert f"Exhibit {number}" in words
        for page in PdfReader(made.bundle.directory / f"pdf/exhibit-{number:04d}.pdf").pages:
            counter += 1
            shown = page.extract_text()
            assert f"OFS{counter:07d}" in shown
            assert f"Exhibit {number}" in shown
    assert f"OFS{counter + 1:07d}" in words
    assert made.bundle.pages[0] == "OFS0000001"


def test_a_quote_is_framed_where_it_stands_on_the_captured_page(made: Made) -> None:
    claims = json.loads((made.bundle.directory / "exhibits" / made.bundle.exhibit_ids[0] / "claims.json").read_bytes())
    cropped = [row for row in claims["claims"] if "path" in row["pin"]["crop"] and row["type"] != "contact"]
    assert cropped
    pages = PdfReader(made.bundle.directory / "pdf/exhibit-0001.pdf").pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert text.count("with the frame added") == len({(row["start"], row["end"]) for row in cropped})
    assert cropped[0]["pin"]["crop"]["sha256"] in text.replace(" ", "")
