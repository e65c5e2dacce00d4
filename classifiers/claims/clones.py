"""Modified WhatsApp clients: what they let their users do, and under which names they go."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases(
        "clone_feature.reading",
        ClaimType.CLONE_FEATURE,
        "A modified client keeps or shows what others deleted or meant to be seen once.",
    ),
    phrases(
        "clone_feature.hiding",
        ClaimType.CLONE_FEATURE,
        "A modified client hides its user: online status, ticks, typing, status views.",
    ),
    phrases(
        "clone_feature.client",
        ClaimType.CLONE_FEATURE,
        "The page offers a modified WhatsApp client by name, or its themes and second accounts.",
    ),
)
