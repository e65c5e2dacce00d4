"""Placements in a casebook: the pages of a site decide together, and no judgement is rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifiers.judgement import Claim, Decision, Judgement
from classifiers.labels import ClaimType, Label
from classifiers.store import Judgements
from crawler.casebook import writing
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.store import Sightings
from desk import looks, placing
from desk.workspace import Workspace, open_workspace

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
RUN = "night-0001"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "offsignal.toml").write_text('[collector]\ncontact = "mailto:a@lab.example"\noperator = "Lab"\n')
    with open_workspace(tmp_path) as opened:
        yield opened


def seen(workspace: Workspace, url: str, decision: Decision, *kinds: ClaimType, source: str = "watchlist") -> str:
    label = Label.UNRELATED if decision is Decision.DISCARD else Label.BULK_SENDING_OFFER
    name = sighting_id(RUN, source, url)
    with writing(workspace.db):
        Sightings(workspace.db).add(Sighting(name, RUN, source, url, (url,), NOW, SightingState.SEEN))
    claims = tuple(Claim(kind, kind.value, 0, 4, "text") for kind in kinds)
    chance = {Decision.DISCARD: 0.2, Decision.REVIEW: 0.6}.get(decision, 0.95)
    judged = Judgement(label, chance > 0.5, chance, decision, "en", claims, (), (), "m1", "0" * 64)
    Judgements(workspace.db).add(name, judged, NOW + timedelta(minutes=1))
    return name


def decisions(workspace: Workspace) -> dict[str, Decision]:
    return {look.url: look.judgement.decision for look in looks.of_runs(workspace.db, (RUN,)) if look.judgement}


def test_a_page_is_decided_within_its_site_and_its_judgement_stays(workspace: Workspace) -> None:
    seen(workspace, "http://vendor.example/", Decision.CAPTURE, ClaimType.ANTI_BAN, ClaimType.PRICE)
    unsure = seen(workspace, "http://vendor.example/prices", Decision.REVIEW, ClaimType.PRICE)
    seen(workspace, "http://vendor.example/terms", Decision.DISCARD, ClaimType.DISCLAIMER)
    seen(workspace, "http://vendor.example/blog", Decision.DISCARD)
    counts = placing.place_runs(workspace.db, (RUN,))
    assert counts == {"sites": 1, "lifted": 1, "supporting": 1, "held_back": 0}
    assert decisions(workspace) == {
        "http://vendor.example/": Decision.CAPTURE,
        "http://vendor.example/prices": Decision.CAPTURE,
        "http://vendor.example/terms": Decision.CAPTURE,
        "http://vendor.example/blog": Decision.DISCARD,
    }
    supporting = {look.url: look.supporting for look in looks.of_runs(workspace.db, (RUN,))}
    assert [url for url, is_so in supporting.items() if is_so] == ["http://vendor.example/terms"]
    kept = Judgements(workspace.db).get(unsure)
    assert kept is not None
    assert kept.decision is Decision.REVIEW


def test_placing_twice_is_placing_once(workspace: Workspace) -> None:
    seen(workspace, "http://vendor.example/", Decision.CAPTURE, ClaimType.ANTI_BAN)
    seen(workspace, "http://vendor.example/prices", Decision.REVIEW, ClaimType.PRICE)
    first = placing.place_runs(workspace.db, (RUN,))
    rows = list(workspace.db.query("select * from placements order by sighting_id"))
    assert placing.place_runs(workspace.db, (RUN,)) == first
    assert list(workspace.db.query("select * from placements order by sighting_id")) == rows


def test_ads_and_listings_speak_for_themselves(workspace: Workspace) -> None:
    seen(workspace, "http://bazaar.example/1", Decision.CAPTURE, ClaimType.ACCOUNT_SUPPLY, source="marketplace")
    seen(workspace, "http://bazaar.example/2", Decision.REVIEW, ClaimType.PRICE, source="marketplace")
    assert placing.place_runs(workspace.db, (RUN,))["sites"] == 0
    assert decisions(workspace)["http://bazaar.example/2"] is Decision.REVIEW


def test_what_was_taken_along_counts_as_seen_earlier(workspace: Workspace) -> None:
    seen(workspace, "http://vendor.example/", Decision.CAPTURE, ClaimType.ANTI_BAN)
    seen(workspace, "http://vendor.example/terms", Decision.DISCARD, ClaimType.DISCLAIMER)
    placing.place_runs(workspace.db, (RUN,))
    assert looks.to_recheck(workspace.db, "night-0002") == ["http://vendor.example/", "http://vendor.example/terms"]


def test_a_placement_says_nothing_of_a_later_models_judgement(workspace: Workspace) -> None:
    seen(workspace, "http://vendor.example/", Decision.CAPTURE, ClaimType.ANTI_BAN)
    name = seen(workspace, "http://vendor.example/terms", Decision.DISCARD, ClaimType.DISCLAIMER)
    placing.place_runs(workspace.db, (RUN,))
    again = Judgement(Label.UNRELATED, False, 0.01, Decision.DISCARD, "en", (), (), (), "m2", "0" * 64)
    Judgements(workspace.db).add(name, again, NOW + timedelta(days=1))
    assert decisions(workspace)["http://vendor.example/terms"] is Decision.DISCARD
