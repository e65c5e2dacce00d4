"""Text -> claims: what a page says of its own offer, each with its exact quote, its place and the rule that found it.

A rule is a small object with an ID, a claim type and a sentence for the investigator; what it looks for stands in
``classifiers/lexicons/<language>.toml``. A hit counts only where the page speaks in its own voice (``speaker``).
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from classifiers.claims import access, automation, clones, contact, evasion, money, reach, supply, trade
from classifiers.claims.page import Page, read
from classifiers.claims.quote import quoted
from classifiers.claims.rule import Rule, RuleError
from classifiers.claims.speaker import dropped, stance
from classifiers.judgement import Claim
from classifiers.text import Extracted

__all__ = ["Rule", "RuleError", "find", "rules"]

MAX_CLAIMS_PER_TYPE = 40


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of its family. Raises RuleError when two share an ID."""
    families = (money, reach, evasion, supply, automation, access, clones, trade, contact)
    found = tuple(rule for family in families for rule in family.RULES)
    repeated = [rule_id for rule_id, count in Counter(rule.id for rule in found).items() if count > 1]
    if repeated:
        raise RuleError(f"rules {', '.join(repeated)} are declared twice; give each its own ID")
    return found


def find(extracted: Extracted, lang: str) -> tuple[Claim, ...]:
    """The claims of a text in the order of their places. ``extracted.text[start:end] == quote`` for each."""
    page = read(extracted, lang)
    whole = stance(page)
    claims: list[Claim] = []
    for rule in rules():
        for hit in rule.find(page):
            if not dropped(page, rule, hit, whole):
                claims.append(_claim(page, rule, *quoted(page, hit)))
    return _without_repeats(claims)


def _claim(page: Page, rule: Rule, start: int, end: int) -> Claim:
    extracted = page.extracted
    return Claim(rule.type, extracted.text[start:end], start, end, extracted.field_at(start), rule.id)


def _without_repeats(claims: list[Claim]) -> tuple[Claim, ...]:
    """One claim per type and place: of overlapping ones the first and longest stays."""
    kept: list[Claim] = []
    ends: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for claim in sorted(claims, key=lambda claim: (claim.start, -claim.end)):
        if claim.start < ends.get(claim.type, 0) or counts[claim.type] == MAX_CLAIMS_PER_TYPE:
            continue
        ends[claim.type] = claim.end
        counts[claim.type] += 1
        kept.append(claim)
    return tuple(kept)
