"""Discard, review or capture? The bands of the settings, and the rules that no probability overrides.

A capture is asked for only where a person would find, quoted, what the page offers: probability in the top band, by
the text alone as well; two claims of which one is abuse in the page's own voice, and one that the rules find without
knowing what the text model thinks; and nothing that speaks for the official way weighing as much. What the model
cannot judge well goes to a person, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifiers.config import JudgeSettings
from classifiers.document import Document
from classifiers.judgement import Claim, Decision, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, OFFENCES, ClaimType, Label

SHORT_WORDS = 15
"""A text below this many words is too short for the model."""
POOR_WORDS = 40
"""A page with pictures and fewer words than this may say in the pictures what it offers."""
DISAGREE_LOW, DISAGREE_HIGH = 0.15, 0.85
MIN_CLAIMS = 2
MIN_FAMILIES = 2
FAMILIES = {
    ClaimType.ANTI_BAN: "evasion",
    ClaimType.ACCOUNT_ROTATION: "evasion",
    ClaimType.UNSAVED_CONTACTS: "reach",
    ClaimType.GROUP_AUTOMATION: "reach",
    ClaimType.POLITICAL_USE: "reach",
    ClaimType.CONTACT_HARVESTING: "supply",
    ClaimType.NUMBER_FILTER: "supply",
    ClaimType.ACCOUNT_SUPPLY: "supply",
    ClaimType.UNOFFICIAL_API: "access",
    ClaimType.FALSE_AFFILIATION: "access",
    ClaimType.CLONE_FEATURE: "clone",
    ClaimType.CRACKED_LICENCE: "clone",
}
"""Claims of one family often rest on one sentence read twice; a notice needs two families."""
REACH = ("tel:", "whatsapp:", "https://wa.me/", "https://api.whatsapp.com/", "https://t.me/", "http://wa.me/")

SENTENCES = {
    "no_messenger": "No messaging app is named in the text, the title or the links.",
    "picture": "There is little text beside pictures: the offer may stand in a picture, which was not read.",
    "language": "The text is in a language ({lang}) that the model was not trained on.",
    "short": "The text is too short ({words} words) to be judged by the model alone.",
    "claims_alone": "The claims speak for an offer, but the text as a whole does not read like one.",
    "text_alone": "The text as a whole reads like an offer, but the claims speak against it.",
    "unquoted": "Too little of the offer can be quoted: a capture needs two claims, one of them of abuse.",
    "dependent": "No claim of abuse stands by the rules alone; a person should look whose offer it is.",
    "text_unsure": "The claims make it likely, but the text by itself does not read clearly enough like an offer.",
    "mitigated": "The page speaks as much of the official interface or of consent; a person should weigh it.",
    "unnamed": "WhatsApp itself is not named on the page.",
    "below_notice": "The probability is below the one for a notice; read the page before one is prepared.",
    "one_family": "The quoted claims are all of one kind; a notice should rest on two.",
    "cue_against": "The page also speaks of consent or of the official interface; a person must weigh that first.",
    "little_text": "There is little text to quote from.",
    "label": "It reads most like {label}, which is no offence.",
}
"""What each rule that moves a decision tells the investigator."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a decision rests on. ``probability`` is calibrated, ``text_probability`` is what the text alone would give.

    ``alleged`` are the claim types that the rules find when they do not know what the text model thinks.
    """

    probability: float
    text_probability: float
    alleged: frozenset[ClaimType]
    label: Label
    lang: str
    trained_language: bool
    names_whatsapp: bool
    names_messenger: bool


def decide(
    document: Document, claims: Sequence[Claim], signals: Signals, settings: JudgeSettings
) -> tuple[Decision, list[Reason]]:
    """The decision, and a reason for each rule that moved it."""
    silent = not signals.names_messenger and signals.probability < settings.capture_at
    if silent and not (_in_pictures(document) and _reachable(document)):
        return Decision.DISCARD, [no_messenger()]
    doubts = _doubts(document, signals, settings)
    moved = [_reason(rule, words=_words(document), lang=signals.lang) for rule in doubts]
    if signals.probability < settings.review_at:
        return (Decision.REVIEW if moved else Decision.DISCARD), moved
    if signals.probability < settings.capture_at:
        return Decision.REVIEW, moved
    label = signals.label.value.replace("_", " ")
    moved += [_reason(rule, label=label) for rule in _missing(claims, signals, settings)]
    if moved:
        return Decision.REVIEW, moved
    held = [_reason(rule) for rule in _not_ready(document, claims, signals, settings)]
    return (Decision.CAPTURE if held else Decision.NOTICE_READY), held


def no_messenger() -> Reason:
    """Why a page on which no messaging app is named is discarded."""
    return _reason("no_messenger", Polarity.AGAINST)


def _doubts(document: Document, signals: Signals, settings: JudgeSettings) -> Iterator[str]:
    """Why a person should look whatever the probability: what the model cannot see or was not made for."""
    abuse = signals.alleged & ABUSE_CLAIMS
    suspicious = bool(abuse) or signals.probability >= settings.review_at / 2
    if _in_pictures(document):
        yield "picture"
    if not signals.trained_language and (suspicious or signals.alleged - {ClaimType.CONTACT}):
        yield "language"
    if _words(document) < SHORT_WORDS and suspicious:
        yield "short"
    if signals.text_probability <= DISAGREE_LOW and len(abuse) >= MIN_CLAIMS:
        yield "claims_alone"
    if signals.text_probability >= DISAGREE_HIGH and signals.probability < settings.review_at:
        yield "text_alone"


def _missing(claims: Sequence[Claim], signals: Signals, settings: JudgeSettings) -> Iterator[str]:
    """What a page in the top band lacks for a capture. Text and claims must each stand on their own."""
    kinds = {claim.type for claim in claims}
    abuse, mild = kinds & ABUSE_CLAIMS, kinds & MITIGATING_CLAIMS
    if len(claims) < MIN_CLAIMS or not abuse:
        yield "unquoted"
    elif not signals.alleged & ABUSE_CLAIMS:
        yield "dependent"
    if signals.text_probability < settings.capture_at:
        yield "text_unsure"
    if mild and len(mild) >= len(abuse):
        yield "mitigated"
    if not signals.names_whatsapp:
        yield "unnamed"
    if signals.label not in OFFENCES:
        yield "label"


def _not_ready(document: Document, claims: Sequence[Claim], signals: Signals, settings: JudgeSettings) -> Iterator[str]:
    """What keeps a capture from being ready for a notice: it must rest on two kinds of abuse found by rules alone."""
    if signals.probability < settings.notice_at:
        yield "below_notice"
    families = {FAMILIES[kind] for kind in signals.alleged & ABUSE_CLAIMS}
    if len(families) < MIN_FAMILIES:
        yield "one_family"
    if any(claim.type in MITIGATING_CLAIMS for claim in claims):
        yield "cue_against"
    if _words(document) < POOR_WORDS:
        yield "little_text"


def _in_pictures(document: Document) -> bool:
    """Whether what the page says may stand in its pictures."""
    return document.extracted.images > 0 and _words(document) < POOR_WORDS


def _reachable(document: Document) -> bool:
    """Whether the page says by a link how to reach somebody: a poster without words is worth a look then."""
    return any(link.lower().startswith(REACH) for link in document.extracted.links)


def _words(document: Document) -> int:
    return len(document.extracted.text.split())


def _reason(rule: str, polarity: Polarity = Polarity.NEUTRAL, **facts: object) -> Reason:
    return Reason(f"route.{rule}", polarity, SENTENCES[rule].format(**facts))
