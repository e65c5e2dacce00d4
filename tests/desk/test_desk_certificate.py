"""``offsignal certificate``: its list, its wrong uses, and how explanations are read off the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk.certifying import request
from desk.cli import run
from evidence.errors import NotAllowed


def asked(*explanations: str) -> dict[str, str]:
    made = request("case-0001", "us-902-13", "A. Rao", "p", (), explanations, initials="", first_number=1)
    return dict(made.explanations)


def test_explanations_are_split_at_the_first_equals_sign() -> None:
    assert asked("ex-1=a = b", " 2 =ok") == {"ex-1": "a = b", "2": "ok"}


@pytest.mark.parametrize("words", [("ex-1",), ("=words",), ("ex-1=  ",), ("ex-1=a", "ex-1=b")])
def test_explanations_of_another_form_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed, match="--explain"):
        asked(*words)


def test_the_list_names_every_form_with_its_law(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certificate", "--list", "--json"]) == 0
    forms = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(forms) == {
        *("us-902-13", "us-902-14", "us-902-11", "us-902-12", "in-bsa-63", "in-65b", "uk-exhibits", "eu-timestamps"),
        "br-custody",
    }
    assert forms["in-bsa-63"]["in_force"] == "since 1 July 2024"
    assert all(row["law"] and row["purpose"] for row in forms.values())


def test_what_is_missing_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path), "certificate", "case-0001", "--as", "A. Rao"]) == 2
    assert "--form" in capsys.readouterr().err
