"""The phrase lists in ``classifiers/lexicons/*.toml`` -> one compiled index, loaded once, on first use.

A file has one table per claim type (and one of ``cue`` words); a key in it names the rule of that type, and its value
is the list of phrases. The same rule is fed by every language: a page mixes them.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from classifiers.claims.phrases import Phrase, PhraseIndex, compile_phrase

LEXICONS = "classifiers.lexicons"


class LexiconError(ValueError):
    """Raised when a lexicon file has the wrong shape; the message names the file, the table and the key."""


def read(name: str, source: str) -> dict[str, tuple[str, ...]]:
    """The phrases of one file by key, such as ``anti_ban.promise``. Raises LexiconError."""
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{name}: not valid TOML: {error}") from error
    found: dict[str, tuple[str, ...]] = {}
    for table, rules in tables.items():
        if not isinstance(rules, dict):
            raise LexiconError(f"{name}: {table} must be a table of phrase lists")
        for key, phrases in rules.items():
            if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
                raise LexiconError(f"{name}: {table}.{key} must be a list of phrases")
            found[f"{table}.{key}"] = tuple(phrases)
    return found


@lru_cache(maxsize=1)
def phrases() -> tuple[Phrase, ...]:
    """Every phrase of every language, in the order of the files' names."""
    compiled: list[Phrase] = []
    for file in sorted(resources.files(LEXICONS).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        for key, texts in read(file.name, file.read_text("utf-8")).items():
            for text in texts:
                compiled.extend(compile_phrase(key, text))
    return tuple(compiled)


@lru_cache(maxsize=1)
def index() -> PhraseIndex:
    """The index over all phrases."""
    return PhraseIndex(phrases())
