"""``python -m desk.realpages``: what a folder lacks is fetched once, by robots.txt, and kept byte for byte."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.training import real_pages
from crawler.errors import CrawlError
from desk import realpages
from desk.fetching import Page

README = "# stråle\nA sender of postcards.\n".encode()


class Answers(BaseHTTPRequestHandler):
    """A host with one open page and one that robots.txt closes."""

    def do_GET(self) -> None:
        bodies = {"/robots.txt": b"User-agent: *\nDisallow: /closed\n", "/open.md": README, "/closed.md": README}
        body = bodies.get(self.path, b"")
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    (tmp_path / "offsignal.toml").write_text(
        '[collector]\ncontact = "mailto:desk@lab.example"\noperator = "Lab"\n'
        f'[egress.pinned]\n"pages.example:80" = "127.0.0.1:{server.server_port}"\n'
    )
    yield tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_command_keeps_the_bytes_and_obeys_robots(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realpages.time, "sleep", lambda _seconds: None)
    wanted = ["http://pages.example/open.md", "http://pages.example/closed.md"]
    listed = data / "pages.jsonl"
    listed.write_text("".join(json.dumps({"address": address}) + "\n" for address in wanted))
    cache = data / "cache"
    command = ["--cache", str(cache), "--pages", str(listed), "--data", str(data)]
    told = CliRunner().invoke(realpages.app, command)
    assert told.exit_code == 1
    assert "1 fetched, 0 there already, 1 not to be had" in told.output
    assert real_pages.cached(cache, wanted[0]).read_bytes() == README
    assert [one.name for one in cache.iterdir()] == [real_pages.cached(cache, wanted[0]).name]
    assert "0 fetched, 1 there already, 1 not to be had" in CliRunner().invoke(realpages.app, command).output


def test_each_missing_page_is_asked_for_once_with_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    pauses: list[float] = []
    monkeypatch.setattr(realpages.time, "sleep", pauses.append)

    def get(address: str) -> Page:
        asked.append(address)
        if address.endswith("gone"):
            raise CrawlError(f"{address}: the server answered 404")
        return Page(address, README, "")

    wanted = ["http://pages.example/a", "http://pages.example/gone", "http://pages.example/b"]
    first = realpages.fetch_missing(wanted, tmp_path / "new" / "cache", get, pause_s=2.5)
    assert first.new == (wanted[0], wanted[2])
    assert first.failed == ((wanted[1], f"{wanted[1]}: the server answered 404"),)
    assert (asked, pauses) == (wanted, [2.5, 2.5])
    again = realpages.fetch_missing(wanted[:1], tmp_path / "new" / "cache", get)
    assert (again.kept, len(asked)) == ((wanted[0],), 3)
