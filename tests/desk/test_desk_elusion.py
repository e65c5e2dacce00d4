"""The weekly sample of the discard pile: drawn once, decided by people, and what it says about misses."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judgement import Decision, Judgement
from classifiers.labels import Label
from classifiers.store import Judgements
from crawler import clock
from crawler.casebook import writing
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.store import Sightings
from desk import elusion
from desk.cli import run
from desk.workspace import Workspace, open_workspace

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    (tmp_path / "offsignal.toml").write_text('[collector]\ncontact = "mailto:a@lab.example"\noperator = "Lab"\n')
    with open_workspace(tmp_path) as opened:
        for number in range(30):
            seen(opened, f"http://page{number}.example/", Decision.DISCARD)
        seen(opened, "http://vendor.example/", Decision.CAPTURE)
        seen(opened, "http://old.example/", Decision.DISCARD, at=NOW - timedelta(days=8))
        yield opened


def seen(workspace: Workspace, url: str, decision: Decision, at: datetime = NOW) -> None:
    name = sighting_id("night-0001", "watchlist", url)
    with writing(workspace.db):
        Sightings(workspace.db).add(Sighting(name, "night-0001", "watchlist", url, (url,), at, SightingState.SEEN))
    judged = Judgement(Label.UNRELATED, False, 0.1, decision, "en", (), (), (), "m1", "0" * 64)
    Judgements(workspace.db).add(name, judged, at)


def sampled(workspace: Workspace) -> list[str]:
    return [look.url for look in elusion.waiting(workspace.db, "2026-W48")]


def test_it_is_drawn_once_a_week_from_what_was_discarded_in_it(workspace: Workspace) -> None:
    assert elusion.draw(workspace.db, 5, NOW) == "2026-W48"
    first = sampled(workspace)
    assert len(first) == 5
    assert not {"http://vendor.example/", "http://old.example/"} & set(first)
    elusion.draw(workspace.db, 5, NOW + timedelta(days=2))
    assert sampled(workspace) == first
    assert elusion.draw(workspace.db, 5, NOW + timedelta(days=7)) == "2026-W49"


def test_the_settings_can_turn_it_off(workspace: Workspace) -> None:
    elusion.draw(workspace.db, 0, NOW)
    assert sampled(workspace) == []


def test_what_people_say_of_it_bounds_what_is_missed(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(workspace.data_dir)]
    assert run([*data, "sample", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["waiting"]) == workspace.settings.judge.elusion_sample
    assert shown["at_most"] == 1.0
    names = [row["sighting_id"] for row in shown["waiting"]]
    assert run([*data, "sample", "right", names[0], "--as", "Test Investigator"]) == 0
    assert run([*data, "sample", "missed", names[1], "--as", "Test Investigator"]) == 0
    assert "offsignal capture http://" in capsys.readouterr().err
    found = elusion.estimate(workspace.db)
    assert (found.drawn, found.decided, found.missed) == (20, 2, 1)
    assert len(elusion.waiting(workspace.db, "2026-W48")) == 18


def test_only_a_sampled_sighting_is_decided_here_and_only_by_a_person(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    data = ["--data", str(workspace.data_dir)]
    elusion.draw(workspace.db, 1, NOW)
    (name,) = [look.sighting_id for look in elusion.waiting(workspace.db, "2026-W48")]
    assert run([*data, "sample", "right", name]) == 2
    assert "a named person must do this" in " ".join(capsys.readouterr().err.split())
    vendor = sighting_id("night-0001", "watchlist", "http://vendor.example/")
    assert run([*data, "sample", "right", vendor, "--as", "Test Investigator"]) == 2
    assert "is in no sample" in capsys.readouterr().err


def test_no_miss_in_300_is_at_most_one_in_a_hundred() -> None:
    assert elusion.upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300), abs=1e-9)
    assert elusion.upper_bound(0, 300) < 0.01
    assert elusion.upper_bound(0, 0) == 1.0


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_at_the_bound_so_few_misses_have_one_chance_in_twenty(case: tuple[int, int]) -> None:
    hits, of = case
    share = elusion.upper_bound(hits, of)
    assert hits / of <= share <= 1
    if hits < of:
        chance = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))
        assert chance == pytest.approx(0.05, abs=1e-6)
