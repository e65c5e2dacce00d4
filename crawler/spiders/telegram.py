"""Public Telegram channels."""

from __future__ import annotations

from typing import ClassVar

from crawler.access.channel_preview import ChannelPreview


class Telegram(ChannelPreview):
    """Posts of public Telegram channels, as shown to everybody.

    Service: Telegram's channel previews
    What it finds: one sighting a post with words: its text, time and links
    Endpoint: https://t.me, or sources.telegram.endpoint
    Terms: https://telegram.org/tos and sources.telegram.terms_url
    Needs: sources.telegram.seeds, names of public channels; there is no search across channels
    Limits: about twenty posts a page; sources.telegram.budget_pages; channels without a preview are refused
    """

    name = "telegram"
    default_endpoint: ClassVar[str] = "https://t.me"
