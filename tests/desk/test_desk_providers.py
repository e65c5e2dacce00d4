"""The verb ``offsignal providers``: a saved copy becomes the latest snapshot, ages, and reaches the judge."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifiers.errors import BadDirectory
from crawler import clock
from desk import provider_import, providers
from desk.cli import run
from desk.doctor import _providers

RECORDED = Path(__file__).parents[1] / "classifiers/fixtures/partner_directory.json"


def command(data: Path, *arguments: str) -> int:
    return run(["--data", str(data), "providers", *arguments])


def test_a_saved_copy_is_imported_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, "show") == 1
    assert "import one" in capsys.readouterr().out
    assert command(tmp_path, "import", str(RECORDED), "--captured-at", "2026-01-05") == 0
    assert "6 providers as of 2026-01-05" in capsys.readouterr().out
    assert command(tmp_path, "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["stale"] is True
    assert shown["source"] == "partner_directory.json"
    assert {"Ponte Canal", "Larkfold"} <= {row["name"] for row in shown["providers"]}
    (kept,) = tmp_path.glob("providers/*/capture")
    assert kept.read_bytes() == RECORDED.read_bytes()
    assert command(tmp_path, "show") == 0
    out = capsys.readouterr().out
    assert "capture it again" in out
    assert "pontecanal.example" in out


def test_the_latest_copy_counts_and_older_ones_stay(tmp_path: Path) -> None:
    saved = tmp_path / "copy.json"
    saved.write_text('{"partners": [{"name": "Later Heron", "website": "heron.example"}]}')
    moment = (clock.now() - timedelta(days=2)).timestamp()
    os.utime(saved, (moment, moment))
    provider_import.take(str(saved), tmp_path)
    provider_import.take(str(RECORDED), tmp_path, "2026-01-05T10:00:00+05:30")
    found = providers.latest(tmp_path)
    assert found is not None
    assert [one.name for one in found.providers] == ["Later Heron"]
    assert found.age_days == 2
    assert len(list(tmp_path.glob("providers/*/providers.json"))) == 2
    assert _providers(tmp_path).level == "ok"


def test_what_cannot_be_imported_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html>Log in to see more</html>")
    assert command(tmp_path, "import", str(page)) == 1
    assert "no provider could be read" in capsys.readouterr().err
    assert command(tmp_path, "import", str(tmp_path / "nothing")) == 1
    assert "no such file" in capsys.readouterr().err
    assert command(tmp_path, "import", str(RECORDED), "--captured-at", "2999-01-01") == 1
    assert "still to come" in capsys.readouterr().err
    assert command(tmp_path, "import", str(RECORDED), "--captured-at", "Monday") == 1
    assert not list(tmp_path.glob("providers/*"))


def test_a_broken_snapshot_costs_no_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _providers(tmp_path).level == "warning"
    provider_import.take(str(RECORDED), tmp_path, datetime(2026, 1, 5, tzinfo=UTC).isoformat())
    (rows,) = tmp_path.glob("providers/*/providers.json")
    rows.write_text("{")
    with pytest.raises(BadDirectory):
        providers.latest(tmp_path)
    assert providers.usable(tmp_path) is None
    assert "import it again" in capsys.readouterr().err
    assert "import it again" in _providers(tmp_path).says


def test_a_page_given_by_hand_is_looked_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><title>Larkfold</title><body>WhatsApp bulk sender, anti ban, Rs 999, unsaved numbers</body>")
    provider_import.take(str(RECORDED), tmp_path, "2026-01-05")
    assert run(["--data", str(tmp_path), "judge", str(page), "--json"]) == 0
    judged = json.loads(capsys.readouterr().out)
    (reason,) = [one for one in judged["reasons"] if "provider" in one["rule"]]
    assert reason["rule"] == "route.provider_unclear"
    assert "larkfold.example" in reason["sentence"]
    assert judged["decision"] == "review"
