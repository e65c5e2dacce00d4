"""From sighting to sealed exhibit: planned, captured, sealed and stamped, through a real browser and authority."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from desk.sampleweb.authority import PracticeAuthority
from evidence import verify
from evidence.capture import Capturer, exhibit_id_of
from evidence.capture_state import CaptureState
from evidence.preserve import Preserver
from evidence.timestamp import Stamper
from tests.evidence.authority_making import HOST as AUTHORITY
from tests.evidence.authority_making import settings
from tests.evidence.exhibit_making import open_house
from tests.evidence.page_serving import COLLECTOR, QUICK, guarded, serving, sighting

pytestmark = [pytest.mark.browser, pytest.mark.openssl]


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """The web, an authority, and a guard that leads to both."""
    keys = tmp_path_factory.mktemp("practice") / "keys"
    with serving() as web, PracticeAuthority(keys) as practice:
        pins = {f"{AUTHORITY}:80": f"127.0.0.1:{practice.port}", "nobody.example:80": "127.0.0.1:9"}
        with guarded(web, extra=pins) as guard:
            yield web, guard, practice.root_path


def preserver(root, outside):
    _, guard, authority_root = outside
    db, exhibits, custody = open_house(root)
    stamper = Stamper(settings(authority_root), root, guard.url)
    return db, Preserver(Capturer(QUICK, COLLECTOR, guard), exhibits, stamper, custody)


@pytest.fixture
def keeper(tmp_path, outside):
    db, made = preserver(tmp_path / "data", outside)
    yield made
    db.close()


def test_a_sighting_becomes_an_exhibit_that_verifies(keeper, tmp_path):
    outcome = keeper.preserve(sighting("/offer"))
    assert (outcome.state, outcome.reason, outcome.exhibit.sealed) == (CaptureState.COMPLETE, "", True)
    keeper.exhibits.export(outcome.exhibit_id, tmp_path / "out")
    report = verify.verify(tmp_path / "out", log=keeper.custody.log)
    assert [(step.title, step.failed) for step in report.steps if step.failed] == []
    proved = {step.title: step.proved for step in report.steps}
    assert any("records hold" in sentence for told in proved.values() for sentence in told)
    assert any("quotes stand at their offsets" in sentence for told in proved.values() for sentence in told)


def test_preserving_again_visits_nothing(keeper, outside):
    first = keeper.preserve(sighting("/gone"))
    asked = len(outside[0].asked)
    assert keeper.preserve(sighting("/gone")) == first
    assert len(outside[0].asked) == asked
    assert keeper.planned() == ()


def test_what_was_begun_and_killed_is_found_again(keeper):
    seen = sighting("/gone")
    keeper.plan(seen)
    keeper.plan(seen)
    assert [event.exhibit_id for event in keeper.planned()] == [exhibit_id_of(seen.sighting_id)]
    keeper.preserve(seen)
    assert keeper.planned() == ()
    keeper.plan(seen)
    assert keeper.planned() == ()


def test_a_failure_is_an_outcome_and_can_be_tried_again(keeper):
    outcome = keeper.preserve(sighting("http://nobody.example/"))
    assert (outcome.state, outcome.exhibit) == (CaptureState.FAILED, None)
    assert "did not take the connection" in outcome.reason
    assert keeper.preserve(sighting("http://nobody.example/")).state is CaptureState.FAILED
    assert keeper.exhibits.list() == ()


def test_a_refusal_is_an_outcome(keeper):
    assert keeper.preserve(sighting("/offer", robots="refused")).state is CaptureState.REFUSED


def test_two_captures_of_one_sighting_at_once_give_one_exhibit(tmp_path, outside):
    root = tmp_path / "data"
    open_house(root)[0].close()

    def run(_: int) -> str:
        db, keeper = preserver(root, outside)
        try:
            return keeper.preserve(sighting("/offer")).exhibit.manifest_sha256
        finally:
            db.close()

    with ThreadPoolExecutor(2) as pool:
        digests = set(pool.map(run, range(2)))
    db, keeper = preserver(root, outside)
    (exhibit,) = keeper.exhibits.list()
    assert digests == {exhibit.manifest_sha256}
    assert exhibit.stamped_by == ("practice",)
    actions = [entry.action for entry in keeper.custody.log.entries()]
    assert actions == ["captured", "sealed", "stamped"]
    keeper.custody.log.verify()
    db.close()
