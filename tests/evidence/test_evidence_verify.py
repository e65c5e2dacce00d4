"""What ``offsignal verify`` adds to the program inside a bundle: a second opinion, and our own record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.casebook import open_casebook
from evidence import custody
from evidence.custody import CustodyLog
from evidence.errors import NotAllowed
from evidence.timestamp import PUBLIC_AUTHORITIES, load_root
from evidence.verifier.steps import LOOKS
from evidence.verify import Report, StepReport, verify
from tests.evidence.bundle_making import House, make_house, public_stamper
from tests.zoo.bundle_defects import FAILS

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("verify")
    house = make_house(root, public_stamper(root / "keys", "one"))
    house.build()
    yield house
    house.db.close()


@pytest.fixture
def copy(house: House, tmp_path: Path) -> Path:
    return Path(shutil.copytree(house.root / "bundle", tmp_path / "bundle"))


def step_of(report: Report, key: str) -> StepReport:
    """The step of that name."""
    return next(step for step in report.steps if step.key == key)


def test_a_sound_bundle_passes_every_step(house: House) -> None:
    report = verify(house.root / "bundle", log=house.log)
    assert report.ok
    assert [step.number for step in report.steps] == list(range(1, len(LOOKS) + 4))
    assert {step.key for step in report.steps if step.not_checked} == {"timestamps-again"}
    assert "NOT one that ships with this program" in step_of(report, "timestamps-again").not_checked[0]
    assert json.loads(json.dumps(report.to_dict()))["outcome"] == "proved in part"
    assert any("Nothing failed, but not everything" in line for line in report.lines())


def test_without_a_casebook_our_record_is_no_step(house: House) -> None:
    assert {step.key for step in verify(house.root / "bundle").steps}.isdisjoint({"own-record"})


def test_a_log_that_was_rewritten_contradicts_the_bundle(house: House, tmp_path: Path) -> None:
    db = open_casebook(tmp_path / "other.db", [custody.MIGRATIONS])
    other = CustodyLog(db)
    for _ in range(20):
        other.append("captured", "ex-0001", actor="offsignal", purpose="collection")
    report = verify(house.root / "bundle", log=other)
    assert not report.ok
    assert "manifest.json names another root for the first" in step_of(report, "own-record").failed[0]
    db.close()


@pytest.mark.parametrize("name", ["token_by_a_forger", "token_of_another_exhibit", "token_that_answers_another_query"])
def test_both_programs_refuse_a_bad_token(house: House, copy: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "keys").symlink_to(house.root / "keys")
    FAILS[name].make(copy, tmp_path / "keys")
    report = verify(copy)
    assert step_of(report, "exhibit-times").failed
    assert any("exhibits/ex-0001/proofs/one" in text for text in step_of(report, "timestamps-again").failed)


@pytest.mark.parametrize("name", ["index_that_points_elsewhere", "words_in_a_record_edited", "zip_bomb"])
def test_both_programs_refuse_a_bad_archive(house: House, copy: Path, name: str) -> None:
    FAILS[name].make(copy, house.root / "keys")
    report = verify(copy)
    assert step_of(report, "archives").failed or step_of(report, "records").failed
    assert any("exhibits/ex-0001/capture.wacz" in text for text in step_of(report, "archives-again").failed)


def test_a_root_that_is_not_the_authoritys_own_is_said_even_under_its_name(tmp_path: Path) -> None:
    house = make_house(tmp_path, public_stamper(tmp_path / "keys", "digicert"), exhibits=1)
    house.build()
    house.db.close()
    report = verify(tmp_path / "bundle")
    assert step_of(report, "bundle-time").verdict == "proved"
    assert step_of(report, "timestamps-again").verdict == "not checked"
    assert load_root(PUBLIC_AUTHORITIES[0], tmp_path) != (tmp_path / "keys/root.pem").read_bytes()


def test_no_directory_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="is not a directory"):
        verify(tmp_path / "nothing")
    assert not verify(tmp_path).ok
