"""Meta's ad library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from crawler.access.cursor_api import CursorAPI
from crawler.draft import Issue, IssueKind

OWN_HOST = "graph.facebook.com"
MAX_TERMS_CHARS = 100


class MetaAds(CursorAPI):
    """Advertisements on Facebook and Instagram.

    Service: Meta Ad Library API (developers.facebook.com, "ads_archive")
    What it finds: one sighting an ad, with the words of its bodies, titles, descriptions and captions
    Endpoint: https://graph.facebook.com/v26.0/ads_archive, or sources.meta_ads.endpoint
    Terms: https://www.facebook.com/ads/library/api/ and sources.meta_ads.terms_url
    Needs: a key of an identity-confirmed account, in the variable that sources.meta_ads.token_env names;
        sources.meta_ads.queries and countries
    Limits: commercial ads only where shown in the EU or UK within the last year; sources.meta_ads.budget_pages
    """

    name = "meta_ads"
    default_endpoint: ClassVar[str] = f"https://{OWN_HOST}/v26.0/ads_archive"
    default_token_env: ClassVar[str] = "OFFSIGNAL_META_TOKEN"  # noqa: S105 - the variable's name
    key_parameters: ClassVar[tuple[str, ...]] = ("access_token",)
    quota_codes: ClassVar[frozenset[int]] = frozenset({4, 17, 32, 613})
    key_codes: ClassVar[frozenset[int]] = frozenset({190})

    id_field: ClassVar[str] = "id"
    title_field: ClassVar[str] = "ad_creative_link_titles"
    text_fields: ClassVar[tuple[str, ...]] = tuple(
        f"ad_creative_{part}" for part in ("bodies", "link_titles", "link_descriptions", "link_captions")
    )
    fact_fields: ClassVar[tuple[str, ...]] = (
        *("page_id", "page_name", "ad_creation_time", "ad_delivery_start_time", "ad_delivery_stop_time"),
        *("publisher_platforms", "languages", "eu_total_reach"),
    )
    link_fields: ClassVar[tuple[str, ...]] = ("ad_snapshot_url",)

    def questions(self) -> Iterator[Mapping[str, str] | Issue]:
        if not self.options.countries:
            yield Issue(IssueKind.BROKEN, "sources.meta_ads.countries is empty; the API needs at least one")
            return
        fields = (self.id_field, *self.text_fields, *self.fact_fields, *self.link_fields)
        for query in self.options.queries:
            if len(query) > MAX_TERMS_CHARS:
                yield Issue(IssueKind.BROKEN, f"a query is longer than {MAX_TERMS_CHARS} characters: {query[:60]!r}")
                continue
            countries = json.dumps(self.options.countries)
            given = {"search_terms": query, "ad_reached_countries": countries, "fields": ",".join(fields)}
            yield {**given, "ad_type": "ALL", "ad_active_status": "ALL", "limit": "100"}

    def address(self, number: str) -> str:
        """The ad's page in the library. An endpoint elsewhere (a practice server) has it on its own "www" host."""
        parts = urlsplit(self.endpoint)
        scheme, host = ("https", "facebook.com") if parts.hostname == OWN_HOST else (parts.scheme, parts.netloc)
        return f"{scheme}://www.{host.removeprefix('graph.')}/ads/library/?id={number}"
