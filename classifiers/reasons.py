"""Claims and text scores in, reasons out: sentences for the investigator, each with the exact quote it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from classifiers import claims as claim_rules
from classifiers.calibration import Calibration
from classifiers.claims import UNSEEN_FIELDS, Examined
from classifiers.judgement import Claim, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, OFFENCES, Label
from classifiers.model.attribution import Passage

MAX_OFFERED = 6
MAX_MITIGATING = 4
TELLING = -0.3
"""Log-odds from which on the page's stance is worth a reason."""
WORTH_QUOTING = -0.1
"""Log-odds from which on one kind of stance is quoted."""
OTHERWISE = "Much of the page reports, warns, or speaks of other channels instead of offering something."
STANCES = {
    "reported": (("reports", "reports_density", "told_share"), "The page passes on what others said or did."),
    "warning": (("warns", "warns_density"), "The page warns its readers."),
    "refusal_heading": (("refusals", "silenced_share"), "The page says what is not done, offered or allowed."),
    "official_strict": (("official",), "The page speaks of the official interface or of consent."),
    "other_channel": (("other_channel",), "The page speaks of other channels than WhatsApp."),
    "removed": (("removed",), "The page says that something was taken down or is no longer offered."),
}
"""By cue: the facts of the page that it belongs to, and the sentence for the investigator."""


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """What each claim rule's quotes show, by rule ID."""
    return {rule.id: " ".join(rule.meaning.split()) for rule in claim_rules.rules()}


def of_claims(claims: Sequence[Claim], calibration: Calibration) -> list[Reason]:
    """The claims that tell most, the strongest first and each type once before any twice; then what speaks against."""
    offered = _ranked([claim for claim in claims if claim.type not in MITIGATING_CLAIMS], calibration)
    mild = _ranked([claim for claim in claims if claim.type in MITIGATING_CLAIMS], calibration)
    return [_of_claim(claim, calibration) for claim in (*offered[:MAX_OFFERED], *mild[:MAX_MITIGATING])]


def of_text(label: Label, odds: float, calibration: Calibration) -> Reason:
    """What the text reads like as a whole. It is the model's view and quotes nothing."""
    intercept, slope = calibration.alone
    weight = intercept + slope * odds
    name = label.value.replace("_", " ")
    if (weight > 0) == (label in OFFENCES):
        sentence = f"The text as a whole reads most like {name} to the model."
    elif weight > 0:
        sentence = (
            f"The text as a whole reads somewhat like an offer to the model; what else was found speaks for {name}."
        )
    else:
        sentence = f"The text as a whole reads less like an offer to the model than its claims do ({name})."
    polarity = Polarity.FOR if weight > 0 else Polarity.AGAINST
    return Reason("text.whole", polarity, sentence, weight=round(weight, 3))


def of_stance(examined: Examined, calibration: Calibration) -> list[Reason]:
    """What the page does instead of offering, each with a quote: it reports, warns, refuses, keeps to the official way.

    ``weight`` is the sum of what the page's facts of that kind add. Empty where the facts add up to little.
    """
    adds = {name: weight * examined.facts.get(name, 0.0) for name, weight in calibration.facts.items()}
    found = []
    for kind, (names, sentence) in STANCES.items():
        weight = sum(adds.get(name, 0.0) for name in names)
        span = examined.cue(kind) if weight <= WORTH_QUOTING else None
        if span is not None:
            quote = examined.page.extracted.text[slice(*span)]
            found.append(Reason(f"stance.{kind}", Polarity.AGAINST, sentence, quote, *span, round(weight, 3)))
    total = sum(term for term in adds.values() if term < 0)
    if total <= TELLING and not found:
        return [Reason("text.stance", Polarity.AGAINST, OTHERWISE, weight=round(total, 3))]
    return sorted(found, key=lambda one: one.weight)


def meaning(rule: str) -> str:
    """What the quotes of a claim rule show, in the words of its docstring; "" for a rule that is no more."""
    return _meanings().get(rule, "")


def of_passage(passage: Passage, text: str) -> Reason:
    """The sentence that moved the text model most towards an offence."""
    sentence = "Of the page's strongest part, this sentence speaks loudest for an offer to the model."
    quote = text[passage.start : passage.end]
    return Reason("text.passage", Polarity.FOR, sentence, quote, passage.start, passage.end, round(passage.share, 3))


def _ranked(claims: Sequence[Claim], calibration: Calibration) -> list[Claim]:
    """The strongest first: of each type the best quote, then the second ones; abuse first; no quote twice."""

    def strength(claim: Claim) -> tuple[bool, float, bool, int]:
        weight = calibration.weight(claim.type, 1)
        return claim.type not in ABUSE_CLAIMS, -weight, claim.field in UNSEEN_FIELDS, claim.start

    seen: Counter[str] = Counter()
    quotes: set[str] = set()
    ranked: list[tuple[int, Claim]] = []
    for claim in sorted(claims, key=strength):
        words = " ".join(claim.quote.split()).casefold()
        if words not in quotes:
            quotes.add(words)
            ranked.append((seen[claim.type], claim))
            seen[claim.type] += 1
    return [claim for _, claim in sorted(ranked, key=lambda one: (one[0], strength(one[1])))]


def _of_claim(claim: Claim, calibration: Calibration) -> Reason:
    if claim.type in MITIGATING_CLAIMS:
        polarity = Polarity.AGAINST
    else:
        polarity = Polarity.FOR if claim.type in ABUSE_CLAIMS else Polarity.NEUTRAL
    sentence = meaning(claim.rule) or f"The page states: {claim.type.value.replace('_', ' ')}."
    weight = round(calibration.weight(claim.type, 1), 3)
    return Reason(
        f"claim.{claim.rule or claim.type.value}", polarity, sentence, claim.quote, claim.start, claim.end, weight
    )
