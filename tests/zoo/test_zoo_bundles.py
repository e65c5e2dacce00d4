"""Every bundle of the zoo fails, at the step that names its defect, and none of them brings the verifier down."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidence.verifier import as_text, verify
from tests.evidence.bundle_making import make_house, public_stamper
from tests.zoo.bundle_defects import FAILS, reseal

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
    assert [step.verdict for step in verify(bundle, OPENSSL)] == ["proved"] * 10
    before = (bundle / "manifest.json").read_bytes()
    reseal(bundle)
    assert (bundle / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("name", FAILS)
def test_a_defect_fails_at_the_step_that_names_it(home: Path, tmp_path: Path, name: str) -> None:
    bundle = Path(shutil.copytree(home / "bundle", tmp_path / "bundle"))
    FAILS[name].make(bundle, home_keys(home, tmp_path))
    steps = verify(bundle, OPENSSL)
    said = as_text(steps, "zoo")
    assert any(FAILS[name].word in text for text in steps[FAILS[name].step - 1].failed), said
    assert "Traceback" not in said
    assert "FAILED: step" in said


def home_keys(home: Path, tmp_path: Path) -> Path:
    """The authority's keys, where a defect may leave files beside them."""
    keys = tmp_path / "keys"
    keys.symlink_to(home / "keys")
    return keys
