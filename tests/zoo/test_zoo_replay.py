"""A reader of another house, ReplayWeb.page in a real Chromium, shows the page that was captured and nothing live."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, sync_playwright

from crawler import clock
from tests.evidence.bundle_making import wacz
from tests.zoo.replay_serving import NoReader, fetch_reader, replaying

URL = "http://pelican-sender.example/offer?plan=7"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT_S, MISSING = 60, "Archived Page Not Found"
BODY = b"""<!doctype html><html><head><title>Pelican</title></head><body><h1>Pelican Sender</h1>
<p>Send 50,000 WhatsApp messages per day &amp; stay <b>100% anti</b> ban.</p>
<p>Call +91 98765 43217</p></body></html>"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return fetch_reader(tmp_path_factory.mktemp("reader"))
    except NoReader as reason:
        pytest.skip(str(reason))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    wacz(tmp_path / "capture.wacz", URL, BODY, clock.now())
    return tmp_path / "capture.wacz"


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1000, "height": 800})
        browser.close()


def text_of_replay(page: Page, wanted: str) -> str:
    """The text of the frame that holds what was captured, once it says ``wanted``."""
    for turn in range(WAIT_S * 5):
        if turn % 75 == 74:  # the reader's worker may take over the page only when it is loaded again
            page.reload()
        for frame in page.frames:
            with suppress(Error):  # a frame may go away while it is asked
                text = str(frame.evaluate("document.body ? document.body.innerText : ''"))
                if wanted in text:
                    return text
        page.wait_for_timeout(200)
    pytest.fail(f"the reader did not show {wanted!r} within {WAIT_S} seconds")


def test_the_captured_page_is_shown(site: Path, page: Page, archive: Path) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    with replaying(site, archive, URL) as address:
        page.goto(address)
        shown = text_of_replay(page, "Call +91 98765 43217")
        origin = address.rpartition("/")[0]
    assert "Send 50,000 WhatsApp messages per day & stay 100% anti ban." in shown
    assert [url for url in asked if not url.startswith((origin, "data:", "blob:"))] == []


def test_a_page_that_is_not_in_the_archive_is_not_shown(site: Path, page: Page, archive: Path) -> None:
    with replaying(site, archive, "http://innocent-party.example/") as address:
        page.goto(address)
        shown = text_of_replay(page, MISSING)
    assert "Pelican" not in shown
