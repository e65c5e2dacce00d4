"""A rule: an ID, the claim type it finds, and the sentence an investigator reads.

Without that sentence a rule does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from classifiers.labels import ClaimType

if TYPE_CHECKING:
    from classifiers.claims.page import Page


class RuleError(ValueError):
    """Raised when a rule is declared without a docstring, or two rules share an ID."""


class Hit(NamedTuple):
    """Where a rule found something: offsets into the normalised view. ``exact`` hits are quoted as they are."""

    start: int
    end: int
    exact: bool = False


Finder = Callable[["Page"], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``meaning`` is the rule's docstring: what the quote shows, in one or two sentences. ``find`` yields its hits."""

    id: str
    type: ClaimType
    meaning: str
    find: Finder

    def __post_init__(self) -> None:
        if not self.meaning.strip():
            raise RuleError(f"rule {self.id}: it has no docstring; write what its quotes show and it will load")


def rule(rule_id: str, claim_type: ClaimType) -> Callable[[Finder], Rule]:
    """Make a finder a rule; the finder's docstring is the rule's meaning. Raises RuleError when there is none."""

    def declare(finder: Finder) -> Rule:
        return Rule(rule_id, claim_type, finder.__doc__ or "", finder)

    return declare


def phrases(rule_id: str, claim_type: ClaimType, meaning: str) -> Rule:
    """A rule that is nothing but its phrases in the lexicon files. Raises RuleError without a meaning."""

    def find(page: Page) -> Iterator[Hit]:
        yield from page.hits(rule_id)

    return Rule(rule_id, claim_type, meaning, find)
