"""The register of page numbers: given once, in order, through all productions, and checked against the log."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from pydantic import ValidationError

from crawler.casebook import open_casebook
from evidence import case, custody
from evidence.bates import Bates, Document, spelled
from evidence.case import Cases
from evidence.config import BatesSettings
from evidence.custody import CustodyLog
from evidence.errors import NotAllowed, Unverified


@pytest.fixture
def register(tmp_path: Path) -> Bates:
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS, case.MIGRATIONS])
    Cases(db).open("Pelican", by="R. Iyer")
    return Bates(db, BatesSettings(prefix="PEL", width=5))


def test_numbers_run_on_through_productions_and_a_document_has_as_many_as_pages(register: Bates) -> None:
    first = register.begin("case-0001", by="R. Iyer")
    one, two = register.number(first, [Document("pdf/a.pdf", "ex-1", 3), Document("pdf/b.pdf", "ex-2", 1)])
    assert one.pages == ("PEL00001", "PEL00002", "PEL00003")
    assert (two.begin, two.end) == ("PEL00004", "PEL00004")
    second = register.begin("case-0001", by="R. Iyer")
    assert (first.id, second.id) == ("P0001", "P0002")
    (three,) = register.number(second, [Document("pdf/a.pdf", "ex-1", 2)])
    assert three.pages == ("PEL00005", "PEL00006")
    register.finished([(one, "ab" * 32)])
    assert [row.sha256 for row in register.ranges()] == ["ab" * 32, "", ""]
    assert [row.document for row in register.ranges(production="P0002")] == ["pdf/a.pdf"]


def test_another_width_goes_on_counting_and_another_prefix_starts_anew(register: Bates) -> None:
    made = register.begin("case-0001", by="R. Iyer")
    register.number(made, [Document("a", "", 9)])
    wider = Bates(register._db, BatesSettings(prefix="PEL", width=8))
    assert wider.number(made, [Document("b", "", 1)])[0].begin == "PEL00000010"
    assert Bates(register._db, BatesSettings(prefix="HER")).number(made, [Document("c", "", 1)])[0].first == 1
    assert spelled("PEL", 4, 123456) == "PEL123456"


def test_a_number_cannot_be_given_twice_changed_or_taken_back(register: Bates) -> None:
    made = register.begin("case-0001", by="R. Iyer")
    register.number(made, [Document("a", "", 4)])
    row = {"production": "P0001", "case_id": "case-0001", "document": "z", "exhibit_id": "", "prefix": "PEL"}
    with pytest.raises(sqlite3.IntegrityError, match="given once"):
        register._db.table("bates").insert({**row, "width": 5, "first": 4, "last": 6})
    for statement in ("UPDATE bates SET last = 9", "DELETE FROM bates", "DELETE FROM productions"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            register._db.execute(statement)


def test_the_log_shows_a_changed_register(register: Bates) -> None:
    made = register.begin("case-0001", by="R. Iyer")
    register.number(made, [Document("a", "ex-1", 4), Document("b", "ex-2", 1)])
    register.number(made, [Document("report.pdf", "", 2)])
    assert register.verify() == 3
    entry = list(CustodyLog(register._db).entries("case-0001"))[-1]
    assert (entry.action, entry.facts["begin"], entry.facts["end"]) == ("pages_numbered", "PEL00006", "PEL00007")
    register._db.execute("DROP TRIGGER bates_no_update")
    register._db.execute("UPDATE bates SET exhibit_id = 'ex-9' WHERE document = 'b'")
    with pytest.raises(Unverified, match="production P0001"):
        register.verify()


def test_nobody_and_nothing_are_refused(register: Bates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    with pytest.raises(NotAllowed, match="a named person"):
        register.begin("case-0001", by="")
    made = register.begin("case-0001", by="R. Iyer")
    with pytest.raises(ValueError, match="has no pages"):
        register.number(made, [Document("a", "", 0)])
    assert register.number(made, []) == ()
    assert register.ranges() == ()


@pytest.mark.parametrize("prefix", ["", "pel", "PEL1", "1P", "PE L", "P(", "-A", "A" * 17])
def test_a_prefix_that_could_spell_another_number_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        BatesSettings(prefix=prefix)
    assert BatesSettings(prefix="P1-A").prefix == "P1-A"
