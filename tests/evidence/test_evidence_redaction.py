"""Working copies: what is blacked out is gone from text, picture and PDF; the sealed exhibit stays as it was."""

from __future__ import annotations

import csv
import io
import json

import pytest
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from pypdf import PdfReader

from classifiers import pictures
from classifiers.pictures import Line, PictureText
from crawler.errors import StoreError
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.case import MIGRATIONS as CASES
from evidence.case import Cases
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed
from evidence.exhibit import seal
from evidence.redaction.choice import blacked_out, choose, key_of
from evidence.redaction.copies import Redactor
from evidence.redaction.pictures import NO_READER, black_out
from tests.evidence.exhibit_making import AT, open_house

SELLER, CUSTOMER = "+91 98765 43210", "+55 11 98877-6655"
TEXT = f"Bulk sender\nCall us: {SELLER}\nMaria Souza ({CUSTOMER}): it works!\nAgain {CUSTOMER}\n"


def found(kind, quote, value):
    start = TEXT.index(quote)
    return {"kind": kind, "value": value, "quote": quote, "start": start, "end": start + len(quote), "field": "body"}


CONTACT = {**found("", f"Call us: {SELLER}", ""), "type": "contact"}
IDENTIFIERS = [found("phone", SELLER, "+919876543210"), found("phone", CUSTOMER, "+5511988776655")]


def drawn(*lines: str, scale: int = 40) -> bytes:
    """A picture with lines of text, and a comment in its metadata."""
    image = Image.new("RGB", (1000, 60 + 70 * len(lines)), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((30, 30 + 70 * number), line, fill="black", font=ImageFont.load_default(scale))
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CUSTOMER)
    target = io.BytesIO()
    image.save(target, "PNG", pnginfo=info)
    return target.getvalue()


def test_the_sellers_own_contact_stays_and_every_other_number_goes_everywhere():
    masks = choose(TEXT, [CONTACT], IDENTIFIERS)
    assert [(one.words, one.reason) for one in masks] == [(CUSTOMER, "PII-THIRD-PARTY")] * 2
    text = blacked_out(TEXT, masks)
    assert SELLER in text
    assert CUSTOMER not in text
    assert len(text) == len(TEXT)
    assert text.count("\n") == TEXT.count("\n")


def test_without_a_contact_claim_every_number_goes():
    assert {one.value for one in choose(TEXT, [], IDENTIFIERS)} == {"+919876543210", "+5511988776655"}


def test_a_person_may_show_more_and_black_out_more():
    masks = choose(TEXT, [CONTACT], IDENTIFIERS, show=["11 98877-6655"], mask=["maria  souza", "it"])
    assert [(one.words, one.reason) for one in masks] == [("Maria Souza", "ASKED-FOR")]


def test_what_the_browser_drew_is_black_and_the_rest_is_as_it_was():
    png = drawn("hello", CUSTOMER)
    burned = black_out(png, (), [(30, 100, 500, 50)], (), lambda _: PictureText())
    before, after = (Image.open(io.BytesIO(data)).convert("RGB") for data in (png, burned.png))
    assert set(after.crop((30, 100, 530, 150)).get_flattened_data()) == {(0, 0, 0)}
    assert after.crop((0, 0, 1000, 90)).tobytes() == before.crop((0, 0, 1000, 90)).tobytes()
    assert burned.notes == (NO_READER,)


def test_no_metadata_comes_along():
    burned = black_out(drawn("hello"), (), (), (), lambda _: PictureText())
    assert CUSTOMER.encode() not in burned.png
    assert Image.open(io.BytesIO(burned.png)).info == {}


def test_what_can_still_be_read_is_blacked_out_with_its_whole_line():
    line = Line(f"call {CUSTOMER} now", 0.9, (30, 40, 900, 40))
    calls = []

    def read(_):
        calls.append(1)
        return PictureText((line,), engine="reader")

    burned = black_out(drawn("hello"), choose(TEXT, [CONTACT], IDENTIFIERS), (), (), read)
    assert len(calls) == 3
    assert not burned.sure
    assert (line.box, "PII-THIRD-PARTY") in burned.places


@pytest.mark.skipif(not pictures.engine(), reason="no text reader is installed")
def test_numbers_that_stand_in_a_picture_are_found_and_gone():
    png = drawn("Our happy customers", f"Maria {CUSTOMER}", f"Order at {SELLER}")
    burned = black_out(png, (), (), [key_of("phone", SELLER)])
    left = pictures.read(burned.png).text
    assert "6655" not in left
    assert "43210" in left
    assert "happy" in left


def test_a_picture_that_nobody_could_read_is_left_out_unless_a_person_takes_it_on(house, tmp_path, monkeypatch):
    house[1].accept(house[2], "ex-1", by="Anita Rao", reason="offers sending")
    monkeypatch.setattr(pictures, "engine", lambda: "")
    made = copy(house, tmp_path / "without")
    assert not list(made.directory.glob("exhibit-0001/*.png"))
    assert not list(made.directory.glob("exhibit-0001/*.pdf"))
    assert any("left out of the copy" in note for note in made.notes)
    kept = copy(house, tmp_path / "with", unread=True)
    assert (kept.directory / "exhibit-0001" / "full.redacted.png").exists()


@pytest.fixture
def house(tmp_path):
    db, exhibits, custody = open_house(tmp_path / "data")
    CASES.apply(db)
    folder = tmp_path / "draft"
    folder.mkdir()
    pins = {"crop": {"of": "full.png", "rect": [30, 100, 600, 50], "lines": [[30, 100, 600, 50]]}}
    stated = {"claims": [CONTACT], "identifiers": [IDENTIFIERS[0], {**IDENTIFIERS[1], "pin": pins}]}
    files = {
        "capture.json": canonical_json({"missing": []}),
        "claims.json": canonical_json(stated),
        "text.txt": TEXT.encode(),
        "full.png": drawn(f"Call us: {SELLER}", f"Maria Souza ({CUSTOMER})"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    url = "http://pelican-sender.example/"
    draft = ExhibitDraft("ex-1", "sg-1", url, AT, CaptureState.PARTIAL, folder, tuple(files), ())
    seal(draft, exhibits, custody)
    cases = Cases(db)
    case = cases.open("Pelican", by="R. Iyer")
    cases.add(case.id, "ex-1", by="R. Iyer", reason="same phone")
    yield Redactor(db, exhibits), cases, case.id, custody.log, files
    db.close()


def copy(house, target, **changes):
    redactor, _, case_id, _, _ = house
    return redactor.copy(case_id, target, **{"by": "Anita Rao", "purpose": "for the expert", **changes})


def test_a_copy_names_its_parent_logs_every_place_and_leaves_the_exhibit_alone(house, tmp_path):
    redactor, cases, case_id, log, files = house
    cases.accept(case_id, "ex-1", by="Anita Rao", reason="offers sending")
    made = copy(house, tmp_path / "copies")
    folder = made.directory / "exhibit-0001"
    assert CUSTOMER not in (folder / "text.redacted.txt").read_text("utf-8")
    record = json.loads((folder / "redaction.json").read_bytes())
    manifest = redactor.exhibits.get("ex-1").manifest_sha256
    assert record["parent"] == {"exhibit_id": "ex-1", "manifest_sha256": manifest}
    for row in record["files"]:
        assert row["sha256_before"] == sha256_hex(files[row["parent"]])
        assert row["sha256_after"] == sha256_hex((folder / row["path"]).read_bytes())
        assert redactor.exhibits.read("ex-1", row["parent"]) == files[row["parent"]]
    with (made.directory / "redaction_log.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == made.places
    assert {row["Redactor"] for row in rows} == {"Anita Rao"}
    assert {row["Page"] for row in rows} == {"text.txt", "full.png"}
    entry = [one for one in log.entries("ex-1") if one.action == "redacted"][-1]
    assert (entry.actor, entry.purpose, entry.facts["files"]) == ("Anita Rao", "for the expert", record["files"])
    with Image.open(folder / "full.redacted.png") as image:
        assert set(image.convert("RGB").crop((30, 100, 630, 150)).get_flattened_data()) == {(0, 0, 0)}


def test_the_pdf_has_no_text_and_no_metadata(house, tmp_path):
    house[1].accept(house[2], "ex-1", by="Anita Rao", reason="offers sending")
    made = copy(house, tmp_path / "copies")
    reader = PdfReader(made.directory / "exhibit-0001" / "page.redacted.pdf")
    assert [page.extract_text() for page in reader.pages] == [""] * len(reader.pages)
    assert not reader.metadata
    assert CUSTOMER.encode() not in (made.directory / "exhibit-0001" / "page.redacted.pdf").read_bytes()


def test_only_accepted_exhibits_are_copied_and_a_used_folder_is_left_alone(house, tmp_path):
    with pytest.raises(NotAllowed, match="has no accepted exhibit"):
        copy(house, tmp_path / "copies")
    house[1].accept(house[2], "ex-1", by="Anita Rao", reason="offers sending")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "mine.txt").write_text("mine")
    with pytest.raises(NotAllowed, match="exists and is not an empty directory"):
        copy(house, tmp_path / "copies")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["mine.txt"]


def test_a_damaged_file_ends_it_with_nothing_written(house, tmp_path):
    redactor, cases, case_id, log, files = house
    cases.accept(case_id, "ex-1", by="Anita Rao", reason="offers sending")
    path = redactor.exhibits.vault.path(sha256_hex(files["text.txt"]))
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(StoreError, match="is damaged"):
        copy(house, tmp_path / "copies")
    assert not (tmp_path / "copies").exists()
    assert "redacted" not in {one.action for one in log.entries()}
