"""Text -> claims: what a page says of its own offer, each with its exact quote, its place and the rule that found it.

A rule is a small object with an ID, a claim type and a sentence for the investigator; what it looks for stands in
``classifiers/lexicons/<language>.toml``. A hit counts only where the page speaks in its own voice (``speaker``,
``voice``). Of each type the best quotes are kept: a page is quoted, not copied out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from classifiers.claims import access, automation, clones, contact, evasion, money, reach, supply, trade, values, voice
from classifiers.claims.page import Page, read
from classifiers.claims.quote import quoted
from classifiers.claims.rule import Hit, Rule, RuleError
from classifiers.claims.speaker import signals, stance
from classifiers.claims.words import split_words
from classifiers.judgement import Claim
from classifiers.labels import ClaimType
from classifiers.text import Extracted

__all__ = ["Examined", "Rule", "RuleError", "examine", "find", "rules"]

CELLS = "|\t"  # between the cells of a table
JOIN_CHARS = 160  # hits of one type in one sentence are one quote, up to this length
MAX_HITS = 5_000  # of one page; what comes after them is not looked at
MAX_QUOTES = 12  # of one type
FULLER = 0.5  # of two quotes the one of which more words were recognised is preferred
UNSEEN_FIELDS = frozenset({"meta", "jsonld", "hidden", "alt"})
UNSEEN_COSTS = 1.0  # log-odds by which a quote that a screenshot shows is preferred to one that it does not
WORDS_PER_QUOTE = 200  # a longer page gives one more quote of each type for so many words


@dataclass(frozen=True, slots=True)
class Weighed:
    """A hit that the page does not disown in so many words, and the facts that speak for and against it."""

    rule: Rule
    hit: Hit
    facts: voice.Facts


@dataclass(frozen=True, slots=True)
class Examined:
    """A page read once. ``facts`` are plain counts of the whole page (see ``voice.page_facts``)."""

    page: Page
    weighed: tuple[Weighed, ...]
    facts: voice.Facts

    def claims(self, offence: float | None = None, cards: voice.Cards | None = None) -> tuple[Claim, ...]:
        """The page's claims in the order of their places.

        ``offence`` is a text model's own probability that the page is an offence, where one was asked. It is one
        fact among the others: the words of a seller on a page that reads like a newspaper are not the page's own.
        ``cards`` are the shipped ones unless others are to be tried.
        """
        cards = voice.shipped() if cards is None else cards
        kept = []
        for one in self.weighed:
            margin = voice.margin(one.rule, one.facts, cards, offence)
            if margin >= 0:
                claim = _claim(self.page, one.rule, *quoted(self.page, one.hit))
                unseen = UNSEEN_COSTS * (claim.field in UNSEEN_FIELDS)
                kept.append((margin + FULLER * one.facts["words"] - unseen, claim))
        return _best(kept, len(self.page.words.text))

    def cue(self, kind: str) -> tuple[int, int] | None:
        """Where the page speaks most plainly as cue ``kind`` of the lexicons has it, to be quoted; None if nowhere."""
        hits = [hit for hit in self.page.hits(f"cue.{kind}") if not self.page.asides.touch(hit.start)]
        if not hits:
            return None
        return quoted(self.page, max(hits, key=lambda hit: hit.end - hit.start))


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of its family. Raises RuleError when two share an ID."""
    families = (money, reach, evasion, supply, automation, access, clones, trade, contact)
    found = tuple(rule for family in families for rule in family.RULES)
    repeated = [rule_id for rule_id, count in Counter(rule.id for rule in found).items() if count > 1]
    if repeated:
        raise RuleError(f"rules {', '.join(repeated)} are declared twice; give each its own ID")
    return found


def find(extracted: Extracted, lang: str, offence: float | None = None) -> tuple[Claim, ...]:
    """The claims of a text in the order of their places. ``extracted.text[start:end] == quote`` for each."""
    return examine(extracted, lang).claims(offence)


def examine(extracted: Extracted, lang: str) -> Examined:
    """Read a page: every hit of every rule, weighed. Linear in the length of the text."""
    page = read(extracted, lang)
    whole = stance(page)
    found = ((rule, hit) for rule in rules() for hit in rule.find(page) if hit.exact or not _divided(page, rule, hit))
    hits = _joined(page, found)
    candidates = [(rule, hit, signals(page, rule, hit)) for rule, hit in islice(hits, MAX_HITS)]
    facts = voice.page_facts(page, whole, candidates)
    spoken = [one for one in candidates if not one[2].silenced]
    same_type = Counter(rule.type for rule, _, _ in spoken)
    weighed = [
        Weighed(rule, hit, facts | voice.hit_facts(page, rule, hit, said, same_type))
        for rule, hit, said in spoken
        if not voice.off_topic(rule, whole) and not _misplaced(page, rule, hit)
    ]
    return Examined(page, tuple(weighed), facts)


def _divided(page: Page, rule: Rule, hit: Hit) -> bool:
    """Words on both sides of a full stop or in two cells of a table say nothing together."""
    if rule.type is ClaimType.PRICE:
        return False
    return page.words.ends_within(hit.start, hit.end) or any(mark in page.text[hit.start : hit.end] for mark in CELLS)


def _misplaced(page: Page, rule: Rule, hit: Hit) -> bool:
    """Code and menus state nothing, an address only how to reach a seller; a crossed-out price is not asked."""
    field = page.extracted.field_at(page.original(hit.start, hit.end)[0])
    if rule.type is ClaimType.CONTACT:
        return page.asides.in_code(hit.start, hit.end)
    if field in ("link", "menu") or page.asides.touch(hit.start) or page.asides.touch(hit.end - 1):
        return True
    return field == "struck" and rule.type is ClaimType.PRICE


def _joined(page: Page, hits: Iterable[tuple[Rule, Hit]]) -> Iterator[tuple[Rule, Hit]]:
    """Hits of one type in one sentence as one hit, as long as a reader can take it in; the longer one's rule stays."""
    waiting: dict[ClaimType, tuple[Rule, Hit]] = {}
    for rule, hit in sorted(hits, key=lambda one: (one[1].start, -one[1].end, one[0].id)):
        before = waiting.get(rule.type)
        waiting[rule.type] = rule, hit
        if before is None:
            continue
        first, last = before
        end = max(last.end, hit.end)
        parted = any(mark in page.text[last.end : hit.start] for mark in CELLS) and rule.type is not ClaimType.PRICE
        if hit.exact or parted or end - last.start > JOIN_CHARS or hit.start >= page.words.sentence(last.start)[1]:
            yield before
            continue
        longer = first if last.end - last.start >= hit.end - hit.start else rule
        waiting[rule.type] = longer, Hit(last.start, end)
    yield from waiting.values()


def _claim(page: Page, rule: Rule, start: int, end: int) -> Claim:
    extracted = page.extracted
    quote, after = extracted.text[start:end], extracted.text[end : end + values.AFTER_CHARS]
    value = values.of(rule.type, quote, after, page.lang)
    return Claim(rule.type, quote, start, end, extracted.field_at(start), rule.id, value)


def _best(claims: list[tuple[float, Claim]], words: int) -> tuple[Claim, ...]:
    """The likeliest quotes of each type, none overlapping or repeating another of its type."""
    allowed = min(2 + words // WORDS_PER_QUOTE, MAX_QUOTES)
    kept: dict[ClaimType, list[Claim]] = defaultdict(list)
    for _, claim in sorted(claims, key=lambda one: (-one[0], one[1].start, -one[1].end)):
        same = kept[claim.type]
        if len(same) < allowed and not any(_repeats(claim, other) for other in same):
            same.append(claim)
    return tuple(sorted((claim for same in kept.values() for claim in same), key=lambda c: (c.start, c.end, c.type)))


def _repeats(claim: Claim, other: Claim) -> bool:
    """Whether two quotes overlap, or one says nothing that the other does not say: a title stands in many places."""
    if claim.start < other.end and other.start < claim.end:
        return True
    one, two = (" ".join(split_words(quote.casefold())) for quote in (claim.quote, other.quote))
    return one in two or two in one
