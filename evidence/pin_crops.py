"""Crops of the screenshot: where quotes are painted in, small PNG files with those very pixels out.

A crop is a piece of ``full.png`` and nothing else: no frame is drawn in it. Who shows it draws the frame over it, from
the rectangle in the pin. The picture is opened once, and only if it is not larger than MAX_PIXELS.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.digest import sha256_file
from evidence.pin_rects import Box, Painted, Place

if TYPE_CHECKING:
    from PIL import Image

FOLDER = "crops"
#: What a crop is, its media type and what it is made from, as the capture record says it.
CROP_ROLE = ("piece of the picture of the whole page that shows a quote", "image/png", "full.png")
AROUND = 24
MAX_PIXELS = 40_000_000
#: A crop larger than this shows a page and no quote.
MAX_CROP_PIXELS = 6_000_000


@dataclass(frozen=True, slots=True)
class Crop:
    """One crop: its file, the picture it is of, the quote's box and lines, its own box; in the picture's pixels."""

    path: str
    of: str
    box: Box
    lines: tuple[Box, ...]
    region: Box
    sha256: str


def is_crop(name: str) -> bool:
    """Whether a file of an exhibit is a crop."""
    return name.startswith(f"{FOLDER}/")


def cut(
    directory: Path, picture: str, painted: Mapping[Place, Painted], order: Sequence[Place], limit: int
) -> tuple[dict[Place, Crop | str], tuple[str, ...]]:
    """Cuts ``directory/picture`` around each quote of ``order``, at most ``limit`` times; also gives the files' names.

    A string instead of a crop is the reason why there is none. OSError passes through when nothing can be written.
    """
    reasons: dict[Place, Crop | str] = {}
    if not painted or limit == 0:
        return dict.fromkeys(order, "no quote is cropped, as the settings say") if painted else {}, ()
    opened = _open(directory / picture)
    if isinstance(opened, str):
        return dict.fromkeys(order, opened), ()
    names: list[str] = []
    done: dict[Box, Crop] = {}
    with opened as image:
        (directory / FOLDER).mkdir(exist_ok=True)
        for place in order:
            one = painted[place]
            region = _region(one.box, image.size)
            if region is None:
                reasons[place] = f"it is painted outside of {picture}, or over more of it than a crop shows"
            elif _is_blank(image, one.box):
                reasons[place] = f"{picture} shows nothing but one colour there"
            elif region in done:
                known = done[region]
                reasons[place] = Crop(known.path, picture, one.box, one.lines, region, known.sha256)
            elif len(names) == limit:
                reasons[place] = f"only the {limit} most telling quotes of a page are cropped"
            else:
                names.append(f"{FOLDER}/{len(names) + 1:04d}.png")
                digest = _save(image, region, directory / names[-1])
                done[region] = Crop(names[-1], picture, one.box, one.lines, region, digest)
                reasons[place] = done[region]
    return reasons, tuple(names)


def _open(path: Path) -> Image.Image | str:
    """The picture, or why it is not cropped. It is this program's own screenshot, yet of a page of any size."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=("PNG",))
        if image.width * image.height > MAX_PIXELS:
            image.close()
            return f"{path.name} has more than {MAX_PIXELS} pixels"
        image.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        return f"{path.name} cannot be read: {type(error).__name__}"
    return image


def _region(box: Box, size: tuple[int, int]) -> Box | None:
    """The box and what stands around it, as far as the picture goes; None when the box is not wholly in the picture."""
    left, top, width, height = box
    if left < 0 or top < 0 or width < 1 or height < 1 or left + width > size[0] or top + height > size[1]:
        return None
    x, y = max(left - AROUND, 0), max(top - AROUND, 0)
    right, bottom = min(left + width + AROUND, size[0]), min(top + height + AROUND, size[1])
    return (x, y, right - x, bottom - y) if (right - x) * (bottom - y) <= MAX_CROP_PIXELS else None


def _is_blank(image: Image.Image, box: Box) -> bool:
    left, top, width, height = box
    extremes = image.crop((left, top, left + width, top + height)).getextrema()
    return all(isinstance(one, tuple) and one[0] == one[1] for one in extremes)


def _save(image: Image.Image, region: Box, target: Path) -> str:
    left, top, width, height = region
    image.crop((left, top, left + width, top + height)).save(target, "PNG")
    return sha256_file(target)
