"""Striking a claim out of a case: a named person's doing, logged, superseded and never edited."""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from desk.cli import case_claims
from evidence.claim_list import claims_of
from evidence.errors import NotAllowed, Unverified
from evidence.exhibit import Exhibits
from evidence.struck import Struck
from evidence.vault import Vault
from tests.evidence.bundle_making import make_house, practice_stamper


@pytest.fixture
def house(tmp_path):
    made = make_house(tmp_path, practice_stamper(tmp_path / "keys"), exhibits=2)
    yield made
    made.db.close()


def test_a_struck_claim_is_struck_in_that_case_and_exhibit_alone(house):
    first, second = house.exhibit_ids
    struck = Struck(house.db)
    assert struck.of(house.case_id, first) == frozenset()
    struck.strike(house.case_id, first, 1, by="Anita Rao", reason="said of another product")
    assert struck.of(house.case_id, first) == {1}
    assert struck.of(house.case_id, second) == struck.of("case-0002", first) == frozenset()


def test_restoring_supersedes_and_both_stay(house):
    first = house.exhibit_ids[0]
    struck = Struck(house.db)
    one = struck.strike(house.case_id, first, 1, by="Anita Rao", reason="said of another product")
    two = struck.restore(house.case_id, first, 1, by="R. Iyer", reason="it is this product")
    three = struck.strike(house.case_id, first, 1, by="Anita Rao", reason="no, it is not")
    assert [row.supersedes for row in struck.of_case(house.case_id)] == [None, one.id, two.id]
    assert struck.of(house.case_id, first) == {1}
    assert struck.standing(house.case_id, first) == {1: three}
    assert struck.verify() == 3


@pytest.mark.parametrize("kind", ["disclaimer", "opt_in", "official_api"])
def test_what_speaks_for_the_operator_is_not_struck(house, kind):
    first = house.exhibit_ids[0]
    with pytest.raises(NotAllowed, match="speaks for the operator: such claims are always shown"):
        Struck(house.db).strike(house.case_id, first, 1, by="Anita Rao", reason="boilerplate", kind=kind)
    assert Struck(house.db).of_case(house.case_id) == ()


def test_the_verb_refuses_a_disclaimer_and_strikes_a_price(house, monkeypatch):
    workspace = SimpleNamespace(db=house.db, vault=Vault(house.root / "vault"))
    monkeypatch.setattr(case_claims, "open_workspace", lambda _: nullcontext(workspace))
    name = house.exhibit_ids[0]
    rows = claims_of(Exhibits(house.db, workspace.vault), name).claims
    (number,) = [row.index + 1 for row in rows if row.type == "disclaimer"]
    app = typer.Typer()
    case_claims.add_to(app)
    given = ("--as", "Anita Rao", "--reason", "boilerplate")
    refused = CliRunner().invoke(app, ["strike", house.case_id, name, str(number), *given])
    assert isinstance(refused.exception, NotAllowed)
    assert Struck(house.db).of(house.case_id, name) == frozenset()
    assert CliRunner().invoke(app, ["strike", house.case_id, name, "1", *given]).exit_code == 0
    assert Struck(house.db).of(house.case_id, name) == {0}


def test_striking_twice_changes_nothing(house):
    first = house.exhibit_ids[0]
    struck = Struck(house.db)
    one = struck.strike(house.case_id, first, 0, by="Anita Rao", reason="a quotation")
    assert struck.strike(house.case_id, first, 0, by="Anita Rao", reason="another reason") == one
    assert len(struck.of_case(house.case_id)) == 1


def test_the_log_holds_the_deed_and_not_the_reason(house):
    first = house.exhibit_ids[0]
    Struck(house.db).strike(house.case_id, first, 2, by="Anita Rao", reason="a secret strategy of ours")
    entry = list(house.log.entries(first))[-1]
    assert (entry.action, entry.actor, entry.facts["claim"]) == ("claim_struck", "Anita Rao", 2)
    assert entry.facts["case"] == house.case_id
    assert "secret" not in str(entry.content())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"by": ""}, "a named person must do this"),
        ({"reason": " "}, "the reason is empty"),
        ({"index": -1}, "has no claim 0"),
        ({"index": 4, "claims": 4}, "has no claim 5"),
        ({"exhibit_id": "ex-none"}, "is not in case-0001"),
        ({"case_id": "case-0099"}, "there is no case"),
    ],
)
def test_what_is_refused(house, monkeypatch, change, told):
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    given = {"case_id": house.case_id, "exhibit_id": house.exhibit_ids[0], "index": 0, "by": "A. Rao", "reason": "r"}
    before = house.log.head()
    with pytest.raises(NotAllowed, match=told):
        Struck(house.db).strike(**{**given, **change})
    assert house.log.head() == before


def test_what_is_not_struck_cannot_be_restored(house):
    with pytest.raises(NotAllowed, match="claim 1 of ex-0001 is not struck"):
        Struck(house.db).restore(house.case_id, house.exhibit_ids[0], 0, by="A. Rao", reason="r")


@pytest.mark.parametrize("statement", ["UPDATE struck_claims SET reason = 'x'", "DELETE FROM struck_claims"])
def test_the_table_refuses_changes(house, statement):
    Struck(house.db).strike(house.case_id, house.exhibit_ids[0], 0, by="A. Rao", reason="r")
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        house.db.execute(statement)


def test_a_change_behind_the_triggers_is_found(house):
    struck = Struck(house.db)
    struck.strike(house.case_id, house.exhibit_ids[0], 0, by="A. Rao", reason="r")
    house.db.execute("DROP TRIGGER struck_claims_no_update")
    house.db.execute("UPDATE struck_claims SET reason = 'another'")
    with pytest.raises(Unverified, match="striking 1: not as the custody log recorded it"):
        struck.verify()


def test_a_struck_claim_is_not_in_the_bundles_report_and_stays_sealed(tmp_path):
    house = make_house(tmp_path, practice_stamper(tmp_path / "keys"), exhibits=1)
    name = house.exhibit_ids[0]
    Struck(house.db).strike(house.case_id, name, 0, by="Anita Rao", reason="a secret strategy of ours")
    house.build()
    house.db.close()
    report = (tmp_path / "bundle" / "report.html").read_text("utf-8")
    sealed = (tmp_path / "bundle" / "exhibits" / name / "claims.json").read_text("utf-8")
    struck, kept = "50,000 WhatsApp messages per day", "stay 100% anti ban"
    assert (struck in sealed, struck in report) == (True, False)
    assert (kept in sealed, kept in report) == (True, True)
    log = (tmp_path / "bundle" / "custody.jsonl").read_text("utf-8")
    assert ("claim_struck" in log, "secret strategy" in log + report) == (True, False)
