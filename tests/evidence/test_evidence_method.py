"""The method statement: of what failed it says what the records show, and no more."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from evidence.method import STEPS, Record, _unstamped, method

WHOLE = {"collection": {"tool": {}, "browser": {}}}

ONCE = "one gave no timestamp 1 time (unreachable: no answer)"


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (
            ("unreachable",),
            f"{ONCE}; no later request to it is recorded.",
        ),
        (
            ("unreachable", "unreachable"),
            "one gave no timestamp 2 times (unreachable: no answer); no later request to it is recorded.",
        ),
        (
            ("unreachable", "verified"),
            f"{ONCE}; a later request to it is recorded, and it gave one.",
        ),
        (
            ("unreachable", "rejected"),
            f"{ONCE}; a later request to it is recorded, and it gave none.",
        ),
    ],
)
def test_a_second_request_is_told_only_when_it_is_recorded(states: tuple[str, ...], told: str) -> None:
    db = Database(memory=True)
    db.execute("CREATE TABLE stamps (seq INTEGER PRIMARY KEY, exhibit_id, authority, state, reason)")
    rows = [{"exhibit_id": "ex-1", "authority": "one", "state": state, "reason": "no answer"} for state in states]
    # What another authority or another exhibit was asked says nothing of this one.
    rows += [{**rows[0], "authority": "two", "state": "verified"}, {**rows[0], "exhibit_id": "ex-2"}]
    db.table("stamps").insert_all(rows)
    assert next(_unstamped(db, "ex-1")) == told
    record = Record(1, "ex-1", "", WHOLE, ())
    assert method([record], db, None).failures[0] == ("Exhibit 1", told)


def test_the_steps_claim_a_record_of_an_acceptance_and_no_looking() -> None:
    steps = dict(STEPS)
    assert steps["Deciding"].startswith("A named person's acceptance of each exhibit is recorded.")
    assert not any("looks at each" in words for words in steps.values())
