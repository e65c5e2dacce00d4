"""``make run``: one whole night on the sample web, with two practice timestamp authorities, on loopback.

Nothing here reaches the internet. The first call is the first night; every further one is a later night of the same
web, on which one vendor changed, one is gone and one is new. A practice reviewer, named as such, accepts one vendor's
exhibits so that there is a bundle to look at; in real work a person does that.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.config import SETTINGS_FILE
from crawler.errors import OffsignalError, SettingsError
from desk import bundling, nightly
from desk.changes import Look
from desk.cli.case import open_case
from desk.looks import earlier_offers
from desk.nights import Nights
from desk.sampleweb.authority import PracticeAuthority
from desk.sampleweb.configuration import settings_toml
from desk.sampleweb.server import SampleWeb
from desk.talk import result, say
from desk.workspace import Workspace, open_workspace
from evidence.case import Cases
from evidence.exhibit import Exhibits
from evidence.verify import verify

MARK = "# Written by 'make run' for the sample web; it is written anew at every run.\n"
REVIEWER = "Practice Reviewer (sample run)"
WHY = "sample run"
AUTHORITIES = {"tsa.practice.example": "practice", "tsa-2.practice.example": "practice-2"}
WORDS = {
    "proved": "verified",
    "proved in part": "verified, but for what the practice authority's timestamps cannot prove",
    "failed": "DOES NOT VERIFY",
}
TOKEN = "practice-token"  # noqa: S105  the sample ad library takes any


@contextmanager
def sample_world(data_dir: Path, night: int) -> Iterator[SampleWeb]:
    """The sample web and the practice authority, running, with a settings file that reaches them and nothing else."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / SETTINGS_FILE
    if path.exists() and not path.read_text("utf-8").startswith(MARK):
        raise SettingsError(
            f"{path} was not written by 'make run' and stays as it is; name another directory with DATA=…"
        )
    with ExitStack() as stack:
        web, pins, roots = stack.enter_context(SampleWeb(night=night)), {}, {}
        for host, folder in AUTHORITIES.items():
            authority = stack.enter_context(PracticeAuthority(data_dir / folder))
            pins[f"{host}:80"] = f"127.0.0.1:{authority.port}"
            roots[host] = str(authority.root_path.relative_to(data_dir.resolve()))
        path.write_text(MARK + settings_toml({**web.pins(), **pins}, authorities=roots), "utf-8")
        os.environ.setdefault("OFFSIGNAL_META_TOKEN", TOKEN)
        yield web


def night_number(data_dir: Path) -> int:
    """Which night comes next: an unfinished one again, else one more than there were."""
    if not (data_dir / "casebook.db").exists():
        return 1
    with open_workspace(data_dir) as workspace:
        nights = Nights(workspace.db)
        return len(nights.all()) + (nights.unfinished() is None)


def first_run(data_dir: Path) -> int:
    """A night, a case, a bundle, its verification; says where to look. Gives the exit code."""
    number = 1 if not (data_dir / SETTINGS_FILE).exists() else night_number(data_dir)
    with sample_world(data_dir, min(number, 2)) as web:
        say(f"night {number} on the sample web: {len(web.hosts())} hosts on loopback, nothing leaves this machine")
        with open_workspace(data_dir) as workspace:
            summary = nightly.nightly(workspace, nightly.NightOptions())
            directory = practice_bundle(workspace)
    for line in nightly.summary_lines(summary):
        result(line)
    if directory is None:
        say("no offer was captured, so there is no bundle; the report says why")
        return 1
    report = verify(directory)
    result(f"bundle     {directory}  ({WORDS[report.outcome]})")
    for line in look_here(summary, directory):
        say(line)
    return 0 if report.ok else 1


def practice_bundle(workspace: Workspace) -> Path | None:
    """Opens a case about the surest website, accepts its exhibits as the practice reviewer, and seals a bundle."""
    offers = [look for look in earlier_offers(workspace.db, (), "9999").values() if look.source == "watchlist"]
    if not offers:
        return None
    cases, known = Cases(workspace.db), Cases(workspace.db).all()
    case = known[0] if known else open_case(workspace, min(offers, key=_sureness).sighting_id, "", REVIEWER, WHY)
    for exhibit in Exhibits(workspace.db, workspace.vault).list():
        if (urlsplit(exhibit.url).hostname or "").removeprefix("www.") == case.name:
            cases.add(case.id, exhibit.exhibit_id, by=REVIEWER, reason=f"{WHY}: a page of the same site")
            cases.accept(case.id, exhibit.exhibit_id, by=REVIEWER, reason=f"{WHY}: shows how a decision is kept")
    return bundling.seal(workspace, case.id, _free(workspace.data_dir / "bundles" / case.id), by=REVIEWER).directory


def _sureness(look: Look) -> tuple[bool, float, str]:
    """Pages at their own address first, the surest of them first; the address settles ties: a run is repeatable."""
    probability = look.judgement.probability if look.judgement else 0.0
    return (look.url != look.url_final, -probability, look.url)


def _free(path: Path) -> Path:
    """``path``, or the first ``path-2``, ``path-3`` … that is not taken: a sealed bundle is never written over."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def look_here(summary: dict[str, Any], directory: Path) -> list[str]:
    """Where to look, and how."""
    return [
        "",
        f"Open the morning report in a browser:   {Path(summary['report']['html']).resolve()}",
        f"Open counsel's report:                  {(directory / 'report.pdf').resolve()}",
        f"Check the bundle as a stranger would:   python3 {directory / 'verify.py'} {directory}",
        "See a second night (new, changed, gone): make run",
        "The timestamps of this run come from PRACTICE authorities on this machine and prove nothing.",
    ]


def main() -> int:
    """Parses ``--data`` and runs; every error is one sentence and an exit code."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    try:
        return first_run(parser.parse_args().data)
    except OffsignalError as error:
        say(f"make run: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted; what was done is kept, 'make run' goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(main())
