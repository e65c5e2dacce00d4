"""``offsignal verify --vault``: its exit codes, what it prints, and that the custody log says the vault was read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk.cli import run
from desk.settings import write_template
from desk.workspace import open_workspace


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with two blobs in its vault."""
    write_template(tmp_path / "data", contact="abuse@firm.example", operator="A. Investigator")
    with open_workspace(tmp_path / "data") as workspace:
        workspace.vault.put(b"one")
        workspace.vault.put(b"another")
    return tmp_path / "data"


def test_a_sound_vault_is_proved_and_the_log_says_it_was_read(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "verify", "--vault"]) == 0
    assert capsys.readouterr().out.startswith("PROVED  2 blobs")
    with open_workspace(data) as workspace:
        (entry,) = workspace.custody.entries("vault")
    assert (entry.action, entry.actor) == ("vault_checked", "offsignal, run by A. Investigator")
    assert entry.facts["problems"] == 0


def test_a_damaged_blob_ends_with_1(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blob = next(path for path in (data / "vault/sha256").rglob("*") if path.is_file())
    blob.chmod(0o644)
    blob.write_bytes(b"somebody else's")
    assert run(["--data", str(data), "verify", "--vault", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["blobs"] == 2
    assert [str(blob) in text and "damaged" in text for text in report["problems"]] == [True]


def test_an_empty_vault_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_template(tmp_path / "data", contact="abuse@firm.example", operator="A. Investigator")
    assert run(["--data", str(tmp_path / "data"), "verify", "--vault"]) == 3
    assert "nothing is proved" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--vault", "bundle"], ["--resume", "bundle"], ["--vault", "--casebook"]])
def test_wrong_use_is_told(data: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "verify", *arguments]) == 2
    assert "--vault" in capsys.readouterr().err
