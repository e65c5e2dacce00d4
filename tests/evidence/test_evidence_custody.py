"""The custody log: what it keeps, what it refuses, what it finds."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler import clock
from crawler.casebook import open_casebook, writing
from evidence import custody
from evidence.custody import GENESIS, CustodyLog, Head
from evidence.errors import ClockBehind, Unverified


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])


@pytest.fixture
def log(db: Database) -> CustodyLog:
    return CustodyLog(db)


def fill(log: CustodyLog, count: int = 5) -> None:
    for number in range(count):
        log.append("captured", f"ex-{number % 2}", actor="offsignal", purpose="collection", facts={"n": number})


def unlock(db: Database) -> None:
    for trigger in ("update", "delete", "replace"):
        db.execute(f"DROP TRIGGER custody_no_{trigger}")


def test_an_empty_log_has_a_head_and_verifies(log: CustodyLog) -> None:
    assert log.head() == Head(0, GENESIS)
    assert log.verify() == Head(0, GENESIS)


def test_entries_come_back_as_written(log: CustodyLog) -> None:
    fill(log)
    written = list(log.entries())
    assert [entry.seq for entry in written] == [1, 2, 3, 4, 5]
    assert [entry.facts["n"] for entry in log.entries("ex-1")] == [1, 3]
    assert log.verify() == log.head() == Head(5, written[-1].hash)
    assert written[0].prev == GENESIS
    assert written[2].prev == written[1].hash


def test_a_key_makes_an_append_idempotent(log: CustodyLog) -> None:
    first = log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    again = log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    assert first == again
    assert log.head().seq == 1


@pytest.mark.parametrize("missing", ["action", "subject", "actor", "purpose"])
def test_an_entry_needs_all_its_words(log: CustodyLog, missing: str) -> None:
    words = {"action": "viewed", "subject": "ex-1", "actor": "R. Iyer", "purpose": "review"} | {missing: "  "}
    with pytest.raises(ValueError, match=missing):
        log.append(words["action"], words["subject"], actor=words["actor"], purpose=words["purpose"])
    assert log.head().seq == 0


def test_a_clock_that_went_back_is_refused_in_one_sentence(log: CustodyLog, monkeypatch: pytest.MonkeyPatch) -> None:
    last = log.append("captured", "ex-1", actor="offsignal", purpose="collection")
    monkeypatch.setattr(clock, "now", lambda: last.at - timedelta(microseconds=1))
    with pytest.raises(ClockBehind, match="set the clock of this machine right"):
        log.append("sealed", "ex-1", actor="offsignal", purpose="preservation")
    assert log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", at=last.at).seq == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE custody SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM custody WHERE seq = 5",
        "INSERT OR REPLACE INTO custody SELECT * FROM custody WHERE seq = 2",
        "REPLACE INTO custody SELECT 6, at, actor, action, subject, purpose, facts, key, salt, leaf, prev, hash"
        " FROM custody WHERE seq = 5",
    ],
)
def test_the_table_refuses_to_change(db: Database, log: CustodyLog, statement: str) -> None:
    fill(log)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    assert log.verify().seq == 5


def test_an_append_stands_or_falls_with_the_callers_transaction(db: Database, log: CustodyLog) -> None:
    def killed() -> None:
        with writing(db):
            log.append("captured", "ex-1", actor="offsignal", purpose="collection")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        killed()
    assert log.verify() == Head(0, GENESIS)
    fill(log, 1)
    assert log.verify().seq == 1


def test_two_connections_make_one_chain(tmp_path: Path, log: CustodyLog) -> None:
    other = CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))
    for turn in range(6):
        (log if turn % 2 else other).append("viewed", "ex-1", actor="R. Iyer", purpose="review")
    assert log.verify() == other.head() == Head(6, log.head().hash)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE custody SET actor = 'nobody' WHERE seq = 3", "custody entry 3: edited: its content"),
        ("UPDATE custody SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 3", "custody entry 3: edited: its content"),
        ("UPDATE custody SET facts = 'nonsense' WHERE seq = 3", "custody entry 3: edited: it cannot be read"),
        ("UPDATE custody SET facts = facts || ' ' WHERE seq = 3", "custody entry 3: edited: its content"),
        ("UPDATE custody SET hash = replace(hash, substr(hash, 1, 1), 'z') WHERE seq = 3", "custody entry 3: edited"),
        ("UPDATE custody SET prev = 'ff' WHERE seq = 3", "custody entry 3: edited: its link"),
        ("DELETE FROM custody WHERE seq = 1", "custody entry 2: deleted: entry 1 is missing"),
        ("DELETE FROM custody WHERE seq = 3", "custody entry 4: deleted: entry 3 is missing"),
        ("DELETE FROM custody WHERE seq = 5", "custody entry 5: deleted: the log once reached entry 5"),
        ("DELETE FROM custody", "custody entry 1: deleted: the log once reached entry 5"),
    ],
)
def test_what_was_done_around_the_triggers_is_named(
    db: Database, log: CustodyLog, statement: str, sentence: str
) -> None:
    fill(log)
    unlock(db)
    db.execute(statement)
    with pytest.raises(Unverified, match=sentence):
        log.verify()


def test_two_entries_that_changed_places_are_out_of_order(db: Database, log: CustodyLog) -> None:
    fill(log)
    unlock(db)
    for before, after in ((2, -2), (4, 2), (-2, 4)):
        db.execute("UPDATE custody SET seq = ? WHERE seq = ?", [after, before])
    with pytest.raises(Unverified, match="custody entry 2: out of order: it was written after entry 3"):
        log.verify()


def test_a_back_dated_entry_with_right_digests_is_named(db: Database, log: CustodyLog) -> None:
    fill(log)
    last = list(log.entries())[-1]
    forged = custody._linked(last, last.at - timedelta(days=1), "nobody", "viewed", "ex-1", "none", {}, "")
    db.execute(f"INSERT INTO custody VALUES ({', '.join('?' * 12)})", custody._row(forged))  # noqa: S608
    with pytest.raises(Unverified, match="custody entry 6: back-dated"):
        log.verify()


def test_a_log_rewritten_whole_contradicts_the_head_that_was_stamped(tmp_path: Path, log: CustodyLog) -> None:
    fill(log)
    stamped = log.head()
    assert log.verify([stamped]) == stamped
    rewritten = CustodyLog(open_casebook(tmp_path / "other.db", [custody.MIGRATIONS]))
    fill(rewritten)
    assert rewritten.verify() == rewritten.head()
    with pytest.raises(Unverified, match="custody entry 5: edited: a stamped manifest names another hash"):
        rewritten.verify([stamped])
    shorter = CustodyLog(open_casebook(tmp_path / "shorter.db", [custody.MIGRATIONS]))
    fill(shorter, 3)
    with pytest.raises(Unverified, match="custody entry 4: deleted"):
        shorter.verify([stamped])


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"at": clock.now()}, "canonical JSON"),
        ({"size": {"ratio": [0.5]}}, "no fractions"),
        ({"नाम": 1}, "ASCII names"),
    ],
)
def test_facts_that_not_every_program_spells_alike_are_refused(
    log: CustodyLog, facts: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        log.append("viewed", "ex-1", actor="R. Iyer", purpose="review", facts=facts)
    assert log.head().seq == 0


def test_an_append_never_reads_the_whole_log(db: Database, log: CustodyLog) -> None:
    statements: list[str] = []
    fill(log, 3)
    db.conn.set_trace_callback(statements.append)
    log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    db.conn.set_trace_callback(None)
    looked = [text for text in statements if text.startswith("SELECT") and "RAISE" not in text]
    assert len(looked) == 2
    for text in looked:
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {text}"))
        assert "SEARCH" in plan or "LIMIT 1" in text, plan


def test_a_batch_of_three_thousand_holds(log: CustodyLog) -> None:
    with log.batch():
        fill(log, 3000)
    assert log.verify().seq == 3000
