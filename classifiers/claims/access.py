"""How the offer reaches WhatsApp: around the official API, under a false flag, or through the front door."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases(
        "unofficial_api.scan",
        ClaimType.UNOFFICIAL_API,
        "An ordinary account is connected by QR code or pairing code as if the software were a linked device.",
    ),
    phrases(
        "unofficial_api.session",
        ClaimType.UNOFFICIAL_API,
        "The page offers an interface to WhatsApp that is not the official one: instances, sessions, the web protocol.",
    ),
    phrases(
        "false_affiliation.no_approval",
        ClaimType.FALSE_AFFILIATION,
        "The page promises business messaging without the approvals, templates or fees that WhatsApp requires.",
    ),
    phrases(
        "false_affiliation.official",
        ClaimType.FALSE_AFFILIATION,
        "The page calls itself or its product official where the rest of it says otherwise.",
    ),
    phrases(
        "official_api.provider",
        ClaimType.OFFICIAL_API,
        "The page says that it works through WhatsApp's official Business Platform or is a partner of Meta.",
    ),
    phrases(
        "opt_in.consent",
        ClaimType.OPT_IN,
        "The page asks for the consent of those who are written to, or lets them stop it.",
    ),
)
