"""Where pictures stand on printed pages: sizes in pixels in, sheets and windows in millimetres out. Numbers only.

A tall screenshot is cut into overlapping sheets by the style sheet; the picture itself stays whole. A quote is shown
through a window onto the screenshot, with a frame drawn over it in the print.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from evidence.report_model import Crop, Picture

SHEET_WIDTH_MM, SHEET_HEIGHT_MM, OVERLAP_MM = 172.0, 240.0, 5.0
#: A page is drawn this much smaller at most to save a last sheet with a strip on it.
MIN_SCALE = 0.85
MAX_SHEETS = 40
#: A CSS pixel at its own size, and the window around a quote: at least this wide, with this much around it.
PX_MM, MIN_WINDOW_PX, AROUND_PX, MAX_WINDOW_MM = 25.4 / 96, 650.0, 48.0, 105.0
FRAME_PX = 2.0

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Slice:
    """One sheet of a tall screenshot. ``name`` is its class in the style sheet, ``rest`` what is left out, in words."""

    name: str
    part: int
    of: int
    width_mm: float
    height_mm: float
    offset_mm: float
    rest: str

    @property
    def rule(self) -> str:
        """Its part of the style sheet."""
        frame = f".{self.name}{{width:{self.width_mm:.2f}mm;height:{self.height_mm:.2f}mm;margin:0 auto}}"
        return f"{frame}.{self.name} img{{margin-top:-{self.offset_mm:.2f}mm}}\n"


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a screenshot with a frame around each line of the quote.

    ``frames_mm`` are left, top, width and height in the window. ``cut`` says that the quote is taller than the window.
    """

    name: str
    picture: Picture
    width_mm: float
    height_mm: float
    image_mm: float
    left_mm: float
    top_mm: float
    frames_mm: tuple[Rect, ...]
    cut: bool

    @property
    def rule(self) -> str:
        """Its part of the style sheet."""
        frames = "".join(
            f".{self.name} i:nth-of-type({number}){{left:{left:.2f}mm;top:{top:.2f}mm;"
            f"width:{width:.2f}mm;height:{height:.2f}mm}}"
            for number, (left, top, width, height) in enumerate(self.frames_mm, 1)
        )
        return (
            f".{self.name}{{width:{self.width_mm:.2f}mm;height:{self.height_mm:.2f}mm}}"
            f".{self.name} img{{width:{self.image_mm:.2f}mm;left:{-self.left_mm:.2f}mm;top:{-self.top_mm:.2f}mm}}"
            f"{frames}\n"
        )


def slices(picture: Picture, name: str) -> tuple[Slice, ...]:
    """The sheets that show a whole screenshot at the width of the text."""
    step = SHEET_HEIGHT_MM - OVERLAP_MM
    width_mm = SHEET_WIDTH_MM
    exact = (picture.height * width_mm / picture.width - OVERLAP_MM) / step
    if 1 <= int(exact) < exact <= int(exact) / MIN_SCALE:
        width_mm = SHEET_WIDTH_MM * (int(exact) * step + OVERLAP_MM) / (exact * step + OVERLAP_MM)
    height_mm = picture.height * width_mm / picture.width
    count = max(1, ceil((height_mm - OVERLAP_MM) / step - 1e-6))
    sheets = min(count, MAX_SHEETS)
    left = round(100 * (1 - (sheets * step + OVERLAP_MM) / height_mm))
    rest = f" The rest of the page, {left} percent of it, is in the image." if sheets < count else ""
    return tuple(
        Slice(
            name=f"{name}-{part}",
            part=part + 1,
            of=count,
            width_mm=width_mm,
            height_mm=min(SHEET_HEIGHT_MM, height_mm - part * step),
            offset_mm=part * step,
            rest=rest if part + 1 == sheets else "",
        )
        for part in range(sheets)
    )


def window(crop: Crop, picture: Picture, name: str) -> Window | None:
    """The window onto ``picture`` around a quote; None when the rectangle lies outside of it."""
    left, top, width, height = crop.rect
    if left + width > picture.width + 1 or top + height > picture.height + 1:
        return None
    wide = min(float(picture.width), max(MIN_WINDOW_PX, width + 2 * AROUND_PX))
    scale = min(PX_MM, SHEET_WIDTH_MM / wide)
    tall = min(float(picture.height), height + 2 * AROUND_PX, MAX_WINDOW_MM / scale)
    first_x = min(max(0.0, left + width / 2 - wide / 2), picture.width - wide)
    first_y = min(max(0.0, top - min(AROUND_PX, max(0.0, (tall - height) / 2))), picture.height - tall)
    frames = tuple(
        (
            (x - FRAME_PX - first_x) * scale,
            (y - FRAME_PX - first_y) * scale,
            (w + 2 * FRAME_PX) * scale,
            (h + 2 * FRAME_PX) * scale,
        )
        for x, y, w, h in crop.lines or (crop.rect,)
    )
    return Window(
        name=name,
        picture=picture,
        width_mm=wide * scale,
        height_mm=tall * scale,
        image_mm=picture.width * scale,
        left_mm=first_x * scale,
        top_mm=first_y * scale,
        frames_mm=frames,
        cut=top + height > first_y + tall + 1,
    )
