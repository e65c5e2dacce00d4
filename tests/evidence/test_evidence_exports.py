"""Every export is read back by a program that is not ours; what was struck is in none of them."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import bagit
import openpyxl
import pytest

from evidence import struck
from evidence.config import BatesSettings
from evidence.errors import NotAllowed, Unverified
from evidence.exports import ftm, material
from evidence.exports.exporting import FORMATS, Exporter
from tests.evidence.bundle_making import make_house, practice_stamper

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    root = tmp_path_factory.mktemp("house")
    made = make_house(root / "data", practice_stamper(root / "keys"))
    made.build()
    yield made
    made.db.close()


@pytest.fixture
def exported(house, tmp_path):
    def export(form, **changes):
        exporter = Exporter(house.db, house.bundler.stamper, BatesSettings(), None)
        given = {"case_id": house.case_id, "by": "Anita Rao", "purpose": "hand-over", **changes}
        return exporter.export(house.root / "bundle", tmp_path / form, form, **given)

    return export


def quotes_of(house, number=1):
    rows = json.loads((house.root / "bundle/exhibits" / house.exhibit_ids[number - 1] / "claims.json").read_bytes())
    return [row["quote"] for row in rows["claims"]]


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=240, check=False)


def test_a_bag_is_valid_for_the_bagit_command_and_a_changed_file_is_not(exported):
    made = exported("bagit")
    command = (sys.executable, bagit.__file__, "--validate", made.directory)
    assert run(*command).returncode == 0
    info = (made.directory / "bag-info.txt").read_text()
    assert "External-Identifier: case-0001" in info
    assert "Payload-Oxum" in info
    with (made.directory / "data/index.csv").open("ab") as stream:
        stream.write(b"x")
    assert run(*command).returncode == 1


def test_the_bundle_inside_a_bag_still_verifies(exported):
    made = exported("bagit")
    done = run(sys.executable, "-I", made.directory / "data/verify.py", made.directory / "data", "--json")
    assert not [step for step in json.loads(done.stdout)["steps"] if step["failed"]]


def test_the_case_ontology_accepts_the_graph(exported, house):
    made = exported("case-uco")
    tool = Path(sys.executable).with_name("case_validate")
    done = run(tool, made.directory / "case.jsonld")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    graph = json.loads((made.directory / "case.jsonld").read_bytes())["@graph"]
    numbers = [one["case-investigation:exhibitNumber"] for one in graph if "case-investigation:exhibitNumber" in one]
    assert numbers == ["1", "2"]
    assert len({one["@id"] for one in graph}) == len(graph)


@pytest.mark.slow
def test_followthemoney_accepts_the_entities(exported, tmp_path):
    made = exported("ftm")
    uv = Path(sys.executable).with_name("uv")
    wanted = (uv, "tool", "run", "--quiet", "--from", "followthemoney", "ftm")
    try:
        had = run(*wanted, "--help").returncode == 0
    except subprocess.TimeoutExpired:
        had = False
    if not had:
        pytest.skip("the followthemoney command cannot be had on this machine (it is built from source and needs ICU)")
    done = run(*wanted, "validate", "-i", made.directory / "entities.ftm.json", "-o", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    written = [json.loads(line) for line in (made.directory / "entities.ftm.json").read_text().splitlines()]
    read = {one["id"]: one for one in map(json.loads, (tmp_path / "out.json").read_text().splitlines())}
    for one in written:
        kept = read[one["id"]]["properties"]
        assert {name: sorted(values) for name, values in kept.items()} == {
            name: sorted(values) for name, values in one["properties"].items()
        }


def test_entities_say_that_nobody_verified_who_is_behind_them(exported, house):
    lines = (exported("ftm").directory / "entities.ftm.json").read_text("utf-8").splitlines()
    vendor, page, link = map(json.loads, lines[:3])
    assert vendor["schema"] == "LegalEntity"
    assert any("not verified" in note for note in vendor["properties"]["notes"])
    assert "phone" not in vendor["properties"], "a number that no page gives as its own contact is nobody's"
    assert link["properties"]["entity"] == [vendor["id"]]
    assert link["properties"]["document"] == [page["id"]]


def test_a_contact_that_a_page_gives_as_its_own_is_the_vendors(house):
    whole = material.read(house.root / "bundle", {})
    phone = whole.items[0].identifiers[0]
    contact = {**phone, "type": "contact"}
    items = (replace(whole.items[0], claims=(contact,)), whole.items[1])
    assert ftm.stated(replace(whole, items=items))["phone"] == ["+919876543211"]


def test_the_tables_hold_every_quote_verbatim(exported, house):
    folder = exported("csv").directory
    with (folder / "claims.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["quote"] for row in rows if row["exhibit"] == "1"] == quotes_of(house)
    with (folder / "exhibits.csv").open(encoding="utf-8-sig", newline="") as stream:
        first = next(csv.DictReader(stream))
    assert first["url_requested"] == "http://pelican-sender.example/offer?plan=1"
    assert first["pages_begin"]


def test_the_workbook_has_the_same_cells_and_no_formula(exported):
    book = openpyxl.load_workbook(exported("xlsx").directory / "case-0001.xlsx")
    tables = exported("csv").directory
    assert set(book.sheetnames) == {path.stem for path in tables.glob("*.csv")}
    for name in book.sheetnames:
        cells = [[cell.value or "" for cell in row] for row in book[name].iter_rows()]
        assert {cell.data_type for row in book[name].iter_rows() for cell in row} <= {"s", "inlineStr"}
        with (tables / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            assert cells == list(csv.reader(stream))


def test_web_archives_are_those_of_the_exhibits(exported, house):
    made = exported("wacz")
    for number, name in enumerate(house.exhibit_ids, 1):
        copy = made.directory / f"exhibit-{number:04d}.wacz"
        assert copy.read_bytes() == (house.root / "bundle/exhibits" / name / "capture.wacz").read_bytes()
        assert run(Path(sys.executable).with_name("wacz"), "validate", "-f", copy).returncode == 0


def test_what_a_person_struck_is_in_no_export_and_an_older_bundle_is_refused(house, tmp_path):
    first, quote = house.exhibit_ids[0], quotes_of(house)[1]
    marks = struck.Struck(house.db)
    exporter = Exporter(house.db, house.bundler.stamper, BatesSettings(), None)
    given = {"case_id": house.case_id, "by": "Anita Rao", "purpose": "hand-over"}
    marks.strike(house.case_id, first, 1, by="Anita Rao", reason="means another product")
    try:
        with pytest.raises(NotAllowed, match="is older than a claim that was struck"):
            exporter.export(house.root / "bundle", tmp_path / "old", "csv", **given)
        house.build("newer")
        exporter.export(house.root / "newer", tmp_path / "csv", "csv", **given)
        with (tmp_path / "csv" / "claims.csv").open(encoding="utf-8-sig", newline="") as stream:
            shown = [row["quote"] for row in csv.DictReader(stream) if row["exhibit"] == "1"]
        assert shown == [one for one in quotes_of(house) if one != quote]
        exporter.export(house.root / "newer", tmp_path / "ftm", "ftm", **given)
        lines = (tmp_path / "ftm" / "entities.ftm.json").read_text("utf-8").splitlines()
        (page,) = [json.loads(line)["properties"] for line in lines if first in line]
        assert not [note for note in page["notes"] if quote in note]
    finally:
        marks.restore(house.case_id, first, 1, by="Anita Rao", reason="it was right")
        shutil.rmtree(house.root / "newer", ignore_errors=True)
        shutil.rmtree(house.root / "bundle")
        house.build()


def test_what_speaks_for_the_operator_is_exported_whatever_was_struck(house):
    first = house.exhibit_ids[0]
    (item, *_) = material.read(house.root / "bundle", {first: frozenset(range(50))}).items
    assert [one["type"] for one in item.claims] == ["disclaimer"]


def test_an_exhibit_that_is_no_longer_accepted_is_not_exported(house, exported):
    first = house.exhibit_ids[0]
    house.cases.reject(house.case_id, first, by="Anita Rao", reason="a shop")
    try:
        with pytest.raises(NotAllowed, match="exhibit 1 is no longer accepted"):
            exported("csv")
    finally:
        house.cases.accept(house.case_id, first, by="Anita Rao", reason="offers sending")


def test_every_export_is_logged_under_a_name_before_and_after(house, exported):
    made = exported("csv", by="Anita Rao", purpose="for the other side")
    entries = list(house.log.entries())
    last = entries[-1]
    assert (last.action, last.actor, last.purpose) == ("exported", "Anita Rao", "for the other side")
    assert (last.facts["format"], last.facts["sha256"]) == ("csv", made.sha256)
    copies = [one.subject for one in entries[-3:-1]]
    assert copies == house.exhibit_ids
    names = sorted(path.relative_to(made.directory).as_posix() for path in made.directory.rglob("*") if path.is_file())
    lines = subprocess.run(["sha256sum", *names], cwd=made.directory, capture_output=True, check=True).stdout
    assert hashlib.sha256(lines).hexdigest() == made.sha256


def test_an_altered_bundle_is_refused_and_nothing_is_left(house, tmp_path):
    altered = tmp_path / "altered"
    shutil.copytree(house.root / "bundle", altered)
    with (altered / "report.html").open("ab") as stream:
        stream.write(b"<!-- -->")
    exporter = Exporter(house.db, house.bundler.stamper, BatesSettings(), None)
    given = {"case_id": house.case_id, "by": "Anita Rao", "purpose": "hand-over"}
    with pytest.raises(Unverified, match="does not verify and is not exported"):
        exporter.export(altered, tmp_path / "out", "csv", **given)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["altered"]


def test_wrong_use_is_told_in_a_sentence(house, exported, tmp_path):
    with pytest.raises(NotAllowed, match="there is no format 'pst'"):
        exported("pst")
    with pytest.raises(NotAllowed, match="is a bundle of case-0001, not of case-0002"):
        exported("csv", case_id="case-0002")
    (tmp_path / "ftm").mkdir()
    (tmp_path / "ftm" / "mine.txt").write_text("mine")
    with pytest.raises(NotAllowed, match="exists and is not an empty directory"):
        exported("ftm")
    assert (tmp_path / "ftm" / "mine.txt").read_text() == "mine"
    assert set(FORMATS) == {"concordance", "bagit", "case-uco", "ftm", "csv", "xlsx", "wacz"}
