"""Image bytes -> the text a machine reads in them, line by line with confidence and place, and what QR codes hold.

What is read in a picture may be misread: a masked number has come back as a well-formed one of somebody else. So it
is a document of its own (field ``ocr``, codes ``qr``), never ground for a capture alone, and every identifier in it
is a lead (``Identifier.lead``) that ties nothing together until a person has looked at the picture.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from classifiers import identifiers
from classifiers.document import Document
from classifiers.judgement import Identifier
from classifiers.text import Extracted
from classifiers.textmap import Block

LANGUAGES = ("eng", "hin", "por", "spa", "ind", "ara", "urd")
MAX_BYTES = 32 * 2**20
SECONDS = 60
MIN_SIDE = 120
MIN_PIXELS = 60_000
POOR_WORDS = 40
SURE = 0.5
"""Lines below this confidence are kept and shown, and are no part of the text."""
OCR, QR = "ocr", "qr"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as read: mean confidence 0 to 1, and its box (left, top, width, height) in pixels of the picture."""

    text: str
    confidence: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code's payload, exact by its own error correction, and its box."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PictureText:
    """What was read. ``problem`` says in words what could not be; ``engine`` is empty when no text reader is there."""

    lines: tuple[Line, ...] = ()
    codes: tuple[Code, ...] = ()
    width: int = 0
    height: int = 0
    engine: str = ""
    problem: str = ""

    @property
    def text(self) -> str:
        """The lines that were read with some certainty."""
        return "\n".join(line.text for line in self.lines if line.confidence >= SURE)


@lru_cache(maxsize=1)
def engine() -> str:
    """The installed text reader with its languages, "" when there is none: then only QR codes are read."""
    if shutil.which("tesseract") is None:
        return ""
    try:
        version = _tesseract("--version").splitlines()[0]
        there = set(_tesseract("--list-langs").split())
    except (OSError, subprocess.SubprocessError, IndexError):
        return ""
    languages = [name for name in LANGUAGES if name in there]
    return f"{version} {'+'.join(languages)}" if languages else ""


def worth_reading(words: int, width: int, height: int) -> bool:
    """Whether a picture on a page of so many words is read: large enough, and the page says little itself."""
    return words < POOR_WORDS and min(width, height) >= MIN_SIDE and width * height >= MIN_PIXELS


def read(image: bytes, *, seconds: int = SECONDS) -> PictureText:
    """The text and codes of a PNG, JPEG, WebP or GIF, read in a process with limits. Never raises for what it holds."""
    if len(image) > MAX_BYTES:
        return PictureText(problem=f"it has more than {MAX_BYTES // 2**20} MiB")
    reader = engine()
    command = [sys.executable, "-m", "classifiers.picture_worker", reader.rpartition(" ")[2], str(seconds)]
    try:
        run = subprocess.run(command, input=image, capture_output=True, timeout=seconds + 15, check=False)
        answer = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        return PictureText(engine=reader, problem=f"reading it took more than {seconds} seconds")
    except (OSError, ValueError):
        return PictureText(engine=reader, problem="the process that read it ended without an answer")
    return PictureText(
        _lines(answer.get("rows", []), answer.get("scale", 1)),
        tuple(Code(str(code["text"]), _box(code["box"], 1)) for code in answer.get("codes", [])),
        int(answer.get("width", 0)),
        int(answer.get("height", 0)),
        reader,
        str(answer.get("problem", "")),
    )


def document(id: str, picture: PictureText, url: str = "", lang: str = "") -> Document:  # noqa: A002
    """What was read as a document of its own: lines of field ``ocr``, then codes of field ``qr``."""
    parts, blocks, length = [], [], 0
    kept = [(line.text, OCR) for line in picture.lines if line.confidence >= SURE]
    for text, field in (*kept, *((code.text, QR) for code in picture.codes)):
        parts.append(text + "\n")
        blocks.append(Block(length, length + len(text) + 1, field))
        length += len(text) + 1
    return Document(id, Extracted("".join(parts), tuple(blocks), images=1), url, lang)


def leads(made: Document, lang: str) -> tuple[Identifier, ...]:
    """The identifiers of such a document. Every one is a lead: a person compares it with the picture first."""
    return tuple(replace(one, lead=True) for one in identifiers.find(made.extracted, lang, made.url))


def _tesseract(option: str) -> str:
    run = subprocess.run(["tesseract", option], capture_output=True, text=True, timeout=20, check=True)
    return run.stdout or run.stderr


def _lines(rows: list[str], scale: int) -> tuple[Line, ...]:
    """Tesseract's table of words (level, page, block, paragraph, line, word, box, confidence, text) as lines."""
    words: dict[tuple[str, ...], list[list[str]]] = {}
    for row in rows:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            words.setdefault(tuple(cells[1:5]), []).append(cells)
    return tuple(_line(group, scale) for group in words.values())


def _line(group: list[list[str]], scale: int) -> Line:
    left, top = (min(int(cells[place]) for cells in group) for place in (6, 7))
    right, bottom = (max(int(cells[at]) + int(cells[at + 2]) for cells in group) for at in (6, 7))
    confidence = sum(max(0.0, float(cells[10])) for cells in group) / len(group) / 100
    text = " ".join(cells[11].strip() for cells in group)
    return Line(text, round(confidence, 3), _box([left, top, right - left, bottom - top], scale))


def _box(numbers: list[Any], scale: int) -> tuple[int, int, int, int]:
    left, top, width, height = (int(number) // scale for number in numbers)
    return left, top, width, height
