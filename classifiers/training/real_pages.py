"""Addresses and labels of public pages in, documents out: the project's own check on pages nobody wrote for it.

``real/pages.jsonl`` holds one object a line: ``address``, ``group`` (repository or host), ``lang`` (BCP 47), ``label``,
``sure`` (would a second careful reader say the same?), ``part`` and ``sha256`` of the bytes that were labelled. No text
of a page is kept with the project: ``python -m desk.realpages`` fetches what a folder lacks, and a page whose bytes
are no longer those that were labelled is left out and named. Pages of one group are all in one part: ``dev``, whose
errors may be looked at by kind, or ``report``, of which only figures are read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from classifiers.document import Document, from_html, from_text
from classifiers.labels import Label

PAGES_FILE = Path(__file__).parent / "real" / "pages.jsonl"
PARTS = ("dev", "report")
DEV_SHARE = 0.4
"""The share of groups whose errors may be looked at."""
HTML_ENDINGS = (".html", ".htm", ".xhtml")
HTML_OPENINGS = ("<!doctype html", "<html")


class RealPagesError(Exception):
    """Raised when the list of pages is damaged; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class RealPage:
    """One labelled public page, without its text."""

    address: str
    group: str
    lang: str
    label: Label
    sure: bool
    part: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a cache holds of some pages: those with their labelled bytes, and the addresses of the others."""

    pages: tuple[tuple[RealPage, bytes], ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def part_of(group: str) -> str:
    """``dev`` or ``report``, by the SHA-256 of the group's name in lower case."""
    number = int(hashlib.sha256(group.lower().encode()).hexdigest(), 16)
    return PARTS[0] if number % 10 < DEV_SHARE * 10 else PARTS[1]


def load(path: Path = PAGES_FILE) -> tuple[RealPage, ...]:
    """The labelled pages. Raises RealPagesError for a line that is damaged, repeated, or in the wrong part."""
    pages: dict[str, RealPage] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            page = RealPage(**{**row, "label": Label(row["label"])})
        except (ValueError, KeyError, TypeError) as error:
            raise RealPagesError(f"{path}, line {number}: not a labelled page ({error}); correct it") from error
        if page.address in pages:
            raise RealPagesError(f"{path}, line {number}: {page.address} is there twice; remove one")
        if page.part != part_of(page.group):
            raise RealPagesError(f"{path}, line {number}: {page.group} belongs to {part_of(page.group)}; correct it")
        pages[page.address] = page
    return tuple(pages.values())


def cached(cache: Path, address: str) -> Path:
    """Where the bytes of ``address`` stand in ``cache``."""
    return cache / hashlib.sha256(address.encode()).hexdigest()


def held(pages: Iterable[RealPage], cache: Path) -> Held:
    """Which of the pages ``cache`` holds as they were when they were labelled."""
    good: list[tuple[RealPage, bytes]] = []
    missing: list[str] = []
    changed: list[str] = []
    for page in pages:
        file = cached(cache, page.address)
        if not file.is_file():
            missing.append(page.address)
            continue
        body = file.read_bytes()
        if hashlib.sha256(body).hexdigest() == page.sha256:
            good.append((page, body))
        else:
            changed.append(page.address)
    return Held(tuple(good), tuple(missing), tuple(changed))


def document(page: RealPage, body: bytes) -> Document:
    """The page as the crawler would hand it on: extracted HTML, or the text as it is. The language is not told."""
    text = body.decode("utf-8", "replace")
    path = urlsplit(page.address).path.lower()
    if path.endswith(HTML_ENDINGS) or text[:400].lstrip("\ufeff \t\r\n").lower().startswith(HTML_OPENINGS):
        return from_html(page.address, body, url=page.address)
    return from_text(page.address, text.removeprefix("\ufeff"), url=page.address)
