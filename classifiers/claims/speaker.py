"""Whose voice is it? A phrase counts only where the page itself offers what it says.

Numbered as they are asked; the first that applies drops the hit and gives its word as the reason:

1. refused    a heading or the beginning of the line says that this is not offered, or a cross stands before it
2. negated    the clause says no
3. asked      it is a question, and the answer is not a yes
4. warned     the sentence tells the reader not to do it, or what it may lead to
5. reported   the sentence says who said it, or the page reports and sells nothing
6. channel    the passage is about SMS, e-mail or another messenger
7. topic      nothing near it is about WhatsApp
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from classifiers.claims.page import Page, title_names_whatsapp
from classifiers.claims.rule import Hit, Rule
from classifiers.labels import ABUSE_CLAIMS, ClaimType

NEGATION_WORDS = 6
_QUESTION = re.compile(r"[?？؟]")
_NEGATION_IS_MEANT = frozenset({ClaimType.DISCLAIMER, ClaimType.OPT_IN})
_LEFT_OUT = frozenset({ClaimType.PRICE, ClaimType.CONTACT, ClaimType.DISCLAIMER})


@dataclass(frozen=True, slots=True)
class Stance:
    """What the page as a whole is like."""

    reports: int
    warns: int
    official: int
    removed: bool
    other_channel: int
    whatsapp: int


def stance(page: Page) -> Stance:
    """Count the cues of a page, each line once."""
    return Stance(
        reports=page.count("cue.reported"),
        warns=page.count("cue.warning"),
        official=len({page.text[hit.start : hit.end] for hit in page.hits("cue.official_strict")}),
        removed=page.count("cue.removed") > 0,
        other_channel=page.count("cue.other_channel"),
        whatsapp=sum(page.words.whatsapp) + 2 * title_names_whatsapp(page),
    )


def dropped(page: Page, rule: Rule, hit: Hit, whole: Stance) -> str:
    """Why a hit is not the page's own offer; "" when it is."""
    if rule.type in (ClaimType.PRICE, ClaimType.CONTACT):
        return "reported" if _reported(page, hit, whole) and rule.type is ClaimType.PRICE else ""
    if rule.type is not ClaimType.DISCLAIMER and _refused(page, hit):
        return "refused"
    if rule.type not in _NEGATION_IS_MEANT and _negated(page, hit):
        return "negated"
    if rule.type is not ClaimType.DISCLAIMER and _asked(page, hit):
        return "asked"
    if rule.type not in ABUSE_CLAIMS:
        return ""
    if _warned(page, hit):
        return "warned"
    if _reported(page, hit, whole):
        return "reported"
    if whole.whatsapp == 0:
        return "topic"
    if _other_channel(page, hit, whole):
        return "channel"
    return ""


def _refused(page: Page, hit: Hit) -> bool:
    line = page.lines[page.line_index(hit.start)]
    if line.kind == "cross":
        return True
    if page.has("cue.refusal_heading", line.start, hit.start):
        return True
    if line.heading < 0:
        return False
    heading = page.lines[line.heading]
    return page.has("cue.refusal_heading", heading.start, heading.end)


def _negated(page: Page, hit: Hit) -> bool:
    clause, _ = page.words.clause(hit.start, hit.end)
    before = page.words.between(clause, hit.start)
    if not before:
        return False
    start = page.words.starts[max(before[0], before[-1] - NEGATION_WORDS + 1)]
    return any(start <= negator.start and negator.end <= hit.start for negator in page.hits("cue.negator"))


def _asked(page: Page, hit: Hit) -> bool:
    _, end = page.words.sentence(hit.end - 1)
    if not _QUESTION.search(page.text, max(end - 2, 0), end):
        return False
    answer_start, answer_end = end, min(end + 60, len(page.text))
    return not page.has("cue.yes", answer_start, answer_end)


def _warned(page: Page, hit: Hit) -> bool:
    return page.has("cue.warning", *page.words.sentence(hit.start))


def _reported(page: Page, hit: Hit, whole: Stance) -> bool:
    if page.has("cue.reported", *page.words.sentence(hit.start)):
        return True
    return whole.reports >= 3 or whole.removed


def _other_channel(page: Page, hit: Hit, whole: Stance) -> bool:
    line = page.lines[page.line_index(hit.start)]
    if page.whatsapp_in(line.start, line.end):
        return False
    return page.has("cue.other_channel", line.start, line.end) or whole.other_channel > whole.whatsapp
