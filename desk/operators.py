"""Who is probably one operator: offers of different sites and ads that share a number, a key, or the very text.

A hint for the investigator, with what is shared. It joins nothing by itself: a case is put together by a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifiers import likeness
from classifiers.site import account_of
from desk.changes import Look
from desk.placing import WEBSITE_SOURCES
from evidence.suggestion import strong_key

MAX_SHARED = 12
"""A number on more sites than this belongs to a platform, a theme or a plugin, not to one operator."""


@dataclass(frozen=True, slots=True)
class Tie:
    """What several places share: the kind and value of an identifier, or ``kind`` "text" for nearly the same words."""

    kind: str
    value: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """Places (sites, or addresses of single ads) that ties hold together; two at least."""

    places: tuple[str, ...]
    ties: tuple[Tie, ...]


def operators(
    offers: Sequence[Look], innocent: Iterable[Look], fingerprints: Mapping[str, int]
) -> tuple[Operator, ...]:
    """Groups of offers with ties, largest first. What stands on an innocent page of another place ties nothing.

    ``fingerprints`` maps sighting IDs to those of :mod:`classifiers.likeness`.
    """
    shown: dict[tuple[str, str], set[str]] = defaultdict(set)
    for look in offers:
        for key in _keys(look):
            shown[key].add(place_of(look))
    elsewhere: dict[tuple[str, str], set[str]] = defaultdict(set)
    for look in innocent:
        for key in _keys(look):
            elsewhere[key].add(place_of(look))
    ties = [
        Tie(kind, value, tuple(sorted(places)))
        for (kind, value), places in sorted(shown.items())
        if 1 < len(places) <= MAX_SHARED and elsewhere[kind, value] <= places
    ]
    by_id = {look.sighting_id: look for look in offers}
    for one, other in likeness.pairs({name: fingerprints[name] for name in by_id if name in fingerprints}):
        places = {place_of(by_id[one]), place_of(by_id[other])}
        if len(places) > 1:
            ties.append(Tie("text", "nearly the same words", tuple(sorted(places))))
    return _joined(ties)


def place_of(look: Look) -> str:
    """The site of a website's page, the address itself of an ad, a listing or a post."""
    return account_of(look.url_final) if look.source in WEBSITE_SOURCES else look.url


def _keys(look: Look) -> set[tuple[str, str]]:
    if look.judgement is None:
        return set()
    return {key for one in look.judgement.identifiers if (key := strong_key(one)) is not None}


def _joined(ties: Sequence[Tie]) -> tuple[Operator, ...]:
    """Places that any chain of ties connects, with those ties."""
    group: dict[str, set[str]] = {}
    for tie in ties:
        whole = set(tie.places).union(*(group.get(place, {place}) for place in tie.places))
        for place in whole:
            group[place] = whole
    found = {id(places): places for places in group.values()}.values()
    made = [
        Operator(tuple(sorted(places)), tuple(dict.fromkeys(tie for tie in ties if tie.places[0] in places)))
        for places in found
    ]
    return tuple(sorted(made, key=lambda one: (-len(one.places), one.places)))
