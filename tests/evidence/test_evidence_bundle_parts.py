"""What counsel gets: printed exhibits with numbered pages, and by default no score and no note, wherever one looks."""

from __future__ import annotations

import csv
import errno
import json
import re
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from classifiers import store as classifier_store
from classifiers.judgement import Decision, Judgement, Polarity, Reason
from classifiers.labels import Label
from crawler import clock
from crawler.errors import BrowserFailed
from evidence.bates import Bates
from evidence.bundle import Options
from evidence.config import BatesSettings
from evidence.digest import sha256_file
from evidence.report_pdf import PrintJob
from evidence.verifier import verify as run_verifier
from tests.evidence.bundle_making import House, make_house, print_nothing, public_stamper

SECRETS = (
    b"0.987654",
    b"bulk_sending_offer",
    b"notice-ready",
    b"smells of a sender",
    b"a secret strategy",
    b"same phone",
)

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities") / "keys"


def judged_house(root: Path, keys: Path) -> House:
    """A house whose exhibits were judged, with a score and a reason that nobody outside may see."""
    house = make_house(root, public_stamper(keys, "one"), openssl=shutil.which("openssl"))
    classifier_store.MIGRATIONS.apply(house.db)
    told = (
        "Neither domain, name nor number stands in the directory; that alone says nothing. (directory as of 2026-01-02)"
    )
    reasons = (
        Reason("model.word", Polarity.FOR, "It smells of a sender.", weight=1.25),
        Reason("provider.not_found", Polarity.NEUTRAL, told),
    )
    judgement = Judgement(
        *(Label.BULK_SENDING_OFFER, True, 0.987654, Decision.NOTICE_READY, "en", (), (), reasons, "model-1", "ab" * 32)
    )
    classifier_store.Judgements(house.db).add("sg-1", judgement, clock.now())
    return house


def everything(directory: Path) -> dict[str, bytes]:
    """Every file of a bundle; of PDF files also what their streams hold."""
    found = {}
    for path in sorted(one for one in directory.rglob("*") if one.is_file()):
        data = path.read_bytes()
        for packed in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL) if path.suffix == ".pdf" else ():
            unpacker = zlib.decompressobj()
            try:
                data += unpacker.decompress(packed)
            except zlib.error:
                data += packed
        found[path.relative_to(directory).as_posix()] = data
    return found


def test_a_bundle_holds_no_score_and_no_note_unless_somebody_asks(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    plain = everything(house.build("plain").directory)
    assert [(name, word) for name, data in plain.items() for word in SECRETS if word in data] == []
    assert b"that alone says nothing" in plain["report.pdf"]
    assert not any(name.startswith("work-product/") for name in plain)
    full = house.build("full", options=Options(work_product=True))
    found = everything(full.directory)
    for word in SECRETS:
        places = {name for name, data in found.items() if word in data}
        assert places <= {"work-product/judgements.json", "work-product/reviews.json"}, word
        assert places, word
    assert full.warnings[0].startswith("PRIVILEGED")
    assert b"PRIVILEGED: this bundle holds work product" in found["report.html"]


def test_the_log_says_what_was_put_in(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    for name, options in (("a", Options()), ("b", Options(work_product=True)), ("c", Options(error_rate=True))):
        house.build(name, options=options)
    for action in ("bundle_begun", "bundle_built"):
        entries = [entry.facts for entry in house.log.entries(house.case_id) if entry.action == action]
        assert [facts["work_product"] for facts in entries] == [False, True, False]
        assert [facts["error_rate"] for facts in entries] == [False, False, True]
    told = [(tmp_path / name / "report.html").read_text().count("would have been captured") for name in "abc"]
    assert told[0] == told[1] == 0 < told[2]


def test_every_page_has_a_number_and_no_number_comes_twice(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    first, second = house.build("first"), house.build("second")
    assert (first.production, first.pages) == ("P0001", ("OFS0000001", "OFS0000006"))
    assert (second.production, second.pages) == ("P0002", ("OFS0000007", "OFS0000012"))
    seen: list[str] = []
    for bundle in (first, second):
        manifest = json.loads((bundle.directory / "manifest.json").read_bytes())
        paths = [row["print"]["path"] for row in manifest["exhibits"]]
        assert paths == ["pdf/exhibit-0001.pdf", "pdf/exhibit-0002.pdf"]
        for path in (*paths, "report.pdf"):
            for page in PdfReader(bundle.directory / path).pages:
                seen += re.findall(rb"\((OFS\d{7})\)", page["/Contents"][-1].get_object().get_data())  # type: ignore[index]
    assert seen == [f"OFS{number:07d}".encode() for number in range(1, 13)]
    register = Bates(house.db, BatesSettings())
    assert register.verify() == 6
    by_path = {(row.production, row.document): row.sha256 for row in register.ranges()}
    assert by_path["P0002", "pdf/exhibit-0001.pdf"] == sha256_file(second.directory / "pdf/exhibit-0001.pdf")
    rows = list(csv.DictReader(StringIO((first.directory / "index.csv").read_text("utf-8-sig"))))
    assert [(row["pages_begin"], row["pages_end"]) for row in rows] == [
        ("OFS0000001", "OFS0000002"),
        ("OFS0000003", "OFS0000004"),
    ]
    assert rows[0]["print_sha256"] == by_path["P0001", "pdf/exhibit-0001.pdf"]


def test_a_print_that_fails_takes_no_number_and_leaves_nothing(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    calls: list[int] = []

    def fails(jobs: Sequence[PrintJob]) -> None:
        calls.append(len(jobs))
        jobs[0].target.write_bytes(b"%PDF-1.7 half")
        raise BrowserFailed("printing exhibit-0001.pdf: the page held the browser for 180 s, and it was ended")

    def full(jobs: Sequence[PrintJob]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(jobs[0].target))

    for printer, error in ((fails, BrowserFailed), (full, OSError)):
        house.bundler = replace(house.bundler, printer=printer)
        with pytest.raises(error):
            house.build()
    assert calls == [2]
    assert Bates(house.db, BatesSettings()).ranges() == ()
    assert [path.name for path in tmp_path.iterdir() if "bundle" in path.name] == []
    house.bundler = replace(house.bundler, printer=print_nothing)
    assert house.build().pages[0] == "OFS0000001"


def test_numbers_of_a_bundle_that_was_not_finished_stay_void(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    calls: list[int] = []

    def second_fails(jobs: Sequence[PrintJob]) -> None:
        calls.append(len(jobs))
        if len(calls) == 2:
            raise BrowserFailed("printing report.pdf: the browser is gone")
        print_nothing(jobs)

    house.bundler = replace(house.bundler, printer=second_fails)
    with pytest.raises(BrowserFailed, match=r"report\.pdf"):
        house.build()
    assert house.build().pages == ("OFS0000005", "OFS0000010")


def test_a_print_that_was_changed_or_slipped_in_fails(tmp_path: Path, keys: Path) -> None:
    from tests.zoo.bundle_defects import reseal

    house = judged_house(tmp_path, keys)
    good = house.build().directory
    assert [text for step in run_verifier(good, None) for text in step.failed] == []
    for name, word in (("swap", "not the print"), ("more", "a print of no exhibit"), ("note", "work product")):
        bad = shutil.copytree(good, tmp_path / name)
        if name == "swap":
            shutil.copy(bad / "pdf/exhibit-0001.pdf", bad / "pdf/exhibit-0002.pdf")
        elif name == "more":
            shutil.copy(bad / "pdf/exhibit-0001.pdf", bad / "pdf/exhibit-0003.pdf")
        else:
            (bad / "work-product").mkdir()
            (bad / "work-product" / "notes.txt").write_text("x")
        reseal(bad)
        failed = [text for step in run_verifier(bad, None) for text in step.failed]
        assert any(word in text for text in failed), (name, failed)


def test_counsel_is_told_of_what_the_case_holds_besides(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=3, accept=lambda number: number == 1)
    bundle = house.build()
    (warning,) = [text for text in bundle.warnings if "not in the bundle" in text]
    assert "ex-0002, ex-0003; look whether one speaks for the operator" in warning
    limits = (bundle.directory / "report.html").read_text("utf-8").split("<h2>Limits</h2>")[1]
    assert "The case holds 2 further exhibits of which no acceptance stands" in limits
    assert "ex-0002" not in limits


def test_a_bundle_of_the_whole_case_names_no_further_exhibit(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1)
    assert "further exhibit" not in (house.build().directory / "report.html").read_text("utf-8")


def test_the_readme_tells_experts_what_is_here_and_nothing_is_here_untold(tmp_path: Path, keys: Path) -> None:
    house = judged_house(tmp_path, keys)
    for name, options in (("plain", Options()), ("full", Options(work_product=True))):
        bundle = house.build(name, options=options)
        text = (bundle.directory / "README.txt").read_text("utf-8")
        assert f"{bundle.production}" in text
        assert f"2 exhibits, pages {bundle.pages[0]} to {bundle.pages[1]}" in text
        told = {line.split()[0].rstrip("/") for line in text.splitlines() if line.startswith("  ") and line.strip()}
        assert {path.name for path in bundle.directory.iterdir()} - {"README.txt"} <= told
        assert ("PRIVILEGED" in text) == options.work_product
        assert "$" not in text
