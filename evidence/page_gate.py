"""Holds a page's main frame at every document it wants to go to until robots.txt was asked: a session in, refusals out.

Playwright's own routes do not see redirects, so the gate stands in the DevTools protocol (Fetch, for documents only).
What goes through is not changed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from playwright.sync_api import CDPSession, Error

from evidence.page_robots import RobotsAsker, guarded_navigation


class PageGate:
    """Attached to a page's session before it loads anything. ``refused``: address and why it was not gone to."""

    def __init__(self, session: CDPSession, asker: RobotsAsker) -> None:
        self.refused: dict[str, str] = {}
        self._session = session
        self._may = guarded_navigation(asker, self.refused)
        self._main = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        session.on("Fetch.requestPaused", self._paused)
        session.send("Fetch.enable", {"patterns": [{"resourceType": "Document", "requestStage": "Request"}]})

    def _paused(self, event: dict[str, Any]) -> None:
        request_id = {"requestId": event["requestId"]}
        may = event.get("frameId") != self._main or self._may(event["request"]["url"])
        with suppress(Error):  # the page is gone, and the request with it
            if may:
                self._session.send("Fetch.continueRequest", request_id)
            else:
                self._session.send("Fetch.failRequest", {**request_id, "errorReason": "BlockedByClient"})
