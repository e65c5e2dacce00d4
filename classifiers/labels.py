"""The code book: ten labels, which of them are offences, and the twenty claim types."""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """What a page is. The first four are offences."""

    BULK_SENDING_OFFER = "bulk_sending_offer"
    CLONE_APP_OFFER = "clone_app_offer"
    UNOFFICIAL_API_OFFER = "unofficial_api_offer"
    ABUSE_SUPPLY_OFFER = "abuse_supply_offer"
    AUTHORISED_PROVIDER = "authorised_provider"
    CUSTOMER_SERVICE_USE = "customer_service_use"
    NEWS_OR_COMMENTARY = "news_or_commentary"
    HOW_TO_OFFICIAL = "how_to_official"
    OTHER_CHANNEL_BULK = "other_channel_bulk"
    UNRELATED = "unrelated"


OFFENCES = frozenset(
    {Label.BULK_SENDING_OFFER, Label.CLONE_APP_OFFER, Label.UNOFFICIAL_API_OFFER, Label.ABUSE_SUPPLY_OFFER}
)


class ClaimType(StrEnum):
    """A typed statement of the page's own offer."""

    PRICE = "price"
    VOLUME = "volume"
    ANTI_BAN = "anti_ban"
    UNSAVED_CONTACTS = "unsaved_contacts"
    CONTACT_HARVESTING = "contact_harvesting"
    NUMBER_FILTER = "number_filter"
    ACCOUNT_ROTATION = "account_rotation"
    ACCOUNT_SUPPLY = "account_supply"
    AUTO_REPLY = "auto_reply"
    GROUP_AUTOMATION = "group_automation"
    UNOFFICIAL_API = "unofficial_api"
    FALSE_AFFILIATION = "false_affiliation"
    CLONE_FEATURE = "clone_feature"
    RESELLER = "reseller"
    CRACKED_LICENCE = "cracked_licence"
    POLITICAL_USE = "political_use"
    DISCLAIMER = "disclaimer"
    OPT_IN = "opt_in"
    OFFICIAL_API = "official_api"
    CONTACT = "contact"


NEUTRAL_CLAIMS = frozenset(
    {ClaimType.PRICE, ClaimType.CONTACT, ClaimType.AUTO_REPLY, ClaimType.RESELLER, ClaimType.VOLUME}
)
MITIGATING_CLAIMS = frozenset({ClaimType.OPT_IN, ClaimType.OFFICIAL_API})
ABUSE_CLAIMS = frozenset(set(ClaimType) - NEUTRAL_CLAIMS - MITIGATING_CLAIMS - {ClaimType.DISCLAIMER})
