"""Who is behind a page: telephones, chat links, e-mails, payment keys, company numbers, domains, each quoted exactly.

Every identifier is found once, where it first stands; one that lies inside another (the number in a wa.me link, the
domain of an e-mail) is not reported again. :func:`find` reads the judged text, :func:`in_source` the decoded HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from classifiers.deobfuscate import View, normalise
from classifiers.judgement import Identifier
from classifiers.keys import Found, chat, company, crypto, embedded, holds, pay, phones, places, stores
from classifiers.text import Extracted

MAX_IDENTIFIERS = 1_000
REMEMBERED_CHARS, REMEMBERED_FOUND = 20_000, 4_000
SOURCE = "source"
"""The field of what :func:`in_source` found: its offsets point into the decoded HTML, not into the text."""


def find(extracted: Extracted, lang: str, url: str = "") -> tuple[Identifier, ...]:
    """The identifiers of a text, each where it first stands, in order. ``text[start:end] == quote`` for each.

    ``url`` is the page's address: its country's domain helps to read numbers without a country code.
    """
    return _first(occurrences(extracted, lang, url=url))


def occurrences(extracted: Extracted, lang: str, view: View | None = None, url: str = "") -> tuple[Identifier, ...]:
    """Every place where an identifier stands, in the order of the places. ``view`` saves normalising the text again."""
    text = extracted.text
    view = normalise(text) if view is None else view
    kept = _without_overlap(_candidates(text, view, lang, url), len(text))
    if "pix" in view.text or "chave" in view.text:
        kept.extend(tuple(pay.pix_contacts(text, kept)))
    found = (
        Identifier(one.kind, one.value, text[one.start : one.end], one.start, one.end, field, one.readings)
        for one in kept
        if (field := extracted.field_at(one.start))
    )
    return tuple(sorted(found, key=lambda identifier: identifier.start))


def in_source(html: str) -> tuple[Identifier, ...]:
    """What the page's source shows beside its text, each once, field ``source``: ``html[start:end] == quote``."""
    kept = _without_overlap(embedded.find(html), len(html))
    return _first(
        Identifier(one.kind, one.value, html[one.start : one.end], one.start, one.end, SOURCE, one.readings)
        for one in sorted(kept, key=lambda one: one.start)
    )


def _first(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    first: dict[tuple[str, str], Identifier] = {}
    for identifier in identifiers:
        first.setdefault((identifier.kind, identifier.value), identifier)
    return tuple(first.values())


def _without_overlap(candidates: Iterable[Found], length: int) -> list[Found]:
    """The candidates that no earlier one covers; those that share their place take none up."""
    taken = bytearray(length)
    kept: list[Found] = []
    for one in candidates:
        if not one.shares:
            if any(taken[one.start : one.end]):
                continue
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
        kept.append(one)
        if len(kept) == MAX_IDENTIFIERS:
            break
    return kept


def _candidates(text: str, view: View, lang: str, url: str) -> Iterator[Found]:
    """All readings, those that contain others first."""
    yield from _remembered(text) if len(text) <= REMEMBERED_CHARS else _written(text, view)
    yield from phones.find(view, lang, url)


@lru_cache(maxsize=2)
def _remembered(text: str) -> tuple[Found, ...]:
    """What is the same in every language and at every address; the rules of claims and the judge both ask for it."""
    return tuple(islice(_written(text, normalise(text)), REMEMBERED_FOUND))


def _written(text: str, view: View) -> Iterator[Found]:
    seen = view.text
    if holds(seen, chat.HINTS):
        yield from chat.links(text)
    if holds(seen, stores.HINTS):
        yield from stores.addresses(text)
    if holds(seen, pay.HINTS):
        yield from pay.pay_links(text)
    if "@" in text:
        yield from places.mail(text)
    if holds(seen, places.SPELT_HINTS):
        yield from places.spelt_mail(text)
    if "@" in text or "%40" in text:
        yield from pay.upis(text)
    if "pix" in seen or "chave" in seen:
        yield from pay.pixes(text)
    if "@" in text:
        yield from chat.handles(text)
    yield from company.gstins(text)
    yield from company.ifscs(text)
    yield from company.cnpjs(text)
    yield from crypto.addresses(text)
    yield from stores.packages(text)
    yield from places.domains(text)
