"""Laws of the custody log: whatever single thing is done to it behind its back, verify finds it."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from evidence import custody, merkle
from evidence.custody import CustodyLog
from evidence.digest import canonical_json
from evidence.errors import Unverified

COLUMNS = ("at", "actor", "action", "subject", "purpose", "facts", "key", "salt", "leaf")
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
    for (trigger,) in list(db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
        db.execute(f"DROP TRIGGER {trigger}")
    return db, log


@given(histories)
def test_an_untouched_log_verifies(history: list[tuple[str, str, str, str, dict[str, object]]]) -> None:
    _, log = filled(history)
    assert log.verify() == log.head()
    assert log.head().size == len(history)
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
    head = log.head()
    try:
        db.execute(f"UPDATE custody SET {column} = ? WHERE seq = ?", [after, seq])  # noqa: S608
    except sqlite3.IntegrityError:
        return  # a leaf of another length
    with pytest.raises(Unverified, match=f"custody entr(y|ies) {seq}[: ]"):
        log.verify([head])


@given(histories, st.data())
def test_any_deletion_is_found(
    history: list[tuple[str, str, str, str, dict[str, object]]], data: st.DataObject
) -> None:
    db, log = filled(history)
    first = data.draw(st.integers(1, len(history)))
    last = data.draw(st.integers(first, len(history)))
    db.execute("DELETE FROM custody WHERE seq BETWEEN ? AND ?", [first, last])
    with pytest.raises(Unverified, match=r"deleted|cut off"):
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


@given(histories)
def test_the_fast_spelling_is_the_canonical_one(history: list[tuple[str, str, str, str, dict[str, object]]]) -> None:
    _, log = filled(history)
    for entry in log.entries():
        assert entry.leaf == hashlib.sha256(b"\0" + canonical_json(entry.content())).hexdigest()


@given(histories, st.data())
def test_every_proof_the_log_gives_leads_to_its_head(
    history: list[tuple[str, str, str, str, dict[str, object]]], data: st.DataObject
) -> None:
    _, log = filled(history)
    size = data.draw(st.integers(1, len(history)))
    first, index = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    head, earlier = log.head_at(size), log.head_at(first)
    entry = next(entry for entry in log.entries() if entry.index == index)
    path = [bytes.fromhex(step) for step in log.inclusion(index, size)]
    assert merkle.root_from_inclusion(bytes.fromhex(entry.leaf), index, size, path).hex() == head.root
    grown = [bytes.fromhex(step) for step in log.consistency(first, size)]
    assert merkle.is_consistent(first, bytes.fromhex(earlier.root), size, bytes.fromhex(head.root), grown)
