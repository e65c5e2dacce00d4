"""Attacks on the custody log by somebody who has the file and a SQLite shell: each is found and named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler import clock
from crawler.casebook import open_casebook
from evidence import custody, custody_check, merkle
from evidence.custody import CustodyLog
from evidence.custody_check import Fault, Kind, Known, Walk
from evidence.custody_entry import COLUMNS, leaf_of_row
from evidence.errors import Unverified
from tests.evidence.test_evidence_custody import fill, unlock

ENTRIES = 13


@pytest.fixture
def db(tmp_path: Path) -> Database:
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    fill(CustodyLog(db), ENTRIES)
    return db


def found(db: Database, *known: Known) -> list[Fault]:
    return list(Walk(db, known).faults())


def rebuilt(db: Database) -> None:
    """Makes every leaf and node right again, as a careful forger does."""
    rows = list(db.execute(f"SELECT {COLUMNS} FROM custody ORDER BY seq"))  # noqa: S608
    db.execute("DELETE FROM custody_nodes")
    kept: dict[tuple[int, int], bytes] = {}
    for index, row in enumerate(rows):
        leaf = kept[0, index] = leaf_of_row(row)
        db.execute("UPDATE custody SET leaf = ? WHERE seq = ?", [leaf.hex(), row[0]])
        for level, place, digest in merkle.grow(lambda level, place: kept[level, place], index, leaf):
            kept[level, place] = digest
            db.execute("INSERT INTO custody_nodes VALUES (?, ?, ?)", [level, place, digest])


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE custody SET actor = 'nobody' WHERE seq = 3", "custody entry 3: edited: its content"),
        ("UPDATE custody SET at = '2099-01-01T00:00:00.000000Z' WHERE seq = 13", "custody entry 13: edited"),
        ("UPDATE custody SET facts = 'nonsense' WHERE seq = 3", "custody entry 3: edited: it cannot be read"),
        ("UPDATE custody SET facts = '[]' WHERE seq = 3", "custody entry 3: edited: it cannot be read"),
        ("UPDATE custody SET facts = facts || ' ' WHERE seq = 3", "custody entry 3: edited: its content"),
        (
            "UPDATE custody_nodes SET digest = zeroblob(32) WHERE place = 1",
            "custody entries 3 to 4: edited: the stored",
        ),
        ("DELETE FROM custody_nodes WHERE level = 2 AND place = 2", "custody entries 9 to 12: edited: the stored node"),
        ("DELETE FROM custody WHERE seq = 1", "custody entry 1: deleted: missing before entry 2"),
        ("DELETE FROM custody WHERE seq BETWEEN 3 AND 5", "custody entries 3 to 5: deleted: missing before entry 6"),
        ("DELETE FROM custody WHERE seq = 13", "custody entry 13: cut off: the log once reached entry 13"),
        ("DELETE FROM custody", "custody entries 1 to 13: cut off: the log once reached entry 13, and ends at 0"),
        ("UPDATE custody SET seq = -4 WHERE seq = 4", "custody entry -4: out of order: no entry has such a number"),
        ("UPDATE custody SET seq = 9000000000 WHERE seq = 13", "custody entries 13 to 8999999999: deleted"),
    ],
)
def test_what_was_done_around_the_triggers_is_named(db: Database, statement: str, sentence: str) -> None:
    unlock(db)
    db.execute(statement)
    assert found(db)[0].sentence.startswith(sentence)
    with pytest.raises(Unverified, match=sentence):
        CustodyLog(db).verify()


def test_one_edit_is_one_fault_and_the_rest_still_proves(db: Database) -> None:
    head = CustodyLog(db).head()
    unlock(db)
    db.execute("UPDATE custody SET purpose = 'none' WHERE seq = 6")
    walk = Walk(db, [Known(head)])
    assert [(fault.kind, fault.first, fault.last) for fault in walk.faults()] == [(Kind.EDITED, 6, 6)]
    assert walk.head == head
    assert len(walk.held) == 1


def test_a_hole_does_not_hide_what_is_behind_it(db: Database) -> None:
    unlock(db)
    db.execute("DELETE FROM custody WHERE seq = 4")
    db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 9")
    kinds = [(fault.kind, fault.first) for fault in found(db)]
    assert kinds == [(Kind.DELETED, 4), (Kind.EDITED, 9)]


def test_entries_that_changed_places_are_named_with_their_old_ones(db: Database) -> None:
    unlock(db)
    for before, after in ((2, -2), (4, 2), (-2, 4)):
        db.execute("UPDATE custody SET seq = ? WHERE seq = ?", [after, before])
    said = [fault.sentence for fault in found(db)]
    assert "custody entry 2: out of order: it was written as entry 4" in said
    assert "custody entry 4: out of order: it was written as entry 2" in said


def test_an_edit_with_its_leaf_contradicts_the_node_above(db: Database) -> None:
    unlock(db)
    db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 3")
    row = db.execute(f"SELECT {COLUMNS} FROM custody WHERE seq = 3").fetchone()  # noqa: S608
    db.execute("UPDATE custody SET leaf = ? WHERE seq = 3", [leaf_of_row(row).hex()])
    assert [fault.sentence for fault in found(db)] == [
        "custody entries 3 to 4: edited: the stored node over them does not match what it is over"
    ]


def test_a_back_dated_entry_in_a_tree_that_holds_is_named(db: Database) -> None:
    unlock(db)
    db.execute("UPDATE custody SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 8")
    rebuilt(db)
    assert [(fault.kind, fault.first) for fault in found(db)] == [(Kind.BACK_DATED, 8)]


@pytest.mark.parametrize("attack", ["edit", "delete", "swap", "cut"])
def test_a_log_rewritten_whole_contradicts_the_heads_that_stand_elsewhere(db: Database, attack: str) -> None:
    log = CustodyLog(db)
    early, late = Known(log.head_at(4), "manifest A"), Known(log.head_at(12), "manifest B")
    assert found(db, early, late) == []
    unlock(db)
    rewrite(db, attack)
    rebuilt(db)
    db.execute("UPDATE sqlite_sequence SET seq = (SELECT MAX(seq) FROM custody) WHERE name = 'custody'")
    assert found(db) == []  # the log by itself is sound again
    (fault,) = found(db, early, late)
    if attack == "cut":
        assert fault.sentence == "custody entries 11 to 12: cut off: manifest B names entry 12, and the log ends at 10"
    else:
        assert fault.sentence == (
            "custody entries 5 to 12: rewritten: manifest B names another root for the first 12 entries"
        )
    with pytest.raises(Unverified, match="custody entr"):
        log.verify([late.head])


def rewrite(db: Database, attack: str) -> None:
    if attack == "edit":
        db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 7")
    elif attack == "delete":
        db.execute("DELETE FROM custody WHERE seq = 7")
        for seq in range(8, ENTRIES + 1):
            db.execute("UPDATE custody SET seq = ? WHERE seq = ?", [seq - 1, seq])
    elif attack == "cut":
        db.execute("DELETE FROM custody WHERE seq > 10")
    else:
        times: dict[int, Any] = dict(db.execute("SELECT seq, at FROM custody"))
        for before, after in ((6, -6), (9, 6), (-6, 9)):
            db.execute("UPDATE custody SET seq = ? WHERE seq = ?", [after, before])
        for seq in (6, 9):
            db.execute("UPDATE custody SET at = ? WHERE seq = ?", [times[seq], seq])


def test_an_entry_later_than_the_stamp_over_it_is_named(db: Database) -> None:
    head = CustodyLog(db).head()
    early = Known(head, "checkpoint 1", stamped_at=clock.now() - timedelta(days=2))
    (fault,) = found(db, early)
    assert (fault.kind, fault.first) == (Kind.POST_DATED, ENTRIES)
    assert "checkpoint 1 was stamped at" in fault.reason
    assert found(db, Known(head, "checkpoint 1", stamped_at=clock.now() - timedelta(minutes=2))) == []


def test_nodes_over_entries_that_are_gone_tell_of_them(db: Database) -> None:
    """Also when somebody lets SQLite forget how far the log once reached."""
    unlock(db)
    db.execute("DELETE FROM custody WHERE seq > 7")
    db.execute("DELETE FROM sqlite_sequence WHERE name = 'custody'")
    assert found(db)[0].sentence == "custody entries 8 to 12: cut off: the log once reached entry 12, and ends at 7"


def test_the_walk_sees_one_snapshot_and_leaves_no_transaction(db: Database, tmp_path: Path) -> None:
    other = CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))
    walk = Walk(db, [Known(CustodyLog(db).head())])
    faults = walk.faults()
    other.append("viewed", "ex-1", actor="R. Iyer", purpose="review")
    assert list(faults) == []
    assert not db.conn.in_transaction
    assert CustodyLog(db).verify().size == ENTRIES + 1


def test_the_walk_keeps_nothing_of_the_entries_it_read(db: Database) -> None:
    """Constant memory: after a thousand more entries the walk holds one peak a level and one row ahead of each."""
    log = CustodyLog(db)
    with log.batch():
        fill(log, 1000)
    walk = Walk(db)
    assert list(walk.faults()) == []
    assert len(walk._peaks) <= 10
    assert len(walk._ahead) <= 10


def test_a_log_edited_all_over_is_walked_in_linear_time(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for old places costs a fixed number of digests for all faults together, not so many for each."""
    log = CustodyLog(db)
    with log.batch():
        fill(log, 400)
    unlock(db)
    db.execute("UPDATE custody SET actor = 'nobody'")
    made: list[int] = []

    def counted(row: tuple[Any, ...]) -> bytes:
        made.append(row[0])
        return leaf_of_row(row)

    monkeypatch.setattr(custody_check, "leaf_of_row", counted)
    monkeypatch.setattr(custody_check, "MAX_TRIES", 500)
    faults = found(db)
    assert [(fault.kind, fault.first) for fault in faults] == [(Kind.EDITED, n) for n in range(1, ENTRIES + 401)]
    assert len(made) == ENTRIES + 400 + 500
