"""Addresses given by hand."""

from __future__ import annotations

from crawler.access.website import Website
from crawler.frontier import Limits


class Given(Website):
    """Single addresses that a person wants looked at now.

    Service: none; the pages themselves
    What it finds: one sighting for each address
    Endpoint: --url, absolute URLs
    Terms: each site's own; robots.txt is obeyed
    Needs: nothing
    Limits: none of its own; no link is followed
    """

    name = "given"

    def limits(self) -> Limits:
        return Limits()
