"""The custody log: what it keeps, what it refuses, what it finds."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler import clock
from crawler.casebook import open_casebook, writing
from evidence import custody
from evidence.custody import EMPTY, CustodyLog, Head
from evidence.digest import canonical_json
from evidence.errors import ClockBehind


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
    """What somebody does who has the file and a SQLite shell."""
    for (trigger,) in list(db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
        db.execute(f"DROP TRIGGER {trigger}")


def test_an_empty_log_has_a_head_and_verifies(log: CustodyLog) -> None:
    assert log.head() == EMPTY == Head(0, hashlib.sha256(b"").hexdigest())
    assert log.verify() == EMPTY


def test_entries_come_back_as_written(log: CustodyLog) -> None:
    fill(log)
    written = list(log.entries())
    assert [entry.seq for entry in written] == [1, 2, 3, 4, 5]
    assert [entry.facts["n"] for entry in log.entries("ex-1")] == [1, 3]
    assert log.verify() == log.head()
    assert [entry.index for entry in log.entries(action="captured")] == [0, 1, 2, 3, 4]
    assert [entry.seq for entry in log.entries("ex-1", action="sealed")] == []


def test_the_root_comes_out_of_the_entries_alone(log: CustodyLog) -> None:
    """As anybody would recompute it: RFC 6962 over the RFC 8785 bytes of the entries' content."""
    fill(log, 3)
    one, two, three = (hashlib.sha256(b"\0" + canonical_json(entry.content())).digest() for entry in log.entries())
    both = hashlib.sha256(b"\1" + one + two).digest()
    assert log.head() == Head(3, hashlib.sha256(b"\1" + both + three).hexdigest())
    assert log.head_at(2) == Head(2, both.hex())
    assert log.inclusion(2, 3) == (both.hex(),)
    assert log.consistency(2, 3) == (three.hex(),)


def test_a_key_makes_an_append_idempotent(log: CustodyLog) -> None:
    first = log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    again = log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    assert first == again
    assert log.head().size == 1


@pytest.mark.parametrize("missing", ["action", "subject", "actor", "purpose"])
def test_an_entry_needs_all_its_words(log: CustodyLog, missing: str) -> None:
    words = {"action": "viewed", "subject": "ex-1", "actor": "R. Iyer", "purpose": "review"} | {missing: "  "}
    with pytest.raises(ValueError, match=missing):
        log.append(words["action"], words["subject"], actor=words["actor"], purpose=words["purpose"])
    assert log.head().size == 0


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
        "INSERT INTO custody SELECT 7, at, actor, action, subject, purpose, facts, key, salt, leaf"
        " FROM custody WHERE seq = 5",
        "INSERT INTO custody SELECT 6, '2020-01-01T00:00:00.000000Z', actor, action, subject, purpose, facts, key,"
        " salt, leaf FROM custody WHERE seq = 5",
        "UPDATE custody_nodes SET digest = zeroblob(32)",
        "DELETE FROM custody_nodes WHERE level = 2",
        "REPLACE INTO custody_nodes VALUES (1, 0, zeroblob(32))",
    ],
)
def test_the_table_refuses_to_change(db: Database, log: CustodyLog, statement: str) -> None:
    fill(log)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    assert log.verify().size == 5


def test_an_append_stands_or_falls_with_the_callers_transaction(db: Database, log: CustodyLog) -> None:
    def killed() -> None:
        with writing(db):
            log.append("captured", "ex-1", actor="offsignal", purpose="collection")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        killed()
    assert log.verify() == EMPTY
    fill(log, 1)
    assert log.verify().size == 1


def test_two_connections_make_one_tree(tmp_path: Path, log: CustodyLog) -> None:
    other = CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))
    for turn in range(6):
        (log if turn % 2 else other).append("viewed", "ex-1", actor="R. Iyer", purpose="review")
    assert log.verify() == other.head() == log.head_at(6)


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
    assert log.head().size == 0


def test_an_append_reads_and_writes_a_handful_of_rows(db: Database, log: CustodyLog) -> None:
    fill(log, 1023)
    statements: list[str] = []
    db.conn.set_trace_callback(statements.append)
    log.append("sealed", "ex-1", actor="offsignal", purpose="preservation", key="seal:ex-1")
    db.conn.set_trace_callback(None)
    looked = [text for text in statements if text.startswith("SELECT") and "RAISE" not in text]
    assert len(looked) <= 2 + 10  # the key, the last entry, and one sibling on each of ten levels
    assert len({text for text in statements if text.startswith("INSERT INTO custody_nodes")}) == 10
    for text in looked:
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {text}"))
        assert "SEARCH" in plan or "LIMIT 1" in text, plan


def test_a_batch_of_three_thousand_holds(log: CustodyLog) -> None:
    with log.batch():
        fill(log, 3000)
    assert log.verify().size == 3000
