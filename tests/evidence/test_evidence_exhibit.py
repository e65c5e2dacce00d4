"""Sealing: once and for good, whole or not at all, whoever is killed when and however many try."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.errors import StoreError
from evidence.capture_state import CaptureState
from evidence.custody import CustodyLog
from evidence.digest import canonical_json, sha256_file, sha256_hex
from evidence.errors import NotAllowed
from evidence.exhibit import seal
from evidence.page_capture import Missing
from tests.evidence.exhibit_making import AT, make_draft, open_house


@pytest.fixture
def house(tmp_path):
    db, exhibits, custody = open_house(tmp_path / "data")
    yield exhibits, custody
    db.close()


def actions(custody):
    return [entry.action for entry in custody.log.entries()]


def test_a_sealed_exhibit_lists_every_file_and_the_custody_head(house, tmp_path):
    exhibits, custody = house
    draft = make_draft(tmp_path / "draft")
    exhibit = seal(draft, exhibits, custody)
    manifest = json.loads(exhibits.read(exhibit.exhibit_id, "manifest.json"))
    assert canonical_json(manifest) == exhibits.read(exhibit.exhibit_id, "manifest.json")
    assert (manifest["format"], manifest["exhibit_id"]) == ("offsignal-exhibit-1", exhibit.exhibit_id)
    assert (manifest["url"], manifest["captured_at"]) == (draft.url, "2024-01-05T13:40:00.250000Z")
    assert {row["path"]: row["sha256"] for row in manifest["files"]} == {
        name: sha256_file(draft.directory / name) for name in draft.files
    }
    captured, sealed = custody.log.entries(exhibit.exhibit_id)
    assert manifest["custody_head"] == custody.log.head_at(captured.seq).to_dict()
    assert sealed.facts["manifest_sha256"] == exhibit.manifest_sha256
    assert (captured.action, sealed.action) == ("captured", "sealed")
    assert sha256_hex(canonical_json(manifest)) == exhibit.manifest_sha256


def test_what_is_asked_for_is_what_was_sealed(house, tmp_path):
    exhibits, custody = house
    missing = (Missing("page.pdf", "the browser could not print it"),)
    sealed = seal(make_draft(tmp_path / "draft", missing=missing), exhibits, custody, wanted=2)
    assert exhibits.get(sealed.exhibit_id) == exhibits.of_sighting("sg-1") == exhibits.list()[0] == sealed
    assert (sealed.state, sealed.captured_at, sealed.sealed) == (CaptureState.PARTIAL, AT, False)
    assert sealed.missing == ({"what": "page.pdf", "reason": "the browser could not print it"},)
    assert exhibits.unsealed() == (sealed,)
    assert exhibits.of_sighting("sg-2") is None
    with pytest.raises(NotAllowed, match="there is no exhibit 'ex-0'"):
        exhibits.get("ex-0")
    with pytest.raises(NotAllowed, match=r"has no file 'page\.pdf'"):
        exhibits.read(sealed.exhibit_id, "page.pdf")


def test_sealing_a_sighting_again_gives_its_first_exhibit(house, tmp_path):
    exhibits, custody = house
    first = seal(make_draft(tmp_path / "one"), exhibits, custody)
    later = make_draft(tmp_path / "two")
    (later.directory / "text.txt").write_text("another day")
    assert seal(later, exhibits, custody) == first
    assert actions(custody) == ["captured", "sealed"]
    assert exhibits.read(first.exhibit_id, "text.txt") == b"Stay 100% anti ban."


def test_nothing_that_was_sealed_can_be_changed(house, tmp_path):
    exhibits, custody = house
    seal(make_draft(tmp_path / "draft"), exhibits, custody)
    for statement in (
        "UPDATE exhibits SET url = 'x'",
        "DELETE FROM exhibits",
        "INSERT OR REPLACE INTO exhibits SELECT * FROM exhibits",
        "UPDATE exhibit_files SET sha256 = 'x'",
        "DELETE FROM exhibit_files",
        "INSERT OR REPLACE INTO exhibit_files SELECT * FROM exhibit_files",
        "UPDATE captures SET state = 'failed'",
        "DELETE FROM captures",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            exhibits.db.execute(statement)
        exhibits.db.rollback()


def test_a_damaged_file_is_found_before_it_leaves(house, tmp_path):
    exhibits, custody = house
    exhibit = seal(make_draft(tmp_path / "draft"), exhibits, custody)
    (file,) = (file for file in exhibits.files(exhibit.exhibit_id) if file.path == "dom.html")
    path = exhibits.vault.path(file.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"100%", b"1000"))
    with pytest.raises(StoreError, match="is damaged"):
        exhibits.export(exhibit.exhibit_id, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".out")] == []


def test_an_export_is_the_files_and_never_overwrites(house, tmp_path):
    exhibits, custody = house
    draft = make_draft(tmp_path / "draft")
    exhibit = seal(draft, exhibits, custody)
    exhibits.export(exhibit.exhibit_id, tmp_path / "deep" / "out")
    out = tmp_path / "deep" / "out"
    assert {path.name for path in out.iterdir()} == {*draft.files, "manifest.json"}
    for name in draft.files:
        assert (out / name).read_bytes() == (draft.directory / name).read_bytes()
    with pytest.raises(NotAllowed, match="exists already"):
        exhibits.export(exhibit.exhibit_id, out)


SEAL_AND_DIE = """
import os, signal, sys
from pathlib import Path
from evidence.exhibit import Recorder, seal
from evidence.vault import Vault
from tests.evidence.exhibit_making import make_draft, open_house
root, place, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
steps = {"put": 0, "record": 0}
def counted(name, call):
    def run(*arguments):
        result = call(*arguments)
        steps[name] += 1
        if name == place and steps[name] == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return run
Vault.put = counted("put", Vault.put)
Recorder.record = counted("record", Recorder.record)
db, exhibits, custody = open_house(root)
seal(make_draft(root / "draft-killed"), exhibits, custody)
if place == "end":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("place", "count"), [("put", 1), ("put", 4), ("put", 7), ("record", 1), ("record", 2), ("end", 0)]
)
def test_a_kill_at_any_point_leaves_a_whole_exhibit_or_none(tmp_path, place, count):
    root = tmp_path / "data"
    open_house(root)[0].close()
    command = [sys.executable, "-c", SEAL_AND_DIE, root, place, str(count)]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    db, exhibits, custody = open_house(root)
    before = exhibits.list()
    assert len(before) == (1 if place == "end" else 0)
    assert actions(custody) == (["captured", "sealed"] if place == "end" else [])
    exhibit = seal(make_draft(root / "again"), exhibits, custody)
    assert exhibits.list() == (exhibit,)
    assert actions(custody) == ["captured", "sealed"]
    manifest = json.loads(exhibits.read(exhibit.exhibit_id, "manifest.json"))
    assert CustodyLog(db).verify().size == 2
    assert {file.path for file in exhibits.files(exhibit.exhibit_id)} == {
        "manifest.json",
        *(row["path"] for row in manifest["files"]),
    }
    exhibits.export(exhibit.exhibit_id, tmp_path / "out")
    db.close()


def test_two_at_once_seal_one_exhibit(tmp_path):
    root = tmp_path / "data"
    open_house(root)[0].close()

    def run(number: int) -> str:
        db, exhibits, custody = open_house(root)
        try:
            draft = make_draft(tmp_path / f"draft-{number}")
            (draft.directory / "text.txt").write_text(f"text {number}")
            return seal(draft, exhibits, custody).manifest_sha256
        finally:
            db.close()

    with ThreadPoolExecutor(6) as pool:
        digests = set(pool.map(run, range(6)))
    db, exhibits, custody = open_house(root)
    assert {exhibit.manifest_sha256 for exhibit in exhibits.list()} == digests
    assert len(digests) == 1
    assert actions(custody) == ["captured", "sealed"]
    db.close()


def test_a_disk_that_fails_seals_nothing(house, tmp_path):
    exhibits, custody = house
    draft = make_draft(tmp_path / "draft")
    (draft.directory / "dom.html").unlink()
    (draft.directory / "dom.html").mkdir()
    with pytest.raises(StoreError, match="cannot be put into the vault"):
        seal(draft, exhibits, custody)
    assert exhibits.list() == ()
    assert actions(custody) == []
