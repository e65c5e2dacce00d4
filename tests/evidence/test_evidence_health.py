"""Proof health: what decayed is named, what ages is stamped anew in time, and the new proof stands up to openssl."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta

import pytest

from crawler import clock
from crawler.casebook import writing
from desk.sampleweb import practice_keys
from desk.sampleweb.authority import PracticeAuthority, ensure_keys
from evidence import health, proof_tables, renewal, verify
from evidence.digest import sha256_hex
from evidence.exhibit import seal
from evidence.stamping import stamp
from evidence.timestamp import Stamper
from evidence.warc_time import stamp_warc
from tests.evidence.authority_making import guard_to, settings
from tests.evidence.exhibit_making import make_draft, open_house

pytestmark = pytest.mark.openssl


def keys_for(factory, days):
    """Keys of an authority whose signer's certificate ends in so many days."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice_keys, "SIGNER_DAYS", str(days))
        return ensure_keys(factory.mktemp("practice") / "keys").parent


@pytest.fixture(scope="module")
def ending(tmp_path_factory):
    return keys_for(tmp_path_factory, 30)


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
    return keys_for(tmp_path_factory, 200)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    return ensure_keys(tmp_path_factory.mktemp("lasting") / "keys").parent


@pytest.fixture
def house(tmp_path):
    db, exhibits, custody = open_house(tmp_path / "data")
    yield exhibits, custody
    db.close()


def make(house, tmp_path, keys, number=1):
    """A sealed and stamped exhibit, its WARC stamped too."""
    exhibits, custody = house
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        stamper = Stamper(settings(keys / "root.pem"), tmp_path, guard.url)
        draft = stamp_warc(make_draft(tmp_path / f"draft-{number}", f"sg-{number}"), stamper)
        exhibit = seal(draft, exhibits, custody)
        stamp(exhibit, exhibits, stamper, custody)
    return exhibits.get(exhibit.exhibit_id)


def renewed(house, tmp_path, keys, days=60):
    exhibits, custody = house
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        stamper = Stamper(settings(keys / "root.pem"), tmp_path, guard.url)
        return renewal.renew(exhibits, stamper, custody, renewal.horizon(days))


def spoil(path, data):
    os.chmod(path, 0o644)
    path.write_bytes(data)


def test_a_whole_exhibit_has_no_fault_and_the_check_is_logged(house, tmp_path, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, lasting)
    found = health.check(exhibits, custody, exhibit)
    assert (found.faults, found.tokens) == ((), 2)
    assert found.files == len(exhibits.files(exhibit.exhibit_id))
    assert list(custody.log.entries(exhibit.exhibit_id))[-1].action == "proofs_checked"
    assert proof_tables.last_checks(exhibits.db)[exhibit.exhibit_id] == found


@pytest.mark.parametrize("name", ["manifest.json", "body.bin", "capture.wacz", "warc-time/practice/response.tsr"])
def test_a_changed_file_is_named(house, tmp_path, lasting, name):
    exhibits, custody = house
    exhibit = make(house, tmp_path, lasting)
    digest = next(file.sha256 for file in exhibits.files(exhibit.exhibit_id) if file.path == name)
    path = exhibits.vault.path(digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    spoil(path, data)
    assert any(fault.startswith(f"{name}: ") for fault in health.check(exhibits, custody, exhibit).faults)


def test_a_changed_or_missing_token_is_named(house, tmp_path, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, lasting)
    files = exhibits.stamps(exhibit.exhibit_id)[0].files
    exhibits.vault.path(files["response.tsr"]).unlink()
    (fault,) = health.check(exhibits, custody, exhibit).faults
    assert fault.startswith("proofs/practice: the vault has no readable blob")


def test_a_file_smuggled_into_the_casebook_is_named(house, tmp_path, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, lasting)
    with writing(exhibits.db):
        digest = exhibits.vault.put(b"smuggled")
        row = [exhibit.exhibit_id, "extra.bin", 8, digest]
        exhibits.db.execute("INSERT INTO exhibit_files (exhibit_id, path, bytes, sha256) VALUES (?, ?, ?, ?)", row)
    (fault,) = health.check(exhibits, custody, exhibit).faults
    assert fault.startswith("extra.bin: the sealed manifest and the casebook differ")


def test_those_of_cases_come_always_and_the_others_in_turn(house, tmp_path):
    exhibits, custody = house
    ids = [seal(make_draft(tmp_path / f"d{n}", f"sg-{n}"), exhibits, custody).exhibit_id for n in range(5)]
    always, others = {ids[0]}, set(ids[1:])
    looked: list[str] = []
    for night in ("night-0001", "night-0002"):
        chosen = health.choose(exhibits, always, 2, night)
        assert chosen[0].exhibit_id == ids[0]
        assert len(chosen) == 3
        for one in chosen:
            health.check(exhibits, custody, one)
        looked += [one.exhibit_id for one in chosen[1:]]
    assert set(looked) == others


def test_what_ends_soon_is_warned_of_and_stamped_anew(house, tmp_path, ending, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, ending)
    (told,) = renewal.endings(exhibits, renewal.horizon(90))
    assert (told.authority, told.exhibits) == ("practice", 1)
    assert timedelta(days=29) < told.at - clock.now() < timedelta(days=31)
    assert renewal.endings(exhibits, renewal.horizon(20)) == ()
    assert renewed(house, tmp_path, lasting) == renewal.Renewed(1)
    assert renewal.endings(exhibits, renewal.horizon(90)) == ()
    assert renewed(house, tmp_path, lasting) == renewal.Renewed(0)
    assert health.check(exhibits, custody, exhibit).faults == ()
    (row,) = proof_tables.renewals(exhibits.db, exhibit.exhibit_id)
    listed = json.loads(exhibits.vault.read(row.list_sha256))
    assert listed["manifest_sha256"] == exhibit.manifest_sha256
    assert {one["path"] for one in listed["proofs"]} == {
        f"proofs/practice/{name}" for name in ("request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json")
    }


def test_a_renewed_exhibit_is_exported_with_it_and_openssl_accepts_it(house, tmp_path, ending, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, ending)
    renewed(house, tmp_path, lasting)
    renewed(house, tmp_path, lasting, days=20_000)  # nobody lasts so long: nothing is kept
    out = tmp_path / "out"
    exhibits.export(exhibit.exhibit_id, out)
    folder = out / "renewals" / "0001"
    proof = folder / "practice"
    trust = ["-CAfile", proof / "root.pem", "-untrusted", proof / "chain.pem"]
    command = ["openssl", "ts", "-verify", "-in", proof / "response.tsr", "-data", folder / "renewal.json", *trust]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    for row in json.loads((folder / "renewal.json").read_bytes())["proofs"]:
        assert sha256_hex((out / row["path"]).read_bytes()) == row["sha256"]
    assert [step.failed for step in verify.verify(out, log=custody.log).steps if step.failed] == []


def test_an_authority_that_lasts_no_longer_renews_nothing_and_says_so(house, tmp_path, ending):
    exhibits, _ = house
    exhibit = make(house, tmp_path, ending)
    done = renewed(house, tmp_path, ending)
    assert (done.renewed, done.left) == (0, 1)
    assert "it still signs with a certificate that ends on" in done.reason
    assert proof_tables.renewals(exhibits.db, exhibit.exhibit_id) == ()


def test_an_authority_that_is_down_renews_nothing_and_says_so(house, tmp_path, ending):
    exhibits, custody = house
    make(house, tmp_path, ending)
    with guard_to(9) as guard:
        stamper = Stamper(settings(ending / "root.pem"), tmp_path, guard.url)
        done = renewal.renew(exhibits, stamper, custody, renewal.horizon(60))
    assert (done.renewed, done.left) == (0, 1)
    assert done.reason.startswith("practice: it cannot be reached")


def test_a_second_renewal_covers_the_first(house, tmp_path, ending, longer, lasting):
    exhibits, custody = house
    exhibit = make(house, tmp_path, ending)
    assert renewed(house, tmp_path, longer) == renewal.Renewed(1)
    assert renewed(house, tmp_path, lasting) == renewal.Renewed(0)
    assert renewed(house, tmp_path, lasting, days=300) == renewal.Renewed(1)
    first, second = proof_tables.renewals(exhibits.db, exhibit.exhibit_id)
    assert (first.number, second.number) == (1, 2)
    listed = {row["path"]: row["sha256"] for row in json.loads(exhibits.vault.read(second.list_sha256))["proofs"]}
    assert listed["renewals/0001/renewal.json"] == first.list_sha256
    assert listed["renewals/0001/practice/response.tsr"] == first.files["response.tsr"]
    assert health.check(exhibits, custody, exhibit).faults == ()
