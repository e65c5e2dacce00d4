"""Where a page and the directory of authorised providers agree: domain, own name, number, or a partner it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from classifiers.directory import Directory, Provider, plain_name
from classifiers.document import Document
from classifiers.judgement import Identifier
from classifiers.keys.places import registrable

MAX_CHARS = 400_000  # of the text, in which providers' names are looked for
MAX_CUES = 200
AROUND_CHARS = 120
OCR = "ocr"

_RESELLING = re.compile(
    r"resell|re-sell|powered by|partner|distribut|white.?label|revend|parceir|sócio|distribuid|bayi|çözüm orta"
    r"|партн[её]р|реселлер|شريك|موزع|साझेदार|पार्टनर|mitra|经销|代理|wakala",
    re.IGNORECASE,
)
_OWNER_LINE = re.compile(r"(?:©|\(c\)|copyright)[^\n]{0,120}", re.IGNORECASE)
_SEGMENT = re.compile(r"\s+[|–—·•:»-]\s+|\s*[|·•»]\s*|:\s+")


@dataclass(frozen=True, slots=True)
class Match:
    """One agreement. ``by``: domain, name, number, or resale; the page's quote (``start`` -1 for its address)."""

    by: str
    provider: Provider
    quote: str
    start: int = -1
    end: int = -1


def by_domain(document: Document, directory: Directory) -> Iterator[Match]:
    """The registrable domain of the page's own address."""
    host = _host(document.url)
    for provider in directory.of_domain(registrable(host)) if host else ():
        yield Match("domain", provider, host)


def by_name(document: Document, directory: Directory) -> Iterator[Match]:
    """The page's name for itself: a whole part of its title, a whole heading, the owner of its copyright."""
    extracted = document.extracted
    seen: set[Provider] = set()
    for quote, start in _own_names(document):
        for provider in directory.of_name(plain_name(quote)):
            if provider not in seen:
                seen.add(provider)
                end = start + len(quote) if start >= 0 else -1
                yield Match("name", provider, quote, start, end)
    for line in _OWNER_LINE.finditer(extracted.text, 0, MAX_CHARS):
        for provider, start, end in directory.named_in(line[0]):
            if provider not in seen:
                seen.add(provider)
                yield Match("name", provider, line[0][start:end], line.start() + start, line.start() + end)


def _own_names(document: Document) -> Iterator[tuple[str, int]]:
    """Names with the offset where they stand in the text, -1 for a title that is kept beside it."""
    extracted = document.extracted
    title = extracted.title
    at = extracted.text.find(title) if title else -1
    position = 0
    for part in (*_SEGMENT.split(title), title):
        inside = title.find(part, 0 if part == title else position)
        position = inside + len(part)
        if part.strip():
            yield part, at + inside if at >= 0 else -1
    for block in extracted.blocks:
        if block.field == "heading" and block.end - block.start < 80:
            quote = extracted.text[block.start : block.end]
            yield quote.strip(), block.start + len(quote) - len(quote.lstrip())


def by_number(identifiers: Iterable[Identifier], directory: Directory) -> Iterator[Match]:
    """Telephone and WhatsApp numbers; what was read from a picture may be misread and counts for nothing."""
    for one in identifiers:
        if one.kind in ("phone", "wa_link") and one.field != OCR:
            for number in (*((one.value,) if one.kind == "phone" else ()), *one.readings):
                for provider in directory.of_number(number):
                    yield Match("number", provider, one.quote, one.start, one.end)


def by_resale(document: Document, directory: Directory) -> Iterator[Match]:
    """A listed provider's name in one line with a word of partnership, near it."""
    text = document.extracted.text[:MAX_CHARS]
    seen: set[tuple[str, int]] = set()
    for count, cue in enumerate(_RESELLING.finditer(text)):
        if count == MAX_CUES:
            return
        left = max(text.rfind("\n", 0, cue.start()) + 1, cue.start() - AROUND_CHARS)
        stop = text.find("\n", cue.end())
        right = min(stop if stop >= 0 else len(text), cue.end() + AROUND_CHARS)
        for provider, start, end in directory.named_in(text[left:right]):
            if (provider.name, left + start) not in seen:
                seen.add((provider.name, left + start))
                yield Match("resale", provider, text[left + start : left + end], left + start, left + end)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
