"""What stands on a page without being said by it: code, addresses, menus, heads of tables. Page in, stretches out.

A phrase that is found in one of these is no statement: ``/group/join-with-link`` promises nothing, and the menu entry
"GB apk" is a way to another page. Everything is told by marks a reader sees too: fences and back-ticks, commands,
assignments, trees drawn with lines, paths, entries of a menu one below the other. Linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifiers.claims.page import Line, Page

MENU_WORDS = 5  # an entry of a menu has no more
MENU_GAP = 6  # lines between two entries that are surely of one menu
MENU_ENTRIES = 3  # so many are a menu
LINE_CHARS = 400  # of a longer line only the beginning tells whether it is code

_FENCE = re.compile(r"\s{0,8}(?:```|~~~)")
_COMMAND = re.compile(
    r"\s*(?:[-*$>#]\s{1,4})?(?:npm|npx|yarn|pnpm|pip3?|git|docker(?:-compose)?|curl|wget|sudo|apt(?:-get)?|brew|composer|chmod"
    r"|mkdir|cd|php|python3?|pm2|ssh|cp|mv) (?:[a-z0-9./~@:_-]{2,40}(?:\s|\Z))"
)
_STATEMENT = re.compile(
    r"\s*(?:import [\w{*'\"].{0,200}(?: from |['\"];?\s*\Z)|from [\w.]{1,60} import "
    r"|(?:const|let|var|await|return) \w.{0,200}[=(;]|#include|<\?php|</?[a-z][^<>\n]{0,300}>\s*\Z"
    r"|(?:public|private|static|async|def|class|function|func) [\w ]{1,60}[({:]"
    r"|\"[\w.-]{1,60}\" ?: ?[\[{\"\d]|[a-z][a-z0-9_]{2,60}=\S{0,200}\s*\Z"
    r"|[\w.]{2,80}\([^)\n]{0,200}\)[;,{]?\s*\Z|//|/\*|\* @|@\w{2,30}\(|[{}\])]{1,4}[;,]?\s*\Z)"
)
_STATEMENT_END = re.compile(r"[,;{]\s{1,8}//\s|(?:\);|\};|=> ?[{(]|\) ?\{|\{|\],|</[a-z]{1,12}>)\s*\Z")
_DRAWN = re.compile(r"[│├└┌┐┘┬┴┼║╔╗╚╝╠╣]")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{2,}[\s:|-]{0,300}\Z")
_CONTENTS = re.compile(r"\s*(?:[-*+]|[0-9]{1,2}[.)])?\s*\[[^\]\n]{1,120}\]\(#")
_INSIDE = re.compile(
    r"`[^`\n]{1,300}`|\]\([^)\n]{1,400}\)|(?:https?:)?//[^\s<>\"')\]`]{3,2000}|www\.[^\s<>\"')\]]{3,400}"
    r"|(?<!\w)(?:get|post|put|delete|patch) /\S{0,200}|<[a-z/!][^<>\n]{0,300}>"
    r"|(?<![\w/])/[a-z][\w{}:.-]{0,60}(?:/[\w{}:.-]{1,80}){1,8}"
    r"|(?<!\w)\w[\w-]{0,60}\.(?:js|ts|tsx|jsx|py|php|json|md|ya?ml|sh|go|cs|java|kt|dart|sql)(?!\w)"
    r"|(?<![\w@])[a-z0-9]{1,30}(?:_[a-z0-9]{1,30}){1,8}(?![\w@])"
)
_SEPARATORS = re.compile(r" ?[|·•»›>/] ?")
_MARKS = ".!?:;"


@dataclass(frozen=True, slots=True)
class Asides:
    """Stretches of the view, in order and not touching: the lines of ``code``; with them, the others in ``every``."""

    code: tuple[tuple[int, int], ...] = ()
    every: tuple[tuple[int, int], ...] = ()

    def in_code(self, start: int, end: int) -> bool:
        """Whether ``start:end`` touches a line of code."""
        return _touching(self.code, start, end) is not None

    def touch(self, offset: int) -> bool:
        """Whether a place is in something that is no statement."""
        return _touching(self.every, offset, offset + 1) is not None

    def bounds(self, start: int, end: int, low: int, high: int) -> tuple[int, int]:
        """``low:high`` around ``start:end`` cut where an aside begins or ends."""
        index = bisect_left(self.every, (start, start))
        if index and self.every[index - 1][1] <= start:
            low = max(low, self.every[index - 1][1])
        if index < len(self.every) and self.every[index][0] >= end:
            high = min(high, self.every[index][0])
        return low, high


def _touching(spans: tuple[tuple[int, int], ...], start: int, end: int) -> tuple[int, int] | None:
    index = bisect_left(spans, (end, end)) - 1
    return spans[index] if index >= 0 and spans[index][1] > start else None


def asides(page: Page) -> Asides:
    """The asides of a page whose lines and phrases are known."""
    code = _merged(_code(page))
    rest = [*_menus(page), *_table_heads(page), *(match.span() for match in _INSIDE.finditer(page.text))]
    return Asides(code, _merged([*code, *rest]))


def _code(page: Page) -> Iterator[tuple[int, int]]:
    text, fenced = page.text, False
    for line in page.lines:
        start = text[line.start : min(line.end, line.start + LINE_CHARS)]
        if _FENCE.match(start):
            yield line.start, line.end
            fenced = not fenced and start.strip("`~ \t") == start.strip("`~ \t").split("`")[0]
            continue
        if fenced or _is_code(start):
            yield line.start, line.end


def _is_code(line: str) -> bool:
    if not line.strip():
        return False
    patterns = (_COMMAND, _STATEMENT, _CONTENTS)
    return any(one.match(line) for one in patterns) or bool(_STATEMENT_END.search(line) or _DRAWN.search(line))


def _table_heads(page: Page) -> Iterator[tuple[int, int]]:
    for above, below in pairwise(page.lines):
        if "--" in page.text[below.start : below.start + 8] and _TABLE_RULE.match(page.text, below.start, below.end):
            yield above.start, above.end


def _menus(page: Page) -> Iterator[tuple[int, int]]:
    """From the first to the last of the entries that only a menu has, where they stand near each other."""
    entries: list[int] = []
    for index in sorted({page.line_index(hit.start) for hit in page.hits("cue.menu")}):
        line = page.lines[index]
        if _one_line_menu(page, line):
            yield line.start, line.end
        elif _entry(page, line):
            if entries and not _side_by_side(page, entries[-1], index):
                yield from _menu(page, entries)
                entries = []
            entries.append(index)
    yield from _menu(page, entries)


def _side_by_side(page: Page, one: int, other: int) -> bool:
    return other - one <= MENU_GAP and all(_entry(page, page.lines[at]) for at in range(one + 1, other))


def _menu(page: Page, entries: list[int]) -> Iterator[tuple[int, int]]:
    """Headings are named like entries of a menu, but two of them never follow each other."""
    if len(entries) >= MENU_ENTRIES and any(after - one == 1 for one, after in pairwise(entries)):
        yield page.lines[entries[0]].start, page.lines[entries[-1]].end


def _entry(page: Page, line: Line) -> bool:
    """Whether a line may be an entry of a menu: empty, or a few words that are no sentence."""
    words = len(page.words.between(line.start, line.end))
    return words <= MENU_WORDS and (words == 0 or page.text[line.start : line.end].rstrip()[-1:] not in _MARKS)


def _one_line_menu(page: Page, line: Line) -> bool:
    text = page.text[line.start : min(line.end, line.start + LINE_CHARS)]
    parts = _SEPARATORS.split(text)
    known = len({page.text[hit.start : hit.end] for hit in page.between("cue.menu", line.start, line.end)})
    short = sum(len(part.split()) <= MENU_WORDS for part in parts)
    return known >= MENU_ENTRIES and len(parts) > MENU_ENTRIES and short == len(parts)


def _merged(spans: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif end > start:
            found.append((start, end))
    return tuple(found)
