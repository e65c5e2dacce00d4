"""A WACZ in, the page it replays out: ReplayWeb.page in a real Chromium, served from loopback.

ReplayWeb.page is AGPL: it is no part of this program, is not shipped with it and is not imported by anything. The test
fetches its files from the npm registry for the time of one run, as one would install any other reader.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PACKAGE = "replaywebpage@2.4.6"
FILES = {"package/ui.js": "ui.js", "package/sw.js": "replay/sw.js"}
SECONDS = 60
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>replay</title><script src="ui.js"></script></head>
<body style="margin:0"><replay-web-page style="display:block;height:760px" source="capture.wacz" url="{url}"
replaybase="replay/" embed="replayonly"></replay-web-page></body></html>"""


class NoReader(Exception):  # noqa: N818  # read aloud: "no reader: npm is not on this machine"
    """The reader cannot be had here; the text says why."""


def fetch_reader(place: Path) -> Path:
    """The reader's two files below ``place``. Raises NoReader."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoReader("npm is not on this machine, so ReplayWeb.page cannot be fetched")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(place)]
    try:
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise NoReader(f"the npm registry does not give {PACKAGE}: {error}") from error
    (place / "site/replay").mkdir(parents=True)
    with tarfile.open(next(place.glob("*.tgz"))) as package:
        for name, target in FILES.items():
            source = package.extractfile(name)
            assert source is not None
            (place / "site" / target).write_bytes(source.read())
    return place / "site"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Says nothing."""


@contextmanager
def replaying(site: Path, archive: Path, url: str) -> Iterator[str]:
    """Serves the reader with the archive; gives the address of the page that replays ``url``."""
    shutil.copyfile(archive, site / "capture.wacz")
    (site / "index.html").write_text(PAGE.format(url=url), "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
