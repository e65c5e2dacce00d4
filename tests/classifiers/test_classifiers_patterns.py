"""No regular expression of the classifiers can be made to take long: strings pumped from the parts of each are read
as a page, and twice as much of them costs about twice the time."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import classifiers
from classifiers import claims, identifiers, language
from classifiers.claims import lexicon
from classifiers.text import extract_html, plain

CHARS = 12_000
QUICK = 1.0
"""Seconds in which a page of CHARS is read; one that takes longer must show its growth."""
GROWTH, NOISE = 3.0, 0.3
SAMPLES = 2
TRAINING = ("classifiers.training",)


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(classifiers.__path__, "classifiers."):
        if not module.name.startswith(TRAINING) and not module.name.endswith("__main__"):
            yield module.name


def _inside(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for one in value.values():
            yield from _inside(one, depth + 1)
    elif depth < 3 and isinstance(value, (tuple, list, set, frozenset)):
        for one in value:
            yield from _inside(one, depth + 1)


def _patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    seen: set[int] = set()
    for name in _modules():
        for attribute, value in vars(importlib.import_module(name)).items():
            for number, pattern in enumerate(_inside(value)):
                if id(pattern) not in seen:
                    seen.add(id(pattern))
                    found[f"{name.removeprefix('classifiers.')}.{attribute}.{number}"] = pattern
    return found


PATTERNS = _patterns()


def _sample(tree: Any, rng: random.Random) -> str:
    """A string that the parsed pattern matches, assertions left aside."""
    out = []
    for kind, value in tree:
        if kind in (op.LITERAL,):
            out.append(chr(value))
        elif kind is op.NOT_LITERAL:
            out.append("a" if value != ord("a") else "b")
        elif kind is op.ANY:
            out.append(rng.choice("a 1."))
        elif kind is op.IN:
            out.append(_member(value, rng))
        elif kind is op.BRANCH:
            out.append(_sample(rng.choice(value[1]), rng))
        elif kind is op.SUBPATTERN:
            out.append(_sample(value[-1], rng))
        elif kind is op.ATOMIC_GROUP:
            out.append(_sample(value, rng))
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, most, inner = value
            times = rng.randint(least, min(int(most), least + 4))
            out.extend(_sample(inner, rng) for _ in range(times))
    return "".join(out)


def _member(members: Any, rng: random.Random) -> str:
    if members[0][0] is op.NEGATE:
        banned = {chr(value) for kind, value in members if kind is op.LITERAL}
        return rng.choice([char for char in "a1 .-é" if char not in banned] or ["z"])
    kind, value = rng.choice(members)
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(rng.choice(value))
    return {op.CATEGORY_DIGIT: "7", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: rng.choice("a7")}.get(value, "-")


def _pumps(pattern: re.Pattern[Any]) -> list[str]:
    """Short strings to be repeated: matches, near misses, and the parts of them."""
    rng = random.Random(3)  # noqa: S311 - an order, not a secret
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.LOCALE)
    made: dict[str, None] = {}
    for _ in range(SAMPLES):
        whole = _sample(tree, rng)
        for part in (whole, whole[:-1], whole[: len(whole) // 2]):
            if part and len(part) < 400:
                made[part] = None
    return list(made)


def _seconds(text: str) -> float:
    started = time.process_time()
    page = extract_html(text.encode("utf-8", "replace"))
    for extracted in (page, plain(text, text[:200])):
        claims.examine(extracted, language.detect(extracted.text)).claims()
        identifiers.find(extracted, "en", "http://a.example/")
    identifiers.in_source(text)
    return time.process_time() - started


def _long(pump: str, chars: int) -> str:
    return (pump * (chars // len(pump) + 1))[:chars]


def _check(pump: str, name: str) -> None:
    if _seconds(_long(pump, CHARS)) <= QUICK:
        return
    single = min(_seconds(_long(pump, CHARS)) for _ in range(2))
    double = min(_seconds(_long(pump, 2 * CHARS)) for _ in range(2))
    assert double <= GROWTH * single + NOISE, f"{name}: {pump!r} twice as often took {double:.2f} s, not {single:.2f}"


@pytest.mark.slow
@pytest.mark.parametrize("module", sorted({name.rpartition(".")[0].rpartition(".")[0] for name in PATTERNS}))
def test_no_pattern_takes_long(module: str) -> None:
    for name, pattern in PATTERNS.items():
        if name.rpartition(".")[0].rpartition(".")[0] == module:
            for pump in _pumps(pattern):
                _check(pump, name)


@pytest.mark.parametrize(
    "pump", ["a", "1", " ", "a ", "1 ", "1.", "a-", "@", "a@", "\n", "<", '"', "é", "w ", "h.", "["]
)
def test_no_letter_takes_long(pump: str) -> None:
    _check(pump, "")


def test_the_walk_finds_the_patterns() -> None:
    assert len(PATTERNS) > 100
    assert {name.split(".")[0] for name in PATTERNS} >= {"claims", "deobfuscate", "layout", "markup", "topic", "model"}


@pytest.mark.parametrize("start", range(10))
def test_phrases_of_the_lexicons_are_linear(start: int) -> None:
    """Lines made of all but the last word of phrases, so that each is begun and none is finished."""
    phrases = [phrase for phrase in lexicon.phrases() if len(phrase.places) > 1][start::10][:60]
    words = [place.choices[0][0].strip("*{}") or "x" for phrase in phrases for place in phrase.places[:-1]]
    few, many = (min(_seconds(_long(" ".join(words) + " ", chars)) for _ in range(2)) for chars in (CHARS, 2 * CHARS))
    assert many <= GROWTH * few + NOISE
