"""Timestamps of exhibits: what cannot be had now is asked for again, and what was had stands up to strangers."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta

import pytest

from crawler import clock
from desk.sampleweb.authority import PracticeAuthority, ensure_keys
from evidence import verify
from evidence.exhibit import seal
from evidence.stamping import Stamped, stamp, stamp_pending
from evidence.timestamp import Stamper, StampState
from evidence.verifier import verify as run_verifier
from tests.evidence.authority_making import authority, behaviours, guard_to, settings
from tests.evidence.exhibit_making import make_draft, open_house

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return ensure_keys(tmp_path_factory.mktemp("practice") / "keys").parent


@pytest.fixture
def house(tmp_path):
    db, exhibits, custody = open_house(tmp_path / "data")
    yield exhibits, custody
    db.close()


def make(house, tmp_path, number=1, wanted=1):
    exhibits, custody = house
    draft = make_draft(tmp_path / f"draft-{number}", f"sg-{number}")
    return seal(draft, exhibits, custody, wanted=wanted)


def test_a_dead_authority_leaves_it_unsealed_and_a_later_night_seals_it(house, tmp_path, keys):
    exhibits, custody = house
    exhibit = make(house, tmp_path)
    with guard_to(9) as guard:
        stamper = Stamper(settings(keys / "root.pem"), tmp_path, guard.url)
        assert [result.state for result in stamp(exhibit, exhibits, stamper, custody)] == [StampState.UNREACHABLE]
    assert not exhibits.get(exhibit.exhibit_id).sealed
    assert exhibits.proofs(exhibit.exhibit_id) == ()
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        stamper = Stamper(settings(keys / "root.pem"), tmp_path, guard.url)
        assert stamp_pending(exhibits, stamper, custody) == Stamped(exhibits=1, sealed=1, tokens=1, failures=0)
        assert stamp_pending(exhibits, stamper, custody) == Stamped()
    now = exhibits.get(exhibit.exhibit_id)
    assert (now.sealed, now.practice_only, now.stamped_by) == (True, True, ("practice",))
    entries = list(custody.log.entries(exhibit.exhibit_id))
    assert [entry.action for entry in entries] == ["captured", "sealed", "stamp_failed", "stamped"]
    assert entries[2].facts["state"] == "unreachable"
    assert entries[3].facts["manifest_sha256"] == exhibit.manifest_sha256
    assert [row.state for row in exhibits.stamps(exhibit.exhibit_id)] == ["unreachable", "verified"]


def test_openssl_accepts_an_exported_exhibit(house, tmp_path, keys):
    exhibits, custody = house
    exhibit = make(house, tmp_path)
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        stamp(exhibit, exhibits, Stamper(settings(keys / "root.pem"), tmp_path, guard.url), custody)
    out = tmp_path / "out"
    exhibits.export(exhibit.exhibit_id, out)
    proof = out / "proofs" / "practice"
    names = {path.name for path in proof.iterdir()}
    assert names == {"request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json"}
    trust = ["-CAfile", proof / "root.pem", "-untrusted", proof / "chain.pem"]
    for what in (["-data", out / "manifest.json"], ["-queryfile", proof / "request.tsq"]):
        command = ["openssl", "ts", "-verify", "-in", proof / "response.tsr", *what, *trust]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    result = json.loads((proof / "result.json").read_bytes())
    assert (result["practice"], result["data_sha256"]) == (True, exhibit.manifest_sha256)


def test_the_verifiers_find_nothing_wrong_with_an_exported_exhibit(house, tmp_path, keys):
    exhibits, custody = house
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        exhibit = make(house, tmp_path)
        stamp(exhibit, exhibits, Stamper(settings(keys / "root.pem"), tmp_path, guard.url), custody)
    out = tmp_path / "out"
    exhibits.export(exhibit.exhibit_id, out)
    report = verify.verify(out, log=custody.log)
    told = [(step.title, step.failed) for step in report.steps if step.failed]
    assert told == []
    assert not any(step.failed for step in run_verifier(out, "openssl"))


def test_an_exhibit_wants_as_many_timestamps_as_were_asked_for(house, tmp_path, keys):
    exhibits, custody = house
    exhibit = make(house, tmp_path, wanted=2)
    broken = authority(behaviours(keys)["error"])
    with PracticeAuthority(keys) as practice, broken as port:
        with guard_to(practice.port, port) as guard:
            roots = (keys / "root.pem", keys / "root.pem")
            stamper = Stamper(settings(*roots, wanted=2), tmp_path, guard.url)
            assert stamp_pending(exhibits, stamper, custody) == Stamped(1, 0, 1, 1)
        assert exhibits.get(exhibit.exhibit_id).stamped_by == ("practice",)
        with guard_to(9, practice.port) as guard:
            stamper = Stamper(settings(*roots, wanted=2), tmp_path, guard.url)
            assert stamp_pending(exhibits, stamper, custody) == Stamped(1, 1, 1, 0)
    assert exhibits.get(exhibit.exhibit_id).stamped_by == ("practice", "practice-1")


def test_an_authority_that_hangs_is_not_waited_for_by_every_exhibit(house, tmp_path, keys):
    exhibits, custody = house
    for number in range(6):
        make(house, tmp_path, number)
    before = clock.now()
    with authority(behaviours(keys)["slow"]) as port, guard_to(port) as guard:
        stamper = Stamper(settings(keys / "root.pem", timeout_s=1.0), tmp_path, guard.url)
        assert stamp_pending(exhibits, stamper, custody) == Stamped(exhibits=6, sealed=0, tokens=0, failures=2)
        waited = clock.now() - before
    assert waited < timedelta(seconds=5)
    assert len(exhibits.unsealed()) == 6


def test_a_token_that_does_not_hold_is_kept_as_a_reason_only(house, tmp_path, keys):
    exhibits, custody = house
    exhibit = make(house, tmp_path)
    with authority(behaviours(keys)["wrong hash"]) as port, guard_to(port) as guard:
        stamp(exhibit, exhibits, Stamper(settings(keys / "root.pem"), tmp_path, guard.url), custody)
    (row,) = exhibits.stamps(exhibit.exhibit_id)
    assert (row.state, dict(row.files)) == ("wrong_hash", {})
    exhibits.export(exhibit.exhibit_id, tmp_path / "out")
    assert not (tmp_path / "out" / "proofs").exists()


def test_a_sealed_exhibit_ends_with_a_token_of_every_authority(house, tmp_path, keys):
    """The second authority was down when one token made it sealed; a later night has the other one."""
    exhibits, custody = house
    exhibit = make(house, tmp_path)
    roots = (keys / "root.pem", keys / "root.pem")
    with PracticeAuthority(keys) as practice:
        with guard_to(practice.port, 9) as guard:
            stamper = Stamper(settings(*roots), tmp_path, guard.url)
            stamp(exhibit, exhibits, stamper, custody)
            assert exhibits.get(exhibit.exhibit_id).sealed
            assert stamp_pending(exhibits, stamper, custody) == Stamped(1, 0, 0, 1)
        with guard_to(9, practice.port) as guard:
            stamper = Stamper(settings(*roots), tmp_path, guard.url)
            assert stamp_pending(exhibits, stamper, custody) == Stamped(1, 0, 1, 0)
            assert stamp_pending(exhibits, stamper, custody) == Stamped()
    assert exhibits.get(exhibit.exhibit_id).stamped_by == ("practice", "practice-1")


@pytest.mark.parametrize("how", ["error", "wrong hash"])
def test_sealed_exhibits_ask_a_failing_authority_twice_a_night(house, tmp_path, keys, how):
    """And one whose manifest is damaged keeps no other from being asked for."""
    exhibits, custody = house
    made = [make(house, tmp_path, number) for number in range(5)]
    roots = (keys / "root.pem", keys / "root.pem")
    with PracticeAuthority(keys) as practice, authority(behaviours(keys)[how]) as port:
        with guard_to(practice.port, port) as guard:
            one = Stamper(settings(*roots[:1]), tmp_path, guard.url)
            assert stamp_pending(exhibits, one, custody) == Stamped(5, 5, 5, 0)
            both = Stamper(settings(*roots), tmp_path, guard.url)
            assert stamp_pending(exhibits, both, custody) == Stamped(2, 0, 0, 2)
        exhibits.vault.path(made[0].manifest_sha256).unlink()
        with guard_to(9, practice.port) as guard:
            both = Stamper(settings(*roots), tmp_path, guard.url)
            assert stamp_pending(exhibits, both, custody) == Stamped(4, 0, 4, 0)
