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

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifiers.claims.words import NUMBER_CLASS, WHATSAPP_CLASS, Words, forms, split_words
from classifiers.deobfuscate import fold

SHORT_GAP, LONG_GAP = 3, 8
COMMON_CLASS = 10_000  # numbers and WhatsApp stand everywhere
_CLASSES = frozenset({"*", NUMBER_CLASS, WHATSAPP_CLASS})


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
    """A compiled pattern. ``key`` says which rule or cue it belongs to."""

    key: str
    text: str
    places: tuple[Place, ...]


def compile_phrase(key: str, text: str) -> Iterator[Phrase]:
    """The patterns of one lexicon line: two where a hyphen may join or part. Raises PhraseError."""
    places: list[Place] = []
    gap = 0
    for part in text.split():
        if part in ("..", "..."):
            gap = SHORT_GAP if part == ".." else LONG_GAP
            continue
        optional = part.startswith("[") and part.endswith("]")
        found = [tuple(_sequences(choice)) for choice in part.strip("[]").split("/")]
        choices = [sequence for sequences in found for sequence in sequences]
        if not all(found):
            raise PhraseError(f"{key}: the phrase {text!r} has an empty place at {part!r}")
        places.append(Place(tuple(dict.fromkeys(choices)), gap, optional))
        gap = 0
    if not places or places[0].optional or gap:
        raise PhraseError(f"{key}: the phrase {text!r} must begin and end with a word that is required")
    yield Phrase(key, text, tuple(places))


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


def _firsts(place: Place) -> frozenset[str]:
    return frozenset(choice[0] for choice in place.choices)


def _anchor(phrase: Phrase, common: Counter[str]) -> int:
    """The required place whose first words are the least common in the lexicons, and so in the texts they are for."""
    costs = [
        (sum(COMMON_CLASS if test in _CLASSES else common[test] for test in _firsts(place)), index)
        for index, place in enumerate(phrase.places)
        if not place.optional
    ]
    return min(costs)[1]


@dataclass(frozen=True, slots=True)
class Match:
    """Words ``first`` to ``last`` (inclusive) fit the phrase."""

    key: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of a word: the tests it passes, the keys it fits by itself, the phrases it may anchor."""

    passed: frozenset[str]
    alone: tuple[str, ...]
    trials: tuple[_Trial, ...]


class PhraseIndex:
    """All phrases, looked up by the first word of their anchor.

    For each word of a text it knows what is worth trying there (remembered across texts); a phrase is tried only
    where its anchor stands and every other required place is somewhere in the line.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_anchor: dict[str, list[_Trial]] = defaultdict(list)
        self._alone: dict[str, list[str]] = defaultdict(list)
        phrases = tuple(phrases)
        tests = {test for phrase in phrases for place in phrase.places for choice in place.choices for test in choice}
        common = Counter(test for phrase in phrases for place in phrase.places for test in _firsts(place))
        for phrase in phrases:
            anchor = _anchor(phrase, common)
            trial = _Trial(phrase, anchor)
            for choice in phrase.places[anchor].choices:
                if len(phrase.places) == 1 and len(choice) == 1:
                    self._alone[choice[0]].append(phrase.key)
                else:
                    self._by_anchor[choice[0]].append(trial)
        self._exact = frozenset(test for test in tests if not test.endswith("*"))
        self._prefixes = frozenset(test[:-1] for test in tests if test.endswith("*") and len(test) > 1)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._entry = lru_cache(maxsize=65536)(self._look_up)

    def _look_up(self, word: str, whatsapp: int) -> _Entry:
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
        alone = dict.fromkeys(key for test in sorted(passed) for key in self._alone.get(test, ()))
        trials = {id(trial): trial for test in sorted(passed) for trial in self._by_anchor.get(test, ())}
        return _Entry(frozenset(passed), tuple(alone), tuple(trials.values()))

    def find(self, words: Words) -> Iterator[Match]:
        """Every match, line by line; a match never leaves its line."""
        entries = list(map(self._entry, words.text, words.whatsapp))
        passed = [entry.passed for entry in entries]
        telling = bytes([bool(entry.alone or entry.trials) for entry in entries])
        for low, high in words.lines():
            if telling.find(1, low, high) < 0:
                continue
            in_line: frozenset[str] = frozenset().union(*passed[low:high])
            for index in range(low, high):
                if not telling[index]:
                    continue
                entry = entries[index]
                for key in entry.alone:
                    yield Match(key, index, index)
                for trial in entry.trials:
                    for need in trial.needs:
                        if need.isdisjoint(in_line):
                            break
                    else:
                        match = trial.at(passed, index, low, high)
                        if match is not None:
                            yield match


class _Spot:
    """A place made ready: its one-word choices as one set, the longer ones beside it."""

    __slots__ = ("first", "gap", "optional", "rows", "single")

    def __init__(self, place: Place, gap: int) -> None:
        self.single = frozenset(choice[0] for choice in place.choices if len(choice) == 1)
        self.rows = tuple(choice for choice in place.choices if len(choice) > 1)
        self.first = _firsts(place)
        self.gap = gap
        self.optional = place.optional

    def ends(self, passed: Sequence[frozenset[str]], start: int, high: int) -> Iterator[int]:
        """Where a choice that begins at word ``start`` may end."""
        if not self.single.isdisjoint(passed[start]):
            yield start + 1
        for row in self.rows:
            if start + len(row) <= high and _in_a_row(passed, start, row):
                yield start + len(row)

    def starts(self, passed: Sequence[frozenset[str]], end: int, low: int) -> Iterator[int]:
        """Where a choice that ends before word ``end`` may begin."""
        if end > low and not self.single.isdisjoint(passed[end - 1]):
            yield end - 1
        for row in self.rows:
            if end - len(row) >= low and _in_a_row(passed, end - len(row), row):
                yield end - len(row)


class _Trial:
    """A phrase made ready for matching."""

    __slots__ = ("after", "anchor", "before", "key", "needs")

    def __init__(self, phrase: Phrase, anchor: int) -> None:
        places = phrase.places
        self.key = phrase.key
        self.anchor = _Spot(places[anchor], 0)
        self.after = tuple(_Spot(place, place.gap) for place in places[anchor + 1 :])
        # Walking left, the gap in front of a place belongs to the step from the place after it.
        self.before = tuple(_Spot(places[n], places[n + 1].gap) for n in range(anchor - 1, -1, -1))
        self.needs = tuple(spot.first for spot in (*self.after, *self.before) if not spot.optional)

    def at(self, passed: Sequence[frozenset[str]], index: int, low: int, high: int) -> Match | None:
        """The tightest match whose anchor begins at word ``index`` of the line ``low:high``."""
        ends = set(self.anchor.ends(passed, index, high))
        for spot in self.after:
            reached = set(ends) if spot.optional else set()
            for end in ends:
                for start in range(end, min(end + spot.gap + 1, high)):
                    reached.update(spot.ends(passed, start, high))
            ends = reached
        if not ends:
            return None
        starts = {index}
        for spot in self.before:
            reached = set(starts) if spot.optional else set()
            for start in starts:
                for end in range(start, max(start - spot.gap, low) - 1, -1):
                    reached.update(spot.starts(passed, end, low))
            starts = reached
        return Match(self.key, max(starts), min(ends) - 1) if starts else None


def _in_a_row(passed: Sequence[frozenset[str]], index: int, tests: tuple[str, ...]) -> bool:
    """Whether the words from ``index`` pass these tests one after the other."""
    return all(test in passed[index + step] for step, test in enumerate(tests))
