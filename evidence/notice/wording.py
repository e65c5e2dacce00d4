"""The words of a language, and how text is shown and compared in a notice. ``words/<language>.toml`` in, records out.

A quotation is shown with white space as single spaces and invisible control characters named in angle brackets
(``⟨U+202E⟩``): what is printed can be compared with the exhibit, and no page can turn a letter's reading order around.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from evidence.errors import NotAllowed
from evidence.notice.registry import LANGUAGES

_SPACES = frozenset({"Zs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # part of ordinary spelling in Indic scripts and in emoji
_IN_WORD = frozenset("LMN")


@dataclass(frozen=True, slots=True)
class Words:
    """One language. ``text`` are the single phrases, ``lint`` the lists that the lint matches."""

    language: str
    months: tuple[str, ...]
    text: Mapping[str, str]
    roles: Mapping[str, str]
    demands: Mapping[str, str]
    lint: Mapping[str, tuple[str, ...]]

    def date(self, day: date) -> str:
        """A calendar date in words, such as ``8 December 2026``."""
        return self.text["date"].format(d=day.day, month=self.months[day.month - 1], y=day.year)

    def exhibit(self, number: int) -> str:
        """How an exhibit is referred to: ``Exhibit 3``."""
        return f"{self.text['exhibit']} {number}"


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """The words of a language. Raises NotAllowed for one that has none."""
    if language not in LANGUAGES:
        raise NotAllowed(f"there is no letter in {language!r}: choose one of {', '.join(LANGUAGES)}")
    table: dict[str, Any] = tomllib.loads(
        resources.files("evidence.notice").joinpath(f"words/{language}.toml").read_text("utf-8")
    )
    text = {name: value for name, value in table.items() if isinstance(value, str)}
    lint = {name: tuple(values) for name, values in table["lint"].items()}
    return Words(table["language"], tuple(table["months"]), text, table["roles"], table["demands"], lint)


def shown(text: str) -> str:
    """``text`` as a notice shows it: one space for white space, invisible characters named, the rest as it is."""
    parts: list[str] = []
    for char in text:
        kind = unicodedata.category(char)
        if char.isspace() or kind in _SPACES:
            parts.append(" ")
        elif kind in ("Cc", "Cs") or (kind == "Cf" and char not in _JOINERS) or ord(char) in (0xFFFE, 0xFFFF):
            parts.append(f"⟨U+{ord(char):04X}⟩")
        else:
            parts.append(char)
    return " ".join(part for part in "".join(parts).split(" ") if part)


def tokens(text: str) -> Iterator[str]:
    """The words of a text for matching: compatibility-normalised, case-folded, zero-width characters gone."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    word: list[str] = []
    for char in plain:
        kind = unicodedata.category(char)
        if kind == "Cf" or char == "\u00ad":
            continue
        if kind[0] in _IN_WORD:
            word.append(char)
        elif word:
            yield "".join(word)
            word = []
    if word:
        yield "".join(word)


def matches(text: str, listed: Sequence[str]) -> tuple[str, ...]:
    """Which phrases of a list occur in a text, each as the text has it. ``*`` at a word's end takes any ending."""
    found, spoken = [], list(tokens(text))
    for phrase in listed:
        wanted = [("".join(tokens(part)), part.endswith("*")) for part in phrase.split()]
        for place in range(len(spoken) - len(wanted) + 1):
            here = spoken[place : place + len(wanted)]
            if all(_fits(one, *want) for one, want in zip(here, wanted, strict=True)):
                found.append(" ".join(here))
                break
    return tuple(found)


def _fits(word: str, wanted: str, any_ending: bool) -> bool:
    return word.startswith(wanted) if any_ending else word == wanted
