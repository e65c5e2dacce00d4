"""The printed exhibit: its cover, its sheets, its marked passages; and what a hostile page cannot do to it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evidence.exhibit_print import render_exhibit
from evidence.picture_places import SHEET_WIDTH_MM, slices, window
from evidence.report_model import Crop, ExhibitPage, Lookup, Picture, Pin
from tests.evidence.test_evidence_report import EVIL, exhibit, hostile, report, tags

FULL = Picture("exhibits/ex-0001/full.png", 1280, 3000)
CROP = Crop("crops/0001.png", "ef" * 32, "full.png", (120.0, 1500.0, 400.0, 44.0))


def html(page: ExhibitPage) -> str:
    return render_exhibit(page, case_id="case-0001", vendor="Pelican <Sender>")


def pinned(crop: Crop = CROP, full: Picture = FULL) -> ExhibitPage:
    page = exhibit(full=full, cover=(("Captured, local", "2026-11-24 19:10:02 UTC+05:30"),))
    quote = replace(page.claims[0], pin=Pin("urn:uuid:1", "ab" * 32, (1, 9), "", "html > body > p", crop))
    files = (*page.files, replace(page.files[0], path="full.png", sha256="77" * 32))
    return replace(page, claims=(quote, *page.claims[1:]), files=files)


def test_the_cover_says_what_it_is_and_every_file_has_its_digest() -> None:
    text = html(pinned())
    for words in ("Exhibit 1", "Pelican &lt;Sender&gt;", "UTC+05:30", "ab" * 32, "ef" * 32, "digicert"):
        assert words in text
    assert "What speaks for the operator" in text
    assert "not affiliated with WhatsApp" in text


def test_a_quote_is_framed_on_its_picture_and_the_print_names_the_picture() -> None:
    text = html(pinned())
    assert text.count('class="window claim-1"') == 1
    assert f"Made from full.png, SHA-256 {'77' * 32}: a part of it, with the frame added." in text
    for words in ("urn:uuid:1", "html &gt; body &gt; p", "characters 1 to 9", "crops/0001.png"):
        assert words in text
    assert "claim-2" not in text


def test_each_line_of_a_quote_has_a_frame_of_its_own() -> None:
    lines = ((120.0, 1500.0, 400.0, 20.0), (120.0, 1524.0, 90.0, 20.0))
    assert html(pinned(replace(CROP, lines=lines))).count("<i></i>") == 2
    assert html(pinned()).count("<i></i>") == 1


def test_a_frame_lies_where_the_words_are() -> None:
    place = window(CROP, FULL, "w")
    assert place is not None
    scale = place.image_mm / FULL.width
    ((left, top, width, height),) = place.frames_mm
    assert (left + place.left_mm) / scale == pytest.approx(120 - 2, abs=0.5)
    assert (top + place.top_mm) / scale == pytest.approx(1500 - 2, abs=0.5)
    assert (width / scale, height / scale) == (pytest.approx(404), pytest.approx(48))
    assert 0 <= left < left + width <= place.width_mm <= SHEET_WIDTH_MM
    assert 0 <= top < top + height <= place.height_mm
    assert not place.cut


@pytest.mark.parametrize("rect", [(0, 0, 5, 5), (1275, 2995, 5, 5), (0, 0, 1280, 3000), (0, 2900, 1280, 100)])
def test_a_window_never_leaves_its_picture(rect: tuple[float, float, float, float]) -> None:
    place = window(replace(CROP, rect=rect), FULL, "w")
    assert place is not None
    scale = place.image_mm / FULL.width
    assert 0 <= place.left_mm <= place.left_mm + place.width_mm <= place.image_mm + 1e-6
    assert 0 <= place.top_mm <= place.top_mm + place.height_mm <= FULL.height * scale + 1e-6
    assert place.cut == (rect[3] == 3000)


def test_a_rectangle_outside_of_the_picture_gives_a_quote_without_one() -> None:
    assert window(replace(CROP, rect=(0, 2990, 10, 20)), FULL, "w") is None
    assert "<i></i>" not in html(pinned(replace(CROP, rect=(0, 2990, 10, 20))))
    assert "<i></i>" not in html(pinned(replace(CROP, of="elsewhere.png")))
    assert "<i></i>" not in html(replace(pinned(), files=()))


def test_a_tall_page_is_shown_in_overlapping_sheets_and_the_rest_is_said() -> None:
    text = html(exhibit(full=Picture("exhibits/ex-0001/full.png", 1280, 16_000)))
    assert "the page as captured, part 1 of 9" in text
    assert "part 9 of 9" in text
    assert "The rest of the page" not in text
    endless = slices(Picture("full.png", 100, 100_000), "s")
    assert len(endless) == 40
    assert "percent of it, is in the image" in endless[-1].rest
    none = html(exhibit(full=None, viewport=None))
    assert "There is no picture of this page." in none


def test_a_strip_too_small_for_a_sheet_of_its_own_makes_the_page_a_little_smaller() -> None:
    sheets = slices(Picture("full.png", 1280, 3771), "s")
    assert len(sheets) == 2
    width = sheets[0].width_mm
    assert 0.85 * 172 <= width < 172
    assert sum(one.height_mm for one in sheets) - 5 == pytest.approx(3771 * width / 1280, abs=0.1)


def test_no_word_of_a_page_becomes_markup() -> None:
    (bad,) = hostile().exhibits
    crop = Crop(EVIL, EVIL, "full.png", (1.0, 1.0, 5.0, 5.0))
    pin = Pin(EVIL, EVIL, (1, 2), EVIL, EVIL, crop, (EVIL,))
    quote = replace(bad.claims[0], pin=pin, symbols=EVIL)
    files = (replace(bad.files[0], path="full.png"),)
    bad = replace(bad, files=files, claims=(quote,), cover=((EVIL, EVIL),), lookup=Lookup(EVIL, "", 3))
    found = tags(render_exhibit(bad, case_id=EVIL, vendor=EVIL))
    assert {name for name, _ in found} <= {name for name, _ in tags(html(pinned()))} | {"ul", "li", "b"}
    assert not any(key.startswith("on") or key == "style" for _, attributes in found for key in attributes)
    assert {a["src"] for n, a in found if n == "img"} == {"../exhibits/ex-0001/full.png"}


def test_the_look_up_is_told_with_its_age_or_its_absence() -> None:
    known = html(exhibit(lookup=Lookup("Neither stands in the directory; that alone says nothing.", "2026-11-01", 23)))
    assert "that alone says nothing." in known
    assert "23 days old when the exhibit was captured" in re.sub(r"\s+", " ", known)
    assert "No look-up of this page in the directory of authorised providers is recorded." in html(exhibit())
    assert report().exhibits[0].lookup is None
