"""What a spider says about a page: drafts of sightings, the next steps, and issues. Plain records, no behaviour.

A spider is a pure function of a saved response; whatever it yields is one of these. The crawler completes a
:class:`Draft` into a sighting, and turns a :class:`Step` into a request only when its address is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.sighting import SightingState


@dataclass(frozen=True, slots=True)
class Draft:
    """One page or ad as its source shows it. ``thin``: there is next to no text without JavaScript."""

    url: str
    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    state: SightingState = SightingState.SEEN
    reason: str = ""
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An address to visit next, and the parse method that reads it (``parse_…``). Higher priority goes first."""

    url: str
    to: str
    priority: int = 0


class IssueKind(StrEnum):
    """Why a source is not quite what it was expected to be."""

    BROKEN = "broken"  #: something that should be readable is not
    ODD = "odd"  #: readable, and not foreseen
    IGNORED = "ignored"  #: left out on purpose, by name
    LIMIT = "limit"  #: the source's own quota or rate limit
    KEY = "key"  #: a key that is missing or not accepted
    FLOOR = "floor"  #: fewer sightings than the settings expect
    CEILING = "ceiling"  #: more sightings than the settings expect


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing a source could not handle, in one sentence; ``place`` is the address where it came up."""

    kind: IssueKind
    what: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """The source has said it will answer no more: nothing further is asked of it in this run."""

    reason: str


Output = Draft | Step | Issue | Stop
