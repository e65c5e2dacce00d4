"""Every bundle of the zoo fails, at the step that names its defect, and none of them brings the verifier down."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidence.verifier import as_text, verify
from evidence.verifier.words import outcome
from tests.evidence.bundle_making import make_house, public_stamper
from tests.zoo.bundle_defects import FAILS, reseal
from tests.zoo.time_defects import signer_that_expired_since

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("zoo")
    house = make_house(root, public_stamper(root / "keys", "one"), openssl=OPENSSL)
    house.build()
    house.db.close()
    return root


def test_the_bundle_the_zoo_is_bred_from_is_sound(home: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(home / "bundle", tmp_path / "bundle"))
    assert outcome(verify(bundle, OPENSSL)) == "proved"
    before = (bundle / "manifest.json").read_bytes()
    reseal(bundle)
    assert (bundle / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("name", FAILS)
def test_a_defect_fails_at_the_step_that_names_it(home: Path, tmp_path: Path, name: str) -> None:
    bundle = Path(shutil.copytree(home / "bundle", tmp_path / "bundle"))
    FAILS[name].make(bundle, home_keys(home, tmp_path))
    steps = verify(bundle, OPENSSL)
    said = as_text(steps, "zoo")
    step = next(step for step in steps if step.key == FAILS[name].step)
    assert any(FAILS[name].word in text for text in step.failed), said
    assert "Traceback" not in said
    assert f"FAILED at step {min(step.number for step in steps if step.failed)}" in said
    assert outcome(steps) == "failed"


def test_a_signer_that_expired_since_it_signed_is_no_defect(home: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(home / "bundle", tmp_path / "bundle"))
    signer_that_expired_since(bundle, home_keys(home, tmp_path))
    assert outcome(verify(bundle, OPENSSL)) == "proved"


def test_the_eighteen_altered_archives_are_all_there() -> None:
    assert sorted(defect.number for defect in FAILS.values() if defect.number) == list(range(1, 19))


def home_keys(home: Path, tmp_path: Path) -> Path:
    """The authority's keys, where a defect may leave files beside them."""
    keys = tmp_path / "keys"
    keys.symlink_to(home / "keys")
    return keys
