"""The terms registry: the shipped data files in, documents, versions and clauses out; which version is in force when.

A clause is named ``document:clause``, such as ``tos:use-e``. Paraphrases are our own words. Nothing of the shipped
registry counts as verified: only a pin to a dated capture of the terms page makes a clause citable
(:mod:`evidence.notice.pins`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from evidence.errors import NotAllowed, Unreadable

REGIONS = ("EEA", "IN", "BR", "US", "UK", "ROW")
LANGUAGES = ("en", "pt", "es", "hi")
TERMS_FORMAT, MAP_FORMAT = "offsignal-terms-1", "offsignal-claim-map-1"


@dataclass(frozen=True, slots=True)
class Document:
    """One of the documents a notice may cite."""

    id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document for some regions, in force from ``effective`` until a later one of the same region."""

    document: str
    regions: tuple[str, ...]
    effective: date
    note: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of one version. ``paraphrase`` maps a language to our own words; English is always there."""

    document: str
    effective: date
    id: str
    part: str
    paraphrase: Mapping[str, str]

    @property
    def ref(self) -> str:
        """How a command names it: ``document:clause``."""
        return f"{self.document}:{self.id}"

    def words(self, language: str) -> str:
        """The paraphrase in a language, in English where there is none."""
        return self.paraphrase.get(language) or self.paraphrase["en"]


@dataclass(frozen=True, slots=True)
class Registry:
    """Documents, versions and clauses; a casebook's additions are joined in by :meth:`joined`."""

    documents: tuple[Document, ...]
    versions: tuple[Version, ...]
    clauses: tuple[Clause, ...]

    def document(self, document_id: str) -> Document:
        """A document. Raises NotAllowed for an unknown one."""
        if found := next((one for one in self.documents if one.id == document_id), None):
            return found
        names = ", ".join(one.id for one in self.documents)
        raise NotAllowed(f"there is no terms document {document_id!r}; the registry has {names}")

    def in_force(self, document_id: str, region: str, day: date) -> Version | None:
        """The version that applied on ``day`` in ``region``; None when the registry knows none so old."""
        fitting = [v for v in self.versions if v.document == document_id and region in v.regions and v.effective <= day]
        return max(fitting, key=lambda version: version.effective, default=None)

    def clause(self, ref: str, effective: date) -> Clause | None:
        """The clause ``document:clause`` of the version of that date; the latest addition wins."""
        found = [one for one in self.clauses if one.ref == ref and one.effective == effective]
        return found[-1] if found else None

    def known(self, ref: str) -> tuple[Clause, ...]:
        """Every version of a clause. Raises NotAllowed for a name that is in none."""
        if found := tuple(one for one in self.clauses if one.ref == ref):
            return found
        raise NotAllowed(f"there is no clause {ref!r}: 'offsignal terms list' names them")

    def joined(self, versions: Sequence[Version], clauses: Sequence[Clause]) -> Registry:
        """This registry with versions and clauses added behind it."""
        return Registry(self.documents, (*self.versions, *versions), (*self.clauses, *clauses))


@dataclass(frozen=True, slots=True)
class Code:
    """A finding code: the claim types that suggest it, the clauses it usually rests on, and its name by language."""

    code: str
    any_of: frozenset[str]
    clauses: tuple[str, ...]
    also: tuple[str, ...]
    label: Mapping[str, str]


@lru_cache(maxsize=1)
def shipped() -> Registry:
    """The registry of ``terms.toml``. Raises Unreadable when the file is not of its form."""
    table = _table("terms.toml", TERMS_FORMAT)
    try:
        documents = tuple(Document(row["id"], row["title"], row["url"]) for row in table["document"])
        versions = tuple(
            Version(row["document"], tuple(row["regions"]), row["effective"], row["note"]) for row in table["version"]
        )
        clauses = tuple(
            Clause(row["document"], row["effective"], row["id"], row["part"], _languages(row))
            for row in table["clause"]
        )
    except (KeyError, TypeError) as error:
        raise Unreadable(f"terms.toml: an entry lacks {error}; compare it with the head of the file") from error
    return Registry(documents, versions, clauses)


@lru_cache(maxsize=1)
def codes() -> Mapping[str, Code]:
    """The claim map of ``claim_map.toml``: finding codes by name."""
    table = _table("claim_map.toml", MAP_FORMAT)
    return {
        name: Code(name, frozenset(row["any_of"]), tuple(row["clauses"]), tuple(row["also"]), _languages(row))
        for name, row in table.items()
        if isinstance(row, dict)
    }


def suggest(types: Sequence[str]) -> tuple[str, ...]:
    """The codes that claims of these types suggest, in the map's order. Counsel decides; nothing is added by itself."""
    return tuple(name for name, one in codes().items() if one.any_of & set(types))


def _languages(row: Mapping[str, Any]) -> dict[str, str]:
    return {language: str(row[language]) for language in LANGUAGES if language in row}


def _table(name: str, expected: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(resources.files("evidence.notice").joinpath(name).read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"{name}: no TOML: {error}") from error
    if table.get("format") != expected:
        raise Unreadable(f"{name}: its format is {table.get('format')!r}, not {expected!r}")
    return table
