"""The whole way with a real browser: pages of every kind captured, sealed, stamped, bundled, printed and verified."""

from __future__ import annotations

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
from evidence.report_pdf import print_pdf
from evidence.stamping import stamp
from evidence.vault import Vault
from evidence.verify import Report, verify
from tests.evidence.bundle_making import public_stamper
from tests.evidence.page_serving import COLLECTOR, QUICK, guarded, serving, sighting

PATHS = ("/offer", "/moved", "/gone", "/cyr", "/apk", "/tall", "/surrogate", "/torn", "/script-redirect", "/socket")

pytestmark = [pytest.mark.browser, pytest.mark.openssl, pytest.mark.slow]


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
        lambda page, target, footer: print_pdf(page, target, footer=footer),
        Collector(COLLECTOR.operator, COLLECTOR.organisation),
        shutil.which("openssl"),
    )
    bundle = bundler.build(opened.id, root / "bundle", by="Anita Rao", purpose="hand-over to counsel")
    yield Made(bundle, verify(bundle.directory, log=log))
    db.close()


def test_a_bundle_of_every_kind_of_page_verifies(made: Made) -> None:
    assert [text for step in made.report.steps for text in step.failed] == []
    assert len(made.bundle.exhibit_ids) == len(PATHS)
    assert {step.number for step in made.report.steps if step.verdict != "proved"} == {
        11
    }  # the roots are the test's own


def test_a_stranger_verifies_it_with_python_alone(made: Made) -> None:
    command = [sys.executable, "-I", str(made.bundle.directory / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Nothing failed." in done.stdout


def test_what_was_not_whole_is_said(made: Made) -> None:
    said = " ".join(made.bundle.warnings)
    assert "is partial: body.bin: the body is not whole" in said
    html = (made.bundle.directory / "report.html").read_text("utf-8")
    assert "The server answered 410, so this shows what it said instead of the page." in html
    assert "PARTIAL: something is missing or not whole in exhibits 5, 6, 8." in html
    assert "a page was there 18 of 20 times" in html  # the sightings said 200, two captures 410


def test_the_report_is_printed_and_names_every_exhibit(made: Made) -> None:
    words = "\n".join(page.extract_text() for page in PdfReader(made.bundle.directory / "report.pdf").pages)
    for number in range(1, len(PATHS) + 1):
        assert f"Exhibit {number}" in words
    assert "1,499" in words
