"""Decoded HTML -> a flat run of tokens with offsets. Forgiving, linear in the length of the input, never raises.

A small reading of the HTML Standard's tokenizer (section 13.2.5): quoted attributes, comments, raw-text elements. It
keeps what tree builders throw away, the place of every character, because a quote must be found again in the
preserved page. All repetitions are possessive, so no input can make a pattern retry what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Literal, NamedTuple

SPACE = " \t\n\f\r"
RAW_TEXT = frozenset(["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript"])
ESCAPABLE_RAW_TEXT = frozenset({"title", "textarea"})
MAX_ATTRIBUTES = 200


class Token(NamedTuple):
    """``start:end`` is the token's span; for a tag ``inner_start:inner_end`` is where its attributes stand."""

    kind: Literal["text", "start", "end", "raw"]
    start: int
    end: int
    name: str = ""
    inner_start: int = 0
    inner_end: int = 0


class Piece(NamedTuple):
    """A run of decoded text and the span of HTML it came from. Equal lengths mean character for character."""

    text: str
    start: int
    end: int


_OPEN = re.compile(r"<(?:(/?+)([a-zA-Z][^ \t\n\f\r/>]*+)|(!--)|[!?/])")
_REST = re.compile(r"""(?:[^>"'=]++|=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')|[="'])*+>""")
_COMMENT_END = re.compile(r"--!?>")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*+([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"""
    r"""(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"([^"]*+)"|'([^']*+)'|([^ \t\n\f\r>]*+)))?+"""
)
_CLOSERS = {name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE) for name in RAW_TEXT | ESCAPABLE_RAW_TEXT}
_PLAIN_STOP = re.compile(r"[&\x00\t\n\f\r]|  ")
_NUMBER = r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?+"
_SPECIAL = re.compile(_NUMBER + r"|([A-Za-z][A-Za-z0-9]{1,31}+;?+))|[ \t\n\f\r]{2,}+|[\t\n\f\r]|\x00++")
_SPECIAL_PRE = re.compile(_NUMBER + r"|([A-Za-z][A-Za-z0-9]{1,31}+;?+))|\r\n?+|\x00++")
_ATTRIBUTE_ENTITY = re.compile(_NUMBER + r"|([A-Za-z][A-Za-z0-9]{1,31}+;))|\x00++")
# Numeric references to these code points mean the Windows-1252 characters (HTML Standard, 13.2.5.80).
_C1 = {0x80 + i: char for i, char in enumerate(bytes(range(0x80, 0xA0)).decode("cp1252", "replace"))}


def tokens(html: str) -> Iterator[Token]:
    """Every text run, tag and raw-text content of ``html`` in order; comments and declarations are passed over.

    After the start tag of a raw-text element comes one "raw" token with its content, then its end tag.
    What the standard swallows (an unclosed comment, script or last tag) ends the run.
    """
    position = 0
    text_from = 0
    while match := _OPEN.search(html, position):
        if match.start() > text_from:
            yield Token("text", text_from, match.start())
        name = match[2]
        if name is None:
            position = text_from = _after_declaration(html, match)
            continue
        rest = _REST.match(html, match.end())
        if rest is None:
            return
        kind: Literal["start", "end"] = "end" if match[1] else "start"
        name = name.lower()
        position = text_from = rest.end()
        yield Token(kind, match.start(), position, name, match.end(), position - 1)
        if kind == "start" and name in _CLOSERS:
            closer = _CLOSERS[name].search(html, position)
            stop = closer.start() if closer else len(html)
            yield Token("raw", position, stop, name)
            position = text_from = stop
        elif kind == "start" and name == "plaintext":
            break
    if text_from < len(html):
        yield Token("text", text_from, len(html))


def _after_declaration(html: str, match: re.Match[str]) -> int:
    """The offset after a comment, doctype, processing instruction or stray closing mark."""
    if match[3] is None:
        end = html.find(">", match.end())
        return end + 1 if end >= 0 else len(html)
    inside = match.end()
    if html.startswith(">", inside):
        return inside + 1
    if html.startswith("->", inside):
        return inside + 2
    closer = _COMMENT_END.search(html, inside)
    return closer.end() if closer else len(html)


def attributes(html: str, token: Token) -> dict[str, tuple[int, int]]:
    """Attribute name (lower case) -> span of its raw value. The first of two equal names counts."""
    found: dict[str, tuple[int, int]] = {}
    position = token.inner_start
    while len(found) < MAX_ATTRIBUTES and (match := _ATTRIBUTE.match(html, position, token.inner_end)):
        position = match.end()
        group = match.lastindex or 1
        span = match.span(group) if group > 1 else (match.end(), match.end())
        found.setdefault(match[1].lower(), span)
    return found


def text_pieces(html: str, start: int, end: int, *, preserve: bool = False) -> Iterator[Piece]:
    """Decoded text of a run: character references resolved, white space collapsed to one space unless ``preserve``."""
    special = _SPECIAL_PRE if preserve else _SPECIAL
    if not preserve and not _PLAIN_STOP.search(html, start, end):
        yield Piece(html[start:end], start, end)
        return
    position = start
    for match in special.finditer(html, start, end):
        if match.start() > position:
            yield Piece(html[position : match.start()], position, match.start())
        position = match.end()
        first = match[0][0]
        if first == "&":
            for piece in _reference(match):
                yield piece if preserve or piece.text not in "\t\n\f\r" else piece._replace(text=" ")
        elif first != "\x00":
            yield Piece("\n" if preserve else " ", match.start(), match.end())
    if position < end:
        yield Piece(html[position:end], position, end)


def value_pieces(html: str, start: int, end: int) -> Iterator[Piece]:
    """Decoded text of an attribute value; a name without its semicolon stays as it is, so query strings survive."""
    position = start
    for match in _ATTRIBUTE_ENTITY.finditer(html, start, end):
        if match.start() > position:
            yield Piece(html[position : match.start()], position, match.start())
        position = match.end()
        if match[0][0] == "&":
            yield from _reference(match)
    if position < end:
        yield Piece(html[position:end], position, end)


def value(html: str, span: tuple[int, int]) -> str:
    """An attribute's decoded value, without outer white space."""
    return "".join(piece.text for piece in value_pieces(html, *span)).strip()


def _reference(match: re.Match[str]) -> Iterator[Piece]:
    """A character reference as a decoded piece; an unknown name stays plain text."""
    start, end = match.span()
    name = match[1]
    if name is None:
        yield Piece(_numeric(match[0][2:].rstrip(";")), start, end)
        return
    for length in range(len(name), 1, -1):
        if (char := html5.get(name[:length])) is not None:
            yield Piece(char, start, start + 1 + length)
            start += 1 + length
            break
    if start < end:
        yield Piece(match.string[start:end], start, end)


def _numeric(digits: str) -> str:
    """The character of a numeric reference; U+FFFD for what is no character."""
    base, digits = (16, digits[1:]) if digits[0] in "xX" else (10, digits)
    digits = digits.lstrip("0")
    code = int(digits, base) if 0 < len(digits) < 9 else 0
    if code in _C1:
        return _C1[code]
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "�"
    return chr(code)
