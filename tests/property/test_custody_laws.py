"""Laws of the custody log: whatever single thing is done to it behind its back, verify finds it."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from evidence import custody
from evidence.custody import CustodyLog
from evidence.errors import Unverified

COLUMNS = ("at", "actor", "action", "subject", "purpose", "facts", "key", "salt", "leaf", "prev", "hash")
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(str.strip)
names = st.text(st.characters(codec="ascii"), max_size=12)
facts = st.dictionaries(names, st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words, max_size=4)
histories = st.lists(st.tuples(words, words, words, words, facts), min_size=2, max_size=8)


def filled(history: list[tuple[str, str, str, str, dict[str, object]]]) -> tuple[Database, CustodyLog]:
    db = Database(sqlite3.connect(":memory:"))
    custody.MIGRATIONS.apply(db)
    log = CustodyLog(db)
    with log.batch():
        for action, subject, actor, purpose, facts_ in history:
            log.append(action, subject, actor=actor, purpose=purpose, facts=facts_)
    for trigger in ("update", "delete", "replace"):
        db.execute(f"DROP TRIGGER custody_no_{trigger}")
    return db, log


@given(histories)
def test_an_untouched_log_verifies(history: list[tuple[str, str, str, str, dict[str, object]]]) -> None:
    _, log = filled(history)
    assert log.verify().seq == len(history)
    assert [entry.facts for entry in log.entries()] == [row[4] for row in history]


@given(histories, st.data())
def test_any_single_edit_is_found_at_its_entry(
    history: list[tuple[str, str, str, str, dict[str, object]]], data: st.DataObject
) -> None:
    db, log = filled(history)
    seq = data.draw(st.integers(1, len(history)))
    column = data.draw(st.sampled_from(COLUMNS))
    (before,) = db.execute(f"SELECT {column} FROM custody WHERE seq = ?", [seq]).fetchone()  # noqa: S608
    place = data.draw(st.integers(0, len(before)))
    letter = data.draw(st.sampled_from("0a Zéह"))
    after = data.draw(
        st.sampled_from([before[:place] + letter + before[place + 1 :], before[:place] + letter + before[place:]])
    )
    if after == before:
        return
    db.execute(f"UPDATE custody SET {column} = ? WHERE seq = ?", [after, seq])  # noqa: S608
    with pytest.raises(Unverified, match=f"custody entry {seq}: "):
        log.verify()


@given(histories, st.data())
def test_any_deletion_is_found(
    history: list[tuple[str, str, str, str, dict[str, object]]], data: st.DataObject
) -> None:
    db, log = filled(history)
    first = data.draw(st.integers(1, len(history)))
    last = data.draw(st.integers(first, len(history)))
    db.execute("DELETE FROM custody WHERE seq BETWEEN ? AND ?", [first, last])
    with pytest.raises(Unverified, match="deleted"):
        log.verify()


@given(histories, st.data())
def test_any_swap_is_found(history: list[tuple[str, str, str, str, dict[str, object]]], data: st.DataObject) -> None:
    db, log = filled(history)
    one = data.draw(st.integers(1, len(history)))
    two = data.draw(st.integers(1, len(history)).filter(lambda seq: seq != one))
    for before, after in ((one, -1), (two, one), (-1, two)):
        db.execute("UPDATE custody SET seq = ? WHERE seq = ?", [after, before])
    with pytest.raises(Unverified, match=f"custody entry {min(one, two)}: out of order"):
        log.verify()
