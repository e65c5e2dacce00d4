"""Paths to elements in, where those elements stand in a document out; for documents as browsers write them down.

A path is what CSS reads: ``html > body > p:nth-of-type(2)``, or from the one element of an ID on: ``#offer > b``. A
step without a number is the only one of its kind. Comments and what stands inside scripts, styles, titles and frames
is passed over.
"""

from __future__ import annotations

import re
from typing import Any

MAX_STEPS, MAX_TAGS, MAX_READ_CHARS = 256, 400_000, 64 << 20
PATH_STEP = re.compile(r"#([A-Za-z][A-Za-z0-9_-]{0,63})|([a-z][a-z0-9-]{0,40})(?::nth-of-type\(([1-9]\d{0,6})\))?")
OPENING = re.compile(r"<(?:(/?)([a-zA-Z][^ \t\n\f\r/>]*)|(!--)|[!?/])")
VALUE_OR_END = re.compile(r">|=[ \t\n\f\r]*([\"'])")
ID = re.compile(r"[ \t\n\f\r]id=\"([A-Za-z][A-Za-z0-9_-]{0,63})\"")
COMMENT_END = re.compile(r"--!?>")
RAW = frozenset(["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "title", "textarea"])
EMPTY = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# name, what its children may match, how many of each name it has, the paths that end here, its start
Node = tuple[str, Any, Any, Any, int]


def path_steps(path: str) -> list[tuple[str, int]]:
    """The steps of a path: name and number, or "#" and the ID with 0. Raises ValueError for anything else."""
    steps = []
    for place, part in enumerate(path.split(" > ")):
        found = PATH_STEP.fullmatch(part)
        if not found or place >= MAX_STEPS or (found[1] and place):
            raise ValueError(f"{path[:80]!r} is no path to an element")
        steps.append((f"#{found[1]}", 0) if found[1] else (found[2], int(found[3] or 1)))
    return steps


def elements(page: str, paths: list[str]) -> dict[str, tuple[int, int]]:
    """Where the element of each path stands: from its first "<" to the end of its end tag; others are left out.

    Raises ValueError for a path of another form, and for a document of more than MAX_TAGS tags.
    """
    roots: dict[tuple[str, int], list[tuple[str, list[tuple[str, int]]]]] = {}
    for path in set(paths):
        first, *rest = path_steps(path)
        roots.setdefault(first, []).append((path, rest))
    with_ids = any(name.startswith("#") for name, _ in roots)
    found: dict[str, tuple[int, int]] = {}
    stack: list[Node] = [("", roots, {}, [], 0)]
    position = 0
    for number, (kind, name, start, end) in enumerate(tags(page)):
        if number > MAX_TAGS:
            raise ValueError(f"the document has more than {MAX_TAGS} tags")
        position = end
        if kind == "end":
            if any(node[0] == name for node in reversed(stack[-MAX_STEPS:])):
                while close(stack, end, found) != name:
                    pass
            continue
        node = opened(stack[-1], name, start)
        if with_ids and (said := ID.search(page, start, end)):
            enter(roots.pop((f"#{said[1]}", 0), []), node)
        stack.append(node)
        if name in EMPTY:
            close(stack, end, found)
    while len(stack) > 1:
        close(stack, len(page) if position else 0, found)
    return found


def opened(parent: Node, name: str, start: int) -> Node:
    """A child of ``parent``, with the paths that lead to it and on."""
    node: Node = (name, {}, {}, [], start)
    if parent[1]:
        number = parent[2][name] = parent[2].get(name, 0) + 1
        enter(parent[1].get((name, number), []), node)
    return node


def enter(reached: list[tuple[str, list[tuple[str, int]]]], node: Node) -> None:
    """Notes at a node which paths end there and where the others go on."""
    for path, rest in reached:
        if rest:
            node[1].setdefault(rest[0], []).append((path, rest[1:]))
        else:
            node[3].append(path)


def close(stack: list[Node], end: int, found: dict[str, tuple[int, int]]) -> str:
    """Ends the innermost open element; returns its name."""
    name, _, _, paths, start = stack.pop()
    for path in paths:
        found.setdefault(path, (start, end))
    return str(name)


def tags(page: str) -> list[tuple[str, str, int, int]]:
    """Every start and end tag: kind, lower-case name, and its span. Linear in the length of the page."""
    out: list[tuple[str, str, int, int]] = []
    position = 0
    while match := OPENING.search(page, position):
        if match[2] is None:
            position = after_remark(page, match)
            continue
        end = tag_end(page, match.end())
        if end < 0 or len(out) > MAX_TAGS + 1:
            break
        name = match[2].lower()
        out.append(("end" if match[1] else "start", name, match.start(), end))
        position = end
        if not match[1] and name in RAW:
            closer = re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(page, position)
            position = closer.start() if closer else len(page)
    return out


def tag_end(page: str, position: int) -> int:
    """The offset after the ">" that ends a tag, one inside a quoted value not counted; -1 when there is none."""
    while match := VALUE_OR_END.search(page, position):
        if not match[1]:
            return match.end()
        position = page.find(match[1], match.end()) + 1
        if not position:
            break
    return -1


def after_remark(page: str, match: re.Match[str]) -> int:
    """The offset after a comment, doctype or processing instruction."""
    if match[3] is None:
        return page.find(">", match.end()) + 1 or len(page)
    for short in (">", "->"):
        if page.startswith(short, match.end()):
            return match.end() + len(short)
    found = COMMENT_END.search(page, match.end())
    return found.end() if found else len(page)
