"""Which words of an exhibit are blacked out: its claims and identifiers in, places in its text with a reason out.

By default every personal identifier goes, but for those that the page itself gives as the seller's contact (they stand
in a claim of type ``contact``). A person may show more, or name more words to black out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers.labels import ClaimType

PERSONAL = frozenset({"phone", "wa_link", "wa_group", "telegram", "email", "upi", "pix", "pay_link"})
THIRD_PARTY, ASKED = "PII-THIRD-PARTY", "ASKED-FOR"
BASIS = {
    THIRD_PARTY: "personal data of somebody who is not the seller, not needed for the claim",
    ASKED: "named by the person who made the copy",
}
MIN_WORD = 3


@dataclass(frozen=True, slots=True)
class Mask:
    """One thing to black out. ``start`` and ``end`` are code points in text.txt; ``words`` is what stands there."""

    start: int
    end: int
    words: str
    kind: str
    value: str
    reason: str

    @property
    def key(self) -> str:
        """What the thing is recognised by in a picture: digits of a number, else its letters and digits."""
        return key_of(self.kind, self.value)


def key_of(kind: str, value: str) -> str:
    """The last nine digits of a phone or a chat link, else the letters and digits of the value, case folded."""
    if kind in ("phone", "wa_link"):
        return re.sub(r"\D", "", value)[-9:]
    return "".join(character for character in value.casefold() if character.isalnum())


def choose(
    text: str,
    claims: Sequence[Mapping[str, Any]],
    identifiers: Sequence[Mapping[str, Any]],
    *,
    show: Collection[str] = (),
    mask: Iterable[str] = (),
) -> tuple[Mask, ...]:
    """What to black out in ``text``, in order, without overlaps. ``show`` are values or quotes that stay readable."""
    own = [(one["start"], one["end"]) for one in claims if one["type"] == ClaimType.CONTACT]
    kept = {key_of(one["kind"], one["value"]) for one in identifiers if _within(one, own)}
    kept |= {key_of("phone", one) for one in show if sum(c.isdigit() for c in one) > 5}
    kept |= {key_of("", one) for one in show}
    found = []
    for one in identifiers:
        if one["kind"] in PERSONAL and key_of(one["kind"], one["value"]) not in kept:
            found += [
                Mask(start, end, text[start:end], one["kind"], one["value"], THIRD_PARTY)
                for start, end in _everywhere(text, one["quote"])
            ]
    for word in dict.fromkeys(" ".join(one.split()) for one in mask):
        if len(word) >= MIN_WORD:
            found += [Mask(start, end, text[start:end], "", word, ASKED) for start, end in _everywhere(text, word)]
    return tuple(_apart(sorted(found, key=lambda one: (one.start, -one.end))))


def blacked_out(text: str, masks: Iterable[Mask]) -> str:
    """``text`` with a full block in place of every masked character but line feeds, so that all offsets stay true."""
    parts, place = [], 0
    for one in masks:
        parts += [text[place : one.start], "".join("\n" if c == "\n" else "\u2588" for c in one.words)]
        place = one.end
    return "".join([*parts, text[place:]])


def _within(one: Mapping[str, Any], spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= one["start"] and one["end"] <= end for start, end in spans)


def _everywhere(text: str, words: str) -> Iterable[tuple[int, int]]:
    """Every place of ``words`` in ``text``; case is ignored, white space is white space of any kind."""
    pattern = r"\s+".join(re.escape(part) for part in words.split())
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []


def _apart(masks: Iterable[Mask]) -> Iterable[Mask]:
    end = 0
    for one in masks:
        if one.start >= end:
            yield one
            end = one.end
