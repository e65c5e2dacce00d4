"""A crawl that is killed, stopped or orphaned, and taken up again: nothing is lost, nothing is stored twice."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from crawler.errors import CrawlError, SettingsError, UnknownSource
from crawler.events import Events
from crawler.run import Wanted, collect, read_addresses
from tests.crawler.crawling import Ended, Reply, SmallWeb, crawl, end, html, start, write_settings

HOSTS = tuple(f"h{number}.example" for number in range(20))
PAGES = 15
KILLS = 6


def answer(host: str, path: str, headers: Mapping[str, str]) -> Reply:
    """Each host is a tree of pages: the root has five children, page n has 2n+1 and 2n+2 as far as they go."""
    if path == "/robots.txt":
        return Reply(body=b"User-agent: *\nDisallow: /private")
    if path == "/moved":
        return Reply(302, headers=(("Location", "/p0"),))
    number = int(path[2:] or -1) if path.startswith("/p") else -1
    children = range(5) if number < 0 else (2 * number + 1, 2 * number + 2)
    links = " ".join(f'<a href="/p{child}">{child}</a>' for child in children if child < PAGES)
    extra = '<a href="/private">no</a> <a href="/moved">moved</a>'
    reply = html(f"<p>{'words ' * 80}</p>{links}{extra if number < 0 else ''}", f"{host} {number}")
    return Reply(body=reply.body, wait_s=0.01)


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with SmallWeb(answer) as running:
        yield running


def settings(data: Path, web: SmallWeb, **crawl_settings: object) -> None:
    seeds = [f"http://{host}/" for host in HOSTS]
    crawl_settings = {"max_depth": 6, **crawl_settings}
    write_settings(
        data,
        pinned=web.pins(*HOSTS),
        crawl=crawl_settings,
        sources={"watchlist": {"seeds": seeds, "budget_pages": 5000}},
    )


def what_was_stored(ended: Ended) -> set[tuple[str, str, str, str, tuple[str, ...]]]:
    """Every sighting without what differs from run to run: its time, and where its record lies."""
    return {(s.url, s.state, s.reason, s.body_sha256, s.url_chain) for s in ended.sightings().values()}


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_it_had_not_been(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path / "calm", web)
    calm = crawl(tmp_path / "calm")
    assert calm.code == 0, calm.stderr
    asked_calmly = web.counts()
    assert len(calm.sightings()) == len(HOSTS) * (PAGES + 3)
    assert set(asked_calmly.values()) == {1, 2}  # /p0 is asked for twice: once as the target of /moved

    web.asked.clear()
    data = tmp_path / "killed"
    settings(data, web)
    chance = random.Random(os.environ.get("KILL_SEED", "20261124"))  # noqa: S311 - moments, not secrets
    in_flight: Counter[str] = Counter()
    for _ in range(KILLS):
        in_flight += kill_while_crawling(data, web, chance)
    last = crawl(data)
    assert last.code == 0, last.stderr

    assert what_was_stored(last) == what_was_stored(calm)
    assert (
        last.db.execute("SELECT count(*), count(DISTINCT url_key) FROM sightings").fetchone()
        == (len(calm.sightings()),) * 2
    )
    assert last.db.execute("SELECT DISTINCT state FROM frontier").fetchall() == [("done",)]
    assert not web.counts() - asked_calmly - in_flight, "more than what was in flight was fetched twice"
    stored = {record.record_id for record in last.records()}
    assert {s.spool.record_id for s in last.sightings().values() if s.spool} <= stored
    assert web.counts().keys() == asked_calmly.keys()


def kill_while_crawling(data: Path, web: SmallWeb, chance: random.Random) -> Counter[str]:
    """Starts the crawl, waits until it has asked for some pages, and kills it within the next moments.

    Returns what a page that was on lease then may have asked for already: itself, where it leads, its robots.txt.
    """
    before, child = len(web.asked), start(data)
    after = before + chance.randint(1, 80)
    wait_for(lambda: len(web.asked) >= after or child.poll() is not None)
    time.sleep(chance.random() * 0.05)
    child.send_signal(signal.SIGKILL)
    killed = end(child, data)
    leased = [url for (url,) in killed.db.execute("SELECT url FROM frontier WHERE state = 'leased'").fetchall()]
    led_to = [url.replace("/moved", "/p0") for url in leased if url.endswith("/moved")]
    return Counter([*leased, *led_to, *(f"{url.rpartition('/')[0]}/robots.txt" for url in leased)])


def wait_for(what: Callable[[], bool], most_s: float = 60.0) -> None:
    limit = time.monotonic() + most_s
    while not what():
        assert time.monotonic() < limit, "it did not come to that"
        time.sleep(0.005)


@pytest.mark.slow
def test_two_workers_share_a_run_and_the_death_of_one_loses_nothing(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web, concurrent=8)
    first, second = start(tmp_path), start(tmp_path)
    wait_for(lambda: len(web.asked) >= 120)
    first.send_signal(signal.SIGKILL)
    end(first, tmp_path)
    ended = end(second, tmp_path)
    assert (ended.code, len(ended.sightings())) == (0, len(HOSTS) * (PAGES + 3))
    assert ended.db.execute("SELECT DISTINCT state FROM frontier").fetchall() == [("done",)]
    pages = {url: times for url, times in web.counts().items() if not url.endswith(("/robots.txt", "/p0"))}
    assert sum(times - 1 for times in pages.values()) <= 8 + 8


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_ends_cleanly_and_can_go_on(web: SmallWeb, tmp_path: Path, number: signal.Signals) -> None:
    settings(tmp_path, web, delay_s=0.2)
    child = start(tmp_path)
    wait_for(lambda: len(web.asked) >= 40)
    child.send_signal(number)
    stopped = end(child, tmp_path)
    assert (stopped.code, stopped.stderr) == (130, "")
    assert stopped.events[-1] == {"event": "finished", "run_id": "r1", "state": "stopped"}
    states = dict(stopped.db.execute("SELECT state, count(*) FROM frontier GROUP BY state").fetchall())
    assert states["queued"] > 0
    assert "leased" not in states
    assert stopped.sources()["watchlist"]["state"] == "stopped"
    settings(tmp_path, web)
    assert crawl(tmp_path).code == 0
    finished = crawl(tmp_path)
    assert (finished.code, len(finished.sightings())) == (0, len(HOSTS) * (PAGES + 3))


def test_it_dies_with_its_parent(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web, delay_s=0.5)
    program = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'crawler', '--data', {str(tmp_path)!r}, '--run', 'r1'],"
        " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    wait_for(lambda: len(web.asked) >= 10)
    parent.kill()
    parent.communicate()
    wait_for(lambda: not is_running(pid), most_s=15)


def test_it_stops_when_its_standard_input_ends(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web, delay_s=0.5)
    child = start(tmp_path)
    wait_for(lambda: len(web.asked) >= 10)
    assert child.stdin is not None
    child.stdin.close()
    child.stdin = None
    child.communicate(timeout=30)
    assert child.returncode == 130


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_stops_when_nobody_reads_its_events(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web, delay_s=0.2)
    child = start(tmp_path)
    wait_for(lambda: len(web.asked) >= 10)
    assert child.stdout is not None
    child.stdout.close()
    assert child.wait(15) == 130
    assert child.stderr is not None
    assert child.stderr.read() == ""
    child.stderr.close()
    assert child.stdin is not None
    child.stdin.close()


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted(sources=("nonsense",)), "there is no source 'nonsense'; the sources are given, marketplace, meta_ads"),
        (Wanted(urls=("ftp://x.example/",)), "ftp://x.example/: not an http or https URL"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_opened(
    tmp_path: Path, wanted: Wanted, sentence: str
) -> None:
    with pytest.raises(CrawlError, match=re.escape(sentence)) as caught:
        collect(tmp_path, "r1", wanted, Events(None))
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_source_in_the_settings_that_does_not_exist_is_refused(web: SmallWeb, tmp_path: Path) -> None:
    write_settings(tmp_path, sources={"nonsense": {"seeds": []}})
    with pytest.raises(UnknownSource, match=r"sources\.nonsense: no such source; there are given, marketplace"):
        collect(tmp_path, "r1", Wanted(), Events(None))


def test_addresses_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"again\.txt: the addresses to re-check cannot be read"):
        read_addresses(tmp_path / "again.txt")


def test_what_went_wrong_is_one_sentence_on_standard_error(tmp_path: Path) -> None:
    ended = crawl(tmp_path / "none")
    assert (ended.code, ended.events, ended.stderr.count("\n")) == (3, [], 1)
    assert ended.stderr.startswith(str(tmp_path / "none" / "offsignal.toml"))


def test_a_spool_that_cannot_be_written_ends_the_run(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web)
    (tmp_path / "spool").write_text("a file where the directory should be")
    ended = crawl(tmp_path)
    assert ended.code == 4
    assert "cannot be written" in ended.stderr.splitlines()[-1]
    assert ended.sightings() == {}


def test_addresses_by_hand_and_from_a_file(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web)
    (tmp_path / "again.txt").write_text("# earlier offers\nhttp://h1.example/p3\n\nhttp://h1.example/nothing-here\n")
    ended = crawl(tmp_path, "--url", "http://h0.example/p1", "--recheck-file", str(tmp_path / "again.txt"))
    assert ended.code == 0
    assert set(ended.sightings("given")) == {"http://h0.example/p1"}
    assert set(ended.sightings("recheck")) == {"http://h1.example/p3", "http://h1.example/nothing-here"}


@pytest.mark.slow
def test_scrapy_crawl_works_too(web: SmallWeb, tmp_path: Path) -> None:
    settings(tmp_path, web)
    command = [sys.executable, "-m", "scrapy", "crawl", "watchlist", "-a", "run=by-scrapy"]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "OFFSIGNAL_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    ended = Ended(0, [], "", tmp_path, "by-scrapy")
    assert len(ended.sightings("watchlist")) == len(HOSTS) * (PAGES + 3)
