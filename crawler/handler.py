"""The download handler for http and https: Scrapy's Twisted one, with one connection a request."""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler


class OneConnectionHandler(HTTP11DownloadHandler):
    """Keeps no connection open between two requests.

    On a kept connection that has just been closed at the other end, Twisted sends the request again by itself: the
    server would be asked twice, and the record would say once.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.persistent = False
