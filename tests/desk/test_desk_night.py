"""A whole night on a few hosts, and a second one: from public ad to a bundle that verifies."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from classifiers.judge import Judge
from desk import judging
from desk.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.openssl, pytest.mark.slow]


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


world = _load("small_world")


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two nights, one after the other, in one data directory; the second on the changed web."""
    data = tmp_path_factory.mktemp("nights") / "data"
    for night in (1, 2):
        with world.small_world(data, night=night):
            done = world.offsignal(data, "nightly", "--json")
            assert done.returncode == 0, done.stderr
    yield data
    shutil.rmtree(data, ignore_errors=True)


def report(data: Path, number: int) -> dict[str, list[dict[str, object]]]:
    loaded: dict[str, list[dict[str, object]]] = json.loads(
        (data / f"reports/night-000{number}/report.json").read_text()
    )
    return loaded


def urls(items: list[dict[str, object]]) -> set[object]:
    return {item["url"] for item in items}


def test_the_first_night_finds_vendors_and_accuses_nobody_else(nights: Path) -> None:
    first = report(nights, 1)
    assert {"http://pelican-sender.example/", "http://gale-blast.example/"} <= urls(first["new"])
    innocent = {"plumeconnect.example", "khabarpatri.example"}
    assert not [url for url in urls(first["new"]) if str(url).split("/")[2] in innocent]


def test_a_page_made_by_javascript_is_read_as_the_browser_shows_it(nights: Path) -> None:
    found = world.rows(
        nights, "select rendered from sightings where url = 'http://glowcast-app.example/' and run_id = 'night-0001'"
    )
    assert found == [(1,)]


def test_what_robots_refuses_is_recorded_as_refused_with_the_rule(nights: Path) -> None:
    (refused,) = [one for one in report(nights, 1)["not_seen"] if one["url"] == "http://stonewall.example/"]
    assert refused["state"] == "refused"
    assert "robots.txt" in str(refused["reason"])


def test_the_second_night_says_what_changed_and_what_is_absent(nights: Path) -> None:
    second = report(nights, 2)
    assert "http://pelican-sender.example/" in urls(second["changed"])
    (changed,) = [one for one in second["changed"] if one["url"] == "http://pelican-sender.example/"]
    assert changed["came"]
    assert changed["went"]
    assert "http://gale-blast.example/" in urls(second["absent"])
    assert not second["new"]


def test_every_exhibit_is_sealed_and_the_report_says_by_a_practice_authority(nights: Path) -> None:
    page = (nights / "reports/night-0001/report.html").read_text()
    assert all(exhibit["sealed"] for exhibit in report(nights, 1)["exhibits"])
    assert "PRACTICE" in page
    assert "practice: proves nothing" in page


def test_the_report_has_no_script_and_no_link_into_a_fetched_page(nights: Path) -> None:
    page = (nights / "reports/night-0001/report.html").read_text().lower()
    assert "<script" not in page
    assert "href=" not in page
    assert "default-src 'none'" in page


def test_what_a_person_dismissed_stays_away_until_it_says_something_else(nights: Path) -> None:
    before = report(nights, 2)["review"]
    if not before:
        pytest.skip("the classifier was sure about every page of this small web")
    name = str(before[0]["sighting_id"])
    by = ("--as", "Test Investigator", "--reason", "a page like any other")
    assert world.offsignal(nights, "case", "dismiss", name, *by).returncode == 0
    assert world.offsignal(nights, "report").returncode == 0
    assert name not in {one["sighting_id"] for one in report(nights, 2)["review"]}


def test_a_page_that_breaks_the_judge_is_named_and_the_night_goes_on(
    nights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Judge, document: object) -> None:
        raise RuntimeError("out of ideas")

    monkeypatch.setattr(Judge, "judge", broken)
    with open_workspace(nights) as workspace:
        workspace.db.execute("create temp table judgements as select * from main.judgements where 0")
        counts = judging.judge_pending(workspace, ("night-0002",))
        noted = list(workspace.db.query("select reason from not_judged"))
    assert counts["judged"] == 0
    assert counts["not_judged"] > 0
    assert any("out of ideas" in row["reason"] for row in noted)


def test_a_case_a_bundle_and_its_verification_by_a_stranger(nights: Path, tmp_path: Path) -> None:
    by = ("--as", "Test Investigator", "--reason", "the offer is on the page")
    sighting = world.rows(nights, "select sighting_id from exhibits where url = 'http://pelican-sender.example/'")[0][0]
    with world.small_world(nights, night=2):
        opened = world.offsignal(nights, "case", "open", "--sighting", sighting, *by)
        assert opened.stdout.startswith("case-0001"), opened.stderr
        shown = json.loads(world.offsignal(nights, "case", "show", "case-0001", *by[:2], "--json").stdout)
        (exhibit,) = [one["exhibit_id"] for one in shown["exhibits"]]
        refused = world.offsignal(nights, "bundle", "case-0001", "-o", str(tmp_path / "b"), "--as", "Test Investigator")
        assert refused.returncode == 2
        assert "accept" in refused.stderr
        nobody = world.offsignal(
            nights, "case", "accept", "case-0001", exhibit, "--reason", "x", env={**os.environ, "OFFSIGNAL_USER": ""}
        )
        assert nobody.returncode == 2
        assert world.offsignal(nights, "case", "accept", "case-0001", exhibit, *by).returncode == 0
        made = world.offsignal(nights, "bundle", "case-0001", "-o", str(tmp_path / "b"), "--as", "Test Investigator")
        assert made.returncode == 0, made.stderr
    # 3: nothing failed, but a timestamp of the practice authority proves nothing to a stranger.
    assert world.offsignal(nights, "verify", str(tmp_path / "b")).returncode == 3
    alone = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "b/verify.py"), str(tmp_path / "b")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 3, alone.stdout
    text = (tmp_path / "b/exhibits" / exhibit / "text.txt").read_bytes()
    (tmp_path / "b/exhibits" / exhibit / "text.txt").write_bytes(text[:-1] + bytes([text[-1] ^ 1]))
    broken = world.offsignal(nights, "verify", str(tmp_path / "b"))
    assert broken.returncode == 1
    assert f"exhibits/{exhibit}/text.txt" in broken.stdout


def test_a_night_killed_at_ten_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    hosts = ("gale-blast.example", "plumeconnect.example", "stonewall.example")
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    with world.small_world(undisturbed, hosts=hosts, pages=1):
        started = time.monotonic()
        assert world.offsignal(undisturbed, "nightly").returncode == 0
        length = time.monotonic() - started
    dice = random.Random(20191207)  # noqa: S311  the moments of the kills, repeatable
    kills = 0
    while kills < 10:  # a night that ends before its tenth kill makes room for another one
        killed = tmp_path / f"killed-{kills}"
        with world.small_world(killed, hosts=hosts, pages=1):
            while kills < 10 and not world.finished(killed):
                kills += world.killed_after(killed, dice.uniform(0.3, length * 0.9))
            if not world.finished(killed):
                last = world.offsignal(killed, "nightly")
                assert last.returncode == 0, last.stderr
        assert world.outcome(killed) == world.outcome(undisturbed)


def _heed_ctrl_c() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would everything started from it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_with_130_and_the_night_goes_on_later(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with world.small_world(data, hosts=("gale-blast.example",)):
        command = [sys.executable, "-m", "desk", "--data", str(data), "nightly"]
        said = tmp_path / "said"
        with (
            said.open("wb") as talk,
            subprocess.Popen(command, stderr=talk, start_new_session=True, preexec_fn=_heed_ctrl_c) as child,
        ):
            while "begun" not in said.read_text():
                assert child.poll() is None, said.read_text()
                time.sleep(0.1)
            time.sleep(1)
            os.killpg(child.pid, signal.SIGINT)
            assert child.wait(timeout=60) == 130, said.read_text()
        assert "interrupted; what was done is kept" in said.read_text()
        again = world.offsignal(data, "nightly")
        assert again.returncode == 0, again.stderr
        assert "taken up where it stopped" in again.stderr


def test_a_dead_authority_leaves_exhibits_unsealed_and_later_sealed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with world.small_world(data, hosts=("gale-blast.example",), pages=1):
        settings = data / "offsignal.toml"
        alive = settings.read_text()
        port = alive.split('"tsa.practice.example:80" = "127.0.0.1:')[1].split('"')[0]
        settings.write_text(
            alive.replace(
                f'"tsa.practice.example:80" = "127.0.0.1:{port}"', '"tsa.practice.example:80" = "127.0.0.1:9"'
            )
        )
        assert world.offsignal(data, "nightly").returncode == 0
        assert "unsealed" in (data / "reports/night-0001/report.html").read_text()
        assert report(data, 1)["unsealed"]
        settings.write_text(alive)
        assert world.offsignal(data, "capture", "--pending").returncode == 0
        assert world.offsignal(data, "report").returncode == 0
        assert not report(data, 1)["unsealed"]


def test_a_night_with_since_takes_in_what_was_collected_by_hand(tmp_path: Path) -> None:
    data, found = tmp_path / "data", "http://gale-blast.example/"
    with world.small_world(data, hosts=("plumeconnect.example",), pages=1):
        crawled = world.offsignal(data, "crawl", "--url", found)
        assert crawled.returncode == 0, crawled.stderr
        assert world.offsignal(data, "nightly").returncode == 0
        assert found not in urls(report(data, 1)["new"])
        assert world.offsignal(data, "nightly", "--since", "2019-12-07").returncode == 0
    assert found in urls(report(data, 2)["new"])
    captured = world.rows(data, "select run_id from exhibits join sightings using (sighting_id)")
    assert [run.startswith("crawl-") for (run,) in captured] == [True]
