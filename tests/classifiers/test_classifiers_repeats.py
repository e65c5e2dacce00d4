"""Lines that stand on most pages of a site are flagged; texts, offsets and the way back stay."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.repeats import BOILERPLATE, flag_repeats
from classifiers.text import Extracted, extract_html, plain

MENUS = ["Hоme", "Home", "Ho\u200bme"]
SOURCES = ["<p>a", "<p>b<del>c</del>", "<nav>d</nav>", "e<br>", "<li>f"]
FRAME = "<div>Home   Pricing</div><p>{}</p><p>We use <b>cookies</b></p><ul><li>Support<li>{}</ul>"


def flagged(page: Extracted) -> list[str]:
    return [page.text[block.start : block.end] for block in page.blocks if block.field == BOILERPLATE]


def test_what_every_page_has_is_flagged_and_what_one_has_is_not() -> None:
    pages = [extract_html(FRAME.format(f"Offer {name}", name).encode()) for name in ("a", "b", "c", "d")]
    for before, after in zip(pages, flag_repeats(pages), strict=True):
        assert flagged(after) == ["Home Pricing\n", "We use cookies\n", "Support\n"]
        assert after.text == before.text
        assert after.body_spans(0, len(after.text)) == before.body_spans(0, len(before.text))


def test_two_pages_and_a_minority_tell_nothing() -> None:
    two = [extract_html(FRAME.format("x", "y").encode())] * 2
    assert flag_repeats(two) == tuple(two)
    some = [plain("Menu\n")] * 3 + [plain(f"page {number}\n") for number in range(9)]
    assert flag_repeats(some) == tuple(some)


def test_disguise_does_not_hide_a_repeat_and_other_fields_keep_theirs() -> None:
    pages = [extract_html(f"<p>{menu}<p>x{n}<nav>n</nav>".encode()) for n, menu in enumerate(MENUS)]
    assert [flagged(page) for page in flag_repeats(pages)] == [[f"{menu}\n"] for menu in MENUS]
    assert all("menu" in {block.field for block in page.blocks} for page in flag_repeats(pages))


@given(
    st.lists(
        st.lists(st.sampled_from(SOURCES), max_size=8),
        max_size=5,
    )
)
@settings(max_examples=200, deadline=None)
def test_blocks_still_tile_the_text(sources: list[list[str]]) -> None:
    pages = [extract_html("".join(source).encode()) for source in sources]
    for before, after in zip(pages, flag_repeats(pages), strict=True):
        assert after.text == before.text
        assert "".join(after.text[block.start : block.end] for block in after.blocks) == after.text
        for block in after.blocks:
            assert block.start < block.end
            assert block.field in (BOILERPLATE, before.field_at(block.start))
