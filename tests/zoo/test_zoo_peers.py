"""Other programs beside ours: they accept what is sound; of the eighteen altered archives the validator passes ten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.evidence.bundle_making import make_house, public_stamper
from tests.zoo.__main__ import NOT_ITS_MATTER, SOUND, Row, rows, table
from tests.zoo.bundle_defects import FAILS
from tests.zoo.forging import EXHIBIT
from tests.zoo.peers import PASSES, program, wacz_validate, warcio_check

pytestmark = [
    pytest.mark.openssl,
    pytest.mark.skipif(program("wacz") is None or program("warcio") is None, reason="wacz or warcio is not installed"),
]
VALIDATOR_PASSES = {2, 3, 5, 6, 7, 10, 12, 13, 14, 17}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("peers")
    house = make_house(root, public_stamper(root / "keys", "one"), exhibits=1, openssl=shutil.which("openssl"))
    house.build()
    house.db.close()
    return root / "bundle"


def test_readers_of_others_accept_a_sound_archive(bundle: Path) -> None:
    archive = bundle / EXHIBIT / "capture.wacz"
    assert wacz_validate(archive) == PASSES
    assert warcio_check(archive) == PASSES


@pytest.mark.slow
def test_the_validator_passes_ten_of_eighteen_and_ours_none(tmp_path: Path) -> None:
    numbered = [name for name, defect in FAILS.items() if defect.number]
    found = list(rows([*SOUND, *numbered], tmp_path))
    assert [row.name for row in found if not row.right] == []
    assert {int(row.number) for row in found if row.number and row.wacz == PASSES} == VALIDATOR_PASSES
    assert [(row.ours, row.wacz, row.warcio) for row in found[:2]] == [("", PASSES, PASSES)] * 2


def test_the_table_names_each_case_in_a_line() -> None:
    row = Row("2", "wacz_x", "records (+1)", PASSES, NOT_ITS_MATTER, True)
    assert table([row], markdown=True).splitlines()[2] == f"| 2 | wacz_x | records (+1) | {PASSES} | – |"
    assert table([row], markdown=False).splitlines()[1].split() == ["2", "wacz_x", "records", "(+1)", PASSES, "–"]
