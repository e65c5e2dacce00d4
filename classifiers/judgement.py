"""Records that flow out of the classifiers. A quote is always ``text[start:end]`` of the judged text, verbatim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as kept
from enum import StrEnum

from classifiers.labels import ClaimType, Label


class Decision(StrEnum):
    """What the machine suggests doing with a sighting. A named person decides about anything that leaves the house.

    ``notice-ready`` is a capture that rests on two independent quoted reasons with nothing speaking against them: the
    ones to read first when a notice is prepared.
    """

    DISCARD = "discard"
    REVIEW = "review"
    CAPTURE = "capture"
    NOTICE_READY = "notice-ready"


CAPTURED = frozenset({Decision.CAPTURE, Decision.NOTICE_READY})
"""The bands whose pages are preserved as exhibits."""


class Polarity(StrEnum):
    """Which way a reason points."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the page says of its own offer. ``field`` names the part of the page (text, title, meta, alt, jsonld …).

    ``start`` and ``end`` are code-point offsets into the judged text; ``rule`` is the ID of the rule that found it.
    ``value`` is what a price or a volume says in plain terms (see ``classifiers.claims.values``), if it was read.
    """

    type: ClaimType
    quote: str
    start: int
    end: int
    field: str
    rule: str = ""
    value: Mapping[str, float | str] | None = kept(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A phone, link, e-mail, payment key or domain. ``value`` is its normal form, ``quote`` what the page shows.

    ``kind``: phone (E.164), wa_link, wa_group, telegram, email, upi, pix, pay_link, gstin, cnpj, ifsc, btc, eth, tron,
    domain, seller, play_app …: each family in :mod:`classifiers.keys` names its own. ``readings`` keeps the other
    possible normal forms when the text alone does not decide (a number without a country code). A ``lead`` was read by
    a machine in a picture: a person must compare it first, and it ties nothing together.
    """

    kind: str
    value: str
    quote: str
    start: int
    end: int
    field: str
    readings: tuple[str, ...] = ()
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the judgement is what it is: one sentence for the investigator and, where there is one, the exact quote.

    ``weight`` is signed log-odds towards an offence where the model knows it, else 0. ``start`` is -1 without a quote.
    """

    rule: str
    polarity: Polarity
    sentence: str
    quote: str = ""
    start: int = -1
    end: int = -1
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Label, calibrated probability of an offence, claims and reasons for one text, with the model's version.

    ``text_sha256`` is the digest of the UTF-8 judged text that every offset points into; only the offsets of
    ``source_identifiers`` (measuring and advertising IDs, store links) point into the decoded HTML instead.
    """

    label: Label
    offence: bool
    probability: float
    decision: Decision
    lang: str
    claims: tuple[Claim, ...]
    identifiers: tuple[Identifier, ...]
    reasons: tuple[Reason, ...]
    model: str
    text_sha256: str
    source_identifiers: tuple[Identifier, ...] = ()
