"""A check of the vault finds every blob that changed, vanished or came from elsewhere, and goes on after a stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.casebook import writing
from crawler.errors import StoreError
from evidence.exhibit import Exhibits
from evidence.vault import Vault
from evidence.vault_check import VaultReport, check_vault
from tests.evidence.bundle_making import House, make_house, public_stamper

pytestmark = pytest.mark.openssl


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path / "house", public_stamper(tmp_path / "keys", "one"))
    yield house
    house.db.close()


def run(house: House, *, resume: bool = False, workers: int = 2) -> VaultReport:
    exhibits = Exhibits(house.db, Vault(house.root / "vault"))
    return check_vault(exhibits, house.root / "check.json", resume=resume, workers=workers)


def blobs(house: House) -> list[Path]:
    return sorted(path for path in (house.root / "vault/sha256").rglob("*") if path.is_file())


def test_a_sound_vault_is_read_whole(house: House) -> None:
    report = run(house)
    assert report.problems == []
    assert (report.blobs, report.exhibits) == (len(blobs(house)), 2)
    assert report.bytes == sum(path.stat().st_size for path in blobs(house))
    assert json.loads((house.root / "check.json").read_text()) == report.to_dict()


@pytest.mark.parametrize("workers", [1, 3])
def test_every_changed_bit_of_every_blob_is_found(house: House, workers: int) -> None:
    for path in blobs(house):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(data)
    report = run(house, workers=workers)
    damaged = [text for text in report.problems if "damaged" in text and text.startswith(str(house.root))]
    assert len(damaged) == len(blobs(house))


def test_what_vanished_and_what_came_from_elsewhere_is_named(house: House) -> None:
    exhibits = Exhibits(house.db, Vault(house.root / "vault"))
    lost = exhibits.vault.path(next(f.sha256 for f in exhibits.files("ex-0001") if f.path == "full.png"))
    lost.unlink()
    stranger = lost.parent / "letter.txt"
    stranger.write_text("not ours")
    (house.root / "vault/sha256/attic").mkdir()
    link = lost.parent / f"{lost.parent.name}{'0' * 62}"
    link.symlink_to(stranger)
    told = run(house).problems
    assert any(text.startswith("ex-0001: full.png is missing in the vault") for text in told)
    assert any(str(stranger) in text and "somebody else put it there" in text for text in told)
    assert any("attic: is no folder of the vault" in text for text in told)
    assert any(str(link) in text and "cannot be read" in text for text in told)


def test_a_casebook_that_was_changed_contradicts_the_manifest(house: House) -> None:
    with writing(house.db):
        for table in ("exhibits", "exhibit_files"):  # whoever can write the file can do that
            house.db.execute(f"drop trigger {table}_no_update")
        row = "exhibit_id = 'ex-0002' and path = 'text.txt'"
        house.db.execute(f"update exhibit_files set bytes = bytes + 1 where {row}")  # noqa: S608
        house.db.execute("update exhibits set url = 'http://innocent.example/' where exhibit_id = 'ex-0001'")
    told = run(house).problems
    assert told == [
        "ex-0001: its manifest is that of another exhibit",
        "ex-0002: manifest and casebook differ on text.txt: one of them was changed",
    ]


def test_a_check_that_was_stopped_goes_on_where_it_was(house: House) -> None:
    exhibits, seen = Exhibits(house.db, Vault(house.root / "vault")), []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_vault(exhibits, house.root / "check.json", told=stop)
    assert seen == list(range(1, 101))
    first = json.loads((house.root / "check.json").read_text())
    assert (len(first["folders"]), first["ended_at"]) == (100, "")
    for path in blobs(house):
        if path.parent.name in first["folders"]:
            path.unlink()
    whole = run(house, resume=True)
    assert (whole.begun_at, len(whole.folders)) == (first["begun_at"], 256)
    assert whole.blobs == first["blobs"] + len(blobs(house)), "what was read before the stop was read again"
    assert run(house, resume=True).begun_at != whole.begun_at, "a check that ended begins anew"


def test_a_record_that_is_none_is_refused(house: House) -> None:
    for content in ("{", '{"format": "other"}', "[]"):
        (house.root / "check.json").write_text(content)
        with pytest.raises(StoreError, match="remove it and begin the check anew"):
            run(house, resume=True)
