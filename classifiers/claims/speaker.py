"""Whose voice is it? A phrase counts only where the page itself offers what it says.

For a hit, ``signals`` answers these questions, numbered as in the code:

1. refused    a heading, or the beginning of the line, says that this is not offered, or a cross stands before it
2. negated    the clause says no
3. asked      it is a question and the answer is not a yes
4. warned     the sentence tells the reader not to do it, or what it may lead to
5. reported   the sentence says who said it
6. quoted     it stands in quotation marks
7. channel    the line is about SMS, e-mail or another messenger
8. far        WhatsApp is not named as the matter of this line or its neighbours
9. risk       the words themselves say what may happen to the reader ("may get banned")

``stance`` counts what the page as a whole is like. ``voice`` weighs both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from classifiers.claims.page import Page, title_names_whatsapp
from classifiers.claims.rule import Hit, Rule
from classifiers.labels import MITIGATING_CLAIMS, ClaimType

NEGATION_WORDS = 6
DENIALS = frozenset({"no", "zero", "nao"})
NEIGHBOUR_LINES = 2
ANSWER_CHARS = 60
REACH = 300  # how many characters of an endless line are looked at
_QUESTION = re.compile(r"[?？؟]")
_NEGATION_IS_MEANT = frozenset({ClaimType.DISCLAIMER, ClaimType.OPT_IN, ClaimType.PRICE, ClaimType.CONTACT})


@dataclass(frozen=True, slots=True)
class Stance:
    """What the page as a whole is like: in how many lines each kind of cue stands, and how much WhatsApp matters."""

    reports: int
    warns: int
    refusals: int
    official: int
    offers: int
    own: int
    removed: bool
    other_channel: int
    topic: int
    title: bool


@dataclass(frozen=True, slots=True)
class Signals:
    """The answers for one hit."""

    refused: bool = False
    negated: bool = False
    asked: bool = False
    warned: bool = False
    reported: bool = False
    quoted: bool = False
    channel: bool = False
    far: bool = False
    own: bool = False
    risk: bool = False

    @property
    def silenced(self) -> bool:
        """Whether the page says in so many words that it does not offer this."""
        return self.refused or self.negated or self.asked or self.risk

    @property
    def told(self) -> bool:
        """Whether the sentence passes on what somebody else says, or warns of it."""
        return self.reported or self.warned or self.quoted


def stance(page: Page) -> Stance:
    """Read the whole page once."""
    return Stance(
        reports=page.count("cue.reported"),
        warns=page.count("cue.warning"),
        refusals=page.count("cue.refusal_heading"),
        official=len({page.text[hit.start : hit.end] for hit in page.hits("cue.official_strict")}),
        offers=page.count("cue.offer"),
        own=page.count("cue.own"),
        removed=page.count("cue.removed") > 0,
        other_channel=page.count("cue.other_channel"),
        topic=len(page.topics),
        title=title_names_whatsapp(page),
    )


def signals(page: Page, rule: Rule, hit: Hit) -> Signals:
    """Ask the questions about one hit."""
    if rule.type is ClaimType.CONTACT:
        return Signals()
    line = page.lines[page.line_index(hit.start)]
    sentence = page.words.sentence(hit.start)
    meant = rule.type in _NEGATION_IS_MEANT
    return Signals(
        refused=rule.type is not ClaimType.DISCLAIMER and _refused(page, hit),
        negated=_denied(page, hit) if rule.type in MITIGATING_CLAIMS else not meant and _negated(page, hit),
        asked=rule.type is not ClaimType.DISCLAIMER and _asked(page, hit),
        warned=page.has("cue.warning", *sentence),
        reported=page.has("cue.reported", *sentence),
        quoted=page.in_quotation(hit.start),
        channel=page.has("cue.other_channel", max(line.start, hit.start - REACH), min(line.end, hit.end + REACH)),
        far=not _near(page, hit),
        own=page.has("cue.own", *sentence),
        risk=rule.type is ClaimType.ANTI_BAN and _is_risk(page, hit),
    )


def _is_risk(page: Page, hit: Hit) -> bool:
    """Whether the words are part of a risk that is told; "lowers the risk of" begins before it and is a promise."""
    return any(risk.start <= hit.start and hit.end <= risk.end for risk in page.between("cue.risk", hit.start, hit.end))


def _near(page: Page, hit: Hit) -> bool:
    number = page.line_index(hit.start)
    first = page.lines[max(0, number - NEIGHBOUR_LINES)]
    last = page.lines[min(len(page.lines) - 1, number + NEIGHBOUR_LINES)]
    return page.topic_between(first.start, last.end)


def _refused(page: Page, hit: Hit) -> bool:
    line = page.lines[page.line_index(hit.start)]
    if line.kind == "cross":
        return True
    if page.has("cue.refusal_heading", max(line.start, hit.start - REACH), hit.start):
        return True
    if line.heading < 0:
        return False
    heading = page.lines[line.heading]
    return page.has("cue.refusal_heading", heading.start, min(heading.end, heading.start + REACH))


def _negated(page: Page, hit: Hit) -> bool:
    left, right = page.words.clause(hit.start, hit.end)
    before = page.words.between(left, hit.start)
    if before:
        start = page.words.starts[max(before[0], before[-1] - NEGATION_WORDS + 1)]
        if any(start <= one.start and one.end <= hit.start for one in page.between("cue.negator", start, hit.start)):
            return True
    after = page.words.between(hit.end, right)
    if not after:
        return False
    end = page.words.ends[min(after[-1], after[0] + NEGATION_WORDS - 1)]
    return any(hit.end <= one.start for one in page.between("cue.negator_after", hit.end, end))


def _denied(page: Page, hit: Hit) -> bool:
    """Whether "no" stands right before it: "no opt-in needed". Consent may be spoken of with any other negation."""
    before = page.words.between(max(0, hit.start - REACH), hit.start)
    return bool(before) and page.words.text[before[-1]] in DENIALS


def _asked(page: Page, hit: Hit) -> bool:
    _, end = page.words.sentence(hit.end - 1)
    if not _QUESTION.search(page.text, max(end - 2, 0), end):
        return False
    return not page.has("cue.yes", end, min(end + ANSWER_CHARS, len(page.text)))
