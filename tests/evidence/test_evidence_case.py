"""Cases and decisions: who may do what, what is kept, and what the custody log says of it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.casebook import open_casebook
from crawler.sighting import Sighting, SightingState
from evidence import case as case_module
from evidence import custody
from evidence.case import Cases
from evidence.custody import CustodyLog
from evidence.decision import Decisions, Outcome, person
from evidence.errors import NotAllowed, Unverified
from evidence.history import history


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS, case_module.MIGRATIONS])
    db.execute("CREATE TABLE exhibits (exhibit_id TEXT PRIMARY KEY)")
    for name in ("ex-a", "ex-b", "ex-c"):
        db.execute("INSERT INTO exhibits VALUES (?)", [name])
    return db


@pytest.fixture
def cases(db: Database) -> Cases:
    return Cases(db)


def a_sighting(url: str = "http://www.pelican-sender.example/offer", **facts: str) -> Sighting:
    return Sighting(
        "sg-1", "run-1", "watchlist", url, (url,), datetime(2026, 11, 24, tzinfo=UTC), SightingState.SEEN, facts=facts
    )


def test_cases_are_numbered_in_the_order_of_opening(cases: Cases) -> None:
    first = cases.open("Pelican Sender", by="R. Iyer")
    second = cases.open("Heron Blast", by="R. Iyer")
    assert (first.id, second.id) == ("case-0001", "case-0002")
    assert cases.all() == (first, second)
    assert cases.get("case-0001") == first


@pytest.mark.parametrize("again", ["Pelican Sender", "  pelican   SENDER ", "Ｐelican Sender"])
def test_one_vendor_has_one_case(cases: Cases, again: str) -> None:
    first = cases.open("Pelican Sender", by="R. Iyer")
    assert cases.open(again, by="A. Okafor") == first
    assert len(cases.all()) == 1


def test_a_case_opened_from_a_sighting_is_named_after_seller_or_host(cases: Cases) -> None:
    by_host = cases.open_from(a_sighting(), by="R. Iyer")
    assert (by_host.name, by_host.sighting_id) == ("pelican-sender.example", "sg-1")
    assert cases.open_from(a_sighting(seller="Pelican Ltd"), by="R. Iyer") == by_host
    other = Cases(cases._db).open(a_sighting(seller="Heron").facts["seller"], by="R. Iyer")
    assert other.name == "Heron"


def test_nobody_is_not_a_person(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "   ", "1234", "R. Iyer\nA. Okafor", "x" * 200):
        with pytest.raises(NotAllowed, match="name"):
            cases.open("Pelican Sender", by=name)
    monkeypatch.setenv("OFFSIGNAL_USER", "अनिता राव")
    assert person() == "अनिता राव"
    assert cases.open("Pelican Sender", by="").opened_by == "अनिता राव"


def test_an_exhibit_is_added_once_and_not_accepted_by_that(cases: Cases, db: Database) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer")
    added = cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    assert cases.add(case.id, "ex-a", by="A. Okafor", reason="again") == added
    assert cases.accepted(case.id) == ()
    assert [entry.action for entry in CustodyLog(db).entries("ex-a")] == ["added_to_case"]
    assert cases.cases_of("ex-a") == (case,)
    with pytest.raises(NotAllowed, match="there is no exhibit 'ex-z'"):
        cases.add(case.id, "ex-z", by="R. Iyer", reason="same phone")
    with pytest.raises(NotAllowed, match="there is no case 'case-0009'"):
        cases.add("case-0009", "ex-a", by="R. Iyer", reason="same phone")
    with pytest.raises(NotAllowed, match="the reason is empty"):
        cases.add(case.id, "ex-b", by="R. Iyer", reason=" \n ")


def test_a_decision_is_superseded_and_never_lost(cases: Cases, db: Database) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer")
    cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    first = cases.accept(case.id, "ex-a", by="R. Iyer", reason="offers bulk sending")
    assert [exhibit.exhibit_id for exhibit in cases.accepted(case.id)] == ["ex-a"]
    second = cases.reject(case.id, "ex-a", by="A. Okafor", reason="a newspaper quoting the offer")
    assert cases.accepted(case.id) == ()
    assert second.supersedes == first.id
    assert Decisions(db).of_case(case.id) == (first, second)
    assert cases.reject(case.id, "ex-a", by="A. Okafor", reason="a newspaper  quoting\nthe offer") == second
    assert Decisions(db).verify() == 2


def test_a_decision_needs_a_name_a_reason_and_an_exhibit_of_the_case(cases: Cases) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer")
    with pytest.raises(NotAllowed, match="ex-a is not in case-0001"):
        cases.accept(case.id, "ex-a", by="R. Iyer", reason="offers bulk sending")
    cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    with pytest.raises(NotAllowed, match="a named person must do this"):
        cases.accept(case.id, "ex-a", by="", reason="offers bulk sending")
    with pytest.raises(NotAllowed, match="the reason is empty"):
        cases.accept(case.id, "ex-a", by="R. Iyer", reason="")
    assert cases.exhibits(case.id)[0].decision is None


def test_an_acceptance_in_one_case_says_nothing_in_another(cases: Cases) -> None:
    one, two = cases.open("Pelican Sender", by="R. Iyer"), cases.open("Heron Blast", by="R. Iyer")
    for case in (one, two):
        cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    cases.accept(one.id, "ex-a", by="R. Iyer", reason="offers bulk sending")
    assert cases.accepted(one.id)
    assert not cases.accepted(two.id)


def test_decisions_outside_a_case_stand_by_themselves(db: Database) -> None:
    decisions = Decisions(db)
    dismissed = decisions.decide("sg-1", Outcome.REJECTED, by="R. Iyer", reason="an authorised provider")
    assert decisions.standing("sg-1") == dismissed
    assert decisions.standing("sg-1", "case-0001") is None
    assert decisions.about("sg-1") == (dismissed,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET outcome = 'accepted'",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT * FROM decisions",
        "UPDATE cases SET name = 'x'",
        "DELETE FROM cases",
        "INSERT OR REPLACE INTO cases SELECT * FROM cases",
        "UPDATE case_exhibits SET reason = 'x'",
        "DELETE FROM case_exhibits",
        "INSERT OR REPLACE INTO case_exhibits SELECT * FROM case_exhibits",
    ],
)
def test_the_tables_are_append_only(cases: Cases, db: Database, statement: str) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer")
    cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    cases.reject(case.id, "ex-a", by="R. Iyer", reason="a newspaper")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET reason = 'another reason' WHERE id = 1",
        "UPDATE decisions SET decided_by = 'another person' WHERE id = 1",
        "DELETE FROM decisions WHERE id = 2",
        "INSERT INTO decisions SELECT 3, case_id, 'ex-b', outcome, reason, judgement, decided_by, decided_at, NULL,"
        " salt FROM decisions WHERE id = 1",
    ],
)
def test_a_decision_changed_behind_the_triggers_contradicts_the_log(cases: Cases, db: Database, statement: str) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer")
    cases.add(case.id, "ex-a", by="R. Iyer", reason="same phone")
    cases.accept(case.id, "ex-a", by="R. Iyer", reason="offers bulk sending")
    cases.reject(case.id, "ex-a", by="R. Iyer", reason="a newspaper")
    for trigger in ("update", "delete", "replace"):
        db.execute(f"DROP TRIGGER decisions_no_{trigger}")
    db.execute(statement)
    with pytest.raises(Unverified, match=r"decision [123]: not as the custody log recorded it"):
        Decisions(db).verify()


def test_history_tells_everything_in_order_and_nothing_of_other_cases(cases: Cases, db: Database) -> None:
    log = CustodyLog(db)
    log.append("captured", "ex-a", actor="offsignal", purpose="collection", facts={"url": "http://a.example/"})
    case, other = cases.open("Pelican Sender", by="R. Iyer"), cases.open("Heron Blast", by="R. Iyer")
    for one in (case, other):
        cases.add(one.id, "ex-a", by="R. Iyer", reason=f"same phone as {one.name}")
        cases.accept(one.id, "ex-a", by="R. Iyer", reason=f"offer of {one.name}")
    log.append("viewed", "ex-a", actor="A. Okafor", purpose="review")
    log.append("captured", "ex-b", actor="offsignal", purpose="collection")
    events = history(db, case.id)
    assert [event.action for event in events] == ["captured", "case_opened", "added_to_case", "accepted", "viewed"]
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert [event.note for event in events if event.note] == ["same phone as Pelican Sender", "offer of Pelican Sender"]
    assert "Heron" not in "".join(event.detail + event.note for event in events)


def test_reasons_stay_out_of_the_custody_log(cases: Cases, db: Database) -> None:
    case = cases.open("Pelican Sender", by="R. Iyer", purpose="counsel wants this one first")
    cases.add(case.id, "ex-a", by="R. Iyer", reason="counsel asked for it")
    cases.accept(case.id, "ex-a", by="R. Iyer", reason="strategy: strong price claim")
    told = "".join(str(entry.content()) for entry in CustodyLog(db).entries())
    assert "strategy" not in told
    assert "counsel" not in told
