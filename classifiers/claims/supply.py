"""Other people's numbers and accounts: harvesting, filtering, rotation, sale of accounts and codes."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases(
        "contact_harvesting.extract",
        ClaimType.CONTACT_HARVESTING,
        "The page offers to take telephone numbers out of groups, maps, directories or thin air.",
    ),
    phrases(
        "contact_harvesting.supply",
        ClaimType.CONTACT_HARVESTING,
        "The page offers telephone numbers of people who did not give them to the buyer.",
    ),
    phrases(
        "number_filter.check",
        ClaimType.NUMBER_FILTER,
        "The page offers to find out in bulk which numbers are on WhatsApp, or active, or whose they seem to be.",
    ),
    phrases(
        "account_rotation.rotate",
        ClaimType.ACCOUNT_ROTATION,
        "Sending is spread over several accounts, so that no single one stands out.",
    ),
    phrases(
        "account_rotation.own_numbers",
        ClaimType.ACCOUNT_ROTATION,
        "Messages go out from the seller's own pool of numbers.",
    ),
    phrases(
        "account_rotation.replace",
        ClaimType.ACCOUNT_ROTATION,
        "A blocked number is replaced by another and the sending goes on.",
    ),
    phrases(
        "account_supply.accounts",
        ClaimType.ACCOUNT_SUPPLY,
        "WhatsApp accounts are sold or rented out, or sessions and files that open one.",
    ),
    phrases(
        "account_supply.codes",
        ClaimType.ACCOUNT_SUPPLY,
        "Numbers or codes are supplied to register WhatsApp accounts under somebody else's number.",
    ),
)
