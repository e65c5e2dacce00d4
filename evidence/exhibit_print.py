"""The printed exhibit as a page: one :class:`ExhibitPage` in, HTML with cover, sheets and marked passages out.

It is printed from a folder beside ``exhibits/`` and takes its pictures from there. What a page says is escaped; the
frame around a quote is a line of our style sheet over the untouched picture, and says which picture by digest.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.picture_places import Window, slices, window
from evidence.report_model import ExhibitPage, Picture, Quote
from evidence.report_page import render_page

#: Passages that are shown with their picture; the rest is quoted without one.
MAX_WINDOWS = 60

Marked = tuple[Quote, Window | None]


def render_exhibit(exhibit: ExhibitPage, *, case_id: str, vendor: str) -> str:
    """The page for one exhibit. The same exhibit gives the same text."""
    picture = exhibit.full or exhibit.viewport
    sheets = slices(picture, "sheet") if picture else ()
    claims = tuple(_marked(exhibit, exhibit.claims, "claim"))
    mitigating = tuple(_marked(exhibit, exhibit.mitigating, "other"))
    windows = [place for _, place in (*claims, *mitigating) if place]
    rules = "".join([*(one.rule for one in sheets), *(one.rule for one in windows)])
    return render_page(
        "exhibit.html.j2",
        rules,
        exhibit=exhibit,
        case_id=case_id,
        vendor=vendor,
        picture=picture,
        slices=sheets,
        marked=claims,
        mitigating=mitigating,
        digests={file.path: file.sha256 for file in exhibit.files},
    )


def _marked(exhibit: ExhibitPage, quotes: tuple[Quote, ...], name: str) -> Iterator[Marked]:
    """Each quote with the window onto its picture, where there is one that the manifest lists."""
    listed = {file.path for file in exhibit.files}
    pictures: dict[str, Picture | None] = {"full.png": exhibit.full, "viewport.png": exhibit.viewport}
    pictures = {name: picture for name, picture in pictures.items() if name in listed}
    for number, quote in enumerate(quotes, 1):
        crop = quote.pin.crop
        picture = pictures.get(crop.of) if crop else None
        shown = window(crop, picture, f"{name}-{number}") if crop and picture and number <= MAX_WINDOWS else None
        yield quote, shown
