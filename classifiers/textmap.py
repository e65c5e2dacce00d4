"""Decoded pieces in, one text with labelled blocks and a map back into the HTML out.

The builder lays text out in lines. A line ends with "\\n"; what belongs to a line but is not part of its sentence
(text that is hidden, an image's alternative, a contact link's address) follows on lines of its own.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from classifiers.markup import Piece

MAX_PIECES = 200_000  # of one line; a longer one is cut
NOWHERE = -1  # the HTML offset of a character that the layout added


@dataclass(frozen=True, slots=True)
class Block:
    """``text[start:end]`` comes from one kind of place. Blocks follow each other without gap or overlap."""

    start: int
    end: int
    field: str


@dataclass(frozen=True, slots=True)
class SourceMap:
    """For each run of text: its start, where it came from in the HTML and how long it is there.

    Equal lengths mean character for character; otherwise the run stands for its whole span (an entity, a run of
    white space). Runs added by the layout have ``html[i] == NOWHERE``.
    """

    text: array[int]
    html: array[int]
    size: array[int]
    length: int

    def spans(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The HTML spans that ``text[start:end]`` came from, in text order, touching ones joined."""
        found: list[tuple[int, int]] = []
        index = bisect_right(self.text, start) - 1
        while start < end and 0 <= index < len(self.text) and self.text[index] < end:
            run_start = self.text[index]
            run_end = self.text[index + 1] if index + 1 < len(self.text) else self.length
            at, size = self.html[index], self.size[index]
            index += 1
            if at == NOWHERE or run_end <= start:
                continue
            if size == run_end - run_start:
                span = at + max(start - run_start, 0), at + min(end, run_end) - run_start
            else:
                span = at, at + size
            if found and found[-1][1] == span[0]:
                found[-1] = found[-1][0], span[1]
            else:
                found.append(span)
        return tuple(found)


class _Line:
    """Pieces of one line in the making, white space collapsed across their borders."""

    __slots__ = ("last", "pieces")

    def __init__(self) -> None:
        self.pieces: list[tuple[Piece, str]] = []
        self.last = "\n"

    def add(self, piece: Piece, field: str, *, preserve: bool) -> None:
        text = piece.text
        if not preserve and text[0] == " " and self.last in " \n\t":
            if len(text) == 1:
                return
            piece = Piece(text[1:], piece.start + 1, piece.end)
        self.pieces.append((piece, field))
        self.last = piece.text[-1]

    def drop_trailing(self, characters: str) -> None:
        while self.pieces:
            piece, field = self.pieces[-1]
            kept = piece.text.rstrip(characters)
            if len(kept) == len(piece.text):
                break
            self.pieces.pop()
            if kept:
                if piece.end - piece.start == len(piece.text):
                    piece = Piece(kept, piece.start, piece.start + len(kept))
                self.pieces.append((Piece(kept, piece.start, piece.end), field))
        self.last = self.pieces[-1][0].text[-1] if self.pieces else "\n"


class TextBuilder:
    """Collects pieces into lines; ``finish`` gives the text, its blocks and the map. Bounded by ``max_chars``."""

    def __init__(self, max_chars: int) -> None:
        self.max_chars = max_chars
        self.length = 0
        self._waiting = 0
        self._parts: list[str] = []
        self._runs = (array("q"), array("q"), array("q"))
        self._blocks: list[Block] = []
        self._line = _Line()
        self._hidden = _Line()
        self._beside: list[tuple[list[Piece], str]] = []
        self._html_end = NOWHERE
        self._open = False

    @property
    def full(self) -> bool:
        """Whether the text has reached its bound; nothing is added any more."""
        return self.length + self._waiting >= self.max_chars

    def add(self, pieces: Iterable[Piece], field: str, *, preserve: bool = False) -> None:
        """Continue the present line."""
        line = self._hidden if field == "hidden" else self._line
        for piece in self._within(pieces):
            line.add(piece, field, preserve=preserve)
        if len(line.pieces) > MAX_PIECES:
            self.end_line()

    def beside(self, pieces: Iterable[Piece], field: str) -> None:
        """A line of its own, after the present one."""
        if kept := list(self._within(pieces)):
            self._beside.append((kept, field))

    def _within(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces that still fit, the last one cut."""
        for piece in pieces:
            room = self.max_chars - self.length - self._waiting
            if room <= 0:
                return
            if len(piece.text) > room:
                piece = Piece(piece.text[:room], piece.start, piece.start + room)
            self._waiting += len(piece.text)
            if piece.text:
                yield piece

    def gap(self, character: str) -> None:
        """White space that the page shows without having it: between table cells, at a line break."""
        for line in (self._line, self._hidden):
            if line.pieces and line.last != "\n":
                line.drop_trailing(" ")
                if line.pieces:
                    line.add(Piece(character, NOWHERE, NOWHERE), line.pieces[-1][1], preserve=True)

    def end_line(self) -> None:
        """Finish the present line with what stands beside it."""
        if not (self._line.pieces or self._hidden.pieces or self._beside):
            return
        for line in (self._line, self._hidden):
            line.drop_trailing(" \t\n")
            if line.pieces:
                self._emit(line.pieces)
                line.pieces = []
            line.last = "\n"
        for pieces, field in self._beside:
            alone = _Line()
            for piece in pieces:
                alone.add(piece, field, preserve=False)
            alone.drop_trailing(" \t\n")
            if alone.pieces:
                self._emit(alone.pieces)
        self._beside = []
        self._waiting = 0

    def _emit(self, pieces: list[tuple[Piece, str]]) -> None:
        start, field = self.length, pieces[0][1]
        for piece, piece_field in pieces:
            if piece_field != field:
                self._blocks.append(Block(start, self.length, field))
                start, field = self.length, piece_field
            self._run(piece)
        self._run(Piece("\n", NOWHERE, NOWHERE))
        self._blocks.append(Block(start, self.length, field))

    def _run(self, piece: Piece) -> None:
        """Append a piece, growing the last run when both are character for character and touch in the HTML."""
        exact = piece.start != NOWHERE and piece.end - piece.start == len(piece.text)
        if not (exact and piece.start == self._html_end):
            self._runs[0].append(self.length)
            self._runs[1].append(piece.start)
            self._runs[2].append(0 if piece.start == NOWHERE else piece.end - piece.start)
        else:
            self._runs[2][-1] += len(piece.text)
        self._html_end = piece.end if exact else NOWHERE
        self._parts.append(piece.text)
        self.length += len(piece.text)

    def finish(self) -> tuple[str, tuple[Block, ...], SourceMap]:
        """The whole text, the blocks that tile it, and the way back."""
        self.end_line()
        return "".join(self._parts), tuple(self._blocks), SourceMap(*self._runs, self.length)
