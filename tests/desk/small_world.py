"""A few hosts of the sample web, a practice authority, and a settings file that reaches just them."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from desk.sampleweb.authority import PracticeAuthority
from desk.sampleweb.configuration import settings_toml
from desk.sampleweb.server import SampleWeb

HOSTS = (
    "pelican-sender.example",  # a vendor that changes on the second night
    "gale-blast.example",  # a vendor that is gone on the second night
    "plumeconnect.example",  # an authorised provider
    "khabarpatri.example",  # a newspaper
    "glowcast-app.example",  # a vendor whose page is made by JavaScript
    "stonewall.example",  # refuses everything in robots.txt
)

OUTCOME = {
    "sightings": "select run_id, source, url, state, reason from sightings",
    "judgements": "select url, label, decision, text_sha256 from judgements join sightings using (sighting_id)",
    "exhibits": "select exhibit_id, sighting_id, url, state from exhibits",
    "stamps": "select exhibit_id, authority from stamps where state = 'verified'",
    "custody": "select action, subject from custody where action in ('captured', 'sealed', 'stamped')",
    "nights": "select night_id, number from nights",
}


@contextmanager
def small_world(data_dir: Path, *, night: int = 1, hosts: Sequence[str] = HOSTS, pages: int = 2) -> Iterator[SampleWeb]:
    """The sample web and the authority, running; ``data_dir`` has its settings file when this yields."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with PracticeAuthority(data_dir / "practice") as authority, SampleWeb(night=night) as web:
        pins = {**web.pins(), "tsa.practice.example:80": f"127.0.0.1:{authority.port}"}
        text = settings_toml(pins, pages_per_host=pages)
        seeds = ", ".join(f'"http://{host}/"' for host in hosts)
        text = re.sub(r"(\[sources\.watchlist\]\nseeds = )\[.*?\]", rf"\1[{seeds}]", text, flags=re.S)
        text = text.replace("floor = 30", "floor = 3")
        text = re.sub(r"\[sources\.(marketplace|meta_ads|telegram)\]\n", r"\g<0>enabled = false\n", text)
        (data_dir / "offsignal.toml").write_text(text, "utf-8")
        yield web


def offsignal(data_dir: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command as a person would, and gives what it wrote and how it ended."""
    command = [sys.executable, "-m", "desk", "--data", str(data_dir), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, **options)


def rows(data_dir: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query of the casebook gives."""
    with closing(sqlite3.connect(data_dir / "casebook.db")) as connection:
        return connection.execute(query).fetchall()


def outcome(data_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a night leaves that must not depend on how often it was killed; duplicates would show."""
    return {name: sorted(rows(data_dir, query)) for name, query in OUTCOME.items()}


def finished(data_dir: Path) -> bool:
    """Whether the first night has ended."""
    if not (data_dir / "casebook.db").exists():
        return False
    try:
        return bool(rows(data_dir, "select 1 from nights where number = 1 and finished_at <> ''"))
    except sqlite3.OperationalError:
        return False


def killed_after(data_dir: Path, seconds: float) -> bool:
    """Starts or takes up a night and kills it after so long; whether there was still something to kill."""
    command = [sys.executable, "-m", "desk", "--data", str(data_dir), "nightly"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            return True
    return False
