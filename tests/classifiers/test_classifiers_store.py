"""The judgements table: append-only, latest counts, pending by model."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from classifiers.judgement import Claim, Decision, Identifier, Judgement, Polarity, Reason
from classifiers.labels import ClaimType, Label
from classifiers.store import MIGRATIONS, Judgements
from crawler.casebook import open_casebook
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.store import MIGRATIONS as CRAWLER
from crawler.store import Sightings

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
JUDGEMENT = Judgement(
    label=Label.BULK_SENDING_OFFER,
    offence=True,
    probability=0.91,
    decision=Decision.CAPTURE,
    lang="en",
    claims=(Claim(ClaimType.PRICE, "Rs 999", 3, 9, "text", "price.amount"),),
    identifiers=(Identifier("phone", "+919000000011", "90000 00011", 10, 21, "text", ("+559000000011",)),),
    reasons=(Reason("claim.price.amount", Polarity.NEUTRAL, "It states a price.", "Rs 999", 3, 9, 0.4),),
    model="offsignal-v1+00000000/cal-00000000",
    text_sha256="0" * 64,
)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", (CRAWLER, MIGRATIONS))


def seen(db: Database, name: str, state: SightingState = SightingState.SEEN) -> str:
    url = f"https://{name}.example/"
    made = sighting_id("night-0001", "given", url)
    reason = "" if state is SightingState.SEEN else "robots.txt"
    Sightings(db).add(Sighting(made, "night-0001", "given", url, (url,), AT, state, reason))
    return made


def test_what_goes_in_comes_out(db: Database) -> None:
    judgements = Judgements(db)
    assert judgements.get("sg-x") is None
    assert judgements.add("sg-x", JUDGEMENT, AT)
    assert judgements.get("sg-x") == JUDGEMENT


def test_a_step_run_twice_stores_one_row_and_the_first_stays(db: Database) -> None:
    judgements = Judgements(db)
    assert judgements.add("sg-x", JUDGEMENT, AT)
    assert not judgements.add("sg-x", replace(JUDGEMENT, probability=0.1), AT)
    assert judgements.get("sg-x") == JUDGEMENT


def test_a_later_model_supersedes(db: Database) -> None:
    judgements = Judgements(db)
    later = replace(JUDGEMENT, model="offsignal-v1+11111111/cal-00000000", decision=Decision.REVIEW)
    judgements.add("sg-x", JUDGEMENT, AT)
    judgements.add("sg-x", later, AT)
    assert judgements.get("sg-x") == later
    assert judgements.get("sg-x", JUDGEMENT.model) == JUDGEMENT
    assert list(judgements.history("sg-x")) == [(AT, JUDGEMENT), (AT, later)]


def test_pending_is_what_was_seen_and_not_judged_by_this_model(db: Database) -> None:
    one, two = seen(db, "one"), seen(db, "two")
    seen(db, "refused", SightingState.REFUSED)
    judgements = Judgements(db)
    assert set(judgements.pending("night-0001", JUDGEMENT.model)) == {one, two}
    judgements.add(one, JUDGEMENT, AT)
    assert judgements.pending("night-0001", JUDGEMENT.model) == [two]
    assert set(judgements.pending("night-0001", "another")) == {one, two}
    assert judgements.pending("night-0002", JUDGEMENT.model) == []


@pytest.mark.parametrize("statement", ["UPDATE judgements SET probability = 0", "DELETE FROM judgements"])
def test_rows_cannot_be_changed(db: Database, statement: str) -> None:
    Judgements(db).add("sg-x", JUDGEMENT, AT)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.conn.execute(statement)


def test_replacing_keeps_the_first(db: Database) -> None:
    Judgements(db).add("sg-x", JUDGEMENT, AT)
    db.conn.execute("INSERT OR REPLACE INTO judgements SELECT * FROM judgements")
    assert Judgements(db).get("sg-x") == JUDGEMENT
