"""What each certificate says: fields in order, blanks blank, facts prefilled, times in the right zones."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import docx
import pytest

from crawler import clock
from evidence.certification import brazil, eu, india, india_65b, uk, us
from evidence.certification.facts import Matter
from evidence.certification.forms import FORMS
from evidence.certification.hash_report import COLUMNS
from evidence.certification.model import Blank, Document, Facts, Text, Tick, inlines, to_fill
from evidence.certification.request import Request
from evidence.certification.times import IST, ist, local, utc, zone_of
from evidence.digest import sha256_file
from tests.evidence.bundle_making import public_stamper
from tests.evidence.certificate_making import TLS, Office, make_office

pytestmark = pytest.mark.openssl

PERSON_A = ("A1 name", "A2 son/daughter/spouse of", "A3 residing/employed at", "A16 name and signature", "A17 date")
PERSON_B = ("B1 name", "B2 son/daughter/spouse of", "B3 residing/employed at", "B14 name, designation and signature")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    keys = tmp_path_factory.mktemp("authorities") / "keys"
    return make_office(tmp_path_factory.mktemp("office"), stamper=public_stamper(keys, "one", "two"))


def matter_of(office: Office, form: str, **changes: object) -> Matter:
    request = Request(office.case_id, form, "Anita Rao", "motion for injunction", **changes)  # type: ignore[arg-type]
    return office.certifier._matter(FORMS[form], request, "crt-0123456789ab")


def body(office: Office, form: str, **changes: object) -> Document:
    return Document("t", "en", "A4", "f", FORMS[form].build(matter_of(office, form, **changes)))


def said(document: Document) -> str:
    return "".join(one.text if isinstance(one, Text) else "_" for one in inlines(document))


def fields(document: Document, part: str) -> list[int]:
    """The numbers of the form's fields in the order in which they first stand in the document."""
    names = (one.name for one in inlines(document))
    numbers = (int(found[1]) for name in names if (found := re.match(rf"{part}(\d+) ", name)))
    return list(dict.fromkeys(numbers))


@pytest.mark.parametrize(("part", "count"), [("A", 19), ("B", 17)])
def test_the_schedule_has_every_field_in_its_order(office: Office, part: str, count: int) -> None:
    assert fields(body(office, "in-bsa-63"), part) == list(range(1, count + 1))


def test_the_schedule_is_printed_in_its_own_words(office: Office) -> None:
    text = said(body(office, "in-bsa-63"))
    for phrase in (
        "I, _ (Name), Son/daughter/spouse of _ residing/employed at _ do hereby solemnly affirm and sincerely state",
        "was under the lawful control for regularly creating, storing or processing information",
        "by me (select as applicable).",
        "(Hash report to be enclosed with the certificate)",
        "The produced electronic record/output of the digital record are obtained from the following",
    ):
        assert phrase in text
    part_b = text[text.index("The produced electronic record") :]
    assert "lawful control" not in part_b
    assert "select as applicable" not in part_b


@pytest.mark.parametrize("names", [PERSON_A, PERSON_B])
def test_fields_about_a_person_are_blank(office: Office, names: tuple[str, ...]) -> None:
    found = {one.name: one for one in inlines(body(office, "in-bsa-63"))}
    assert all(isinstance(found[name], Blank) for name in names)


def test_only_the_algorithm_is_ticked_in_any_form(office: Office) -> None:
    for form in FORMS:
        ticks = [one for one in inlines(body(office, form)) if isinstance(one, Tick)]
        assert {one.name for one in ticks if one.ticked} <= {"A14 SHA256:", "B12 SHA256:"}


def test_nobody_is_named_in_what_a_person_adopts(office: Office) -> None:
    for build, form in ((us.build, "us-902-13"), (india_65b.build, "in-65b"), (uk.build, "uk-exhibits")):
        document = Document("t", "en", "A4", "f", build(matter_of(office, form)))
        signing = [one for one in inlines(document) if "signature" in one.name or "full name" in one.name]
        assert signing
        assert all(isinstance(one, Blank) for one in signing)


def test_a_declaration_lists_each_exhibit_with_address_time_and_hash(office: Office) -> None:
    for form in ("us-902-13", "us-902-14", "us-902-11", "us-902-12"):
        text = said(body(office, form))
        for exhibit in office.exhibits.list():
            assert f"{exhibit.url}&lang=en" in text
            assert utc(exhibit.captured_at) in text
            assert utc(exhibit.captured_at + timedelta(seconds=2)) in text
            assert all(file.sha256 in text for file in office.exhibits.files(exhibit.exhibit_id))
        for fact in (
            "203.0.113.9",
            TLS,
            "no third party is asked for it",
            "Chrome 156.0",
            "c0ffeec0ffee",
            "CET (UTC+01:00)",
        ):
            assert fact in text


@pytest.mark.parametrize("form", ["us-902-13", "us-902-14", "us-902-11", "us-902-12"])
def test_a_declarant_swears_to_records_and_to_no_praise_of_the_program(office: Office, form: str) -> None:
    text = said(body(office, form))
    assert "I rely on the following." in text
    for phrase in ("not hidden", "is known from", "gives an accurate result is"):
        assert phrase not in text


def test_no_command_is_printed_that_was_not_given(office: Office) -> None:
    labels = [row[0] for block in body(office, "us-902-14").blocks if isinstance(block, Facts) for row in block.rows]
    assert [label for label in labels if "Command" in label] == ["Command, in substance"]
    text = said(body(office, "us-902-14"))
    assert "offsignal certificate, for case-0001, form us-902-14, exhibit(s) 1, 2" in text
    assert "--exhibit" not in text


def test_the_clause_of_1746_fits_the_place_of_signing(office: Office) -> None:
    home, abroad = "under penalty of perjury that the foregoing", "under the laws of the United States of America that"
    assert (home in said(body(office, "us-902-13")), abroad in said(body(office, "us-902-13"))) == (True, True)
    assert (home in said(body(office, "us-902-12")), abroad in said(body(office, "us-902-12"))) == (False, True)
    assert "country of signing" in to_fill(body(office, "us-902-12"))


def test_business_records_say_how_regular_they_are(office: Office) -> None:
    assert "sealed 2 captures on 1 day(s)" in said(body(office, "us-902-11"))
    assert "Regularly conducted" not in said(body(office, "us-902-13"))


def test_marks_of_exhibits_are_the_witnesss(office: Office) -> None:
    assert "marked “AR4”" in said(body(office, "uk-exhibits", initials="AR", first_number=4))
    assert "marked “_1”" in said(body(office, "uk-exhibits"))


def test_timestamps_are_not_called_qualified_unless_the_settings_say_so(office: Office) -> None:
    matter = matter_of(office, "eu-timestamps")
    text = said(Document("t", "en", "A4", "f", eu.build(matter)))
    token = matter.exhibits[0].tokens[0]
    assert text.count("not known to be qualified") == 8
    assert all(part in text for part in (token.serial, token.policy, utc(token.gen_time), token.chain[0].sha256))
    trusting = replace(office, certifier=replace(office.certifier, trusted_lists={"one": "NL, Heron Trust, QTST 1"}))
    marked = said(body(trusting, "eu-timestamps"))
    assert marked.count("not known to be qualified") == 4
    assert marked.count("marked as qualified by the operator; trusted-list reference: NL, Heron Trust, QTST 1") == 4


def test_brazil_maps_the_ten_stages_in_both_languages(office: Office) -> None:
    blocks = brazil.build(matter_of(office, "br-custody"))
    heads = [block.text for block in blocks if hasattr(block, "level") and " – " in block.text]
    numerals = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
    assert [head.split(" – ")[0] for head in heads] == numerals * 2
    assert [head.split(" – ")[1] for head in heads][:2] == ["reconhecimento", "isolamento"]
    text = said(Document("t", "pt", "A4", "f", blocks))
    assert text.count("não se aplica como tal") == 3
    assert "Registro de custódia: nenhum ato registrado" in text


def test_no_certificate_speaks_of_scores_or_reasons(office: Office) -> None:
    for form in FORMS:
        text = said(body(office, form)).casefold()
        assert not any(word in text for word in ("score", "probab", "classifier", "secret strategy", "judgement"))


def test_times_are_in_the_zones_they_name() -> None:
    moment = clock.parse("2026-06-30T20:00:00.123456Z")
    assert ist(moment) == "2026-07-01 01:30:00.123 IST (UTC+05:30)"
    assert IST.utcoffset(None) == timedelta(hours=5, minutes=30)
    assert uk.london(moment) == "2026-06-30 21:00:00.123 BST (UTC+01:00)"
    assert brazil.brasilia(moment) == "2026-06-30 17:00:00.123 (UTC-03:00)"
    zone = zone_of("CET +0100")
    assert zone is not None
    assert local(moment, zone) == "2026-06-30 21:00:00.123 CET (UTC+01:00)"
    assert (zone_of("nowhere"), zone_of("X +9900")) == (None, None)


def test_the_made_files_agree_with_the_hash_report(office: Office, tmp_path: Path) -> None:
    issued = office.issue("in-bsa-63", "bsa")
    assert set(issued.files) == {
        "in-bsa-63.docx", "in-bsa-63.pdf", "part-b-support.docx", "part-b-support.pdf", "hash_report.csv"
    }  # fmt: skip
    data = (issued.directory / "hash_report.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert {row["Match"] for row in rows} == {"yes"}
    assert all(row["Hash at capture"] == row["Hash at export"] for row in rows)
    assert all(row["Capture time IST"].endswith("IST (UTC+05:30)") for row in rows)
    assert [row["Serial no"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    file = docx.Document(BytesIO((issued.directory / "in-bsa-63.docx").read_bytes()))
    text = "\n".join(paragraph.text for paragraph in file.paragraphs)
    assert "I, ______________________________ (Name)" in text
    assert sha256_file(issued.directory / "hash_report.csv") in text


def test_a_copy_is_read_back(office: Office) -> None:
    issued = office.issue("us-902-14", "copied")
    for exhibit in office.exhibits.list():
        for file in office.exhibits.files(exhibit.exhibit_id):
            assert sha256_file(issued.directory / "exhibits" / exhibit.exhibit_id / file.path) == file.sha256
    actions = [entry.action for entry in office.log.entries("ex-0001")]
    assert actions[-2:] == ["certificate_copied", "certificate_generated"]


def test_device_facts_of_the_record_fill_the_form() -> None:
    collection = {"make_model": "Dell R640", "serial_number": "S1", "cloud_id": {"id": "i-1"}}
    assert india.particulars({"collection": collection}) == ("Dell R640", "S1", "id: i-1")
    unknown = {"make_model_serial": {"value": None, "reason": "not read"}}
    assert india.particulars({"collection": unknown}) == ("", "", "")
