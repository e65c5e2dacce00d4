"""The production volume: load files to the byte, one image per page, everything listed once and hashed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from dataclasses import replace

import pytest
from PIL import Image

from evidence.config import BatesSettings
from evidence.errors import NotAllowed
from evidence.exports import material
from evidence.exports.concordance import write_volume
from evidence.exports.exporting import Exporter
from evidence.exports.load_files import FIELDS, Profile, read_profile
from tests.evidence.bundle_making import make_house, practice_stamper

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    root = tmp_path_factory.mktemp("house")
    made = make_house(root / "data", practice_stamper(root / "keys"))
    made.build()
    yield made
    made.db.close()


@pytest.fixture(scope="module")
def volume(house, tmp_path_factory):
    return export(house, tmp_path_factory.mktemp("volume") / "out")


def export(house, target, profile=None):
    exporter = Exporter(house.db, house.bundler.stamper, BatesSettings(), None)
    given = {"case_id": house.case_id, "by": "Anita Rao", "purpose": "hand-over", "profile": profile}
    made = exporter.export(house.root / "bundle", target, "concordance", **given)
    return next(path for path in made.directory.iterdir() if path.is_dir())


def records(root, encoding="utf-8-sig"):
    """The DAT file, read by Python's csv module."""
    (path,) = root.glob("DATA/*.dat")
    stream = io.StringIO(path.read_bytes().decode(encoding), newline="")
    return list(csv.DictReader(stream, delimiter="\x14", quotechar="\xfe", strict=True))


def pages(root):
    (path,) = root.glob("DATA/*.opt")
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_the_dat_file_has_its_three_bytes_and_its_mark(volume):
    (path,) = volume.glob("DATA/*.dat")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf\xc3\xbeBEGBATES\xc3\xbe\x14\xc3\xbeENDBATES\xc3\xbe")
    assert data.endswith(b"\xc3\xbe\r\n")
    assert data.count(b"\r\n") == 3
    assert data.count(b"\x14") == 3 * (len(FIELDS) - 1)


def test_the_eight_bit_file_has_single_bytes_and_says_what_it_lost(house, tmp_path):
    root = export(house, tmp_path / "out", Profile(encoding="cp1252"))
    (path,) = root.glob("DATA/*.dat")
    data = path.read_bytes()
    assert data.startswith(b"\xfeBEGBATES\xfe\x14\xfeENDBATES\xfe")
    assert [row["URL_REQUESTED"] for row in records(root, "cp1252")] == [
        f"http://pelican-sender.example/offer?plan={number}" for number in (1, 2)
    ]


def test_every_field_is_there_in_its_order_and_true(house, volume):
    first, second = records(volume)
    assert list(first) == list(FIELDS)
    assert (first["DOCTYPE"], first["FILEEXT"], first["TIMEZONE"]) == ("WebPage", "wacz", "UTC")
    assert (first["EVIDENCE_ID"], first["CASE_ID"]) == (house.exhibit_ids[0], house.case_id)
    native = (volume / first["NATIVEPATH"].replace("\\", "/")).read_bytes()
    assert native == (house.root / "bundle/exhibits" / house.exhibit_ids[0] / "capture.wacz").read_bytes()
    digest = subprocess.run(["sha256sum", "-"], input=native, capture_output=True, check=True).stdout.split()[0]
    assert first["SHA256HASH"] == digest.decode()
    text = (volume / first["TEXTPATH"].replace("\\", "/")).read_text("utf-8-sig")
    assert "बल्क मैसेज रोज़" in text
    assert "إرسال بدون حظر" in text
    assert first["ENDBATES"] < second["BEGBATES"]
    assert first["TSA_TIME"] == "", "a practice timestamp is no time"


def test_the_image_list_agrees_with_the_records_and_the_files(volume):
    rows = pages(volume)
    assert all(len(row) == 7 for row in rows)
    firsts = [row for row in rows if row[3] == "Y"]
    assert [row[0] for row in firsts] == [one["BEGBATES"] for one in records(volume)]
    assert [row[6] for row in firsts] == [one["PAGECOUNT"] for one in records(volume)]
    assert all(row[6] == "" and row[3] == "" for row in rows if row not in firsts)
    assert len({row[0] for row in rows}) == len(rows)
    for row in rows:
        with Image.open(volume / row[2].replace("\\", "/")) as image:
            assert image.format == "JPEG"
            assert (volume / row[2].replace("\\", "/")).stem == row[0]


def test_fax_images_are_single_group_four_pages(house, tmp_path):
    root = export(house, tmp_path / "out", Profile(images="tif", paths="posix"))
    for row in pages(root):
        with Image.open(root / row[2]) as image:
            assert (image.format, image.mode, getattr(image, "n_frames", 1)) == ("TIFF", "1", 1)
            assert image.info["compression"] == "group4"


def test_everything_is_listed_once_and_holds(volume):
    done = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "manifest-sha256.txt"], cwd=volume, check=False)
    assert done.returncode == 0
    listed = [line.split("  ", 1)[1] for line in (volume / "manifest-sha256.txt").read_text().splitlines()]
    later = {"manifest-sha256.txt", "manifest.tsq", "manifest.tsr", "manifest-root.pem", "manifest-chain.pem"}
    there = {path.relative_to(volume).as_posix() for path in volume.rglob("*") if path.is_file()}
    assert sorted(listed) == sorted(there - later)
    trust = ["-CAfile", "manifest-root.pem", "-untrusted", "manifest-chain.pem"]
    command = ["openssl", "ts", "-verify", "-in", "manifest.tsr", "-data", "manifest-sha256.txt", *trust]
    assert subprocess.run(command, cwd=volume, capture_output=True, check=False).returncode == 0


def test_the_reports_are_there_and_work_product_is_only_counted(volume):
    def rows(name):
        with (volume / "REPORTS" / name).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    hashes = rows("hash_report.csv")
    assert {row["Person"] for row in hashes} == {"Anita Rao"}
    assert {row["Match"] for row in hashes} == {"yes"}
    assert [row["Serial no"] for row in hashes] == [str(number) for number in range(1, len(hashes) + 1)]
    withheld = rows("privilege_log.csv")
    assert {row["Document type"] for row in withheld} == {"Reviewer's note"}, "nothing was judged here"
    everything = b"".join(path.read_bytes() for path in volume.rglob("*.csv"))
    assert b"a secret strategy" not in everything
    assert [row["action"] for row in rows("custody.csv")][:1] == ["case_opened"]
    assert rows("redaction_log.csv") == []


def test_a_profile_renames_reorders_and_is_checked(house, tmp_path):
    path = tmp_path / "profile.toml"
    path.write_text('paths = "posix"\n[columns]\nBEGBATES = "DocID"\nURL_FINAL = "Web Address"\n')
    root = export(house, tmp_path / "out", read_profile(path))
    assert [list(row) for row in records(root)] == [["DocID", "Web Address"]] * 2
    for text, told in (
        ('encoding = "ebcdic"', "encoding is one of"),
        ('[columns]\nURL_FINAL = "x"', "must have BEGBATES"),
        ('[columns]\nBEGBATES = "x"\nCOLOUR = "y"', "names COLOUR"),
        ("colour = 1", "not a profile"),
        ("= broken", "not a profile"),
    ):
        path.write_text(text)
        with pytest.raises(NotAllowed, match=told):
            read_profile(path)


def test_numbers_are_those_on_the_bundles_prints(house, volume):
    manifest = json.loads((house.root / "bundle/manifest.json").read_bytes())
    assert manifest["case"]["id"] == house.case_id
    with (house.root / "bundle/index.csv").open(encoding="utf-8-sig", newline="") as stream:
        begins = [row["pages_begin"] for row in csv.DictReader(stream)]
    assert [row["BEGBATES"] for row in records(volume)] == begins


def test_a_captured_app_is_a_child_with_a_slip_sheet_and_its_bytes_as_they_were(house, tmp_path):
    whole = material.read(house.root / "bundle", {})
    item, other = whole.items
    folder = tmp_path / "exhibit"
    shutil.copytree(item.folder, folder)
    (folder / "apps").mkdir()
    app = folder / "apps" / f"{'a' * 64}.apk.quarantined"
    app.write_bytes(b"PK never run")
    row = {"path": f"apps/{app.name}", "bytes": 12, "sha256": "a" * 64}
    whole = replace(whole, items=(replace(item, folder=folder, files=(*item.files, row)), other))
    taken = iter(range(900, 999))
    (tmp_path / "out").mkdir()
    made = write_volume(
        whole,
        tmp_path / "out",
        Profile(),
        by="Anita Rao",
        numbers=lambda exhibit, count: [f"S{next(taken)}" for _ in range(count)],
    )
    parent, child, _ = records(tmp_path / "out" / made.name)
    assert (child["DOCTYPE"], child["PARENTID"], child["BEGBATES"]) == ("APK", parent["BEGBATES"], "S900")
    assert (parent["ENDATTACH"], child["ENDATTACH"]) == ("S900", "S900")
    assert "never run" in child["TITLE"]
    native = tmp_path / "out" / made.name / child["NATIVEPATH"].replace("\\", "/")
    assert native.name == "S900.apk.quarantined"
    assert native.read_bytes() == b"PK never run"
    (line,) = [one for one in pages(tmp_path / "out" / made.name) if one[0] == "S900"]
    assert (line[1], line[3], line[6]) == (made.name, "Y", "1")
