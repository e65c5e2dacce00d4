"""How far the capture of a sighting has come. One enumeration, used by the tables, the captures and the screens."""

from __future__ import annotations

from enum import StrEnum


class CaptureState(StrEnum):
    """Everything but PLANNED and COMPLETE carries a reason, or a list of what is missing."""

    PLANNED = "planned"  #: to be done, or begun and not ended
    PARTIAL = "partial"  #: sealed, with a list of what is missing
    COMPLETE = "complete"  #: sealed
    REFUSED = "refused"  #: robots.txt or the egress guard forbids it
    FAILED = "failed"  #: nothing was answered, or the browser failed
