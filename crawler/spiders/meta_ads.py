"""Meta's ad library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from crawler.access.cursor_api import CursorAPI, texts
from crawler.draft import Draft, Issue, IssueKind, Output, Stop

OWN_HOST = "graph.facebook.com"
QUOTA_CODES = frozenset({4, 17, 32, 613})
KEY_CODE = 190
MAX_TERMS_CHARS = 100


class MetaAds(CursorAPI):
    """Advertisements on Facebook and Instagram.

    Service: Meta Ad Library API (developers.facebook.com, "ads_archive")
    What it finds: one sighting an ad, with the words of its bodies, titles and descriptions
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

    #: Each of these becomes a fact, or part of the text.
    text_fields: ClassVar[tuple[str, ...]] = (
        *(
            "ad_creative_bodies",
            "ad_creative_link_titles",
            "ad_creative_link_descriptions",
            "ad_creative_link_captions",
        ),
    )
    fact_fields: ClassVar[tuple[str, ...]] = (
        *("page_id", "page_name", "ad_creation_time", "ad_delivery_start_time", "ad_delivery_stop_time"),
        *("publisher_platforms", "languages", "eu_total_reach"),
    )

    def questions(self) -> Iterator[Mapping[str, str] | Issue]:
        if not self.options.countries:
            yield Issue(IssueKind.BROKEN, "sources.meta_ads.countries is empty; the API needs at least one")
            return
        for query in self.options.queries:
            if len(query) > MAX_TERMS_CHARS:
                yield Issue(IssueKind.BROKEN, f"a query is longer than {MAX_TERMS_CHARS} characters: {query[:60]!r}")
                continue
            yield {
                "search_terms": query,
                "ad_reached_countries": json.dumps(self.options.countries),
                "ad_type": "ALL",
                "ad_active_status": "ALL",
                "fields": ",".join(("id", *self.text_fields, *self.fact_fields, "ad_snapshot_url")),
                "limit": "100",
            }

    def record(self, record: dict[str, Any]) -> Iterator[Output]:
        number = str(record.pop("id", ""))
        if not number.isdigit():
            yield Issue(IssueKind.ODD, "an ad without a numeric ID was left out")
            record.clear()
            return
        bodies, titles, descriptions, captions = (texts(record.pop(field, [])) for field in self.text_fields)
        stated = {field: record.pop(field, None) for field in self.fact_fields}
        facts = {field: _as_text(value) for field, value in stated.items() if value is not None}
        snapshot = record.pop("ad_snapshot_url", "")
        links = (self.without_key(snapshot),) if isinstance(snapshot, str) and snapshot else ()
        text = "\n\n".join(dict.fromkeys((*bodies, *titles, *descriptions, *captions)))
        if not text:
            yield Issue(IssueKind.IGNORED, "an ad without words was left out")
            return
        yield Draft(
            self._address(number),
            title=(titles or [facts.get("page_name", "")])[0],
            text=text,
            links=links,
            facts=facts,
        )

    def error(self, code: int | None, message: str, place: str) -> Iterator[Output]:
        if code in QUOTA_CODES:
            yield Issue(IssueKind.LIMIT, f"the quota is used up (error {code}): {message}", place)
            yield Stop(f"quota used up (error {code})")
        elif code == KEY_CODE:
            yield Issue(IssueKind.KEY, f"the key in ${self.token_env} is not accepted (error {code}): {message}", place)
            yield Stop(f"the key in ${self.token_env} is not accepted")
        else:
            yield from super().error(code, message, place)

    def _address(self, number: str) -> str:
        """The ad's public page. An endpoint elsewhere (a practice server) has it on its own "www" host."""
        parts = urlsplit(self.endpoint)
        if parts.hostname == OWN_HOST:
            return f"https://www.facebook.com/ads/library/?id={number}"
        host = parts.netloc.removeprefix("graph.")
        return f"{parts.scheme}://www.{host}/ads/library/?id={number}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
