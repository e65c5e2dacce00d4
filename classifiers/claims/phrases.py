"""Phrase patterns over words, and one index that finds all of them in a single pass.

A pattern is written as it is read, in lower case and folded like the text itself:

    word          that word                     word*         any word that begins so
    a/b/c         one of these                  address_book  these words in a row, as one of several choices
    anti-ban      "anti ban" or "antiban"       [word]        may be missing
    ..            up to three words between     ...           up to eight words between
    {num}         a number                      {wa}          WhatsApp, under any of its names
    *             any one word

Matching starts at the rarest place of a pattern and works outwards with a bounded set of positions, so the time per
word is bounded whatever the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifiers.claims.words import NUMBER_CLASS, WHATSAPP_CLASS, Words, forms, split_words
from classifiers.deobfuscate import fold

SHORT_GAP, LONG_GAP = 3, 8


class PhraseError(ValueError):
    """Raised for a pattern that cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a pattern: sequences of word tests to choose from, how far it may stand from the one before."""

    choices: tuple[tuple[str, ...], ...]
    gap: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled pattern. ``key`` says which rule or cue it belongs to; ``anchor`` is the place that is looked up."""

    key: str
    text: str
    places: tuple[Place, ...]
    anchor: int


def compile_phrase(key: str, text: str) -> Iterator[Phrase]:
    """The patterns of one lexicon line: two where a hyphen may join or part. Raises PhraseError."""
    places: list[Place] = []
    gap = 0
    for part in text.split():
        if part in ("..", "..."):
            gap = SHORT_GAP if part == ".." else LONG_GAP
            continue
        optional = part.startswith("[") and part.endswith("]")
        choices: list[tuple[str, ...]] = []
        for choice in part.strip("[]").split("/") if part != "/" else []:
            choices.extend(_sequences(choice))
        if not choices or not all(choices):
            raise PhraseError(f"{key}: the phrase {text!r} has an empty place at {part!r}")
        places.append(Place(tuple(dict.fromkeys(choices)), gap, optional))
        gap = 0
    if not places or places[0].optional or gap:
        raise PhraseError(f"{key}: the phrase {text!r} must begin and end with a word that is required")
    yield Phrase(key, text, tuple(places), _anchor(places))


def _sequences(choice: str) -> Iterator[tuple[str, ...]]:
    """The word tests of one choice; a hyphen gives the joined spelling as well."""
    if choice.startswith("{") or choice == "*":
        yield (choice,)
        return
    star = "*" if choice.endswith("*") else ""
    bare = choice.removesuffix("*")
    apart = split_words(fold(bare.replace("-", " ").replace("_", " ")))
    if not apart:
        return
    yield (*apart[:-1], apart[-1] + star)
    if "-" in bare:
        joined = split_words(fold(bare.replace("-", "").replace("_", " ")))
        yield (*joined[:-1], joined[-1] + star)


def _anchor(places: Sequence[Place]) -> int:
    """The required place whose shortest first word is longest: a stand-in for the rarest."""
    scored = [
        (min(0 if c[0][0] in "{*" else len(c[0].rstrip("*")) for c in place.choices), -len(place.choices), index)
        for index, place in enumerate(places)
        if not place.optional
    ]
    return max(scored)[2]


@dataclass(frozen=True, slots=True)
class Match:
    """Words ``first`` to ``last`` (inclusive) fit the phrase."""

    key: str
    first: int
    last: int


class PhraseIndex:
    """All phrases, looked up by the first word of their anchor.

    For each word of a text it knows the set of word tests that the word passes (remembered across texts); a phrase
    is tried only where its anchor stands and every other required place is somewhere in the line.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_anchor: dict[str, list[_Trial]] = defaultdict(list)
        tests: set[str] = set()
        for phrase in phrases:
            trial = _Trial(phrase)
            tests.update(test for place in phrase.places for choice in place.choices for test in choice)
            for test in {choice[0] for choice in trial.anchor.choices}:
                self._by_anchor[test].append(trial)
        self._exact = frozenset(test for test in tests if not test.endswith("*"))
        self._prefixes = frozenset(test[:-1] for test in tests if test.endswith("*") and len(test) > 1)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._passed = lru_cache(maxsize=65536)(self._tests_of)

    def _tests_of(self, word: str, whatsapp: bool) -> frozenset[str]:
        passed = {"*"}
        if whatsapp:
            passed.add(WHATSAPP_CLASS)
        if word[0].isdigit():
            passed.add(NUMBER_CLASS)
        for form in forms(word):
            if form in self._exact:
                passed.add(form)
            for length in self._lengths:
                if length > len(form):
                    break
                if form[:length] in self._prefixes:
                    passed.add(form[:length] + "*")
        return frozenset(passed)

    def find(self, words: Words) -> Iterator[Match]:
        """Every match, line by line; a match never leaves its line."""
        passed = [self._passed(word, bool(mark)) for word, mark in zip(words.text, words.whatsapp, strict=True)]
        for low, high in words.lines():
            in_line = frozenset().union(*passed[low:high])
            for index in range(low, high):
                for test in passed[index]:
                    for trial in self._by_anchor.get(test, ()):
                        if all(not need.isdisjoint(in_line) for need in trial.needs):
                            match = trial.at(passed, index, low, high)
                            if match is not None:
                                yield match


class _Trial:
    """A phrase made ready for matching."""

    __slots__ = ("after", "anchor", "before", "key", "needs")

    def __init__(self, phrase: Phrase) -> None:
        self.key = phrase.key
        self.anchor = phrase.places[phrase.anchor]
        self.after = phrase.places[phrase.anchor + 1 :]
        # Walking left, the gap in front of a place belongs to the step from the place after it.
        self.before = [
            (phrase.places[number], phrase.places[number + 1].gap) for number in range(phrase.anchor - 1, -1, -1)
        ]
        self.needs = tuple(
            frozenset(choice[0] for choice in place.choices)
            for number, place in enumerate(phrase.places)
            if not place.optional and number != phrase.anchor
        )

    def at(self, passed: Sequence[frozenset[str]], index: int, low: int, high: int) -> Match | None:
        """The tightest match whose anchor begins at word ``index`` of the line ``low:high``."""
        ends = {index + len(c) for c in self.anchor.choices if _fits(passed, index, c, high)}
        for place in self.after:
            reached = set(ends) if place.optional else set()
            for end in ends:
                for start in range(end, min(end + place.gap, high - 1) + 1):
                    reached.update(start + len(c) for c in place.choices if _fits(passed, start, c, high))
            ends = reached
            if not ends:
                return None
        if not ends:
            return None
        starts = {index}
        for place, gap in self.before:
            reached = set(starts) if place.optional else set()
            for start in starts:
                for end in range(start, max(start - gap, low) - 1, -1):
                    reached.update(end - len(c) for c in place.choices if _fits(passed, end - len(c), c, end, low))
            starts = reached
            if not starts:
                return None
        return Match(self.key, max(starts), min(ends) - 1)


def _fits(passed: Sequence[frozenset[str]], index: int, tests: tuple[str, ...], high: int, low: int = 0) -> bool:
    """Whether the words from ``index`` pass these tests within ``low:high``."""
    if index < low or index + len(tests) > high:
        return False
    if len(tests) == 1:
        return tests[0] in passed[index]
    return all(test in passed[index + step] for step, test in enumerate(tests))
