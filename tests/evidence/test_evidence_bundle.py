"""Building bundles: what goes in, what is refused, what stays out, and what a kill leaves."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from crawler.casebook import open_casebook
from crawler.errors import StoreError
from evidence import store
from evidence.bundle import Bundler
from evidence.digest import sha256_file
from evidence.errors import NotAllowed, Unverified
from evidence.exhibit import Exhibit, Exhibits
from evidence.index_csv import neutral
from evidence.report_facts import Collector
from evidence.vault import Vault
from evidence.verifier import verify as run_verifier
from evidence.verifier.layout import ROOT_FILES
from tests.evidence.bundle_making import (
    make_house,
    practice_stamper,
    print_nothing,
    public_stamper,
    signer_of,
    silent_stamper,
)

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities") / "keys"


def failures(directory: Path) -> list[str]:
    return [text for step in run_verifier(directory, OPENSSL) for text in step.failed]


def test_a_bundle_has_the_files_it_should_and_verifies(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one", "two"), openssl=OPENSSL)
    bundle = house.build()
    assert bundle.directory == tmp_path / "bundle"
    assert bundle.stamped_by == ("one", "two")
    assert bundle.warnings == ()
    assert bundle.manifest_sha256 == sha256_file(bundle.directory / "manifest.json")
    names = {path.name for path in bundle.directory.iterdir()}
    assert names == ROOT_FILES | {"proofs", "exhibits", "pdf", "custody"}
    assert {path.name for path in (bundle.directory / "exhibits").iterdir()} == {"ex-0001", "ex-0002"}
    assert failures(bundle.directory) == []
    last = list(house.log.entries(house.case_id))[-1]
    assert (last.action, last.facts["manifest_sha256"]) == ("bundle_built", bundle.manifest_sha256)
    assert house.log.verify().size == last.seq


def test_only_accepted_exhibits_go_in_and_keep_their_order(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=3, accept=lambda number: number != 2)
    bundle = house.build()
    assert bundle.exhibit_ids == ("ex-0001", "ex-0003")
    manifest = json.loads((bundle.directory / "manifest.json").read_bytes())
    assert [(row["number"], row["exhibit_id"]) for row in manifest["exhibits"]] == [(1, "ex-0001"), (2, "ex-0003")]
    assert not (bundle.directory / "exhibits" / "ex-0002").exists()
    house.cases.reject(house.case_id, "ex-0001", by="Anita Rao", reason="a newspaper")
    assert house.build("later").exhibit_ids == ("ex-0003",)


def test_a_case_without_accepted_exhibits_has_no_bundle(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), accept=lambda number: False)
    before = house.log.head()
    with pytest.raises(NotAllowed, match="case-0001 has no accepted exhibit"):
        house.build()
    assert not (tmp_path / "bundle").exists()
    assert house.log.head() == before


def test_a_name_and_a_purpose_are_asked_for(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1)
    with pytest.raises(NotAllowed, match="a named person"):
        house.build(by="")
    with pytest.raises(NotAllowed, match="the purpose is empty"):
        house.build(purpose=" ")


def test_a_directory_with_something_in_it_is_left_alone(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "letter.txt").write_text("mine")
    (tmp_path / "link").symlink_to(taken)
    for name in ("taken", "link", "taken/letter.txt"):
        with pytest.raises(NotAllowed, match="exists and is not an empty directory"):
            house.build(name)
    assert [path.name for path in taken.iterdir()] == ["letter.txt"]
    (tmp_path / "empty").mkdir()
    assert house.build("empty").directory == tmp_path / "empty"


def test_what_other_cases_and_reviewers_said_stays_out(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"))
    bundle = house.build()
    for path in bundle.directory.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in (b"secret strategy", b"same phone", b"case-0002", b"Heron Blast", b"Okafor"):
                assert word not in data, f"{path.name} says {word!r}"
    lines = [json.loads(line) for line in (bundle.directory / "custody.jsonl").read_bytes().splitlines()]
    assert {frozenset(line) for line in lines[1:]} == {frozenset({"entry", "index", "proof"})}
    assert len(lines) - 1 < json.loads((bundle.directory / "manifest.json").read_bytes())["custody_head"]["size"]


def test_an_unsealed_exhibit_may_go_in_and_is_named_loudly(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), sealed=lambda number: number == 1, openssl=OPENSSL)
    bundle = house.build()
    assert bundle.warnings == ("exhibit 2 (ex-0002) is UNSEALED: no authority has stamped it yet",)
    steps = run_verifier(bundle.directory, OPENSSL)
    assert "ex-0002 is UNSEALED" in steps[4].unchecked[0]
    assert failures(bundle.directory) == []
    assert "UNSEALED" in (bundle.directory / "report.html").read_text()
    rows = list(csv.DictReader(StringIO((bundle.directory / "index.csv").read_text("utf-8-sig"))))
    assert [row["stamped_at_utc"] == "UNSEALED" for row in rows] == [False, True]


def test_a_silent_authority_makes_an_unsealed_bundle_and_a_practice_one_is_said(tmp_path: Path, keys: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    public_stamper(keys, "one")
    silent = make_house(tmp_path / "a", silent_stamper(keys / "root.pem"), exhibits=1).build()
    assert silent.warnings[-1].startswith("the bundle is UNSEALED")
    assert failures(silent.directory) == []
    practice = make_house(tmp_path / "b", practice_stamper(tmp_path / "practice"), exhibits=1, openssl=OPENSSL).build()
    assert all("PRACTICE" in warning for warning in practice.warnings)
    assert len(practice.warnings) == 2
    assert "PRACTICE" in (practice.directory / "report.html").read_text()


def test_a_partial_exhibit_is_named_with_its_reason(tmp_path: Path, keys: Path) -> None:
    missing = [{"what": "viewport.png", "reason": "the page was taller than the browser could draw"}]
    bundle = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1, missing=missing).build()
    assert bundle.warnings == (
        "exhibit 1 (ex-0001) is partial: viewport.png: the page was taller than the browser could draw",
    )
    assert "taller than the browser could draw" in (bundle.directory / "report.html").read_text()


class Careless(Exhibits):
    """Exhibits whose export changes a file on its way."""

    def export(self, exhibit_id: str, directory: Path) -> Exhibit:
        exhibit = super().export(exhibit_id, directory)
        (directory / "text.txt").write_text("another text")
        return exhibit


def test_a_bundle_that_would_not_verify_is_not_kept(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1)
    careless = replace(house.bundler, exhibits=Careless(house.db, Vault(tmp_path / "vault")))
    with pytest.raises(Unverified, match=r"was not kept: step 4: exhibits/ex-0001/text\.txt"):
        careless.build(house.case_id, tmp_path / "bundle", by="R. Iyer", purpose="for counsel")
    assert [path.name for path in tmp_path.iterdir() if "bundle" in path.name] == []


def test_nothing_is_built_on_a_broken_vault_or_a_broken_log(tmp_path: Path, keys: Path) -> None:
    house = make_house(tmp_path, public_stamper(keys, "one"), exhibits=1)
    digest = next(file.sha256 for file in store.files(house.db, "ex-0001") if file.path == "text.txt")
    blob = Vault(tmp_path / "vault").path(digest)
    kept = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(kept + b"!")
    with pytest.raises(StoreError, match=digest):
        house.build()
    blob.write_bytes(kept)
    house.db.execute("DROP TRIGGER custody_no_update")
    house.db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 2")
    with pytest.raises(Unverified, match="custody entry 2: edited"):
        house.build()
    assert [path.name for path in tmp_path.iterdir() if "bundle" in path.name] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from crawler.casebook import open_casebook
from evidence import bundle
from tests.evidence.bundle_making import *
root, keys = Path(sys.argv[1]), Path(sys.argv[2])
house = make_house(root, public_stamper(keys, "one"), exhibits=1)
bundle.make_durable = lambda place: os.kill(os.getpid(), signal.SIGKILL)
house.build()
"""


def test_a_kill_leaves_no_bundle_and_the_next_build_clears_up(tmp_path: Path, keys: Path) -> None:
    public_stamper(keys, "one")
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(keys)]
    killed = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "bundle").exists()
    (left,) = tmp_path.glob(".bundle.partial-*")
    assert any(left.iterdir())
    house = make_again(tmp_path, keys)
    assert failures(house) == []
    assert list(tmp_path.glob(".bundle.partial-*")) == []


def make_again(root: Path, keys: Path) -> Path:
    """Builds from the casebook that the killed process left."""
    db = open_casebook(root / "casebook.db", [])
    exhibits = Exhibits(db, Vault(root / "vault"))
    stamper, signer = public_stamper(keys, "one"), signer_of(root)
    bundler = Bundler(db, exhibits, stamper, print_nothing, Collector("R"), None, signer=signer)
    bundle = bundler.build("case-0001", root / "bundle", by="R. Iyer", purpose="for counsel")
    db.close()
    return bundle.directory


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+91 98765", "'+91 98765"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1+1", "' =1+1"),
        ("\r\n=1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\u200b=1+1", "' =1+1"),
        ("Pelican = best", "Pelican = best"),
        ("http://pelican.example/?a=1", "http://pelican.example/?a=1"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert neutral(cell) == safe
