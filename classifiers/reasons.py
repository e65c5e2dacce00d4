"""Claims and text scores in, reasons out: sentences for the investigator, each with the exact quote it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from classifiers import claims as claim_rules
from classifiers.calibration import Calibration
from classifiers.judgement import Claim, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, Label
from classifiers.model.attribution import Passage

MAX_OFFERED = 6
MAX_MITIGATING = 4
TELLING = -0.3
"""Log-odds from which on the page's stance is worth a reason."""


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """What each claim rule's quotes show, by rule ID."""
    return {rule.id: " ".join(rule.meaning.split()) for rule in claim_rules.rules()}


def of_claims(claims: Sequence[Claim], calibration: Calibration) -> list[Reason]:
    """The claims that tell most: abuse before the rest, each type once before any twice; then what speaks against."""
    offered = sorted((claim for claim in claims if claim.type not in MITIGATING_CLAIMS), key=_importance(claims))
    mild = [claim for claim in claims if claim.type in MITIGATING_CLAIMS]
    chosen = [*offered[:MAX_OFFERED], *mild[:MAX_MITIGATING]]
    return [_of_claim(claim, calibration) for claim in chosen]


def of_text(label: Label, odds: float, calibration: Calibration) -> Reason:
    """What the text reads like as a whole. It is the model's view and quotes nothing."""
    intercept, slope = calibration.alone
    weight = intercept + slope * odds
    polarity = Polarity.FOR if weight > 0 else Polarity.AGAINST
    sentence = f"The text as a whole reads most like {label.value.replace('_', ' ')} to the model."
    return Reason("text.whole", polarity, sentence, weight=round(weight, 3))


def of_stance(facts: Mapping[str, float], calibration: Calibration) -> list[Reason]:
    """What the page does instead of offering: it reports, warns, speaks of other channels. Empty if it does not."""
    terms = [weight * facts.get(name, 0.0) for name, weight in calibration.facts.items()]
    weight = sum(term for term in terms if term < 0)
    if weight > TELLING:
        return []
    sentence = "Much of the page reports, warns, or speaks of other channels instead of offering something."
    return [Reason("text.stance", Polarity.AGAINST, sentence, weight=round(weight, 3))]


def of_passage(passage: Passage, text: str) -> Reason:
    """The sentence that moved the text model most towards an offence."""
    sentence = "Of the page's strongest part, this sentence speaks loudest for an offer to the model."
    quote = text[passage.start : passage.end]
    return Reason("text.passage", Polarity.FOR, sentence, quote, passage.start, passage.end, round(passage.share, 3))


def _importance(claims: Sequence[Claim]) -> Callable[[Claim], tuple[int, bool, int]]:
    """Sort key: how many of its type came before, then abuse first, then place."""
    seen: dict[str, int] = {}
    rank: dict[int, int] = {}
    for claim in claims:
        rank[id(claim)] = seen.get(claim.type, 0)
        seen[claim.type] = rank[id(claim)] + 1
    return lambda claim: (rank[id(claim)], claim.type not in ABUSE_CLAIMS, claim.start)


def _of_claim(claim: Claim, calibration: Calibration) -> Reason:
    if claim.type in MITIGATING_CLAIMS:
        polarity = Polarity.AGAINST
    else:
        polarity = Polarity.FOR if claim.type in ABUSE_CLAIMS else Polarity.NEUTRAL
    sentence = _meanings().get(claim.rule) or f"The page states: {claim.type.value.replace('_', ' ')}."
    weight = round(calibration.weight(claim.type, 1), 3)
    return Reason(
        f"claim.{claim.rule or claim.type.value}", polarity, sentence, claim.quote, claim.start, claim.end, weight
    )
