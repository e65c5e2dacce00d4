"""The trade around the software: resale, broken licences, politics, and the small print."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases(
        "reseller.terms",
        ClaimType.RESELLER,
        "The offer may be sold on: under another name, with keys, a panel or a margin.",
    ),
    phrases(
        "cracked_licence.patched",
        ClaimType.CRACKED_LICENCE,
        "A program is handed out with its licence check removed, or with a generator of keys.",
    ),
    phrases(
        "political_use.voters",
        ClaimType.POLITICAL_USE,
        "WhatsApp messages to voters are offered, or voters' numbers, to candidates and parties.",
    ),
    phrases(
        "disclaimer.independent",
        ClaimType.DISCLAIMER,
        "The page says that it does not belong to WhatsApp or Meta. Sellers write it as often as others.",
    ),
    phrases(
        "disclaimer.own_risk",
        ClaimType.DISCLAIMER,
        "The page leaves the risk to its user: blocks, misuse, no refund, no guarantee.",
    ),
    phrases(
        "disclaimer.educational", ClaimType.DISCLAIMER, "The page says that it serves learning or information only."
    ),
)
