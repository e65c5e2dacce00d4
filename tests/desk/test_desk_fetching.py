"""``offsignal judge URL``: one page through the guard and by robots.txt, judged and kept nowhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.errors import BadURL, CrawlError, EgressRefused
from desk import fetching
from desk.cli import run

OFFER = b"""<title>Bulk WhatsApp sender for Windows</title><h1>Bulk WhatsApp sender software</h1>
<p>Send unlimited WhatsApp messages in bulk without saving numbers. Anti-ban engine with random delays.</p>
<p>Scan the QR code and start. No Meta approval needed. Buy now: Rs 1,499 for a lifetime licence.</p>"""


class Answers(BaseHTTPRequestHandler):
    """A host with an offer, a refused folder, a loop, an error, a large body and a redirect to a private address."""

    def do_GET(self) -> None:
        answers: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /closed/\n"),
            "/offer": (200, {"Content-Type": "text/html; charset=utf-8"}, OFFER),
            "/closed/offer": (200, {}, OFFER),
            "/old": (301, {"Location": "/offer"}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
            "/inside": (302, {"Location": "http://127.0.0.1:9/admin"}, b""),
            "/large": (200, {}, b"x" * (fetching.MAX_BYTES + 1)),
        }
        status, headers, body = answers.get(self.path, (404, {}, b"nothing"))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def host() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    with host() as port:
        (tmp_path / "offsignal.toml").write_text(
            '[collector]\ncontact = "mailto:desk@lab.example"\noperator = "Lab"\n'
            f'[egress.pinned]\n"vendor.example:80" = "127.0.0.1:{port}"\n'
        )
        yield tmp_path


def test_the_page_behind_an_address_is_judged_and_nothing_is_kept(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(data.rglob("*"))
    assert run(["--data", str(data), "judge", "http://vendor.example/old", "--json", "--with-text"]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert judged["id"] == "http://vendor.example/offer"
    assert judged["label"] == "bulk_sending_offer"
    assert all(judged["text"][one["start"] : one["end"]] == one["quote"] for one in judged["claims"])
    assert sorted(data.rglob("*")) == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("closed/offer", "refused by http://vendor.example/robots.txt"),
        ("nowhere", "the server answered 404"),
        ("loop", "more than 5 redirects"),
        ("large", "larger than 16 MiB"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(
    data: Path, path: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CrawlError, match=said):
        fetching.fetch(f"http://vendor.example/{path}", data)
    assert run(["--data", str(data), "judge", f"http://vendor.example/{path}"]) != 0
    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown
    assert "Traceback" not in shown


def test_a_redirect_never_leads_inside(data: Path) -> None:
    with pytest.raises(EgressRefused, match=r"127\.0\.0\.1"):
        fetching.fetch("http://vendor.example/inside", data)


def test_an_address_that_is_none(data: Path) -> None:
    with pytest.raises(BadURL):
        fetching.fetch("http://", data)
