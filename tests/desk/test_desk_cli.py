"""The command: help with examples, one clear sentence for each wrong use, exit codes as documented."""

from __future__ import annotations

import errno
import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from crawler import casebook
from desk import by_hand, cli, doctor
from desk.cli import VERBS, run
from desk.settings import Settings, write_template

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as 'offsignal init' leaves it."""
    write_template(tmp_path / "data", contact="abuse@firm.example", operator="A. Investigator")
    return tmp_path / "data"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What went to stderr, as one line."""
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "offsignal" in shown
    assert verb == "case" or f"offsignal {verb}" in shown or "offsignal --data cases init" in shown


def test_the_help_names_every_verb_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)
    assert "Exit codes" in shown


def test_the_reference_in_the_docs_is_that_of_the_program() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "typer", "desk.cli.reference", "utils", "docs", "--name", "offsignal"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert made.stdout.strip() == (ROOT / "docs/cli.md").read_text("utf-8").strip(), "run 'make docs'"


def test_an_unknown_verb_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frobnicate"]) == 2
    assert "frobnicate" in said(capsys)


def test_no_settings_file_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path), "nightly"]) == 3
    assert "there is no settings file; run 'offsignal init'" in said(capsys)


def test_a_broken_settings_file_is_named_with_line_and_key(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data / "offsignal.toml"
    path.write_text(path.read_text().replace("per_host = 1", "per_hots = 1"))
    line = 1 + path.read_text().splitlines().index("per_hots = 1")
    assert run(["--data", str(data), "crawl"]) == 3
    assert f"offsignal.toml:{line}: crawl.per_hots: there is no such setting" in said(capsys)


@pytest.mark.parametrize(
    "url", ["htp://a.example/", "vendor.example", "http://", "http://a b.example/", "file:///etc/passwd"]
)
def test_a_bad_url_is_one_sentence(data: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "crawl", "--url", url]) == 2
    assert url.split()[0][:8] in said(capsys)


@pytest.mark.parametrize(
    "verb", [("crawl", "yahoo"), ("nightly", "--sources", "yahoo"), ("nightly", "--dry-run", "--sources", "yahoo")]
)
def test_an_unknown_source_names_the_known_ones(
    data: Path, verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--data", str(data), *verb]) == 2
    message = said(capsys)
    assert "'yahoo'" in message
    assert "watchlist" in message


def test_init_refuses_a_directory_that_has_settings(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "init", "--contact", "a@b.example", "--operator", "X"]) == 3
    assert "there is a settings file already" in said(capsys)


def test_a_locked_casebook_is_one_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(casebook, "BUSY_TIMEOUT_S", 0.2)
    blocker = sqlite3.connect(data / "casebook.db", isolation_level=None)
    try:
        blocker.execute("CREATE TABLE held (x)")
        blocker.execute("BEGIN EXCLUSIVE")
        assert run(["--data", str(data), "report"]) == 4
    finally:
        blocker.close()
    assert "casebook" in said(capsys)


def test_a_casebook_that_is_no_database_is_one_sentence(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "casebook.db").write_bytes(b"this is not a database, it is a note to the milkman\n" * 40)
    assert run(["--data", str(data), "report"]) == 4
    assert "casebook.db cannot be opened" in said(capsys)


def test_a_full_disk_is_one_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(arguments: list[str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(data / "spool"))

    monkeypatch.setattr(cli, "load", full)
    assert run(["--data", str(data), "nightly"]) == 4
    assert "the disk is full: free some space" in said(capsys)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "nightly", "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["night"] == "night-0001"
    assert [source["source"] for source in plan["sources"]] == ["watchlist"]
    assert not (data / "spool").exists()
    assert not (data / "reports").exists()


@pytest.mark.parametrize("since", ["last week", "2026-02-30", "20191207"])
def test_a_date_that_is_none_is_refused_before_anything_is_done(
    data: Path, since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--data", str(data), "nightly", "--since", since]) == 3
    assert since in said(capsys)
    assert not (data / "spool").exists()


def test_a_report_before_any_night_says_what_to_do(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "report"]) == 2
    assert "run 'offsignal nightly'" in said(capsys)


def test_judging_a_page_needs_no_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<title>Bulk sender</title><p>Unlimited WhatsApp messages without saving numbers. Anti-ban. ₹1,499 only.</p>"
    )
    assert run(["--data", str(tmp_path / "none"), "judge", str(page), "--json", "--with-text"]) == 0
    judged = json.loads(capsys.readouterr().out)
    for claim in judged["claims"]:
        assert judged["text"][claim["start"] : claim["end"]] == claim["quote"]
    assert judged["claims"]
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["judge", str(tmp_path / "nothing.html")]) == 1
    assert "there is no such file" in said(capsys)


def test_json_lines_keep_their_order_and_a_bad_one_is_an_error_line() -> None:
    lines = [
        b'{"id": "a", "text": "Send bulk WhatsApp messages, no ban, lifetime licence Rs 999"}\n',
        b"not json\n",
        b'{"id": "c"}\n',
        b'\xff\xfe{"id": "d"}\n',
        b'{"id": "e", "html": "<p>Fresh bread every morning</p>", "title": "Bakery"}\n',
    ]
    out = io.StringIO()
    assert by_hand.judge_lines(io.BytesIO(b"".join(lines)), out, with_text=False) == 1
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, "c", None, "e"]
    assert [("error" in answer) for answer in answers] == [False, True, True, True, False]
    assert set(answers[0]) == {
        *("id", "label", "offence", "probability", "decision", "lang", "claims", "identifiers", "reasons", "model")
    }


def test_a_binary_file_is_not_judged_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200))
    assert run(["judge", str(tmp_path / "shot.png")]) == 1
    assert "no text but a binary file" in said(capsys)


def test_a_night_with_nothing_to_search_is_a_settings_error(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "nightly"]) == 3
    assert "sources.watchlist.seeds" in said(capsys)
    assert not (data / "reports").exists()


def test_terminal_codes_in_a_page_never_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "evil.txt"
    page.write_text(
        "Bulk WhatsApp sender \x1b]0;owned\x07\x1b[31m anti-ban ₹999 unlimited messages \u202e without saving numbers"
    )
    assert run(["judge", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


def test_a_case_needs_a_name(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("OFFSIGNAL_USER", raising=False)
    assert run(["--data", str(data), "case", "open", "--vendor", "Pelican"]) == 2
    assert "a named person" in said(capsys)


def test_doctor_finds_what_is_missing_and_ends_with_one(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(data), "doctor", "--offline", "--json"]) in (0, 1)
    findings = {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert findings["settings"]["level"] == "ok"
    assert findings["source watchlist"]["level"] == "warning"
    (data / "offsignal.toml").write_text("[collector]\ncontact = 3\n")
    assert run(["--data", str(data), "doctor", "--offline"]) == 1
    assert "collector.contact" in capsys.readouterr().out


@pytest.mark.parametrize(("practice", "warned"), [((False,), True), ((False, True), True), ((False,) * 2, False)])
def test_doctor_warns_of_fewer_than_two_authorities_that_count(
    tmp_path: Path, practice: tuple[bool, ...], warned: bool
) -> None:
    named = [
        {"name": f"a-{n}", "url": "http://tsa.example/", "root": "builtin:digicert", "practice": one}
        for n, one in enumerate(practice)
    ]
    settings = Settings.model_validate(
        {"collector": {"contact": "desk@heron.example", "operator": "R. Iyer"}, "timestamp": {"authorities": named}}
    )
    told = [one for one in doctor._authorities(settings, tmp_path, offline=True) if one.what == "timestamps"]
    assert any("no practice ones" in one.says for one in told) is warned


def test_verify_of_nothing_is_an_error(tmp_path: Path) -> None:
    assert run(["verify", str(tmp_path / "nothing")]) == 2
