"""CSS paths of quotes: spans of a rendered document in, the path of the smallest element that holds each out.

BeautifulSoup builds the tree, of a skeleton: the document's own tags with nothing but their IDs, and a mark where each
quote begins and ends. So a hostile page costs no more than its tags do, and the tokens are those of the scanner that
the quotes came from. A path is given only if the verifier's own reader finds the quote at its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from classifiers.markup import Token, attributes, tokens, value
from evidence.verifier.paths import MAX_READ_CHARS, MAX_STEPS, elements
from evidence.verifier.quotes import compact, views

MAX_ELEMENTS, MAX_CHARS = 60_000, 16 << 20
NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
MARKS = "data-marks"

Span = tuple[int, int]


class NoPath(Exception):  # noqa: N818  # read aloud: "NoPath: the document has more elements than are read"
    """A quote has no path; the text is the reason."""


def paths(html: str, quotes: Mapping[Span, str]) -> dict[Span, str | NoPath]:
    """For each quote, by the span of ``html`` it stands in, the path of the smallest element that holds all of it.

    A path is ``html > body > p:nth-of-type(2)``, or starts at the nearest element with an ID of its own. Linear in the
    length of the document, which is not read beyond MAX_ELEMENTS elements.
    """
    try:
        tree = BeautifulSoup(_skeleton(html, list(quotes)), "html.parser", multi_valued_attributes=None)
    except NoPath as reason:
        return dict.fromkeys(quotes, reason)
    steps, ends = _Steps(tree), _ends(tree)
    found: dict[Span, str | NoPath] = {}
    for number, span in enumerate(quotes):
        try:
            found[span] = steps.path(_common(ends.get(2 * number), ends.get(2 * number + 1)))
        except NoPath as reason:
            found[span] = reason
    return _agreed(html, quotes, found)


def _skeleton(html: str, spans: Sequence[Span]) -> str:
    """The document's tags with their IDs and with the marks 2n and 2n+1 where the n-th span begins and ends."""
    if len(html) > MAX_CHARS:
        raise NoPath(f"the document is longer than {MAX_CHARS} characters")
    begins = [(start, 2 * number) for number, (start, _) in enumerate(spans)]
    marks = sorted([*begins, *((end - 1, 2 * number + 1) for number, (_, end) in enumerate(spans))])
    out: list[str] = []
    place = count = 0
    for token in tokens(html):
        inside = []
        while place < len(marks) and marks[place][0] < token.end:
            inside.append(str(marks[place][1]))
            place += 1
        if token.kind == "start":
            count += 1
            if count > MAX_ELEMENTS:
                raise NoPath(f"the document has more than {MAX_ELEMENTS} elements")
            out.append(_start(html, token, " ".join(inside)))
        elif token.kind == "end":
            out.append(f"</{_name(token)}>")
        elif inside:
            out.append(f" {' '.join(inside)} ")
    return "".join(out)


def _start(html: str, token: Token, marks: str) -> str:
    has_id = html.find("id=", token.inner_start, token.inner_end) >= 0
    found = attributes(html, token).get("id") if has_id else None
    given = value(html, found) if found else ""
    own = f' id="{given}"' if ID.fullmatch(given) else ""
    said = f' {MARKS}="{marks}"' if marks else ""
    return f"<{_name(token)}{own}{said}>"


def _name(token: Token) -> str:
    return token.name if NAME.fullmatch(token.name) else "x-unnamed"


def _ends(tree: BeautifulSoup) -> dict[int, Tag]:
    """The element that each mark stands in; a mark inside a tag's own attributes stands in that element."""
    found: dict[int, Tag] = {}
    for node in tree.descendants:
        told = str(node.attrs.get(MARKS, "")) if isinstance(node, Tag) else str(node)
        holder = node if isinstance(node, Tag) else node.parent
        if told and isinstance(holder, Tag):
            found.update(dict.fromkeys(map(int, told.split()), holder))
    return found


def _above(node: Tag) -> Iterator[Tag]:
    """The element and what it lies in, from the inside out."""
    above: PageElement | None = node
    for _ in range(MAX_STEPS):
        if not isinstance(above, Tag) or isinstance(above, BeautifulSoup):
            return
        yield above
        above = above.parent
    raise NoPath(f"it lies in more than {MAX_STEPS} elements")


def _common(first: Tag | None, last: Tag | None) -> Tag:
    if first is None or last is None:
        raise NoPath("it stands in no element")
    there = {id(one) for one in _above(last)}
    for one in _above(first):
        if id(one) in there:
            return one
    raise NoPath("it stands in no element of its own")


class _Steps:
    """Writes paths; remembers how the children of an element are numbered, so that none is counted twice."""

    def __init__(self, tree: BeautifulSoup) -> None:
        ids = Counter(str(tag.attrs["id"]) for tag in tree.find_all(id=True) if isinstance(tag, Tag))
        self._ids = {name for name, count in ids.items() if count == 1}
        self._numbers: dict[int, dict[int, tuple[int, int]]] = {}

    def path(self, element: Tag) -> str:
        """The path of an element. Raises NoPath when one of its steps cannot be written."""
        steps: list[str] = []
        for one in _above(element):
            if one.name == "x-unnamed":
                raise NoPath("it lies in an element whose name cannot be written in a path")
            if one.attrs.get("id") in self._ids:
                steps.append(f"#{one.attrs['id']}")
                break
            steps.append(self._step(one))
        return " > ".join(reversed(steps))

    def _step(self, one: Tag) -> str:
        number, of = self._numbered(one)
        return one.name if of == 1 else f"{one.name}:nth-of-type({number})"

    def _numbered(self, one: Tag) -> tuple[int, int]:
        """Which of its name an element is among its neighbours, and how many there are."""
        parent = one.parent
        if parent is None:
            return 1, 1
        if id(parent) not in self._numbers:
            counts: dict[str, int] = {}
            places: dict[int, int] = {}
            children = [child for child in parent.children if isinstance(child, Tag)]
            for child in children:
                places[id(child)] = counts[child.name] = counts.get(child.name, 0) + 1
            self._numbers[id(parent)] = {id(child): (places[id(child)], counts[child.name]) for child in children}
        return self._numbers[id(parent)][id(one)]


def _agreed(html: str, quotes: Mapping[Span, str], found: dict[Span, str | NoPath]) -> dict[Span, str | NoPath]:
    """The paths at whose end the verifier's reader finds the quote; the others become reasons."""
    written = [path for path in found.values() if isinstance(path, str)]
    try:
        there = elements(html, written)
    except ValueError as error:
        return dict.fromkeys(quotes, NoPath(str(error)))
    read: dict[str, list[str]] = {}
    left = MAX_READ_CHARS // 2
    for span, path in found.items():
        if isinstance(path, str):
            if path in there and path not in read:
                start, end = there[path]
                left -= end - start
                if left < 0:
                    found[span] = NoPath("the document is too large for all its quotes to be looked up in it")
                    continue
                read[path] = views(html[start:end].encode("utf-8", "replace"))[0]
            if not any(compact(quotes[span]) in view for view in read.get(path, [])):
                words = [compact(word) for word in quotes[span].split()]
                apart = any(all(word in view for word in words) for view in read.get(path, []))
                told = "its words stand apart in the element" if apart else "two readers do not agree on its element"
                found[span] = NoPath(told)
    return found
