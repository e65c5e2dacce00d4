"""As much DER (ITU-T X.690) as timestamps need: bytes in, the elements of one level out, never beyond the bytes."""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, INTEGER, OCTETS = 0x30, 0x31, 0x02, 0x04
CONTEXT_0 = 0xA0


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, where it begins, where its content begins, and where it ends."""

    tag: int
    start: int
    content: int
    end: int


def elements(data: bytes, start: int = 0, end: int | None = None) -> tuple[Element, ...]:
    """The elements that tile ``data[start:end]``; tags of one byte, definite lengths of up to four (section 8.1).

    Raises ValueError when they do not tile it.
    """
    found: list[Element] = []
    place, stop = start, len(data) if end is None else end
    while place < stop:
        begin = place
        if place + 2 > stop or data[place] & 0x1F == 0x1F:
            raise ValueError(f"no element begins at byte {place}")
        tag, size, place = data[place], data[place + 1], place + 2
        if size & 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4 or place + count > stop:
                raise ValueError(f"the element at byte {begin} has no definite length")
            size, place = int.from_bytes(data[place : place + count], "big"), place + count
        if place + size > stop:
            raise ValueError(f"the element at byte {begin} is cut short")
        found.append(Element(tag, begin, place, place + size))
        place += size
    return tuple(found)


def only(data: bytes, element: Element | None, tag: int) -> tuple[Element, ...]:
    """The elements inside ``element``, or inside all of ``data`` as one element. Raises ValueError for another tag."""
    if element is None:
        whole = elements(data)
        if len(whole) != 1:
            raise ValueError("it is not one element")
        element = whole[0]
    if element.tag != tag:
        raise ValueError(f"the element at byte {element.start} has the tag {element.tag:#x}, not {tag:#x}")
    return elements(data, element.content, element.end)
