"""A casebook whose log was a hash chain: it becomes a tree, its entries and its old heads stay as they were."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from crawler import clock
from crawler.casebook import open_casebook
from evidence import custody
from evidence.custody import CustodyLog, Head
from evidence.custody_chain import START
from evidence.custody_check import Kind, Known, Walk
from evidence.digest import canonical_json
from evidence.errors import ClockBehind, Unverified
from tests.evidence.test_evidence_custody import unlock

FIELDS = ("seq", "at", "actor", "action", "subject", "purpose", "facts", "key", "salt")


def chained(path: Path, count: int) -> list[dict[str, Any]]:
    """A casebook of the older form with ``count`` entries, made by the old rules; gives their rows."""
    db = Database(sqlite3.connect(path))
    custody.MIGRATIONS.apply(db, stop_before="m002_a_tree_instead_of_a_chain")
    rows, last = [], START
    for seq in range(1, count + 1):
        content: dict[str, Any] = {
            "seq": seq, "at": f"2026-11-0{seq}T08:00:00.000000Z", "actor": "R. Iyer", "action": "viewed",
            "subject": f"ex-{seq}", "purpose": "नोट", "facts": {"n": seq}, "key": "", "salt": f"{seq:032x}",
        }  # fmt: skip
        leaf = hashlib.sha256(b"offsignal-custody-entry-1\n" + canonical_json(content)).hexdigest()
        after = hashlib.sha256(f"offsignal-custody-link-1\n{last}\n{leaf}\n".encode()).hexdigest()
        facts = canonical_json(content["facts"]).decode()
        db.table("custody").insert({**content, "facts": facts, "leaf": leaf, "prev": last, "hash": after})
        rows.append({**content, "hash": after})
        last = after
    db.close()
    return rows


def test_entries_keep_their_content_and_the_last_head_is_kept(tmp_path: Path) -> None:
    rows = chained(tmp_path / "casebook.db", 5)
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    log = CustodyLog(db)
    *old, converted = log.entries()
    assert [entry.content() for entry in old] == [{name: row[name] for name in FIELDS} for row in rows]
    assert (converted.seq, converted.action) == (6, "log_converted")
    assert converted.facts == {"form": "offsignal-custody-1", "seq": 5, "hash": rows[-1]["hash"]}
    assert log.verify() == log.head()
    assert log.append("viewed", "ex-1", actor="R. Iyer", purpose="review").seq == 7
    assert log.verify() == log.head()
    db.close()
    again = CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))
    assert again.head().size == 7


def test_an_empty_log_gets_no_entry(tmp_path: Path) -> None:
    chained(tmp_path / "casebook.db", 0)
    assert CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])).head().size == 0


def test_heads_of_the_chain_in_old_manifests_still_hold_or_are_contradicted(tmp_path: Path) -> None:
    rows = chained(tmp_path / "casebook.db", 5)
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    good = [Known(Head(row["seq"], row["hash"]), f"ex-{row['seq']}", chained=True) for row in rows]
    walk = Walk(db, good)
    assert list(walk.faults()) == []
    assert walk.held == good
    (fault,) = Walk(db, [Known(Head(3, "ab" * 32), "ex-3", chained=True)]).faults()
    assert fault.sentence == "custody entries 1 to 3: rewritten: ex-3 names another hash for the first 3 entries"


def test_the_kept_chain_contradicts_who_rewrites_what_is_older(tmp_path: Path) -> None:
    chained(tmp_path / "casebook.db", 5)
    db = open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    unlock(db)
    db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 2")
    kinds = [(fault.kind, fault.first, fault.last) for fault in Walk(db).faults()]
    assert kinds == [(Kind.EDITED, 2, 2), (Kind.REWRITTEN, 1, 5)]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE custody SET actor = 'nobody' WHERE seq = 2", "custody entry 2: its content does not match its hash"),
        ("DELETE FROM custody WHERE seq = 3", "custody entry 3: it is missing"),
        ("DELETE FROM custody WHERE seq = 5", "custody entry 5: it was cut off"),
        ("UPDATE custody SET facts = 'x' WHERE seq = 4", "custody entry 4: it cannot be read"),
    ],
)
def test_a_chain_that_does_not_hold_is_not_converted(tmp_path: Path, statement: str, sentence: str) -> None:
    chained(tmp_path / "casebook.db", 5)
    before = Database(sqlite3.connect(tmp_path / "casebook.db"))
    unlock(before)
    before.execute(statement)
    rows = list(before.execute("SELECT * FROM custody"))
    with pytest.raises(Unverified, match=sentence):
        open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    assert list(before.execute("SELECT * FROM custody")) == rows


def test_a_clock_behind_the_last_entry_is_refused_and_nothing_is_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = chained(tmp_path / "casebook.db", 5)
    moment = clock.parse("2026-11-02T08:00:00Z")
    monkeypatch.setattr(clock, "now", lambda: moment)
    with pytest.raises(ClockBehind, match="set the clock of this machine right"):
        open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS])
    monkeypatch.undo()
    log = CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))
    assert log.head().size == len(rows) + 1
