"""Tuning against WhatsApp's own protection: promises, pacing, warming, variation, masking."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases(
        "anti_ban.promise",
        ClaimType.ANTI_BAN,
        "The page promises that numbers are not blocked, that the risk is lower, or that a block can be undone.",
    ),
    phrases(
        "anti_ban.pacing",
        ClaimType.ANTI_BAN,
        "Pauses, random gaps, typing signs or caps are offered so that automatic sending looks like a person's.",
    ),
    phrases("anti_ban.warming", ClaimType.ANTI_BAN, "Fresh numbers are warmed up before they send in bulk."),
    phrases("anti_ban.variation", ClaimType.ANTI_BAN, "Texts are varied so that identical messages are not noticed."),
    phrases(
        "anti_ban.masking",
        ClaimType.ANTI_BAN,
        "Proxies, fingerprints or a spoofed version hide what is sending, or make a modified app pass as genuine.",
    ),
)
