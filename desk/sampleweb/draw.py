"""``python -m desk.sampleweb.draw``: draws the sample web's pictures again, each from its HTML source in ``pictures/``.

In: ``pictures/<host>/<path>.html``, whose first line is ``<!-- WIDTHxHEIGHT -->``. Out: ``sites/<host>/<path>.png``.
The pictures are committed; this is run only when a source changes. Needs a Chromium on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def draw(source: Path, chromium: str) -> Path:
    """One picture. Raises ValueError when the size line is missing and CalledProcessError when the browser fails."""
    size = re.match(r"<!-- (\d+)x(\d+) -->", source.read_text("utf-8"))
    if size is None:
        raise ValueError(f"{source}: the first line must be <!-- WIDTHxHEIGHT -->")
    target = (HERE / "sites" / source.relative_to(HERE / "pictures")).with_suffix(".png")
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={size[1]},{size[2]}",
            f"--screenshot={target}",
            source.resolve().as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return target


def main() -> None:
    """Draws every picture and says how large each became."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("there is no Chromium on PATH; install one to draw the pictures")
    for source in sorted((HERE / "pictures").rglob("*.html")):
        target = draw(source, chromium)
        sys.stdout.write(f"{target.relative_to(HERE)} {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
