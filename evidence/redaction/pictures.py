"""Blacks out places of a screenshot: a PNG and what must go in, a PNG without it and what was done out.

Places come from two sides: where the browser itself drew the words (the pins of claims.json), and where a text reader
finds them in the picture, which is the only way to what stands in pictures on the page. After the ink has dried the
picture is read again; what can still be read is blacked out with its whole line. What is written is drawn anew from
the pixels: nothing lies under the black, and no metadata comes along.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from classifiers import pictures
from classifiers.pictures import Line, PictureText
from evidence.errors import Unreadable
from evidence.redaction.choice import PERSONAL, THIRD_PARTY, Mask, key_of

Rect = tuple[int, int, int, int]
PAD = 3
#: A mask in a line is widened by so much of the line, since letters are not all of one width.
WIDEN = 0.06
MAX_PIXELS = 80_000_000
NO_READER = "no text reader is installed: what stands in pictures on the page was not looked for"

#: Reads a picture: :func:`classifiers.pictures.read`.
Reader = Callable[[bytes], PictureText]


@dataclass(frozen=True, slots=True)
class Burned:
    """A blacked-out picture. ``places`` are the rectangles in pixels, each with its reason; ``notes`` what to know.

    ``sure`` is whether a reader went over it and found nothing left; without that it must not leave by itself.
    """

    png: bytes
    places: tuple[tuple[Rect, str], ...]
    notes: tuple[str, ...]
    sure: bool


def black_out(
    png: bytes, masks: Sequence[Mask], drawn: Iterable[Rect], shown: Iterable[str], read: Reader = pictures.read
) -> Burned:
    """Blacks out ``drawn`` (where the browser drew the words) and whatever a reader finds of ``masks`` and of others.

    ``shown`` are the keys (see :func:`evidence.redaction.choice.key_of`) of identifiers that stay readable. Raises
    Unreadable when ``png`` is no picture that can be opened.
    """
    kept = frozenset(shown)
    wanted = {one.key: one.reason for one in masks}
    places = [(rect, THIRD_PARTY) for rect in drawn]
    first = read(png)
    places += [(_part(line, share), reason) for line, share, reason in _found(first, wanted, kept)]
    image = _burn(png, [rect for rect, _ in places])
    notes = [f"not read: {first.problem}"] if first.problem else []
    if not first.engine:
        notes.append(NO_READER)
    again = read(image) if first.engine else PictureText()
    left = [(line.box, reason) for line, _, reason in _found(again, wanted, kept)]
    if left:
        places += left
        image = _burn(png, [rect for rect, _ in places])
        again = read(image)
        left = [(line.box, reason) for line, _, reason in _found(again, wanted, kept)]
        notes += ["something can still be read under the black"] if left else []
    return Burned(image, tuple(dict.fromkeys(places)), tuple(notes), not notes and not again.problem)


def _found(
    picture: PictureText, wanted: dict[str, str], kept: frozenset[str]
) -> list[tuple[Line, tuple[float, float], str]]:
    """Lines that hold something to black out, with the part of the line (0 to 1) and the reason; codes as lines."""
    found = []
    lines = [*picture.lines, *(Line(code.text, 1.0, code.box) for code in picture.codes)]
    made = pictures.document("", PictureText(tuple(Line(one.text, 1.0, one.box) for one in lines)))
    others = [one for one in pictures.leads(made, "en") if one.kind in PERSONAL]
    place = 0
    for line in lines:
        end = place + len(line.text)
        found += [
            (line, _share(line, one.start - place, one.end - place), THIRD_PARTY)
            for one in others
            if place <= one.start < end and key_of(one.kind, one.value) not in kept
        ]
        squeezed, digits = key_of("", line.text), re.sub(r"\D", "", line.text)
        found += [
            (line, (0.0, 1.0), reason)
            for key, reason in wanted.items()
            if key and key in (digits if key.isdigit() else squeezed)
        ]
        place = end + 1
    return found


def _share(line: Line, start: int, end: int) -> tuple[float, float]:
    length = max(1, len(line.text))
    return max(0.0, start / length - WIDEN), min(1.0, end / length + WIDEN)


def _part(line: Line, share: tuple[float, float]) -> Rect:
    left, top, width, height = line.box
    return (int(left + width * share[0]), top, int(width * (share[1] - share[0])) + 1, height)


def _burn(png: bytes, places: Sequence[Rect]) -> bytes:
    """The picture drawn anew with black over the places."""
    from PIL import Image, ImageDraw, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Unreadable(f"the picture has more than {MAX_PIXELS} pixels")
            image = Image.new("RGB", opened.size)
            image.paste(opened.convert("RGB"))
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError) as error:
        raise Unreadable(f"the picture cannot be opened: {error}") from error
    ink = ImageDraw.Draw(image)
    for left, top, width, height in places:
        ink.rectangle((left - PAD, top - PAD, left + width + PAD, top + height + PAD), fill=(0, 0, 0))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
