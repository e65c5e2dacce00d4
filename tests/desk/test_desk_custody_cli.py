"""``offsignal custody`` as a person uses it: the key, a checkpoint to keep, what verify says of a changed log."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from desk.cli import run
from evidence.signed_note import open_note, read_verifier


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A new data directory whose settings name no timestamp authority."""
    place = tmp_path / "data"
    assert run(["--data", str(place), "init", "--contact", "a@firm.example", "--operator", "A. Okafor"]) == 0
    text = (place / "offsignal.toml").read_text("utf-8")
    (place / "offsignal.toml").write_text(text[: text.index("[timestamp]")], "utf-8")
    capsys.readouterr()
    return place


def custody(data: Path, *arguments: str) -> int:
    return run(["--data", str(data), "custody", *arguments])


def test_init_makes_a_key_for_its_owner_and_names_it_in_the_log(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (data / "custody.key").stat().st_mode & 0o777 == 0o600
    assert custody(data, "show", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)["entries"]
    assert (entry["action"], entry["actor"]) == ("key_introduced", "offsignal, run by A. Okafor")
    assert read_verifier(entry["facts"]["vkey"]).name.startswith("a-okafor/custody-")


def test_a_checkpoint_that_was_kept_tells_of_a_log_that_was_replaced(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    assert custody(data, "checkpoint", "--as", "R. Iyer") == 0
    kept.write_text(capsys.readouterr().out, "utf-8")
    assert custody(data, "verify", "--checkpoint", str(kept)) == 0
    assert "custody log: PROVED" in capsys.readouterr().out
    with sqlite3.connect(data / "casebook.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 2")
    assert custody(data, "verify", "--checkpoint", str(kept), "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["outcome"] == "failed"
    assert report["steps"][0]["failed"] == ["custody entry 2: edited: its content does not match its leaf"]
    assert custody(data, "checkpoint", "--as", "R. Iyer") == 0, "the head itself still holds"


def test_a_checkpoint_of_another_log_is_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other").write_text("x/y\n1\n" + "A" * 43 + "=\n\n— x/y " + "A" * 92 + "\n", "utf-8")
    assert custody(data, "verify", "--checkpoint", str(tmp_path / "other")) == 3
    assert "checkpoint of another log, or forged" in capsys.readouterr().err


def test_rotating_needs_a_named_person_and_both_keys_sign(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    assert custody(data, "rotate-key") == 2
    assert "a named person must do this" in capsys.readouterr().err
    assert custody(data, "rotate-key", "--as", "R. Iyer", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert done["old"] != done["new"]
    assert custody(data, "checkpoint", "--as", "R. Iyer", "--json") == 0
    note = json.loads(capsys.readouterr().out)["note"]
    assert open_note(note, [read_verifier(done["new"])])
    assert custody(data, "verify") == 0


def test_a_key_that_others_can_read_is_refused_with_what_to_do(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "custody.key").chmod(0o644)
    assert custody(data, "checkpoint", "--as", "R. Iyer") == 3
    said = capsys.readouterr().err
    assert "others can read the key (mode 0644)" in said
    assert "chmod 600" in said


def test_reading_a_case_needs_a_person_and_is_an_entry(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    base = ["--data", str(data), "case"]
    assert run([*base, "open", "--vendor", "Heron Blast", "--as", "R. Iyer"]) == 0
    assert run([*base, "show", "case-0001"]) == 2
    assert run([*base, "show", "case-0001", "--as", "A. Rao"]) == 0
    assert run([*base, "show", "case-0007", "--as", "A. Rao"]) == 2
    capsys.readouterr()
    assert custody(data, "show", "case-0001", "--json") == 0
    actions = [(one["actor"], one["action"]) for one in json.loads(capsys.readouterr().out)["entries"]]
    assert actions == [("R. Iyer", "case_opened"), ("A. Rao", "read")]


def test_settings_are_untouched_by_a_second_init(data: Path) -> None:
    before = (data / "custody.key").read_bytes()
    assert run(["--data", str(data), "init", "--contact", "a@firm.example", "--operator", "B"]) == 3
    assert (data / "custody.key").read_bytes() == before
