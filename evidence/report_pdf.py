"""Prints our pages: HTML files of a bundle in, PDF files on A4 with page numbers out, with no network at all.

The browser is the one that captures pages. Its proxy leads nowhere, and it need not be able to read our files: a route
hands it those below the bundle, under an address that exists nowhere, and nothing else. Many pages are printed by one
browser, which is started anew now and then: what a picture takes of its memory it does not always give back. A print
goes to its file in pieces, never whole through memory.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from playwright.sync_api import Browser, CDPSession, Route

from crawler.browser import new_context, open_browser, watchdog
from evidence.errors import CaptureFailed

#: The discard port: whatever is sent there is refused.
NOWHERE = "http://127.0.0.1:9"
#: Where the pages are, as the browser sees it: a name that no resolver knows (RFC 6761 section 6.4).
ORIGIN = "http://print.invalid"
BROKEN = "() => [...document.images].filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
KINDS = {".html": "text/html; charset=utf-8", ".png": "image/png"}
PRINT_S = 180.0
PER_BROWSER = 50
PIECE_BYTES = 1 << 20

_FOOTER = """<div style="width:100%;margin:0 19mm;font:7pt 'Noto Sans',Arial,sans-serif;color:#5a5f66;display:flex;
gap:6mm"><span style="max-width:95mm;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">{}</span>
<span style="white-space:nowrap">page <span class="pageNumber"></span> of
<span class="totalPages"></span></span></div>"""


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One page to print: ``page`` may show files below ``root`` only; ``footer`` is one line of plain text.

    The right part of the foot is left empty: the page's number in the production goes there.
    """

    page: Path
    target: Path
    footer: str
    root: Path


def print_pdf(page_file: Path, target: Path, *, footer: str, chromium: str = "") -> None:
    """Writes ``target`` from ``page_file``, which may show files of its own folder. Raises as :func:`print_all`."""
    print_all([PrintJob(page_file, target, footer, page_file.parent)], chromium=chromium)


def print_all(jobs: Sequence[PrintJob], *, chromium: str = "") -> None:
    """Prints every job, in order.

    Raises BrowserFailed when there is no browser or it fails, CaptureFailed when a page asked for anything outside
    its root (ours never do) or shows a picture that is none, OSError when a file cannot be written.
    """
    for part in _batches(jobs):
        with open_browser(NOWHERE, chromium=chromium) as browser:
            for job in part:
                with watchdog(browser, PRINT_S, f"printing {job.target.name}"):
                    _print(browser, job)


def _batches(jobs: Sequence[PrintJob]) -> list[Sequence[PrintJob]]:
    return [jobs[start : start + PER_BROWSER] for start in range(0, len(jobs), PER_BROWSER)]


def _print(browser: Browser, job: PrintJob) -> None:
    root, refused = job.root.resolve(), []

    def judge(route: Route) -> None:
        parts = urlsplit(route.request.url)
        path = (root / unquote(parts.path).lstrip("/")).resolve()
        kind = KINDS.get(path.suffix)
        inside = f"{parts.scheme}://{parts.netloc}" == ORIGIN and path.is_relative_to(root) and path.is_file()
        if inside and kind:
            route.fulfill(body=path.read_bytes(), content_type=kind)
        else:
            refused.append(route.request.url)
            route.abort()

    context = new_context(browser)
    try:
        context.route("**/*", judge)
        page = context.new_page()
        place = quote(job.page.resolve().relative_to(root).as_posix())
        page.goto(f"{ORIGIN}/{place}", wait_until="load", timeout=PRINT_S * 1000)
        broken = page.evaluate(BROKEN)
        _write(context.new_cdp_session(page), job)
    finally:
        context.close()
    if refused:
        raise CaptureFailed(f"{job.page.name}: it asked for {refused[0]}, which is no file of the bundle")
    if broken:
        raise CaptureFailed(
            f"{job.page.name}: it shows {broken[0]}, which is no file of the bundle or no whole picture"
        )


def _write(session: CDPSession, job: PrintJob) -> None:
    """The print, from the browser's own stream into the file."""
    options = {
        "preferCSSPageSize": True,
        "printBackground": True,
        "displayHeaderFooter": True,
        "headerTemplate": "<span></span>",
        "footerTemplate": _FOOTER.format(html.escape(job.footer)),
        "generateTaggedPDF": True,
        "generateDocumentOutline": True,
        "transferMode": "ReturnAsStream",
    }
    handle = session.send("Page.printToPDF", options)["stream"]
    with job.target.open("wb") as target:
        while True:
            piece = session.send("IO.read", {"handle": handle, "size": PIECE_BYTES})
            data = piece["data"]
            target.write(base64.b64decode(data) if piece.get("base64Encoded") else data.encode())
            if piece["eof"]:
                break
    session.send("IO.close", {"handle": handle})
