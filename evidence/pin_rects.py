"""Rectangles of quotes on the open page: quotes in, where the browser paints them out, in CSS pixels of the whole page.

A small script looks for the words in the page's text nodes. It runs in a world of its own, in which the page's scripts
cannot be and whose names they cannot change, and it changes nothing. It is asked before and after the screenshot: what
moved in between has no rectangle. Text that is not painted has none either, and the reason says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from playwright.sync_api import CDPSession

from classifiers.text import Extracted
from evidence.verifier.quotes import compact

WORLD = "offsignal-pins"
SCRIPT = "pin_rects.js"
SCRIPT_MS = 3_000
MAX_SOUGHT = 400
MAX_LINES = 40
SLACK = 1.0
#: Kinds of text that are text nodes of the document; the others are attributes or data, which nothing paints.
PAINTED = frozenset({"heading", "body", "menu", "hidden", "struck"})
UNPAINTED = {
    "title": "it stands in the page's title, which the browser shows in its tab and not on the page",
    "meta": "it stands in the page's meta data, which no browser paints",
    "jsonld": "it stands in the page's data for search engines, which no browser paints",
    "alt": "it stands in the alternative text of a picture, which is not painted",
    "link": "it stands in the address of a link, which is not painted",
}

Place = tuple[int, int]  # of a quote in the text
Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True, slots=True)
class Painted:
    """Where a quote is painted: the box around all of it, and a box for each line of it; whole CSS pixels."""

    box: Box
    lines: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """A quote as the script looks for it: without white space, and how many equal ones stand before it."""

    place: Place
    words: str
    before: int


def sought(extracted: Extracted, places: Sequence[Place]) -> tuple[tuple[Sought, ...], dict[Place, str]]:
    """The quotes to look for on the page, at most MAX_SOUGHT, and for the others why they are not painted."""
    offsets, whole, length = {}, [], 0
    for block in extracted.blocks:
        if block.field in PAINTED:
            offsets[block.start] = length
            whole.append(compact(extracted.text[block.start : block.end]))
            length += len(whole[-1])
    text = "".join(whole)
    wanted: list[Sought] = []
    reasons: dict[Place, str] = {}
    starts = {one.start: one for one in extracted.blocks if one.field in PAINTED}
    owners = sorted(starts)
    for start, end in places:
        kind = extracted.field_at(start)
        if kind not in PAINTED:
            reasons[start, end] = UNPAINTED.get(kind, f"it stands in the page's {kind or 'data'}, which is not painted")
        elif len(wanted) == MAX_SOUGHT:
            reasons[start, end] = f"only {MAX_SOUGHT} quotes are looked for on the page"
        else:
            owner = _last(owners, start)
            at = offsets[owner] + len(compact(extracted.text[owner:start]))
            words = compact(extracted.text[start:end])
            wanted.append(Sought((start, end), words, _count(text, words, at)))
    return tuple(wanted), reasons


def _last(starts: Sequence[int], place: int) -> int:
    """The last of the sorted ``starts`` that is not after ``place``."""
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if starts[middle] <= place else (low, middle)
    return starts[low - 1]


def _count(text: str, words: str, end: int) -> int:
    """How often ``words`` begin in ``text`` before ``end``."""
    count, at = 0, text.find(words)
    while 0 <= at < end and count < 1000:
        count, at = count + 1, text.find(words, at + 1)
    return count


def look(session: CDPSession, quotes: Sequence[Sought]) -> tuple[Any, ...]:
    """What the script says of each quote on the page as it is now. Raises playwright's Error when the page is gone.

    The caller has made sure that the page answers; the script itself is ended after SCRIPT_MS.
    """
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": WORLD})["executionContextId"]
    script = resources.files("evidence").joinpath("templates", SCRIPT).read_text("utf-8")
    wanted = json.dumps([[one.words, one.before] for one in quotes])
    asked = {"expression": f"({script})({wanted}, {MAX_LINES})", "contextId": world}
    answer = session.send("Runtime.evaluate", {**asked, "returnByValue": True, "timeout": SCRIPT_MS, "silent": True})
    said = answer.get("result", {}).get("value")
    if "exceptionDetails" in answer or not isinstance(said, list) or len(said) != len(quotes):
        return tuple("the page did not say where its words are" for _ in quotes)
    return tuple(said)


def settled(quotes: Sequence[Sought], before: Sequence[Any], after: Sequence[Any]) -> Mapping[Place, Painted | str]:
    """The rectangles that were the same before and after the screenshot; for the other quotes the reason."""
    found: dict[Place, Painted | str] = {}
    for one, first, second in zip(quotes, before, after, strict=True):
        if isinstance(first, str) or isinstance(second, str):
            found[one.place] = str(second if isinstance(second, str) else first)
        elif not _still(first, second):
            found[one.place] = "it moved while the screenshot was made"
        else:
            found[one.place] = _painted(second)
    return found


def _still(first: Any, second: Any) -> bool:
    one, two = first[0], second[0]
    return all(abs(float(a) - float(b)) <= SLACK for a, b in zip(one, two, strict=True))


def _painted(said: Any) -> Painted:
    boxes = [_box(one) for one in said]
    return Painted(boxes[0], tuple(boxes[1:]))


def _box(sides: Any) -> Box:
    """Whole pixels that hold what the browser gave as left, top, right and bottom."""
    left, top, right, bottom = (float(side) for side in sides)
    x, y = int(left // 1), int(top // 1)
    return x, y, int(-(-right // 1)) - x, int(-(-bottom // 1)) - y
