"""What a certificate says, as plain records, before anything is rendered. No behaviour but finding its blanks.

A document is a row of blocks; a block holds inlines: words, blanks that a person fills, boxes that a person ticks.
Both renderers take the same document, so the DOCX and the PDF cannot say different things.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Style(StrEnum):
    """How words look. FACT is what the program filled in; MONO is a digest, path or address it filled in."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"
    SOFT = "soft"
    FACT = "fact"
    MONO = "mono"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Text:
    """Words. ``name`` is the field of a statutory form they stand in, else empty."""

    text: str
    style: Style = Style.PLAIN
    name: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """A ruled line for a person to write on; ``width`` in characters, ``name`` says what belongs there."""

    name: str
    width: int = 24


@dataclass(frozen=True, slots=True)
class Tick:
    """A box. ``ticked`` is true for a fact of the record only (the algorithm that was used)."""

    name: str
    ticked: bool = False


Inline = Text | Blank | Tick
Runs = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the document's own title, 2 a part, 3 within a part."""

    text: str
    level: int = 2
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Para:
    """One paragraph; ``number`` stands before it ("3."). ``tight`` ones stand close to the next, as lines of a form."""

    runs: Runs
    number: str = ""
    centred: bool = False
    small: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """``count`` ruled lines over the whole width, for a person's own words."""

    name: str
    count: int = 3


@dataclass(frozen=True, slots=True)
class Signature:
    """A line to sign on, with what stands below it."""

    name: str
    below: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, one row each."""

    rows: tuple[tuple[str, Runs], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on every page; ``widths`` in millimetres, one for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]
    widths: tuple[int, ...]
    tiny: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """Paragraphs in a frame: a warning in red, else a note."""

    paragraphs: tuple[Runs, ...]
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """From here on a new sheet, upright or across."""

    landscape: bool = False


Block = Heading | Para | Lines | Signature | Facts | Table | Box | Sheet


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. ``paper`` is "A4" or "Letter", ``language`` a BCP 47 tag, ``footer`` one line."""

    title: str
    language: str
    paper: str
    footer: str
    blocks: tuple[Block, ...]


def visible(text: str) -> str:
    """``text`` with what cannot be seen or printed written out: controls, bidirectional marks and lone surrogates.

    A line feed becomes ``\\n``, a bell ``\\x07``, a right-to-left override ``\\u202e``: nothing is lost, nothing acts.
    """
    return "".join(_escape(one) if _unprintable(one) else one for one in text)


def words(text: str, style: Style = Style.PLAIN, name: str = "") -> Runs:
    """One run of words."""
    return (Text(text, style, name),)


def fact(text: str, name: str = "") -> Runs:
    """One run that the program filled in."""
    return (Text(text, Style.FACT, name),)


def mono(text: str, name: str = "") -> Runs:
    """One run that the program filled in: a digest, path or address."""
    return (Text(text, Style.MONO, name),)


def inlines(document: Document) -> Iterator[Inline]:
    """Every inline of the document in reading order."""
    for block in document.blocks:
        if isinstance(block, Para):
            yield from block.runs
        elif isinstance(block, Facts):
            for _, runs in block.rows:
                yield from runs
        elif isinstance(block, Table):
            for row in block.rows:
                for runs in row:
                    yield from runs
        elif isinstance(block, Box):
            for runs in block.paragraphs:
                yield from runs
        elif isinstance(block, Lines | Signature):
            yield Blank(block.name)


def to_fill(document: Document) -> tuple[str, ...]:
    """What a person has to fill in or tick, each named once, in reading order."""
    names = (
        one.name for one in inlines(document) if isinstance(one, Blank) or (isinstance(one, Tick) and not one.ticked)
    )
    return tuple(dict.fromkeys(names))


def _unprintable(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI_CONTROLS or character in "\ufffe\uffff"


def _escape(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(character)
    return short.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
