"""Does the page say this of its own offer? Plain counts of the page and of the hit, weighed by a small open table.

The table (``voice.toml``) is read like a score card: every fact adds its weight times its value to the log-odds that
a hit is the page's own statement. Facts never name a word of the text; words are the lexicons' part. The weights are
fitted on the development corpus by ``classifiers.training.claim_score``, within bounds: what speaks of a report can
only count against a claim.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from math import log, log1p

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, Rule
from classifiers.claims.speaker import Signals, Stance
from classifiers.labels import ABUSE_CLAIMS, ClaimType

Facts = dict[str, float]
Candidate = tuple[Rule, Hit, Signals]
Cards = Mapping[str, Mapping[str, float]]

#: Types whose presence in the page's own voice says something about the rest.
TELLING_TYPES = (
    ClaimType.PRICE,
    ClaimType.DISCLAIMER,
    ClaimType.OPT_IN,
    ClaimType.OFFICIAL_API,
    ClaimType.RESELLER,
    ClaimType.UNOFFICIAL_API,
    ClaimType.CLONE_FEATURE,
)
SURE = 0.02  # no model is believed beyond this


@lru_cache(maxsize=1)
def shipped() -> Cards:
    """The score cards of the package by name: ``alone.abuse``, ``alone.other``, ``judged.abuse``, ``judged.other``."""
    text = resources.files("classifiers.claims").joinpath("voice.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return {f"{how}.{what}": table for how, kinds in tables.items() for what, table in kinds.items()}


def margin(rule: Rule, facts: Facts, cards: Cards, offence: float | None = None) -> float:
    """How far the log-odds that a hit is the page's own statement lie above what its card asks for.

    ``offence`` is a text model's probability where one was asked; then the "judged" cards are used.
    """
    card = cards[f"{'alone' if offence is None else 'judged'}.{'abuse' if rule.type in ABUSE_CLAIMS else 'other'}"]
    total = card["always"] - card["least"] + sum(card.get(name, 0.0) * value for name, value in facts.items())
    return total if offence is None else total + card["offence"] * offence_fact(offence)


def offence_fact(probability: float) -> float:
    """A probability as a fact: half its log-odds, bounded."""
    bounded = min(max(probability, SURE), 1 - SURE)
    return log(bounded / (1 - bounded)) / 2


def off_topic(rule: Rule, whole: Stance) -> bool:
    """Abuse is abuse of WhatsApp: a page that is not about it makes no such claim."""
    return rule.type in ABUSE_CLAIMS and whole.topic == 0 and not whole.title


def page_facts(page: Page, whole: Stance, candidates: Sequence[Candidate]) -> Facts:
    """Facts of the whole page, each between 0 and about 2."""
    words = max(len(page.words.text), 60)
    per = 100 / words
    abuse = [said for rule, _, said in candidates if rule.type in ABUSE_CLAIMS]
    spoken = [said for said in abuse if not said.silenced]
    own = [said for said in spoken if not said.told]
    types = {rule.type for rule, _, said in candidates if not (said.silenced or said.told)}
    facts: Facts = {
        "abuse_types": min(len(types & ABUSE_CLAIMS), 8) / 4,
        "abuse_density": min(len(own) * per, 6) / 3,
        "silenced_share": (len(abuse) - len(spoken)) / max(len(abuse), 1),
        "told_share": (len(spoken) - len(own)) / max(len(spoken), 1),
        "reports": min(whole.reports, 8) / 4,
        "reports_density": min(whole.reports * per, 3) / 1.5,
        "warns": min(whole.warns, 8) / 4,
        "warns_density": min(whole.warns * per, 3) / 1.5,
        "refusals": min(whole.refusals, 4) / 2,
        "official": min(whole.official, 4) / 2,
        "offers_density": min(whole.offers * per, 6) / 3,
        "own_density": min(whole.own * per, 6) / 3,
        "other_channel": whole.other_channel / (whole.other_channel + whole.topic + 1),
        "topic": min(log1p(whole.topic), 3) / 1.5,
        "topic_density": min(whole.topic * per, 6) / 3,
        "title": float(whole.title),
        "removed": float(whole.removed),
    }
    facts.update({f"has_{telling}": 1.0 for telling in TELLING_TYPES if telling in types})
    return facts


def hit_facts(page: Page, rule: Rule, hit: Hit, said: Signals, same_type: Counter[ClaimType]) -> Facts:
    """Facts of one hit."""
    facts: Facts = {f"rule_{rule.id}": 1.0, "words": min(len(page.words.between(hit.start, hit.end)), 10) / 5}
    for name in ("warned", "reported", "quoted", "channel", "far", "own"):
        if getattr(said, name):
            facts[name] = 1.0
    line = page.lines[page.line_index(hit.start)]
    if line.kind in ("heading", "bullet", "item"):
        facts[line.kind] = 1.0
    in_line = len(page.words.between(line.start, line.end))
    facts["filled"] = len(page.words.between(hit.start, hit.end)) / max(in_line, 1)
    often = same_type[rule.type] / max(len(page.words.text) / 200, 1)
    facts["same_type"] = min(log1p(often), 3) / 2
    return facts
