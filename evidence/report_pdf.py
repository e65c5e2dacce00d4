"""Prints the report: the HTML file of a bundle in, a PDF file on A4 with page numbers out, with no network at all.

The browser is the one that captures pages. Its proxy leads nowhere, the context is offline, and a route lets it read
files below the bundle only.
"""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Route

from crawler.browser import new_context, open_browser, watchdog
from evidence.errors import CaptureFailed

#: The discard port: whatever is sent there is refused.
NOWHERE = "http://127.0.0.1:9"
PRINT_S = 180.0

_FOOTER = """<div style="width:100%;margin:0 19mm;font:7pt 'Noto Sans',Arial,sans-serif;color:#5a5f66;display:flex;
justify-content:space-between"><span>{}</span><span>page <span class="pageNumber"></span> of
<span class="totalPages"></span></span></div>"""


def print_pdf(page_file: Path, target: Path, *, footer: str, chromium: str = "") -> None:
    """Writes ``target`` from ``page_file``; ``footer`` is one line of plain text.

    Raises BrowserFailed when there is no browser or it fails, CaptureFailed when the page asked for anything outside
    its folder (a report never does).
    """
    root, refused = page_file.parent.resolve(), []

    def judge(route: Route) -> None:
        parts = urlsplit(route.request.url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme == "file" and not parts.netloc and path.is_relative_to(root):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    with open_browser(NOWHERE, chromium=chromium) as browser, watchdog(browser, PRINT_S, "printing the report"):
        context = new_context(browser)
        context.route("**/*", judge)
        page = context.new_page()
        page.goto(page_file.resolve().as_uri(), wait_until="load", timeout=PRINT_S * 1000)
        target.write_bytes(
            page.pdf(
                prefer_css_page_size=True,
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=_FOOTER.format(html.escape(footer)),
                tagged=True,
                outline=True,
            )
        )
        context.close()
    if refused:
        raise CaptureFailed(f"{page_file.name}: it asked for {refused[0]}, which is no file of the bundle")
