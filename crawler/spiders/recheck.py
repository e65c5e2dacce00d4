"""The re-check of earlier offers."""

from __future__ import annotations

from crawler.access.website import Website
from crawler.frontier import Limits


class Recheck(Website):
    """Addresses that showed an offer before: are they still there, and do they still say the same?

    Service: none; the pages themselves
    What it finds: one sighting for each address, absent or changed ones too
    Endpoint: --recheck-file, one absolute URL a line; lines that begin with # are skipped
    Terms: each site's own; robots.txt is obeyed
    Needs: nothing
    Limits: none of its own; no link is followed
    """

    name = "recheck"

    def limits(self) -> Limits:
        return Limits()
