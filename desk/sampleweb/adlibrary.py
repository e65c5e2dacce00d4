"""The ad library's live part: ``GET /v26.0/ads_archive`` as Meta documents it. The ads are ``_ads.json``.

In: the documented parameters and an access token (bearer header or ``access_token``). Out: ``{"data", "paging"}`` or
``{"error": {"message", "type", "code", "fbtrace_id"}}``. Any token is taken but an empty one and one that begins with
``expired``; like the real one, ``paging.next`` and ``ad_snapshot_url`` carry the token.
Source: developers.facebook.com, reference "Archived Ad" and "ads_archive".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode

from desk.sampleweb.site import Answer, Request, Site

PATH = "/v26.0/ads_archive"
SNAPSHOTS = ("/ads/library/", "/ads/archive/render_ad/")
FIELDS = frozenset(
    {
        "id",
        "ad_creation_time",
        "ad_creative_bodies",
        "ad_creative_link_captions",
        "ad_creative_link_descriptions",
        "ad_creative_link_titles",
        "ad_delivery_start_time",
        "ad_delivery_stop_time",
        "ad_snapshot_url",
        "age_country_gender_reach_breakdown",
        "beneficiary_payers",
        "bylines",
        "currency",
        "delivery_by_region",
        "demographic_distribution",
        "estimated_audience_size",
        "eu_total_reach",
        "impressions",
        "languages",
        "page_id",
        "page_name",
        "publisher_platforms",
        "spend",
        "target_ages",
        "target_gender",
        "target_locations",
        "total_reach_by_location",
    }
)
TEXTS = ("ad_creative_bodies", "ad_creative_link_titles", "ad_creative_link_descriptions", "ad_creative_link_captions")


class _FaultError(Exception):
    """An error answer: HTTP status, Graph error code, message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def answer(site: Site, request: Request) -> Answer | None:
    """The API's answer; every path but the one it has is Graph's "Unknown path components". None for robots.txt."""
    if request.path == "/robots.txt":
        return None
    usage = (("X-App-Usage", '{"call_count":4,"total_cputime":2,"total_time":3}'), ("facebook-api-version", "v26.0"))
    try:
        if request.path.rstrip("/") != PATH:
            raise _FaultError(400, 2500, f"Unknown path components: {request.path}")
        reply = _search(site, request)
        return Answer(200, _json(reply), (("Content-Type", "application/json; charset=UTF-8"), *usage))
    except _FaultError as fault:
        error = {
            "message": str(fault),
            "type": "OAuthException",
            "code": fault.code,
            "fbtrace_id": "AsTtRaCe0samplE0practice",
        }
        challenge = (("WWW-Authenticate", f'OAuth "Facebook Platform" "invalid_token" "{fault}"'),)
        extra = challenge if fault.status == 401 else ()
        body = _json({"error": error})
        return Answer(fault.status, body, (("Content-Type", "application/json; charset=UTF-8"), *usage, *extra))


def snapshot(site: Site, request: Request) -> Answer | None:
    """The public page of one ad (``?id=``), on the nights it runs; 404 for any other; None for other paths."""
    if request.path not in SNAPSHOTS:
        return None
    number = parse_qs(request.query).get("id", [""])[0]
    library = site.folder.with_name("graph.facebook.example") / "_ads.json"
    running = {ad["id"] for ad in json.loads(library.read_text("utf-8")) if request.night in ad["_nights"]}
    if number not in running:
        return site.not_found()
    body = (site.folder / "_ads" / f"{number}.html").read_bytes()
    return Answer(200, body, (("Content-Type", "text/html; charset=utf-8"), *site.headers))


def _search(site: Site, request: Request) -> dict[str, Any]:
    """Checks the parameters in Graph's order, filters the ads, cuts one page."""
    params = {name: values[-1] for name, values in parse_qs(request.query).items()}
    token = params.get("access_token", "") or _bearer(request.headers.get("authorization", ""))
    if not token:
        raise _FaultError(401, 190, "Invalid OAuth access token - Cannot parse access token")
    if token.startswith("expired"):
        raise _FaultError(401, 190, "Error validating access token: Session has expired")
    countries = _array(params, "ad_reached_countries")
    terms, pages = params.get("search_terms", ""), _array(params, "search_page_ids", needed=False)
    if not terms and not pages:
        raise _FaultError(400, 100, "(#100) Either search_terms or search_page_ids must be given")
    if len(terms) > 100:
        raise _FaultError(400, 100, "(#100) Param search_terms must be at most 100 characters")
    fields = [name for name in params.get("fields", "id").split(",") if name]
    for name in fields:
        if name not in FIELDS:
            raise _FaultError(400, 100, f"(#100) Tried accessing nonexisting field ({name})")
    limit = params.get("limit", "25")
    if not limit.isdigit() or not 0 < int(limit) <= 1000:
        raise _FaultError(400, 100, "(#100) Param limit must be an integer between 1 and 1000")
    exact = params.get("search_type", "KEYWORD_UNORDERED") == "KEYWORD_EXACT_PHRASE"
    status = params.get("ad_active_status", "ACTIVE")
    ads: list[dict[str, Any]] = json.loads((site.folder / "_ads.json").read_text("utf-8"))
    found = [
        ad
        for ad in ads
        if request.night in ad["_nights"]
        and (not countries or set(countries) & set(ad["_countries"]) or "ALL" in countries)
        and (not pages or ad["page_id"] in pages)
        and status in ("ALL", "INACTIVE" if "ad_delivery_stop_time" in ad else "ACTIVE")
        and _has(ad, terms, exact=exact)
    ]
    return _cut(found, params, token, fields, int(limit))


def _cut(
    found: list[dict[str, Any]], params: dict[str, str], token: str, fields: list[str], limit: int
) -> dict[str, Any]:
    """The page after the cursor, with the paging object; the last page has no ``next``."""
    start = _offset(params.get("after", ""))
    shown = found[start : start + limit]
    data = []
    for ad in shown:
        snapshot = f"http://www.facebook.example/ads/archive/render_ad/?id={ad['id']}&access_token={token}"
        whole = {**ad, "ad_snapshot_url": snapshot}
        data.append({name: whole[name] for name in dict.fromkeys(("id", *fields)) if name in whole})
    if not shown:
        return {"data": []}
    after = base64.urlsafe_b64encode(f"offset:{start + limit}".encode()).decode()
    paging: dict[str, Any] = {"cursors": {"after": after}}
    if start + limit < len(found):
        query = urlencode({**params, "limit": limit, "access_token": token, "after": after})
        paging["next"] = f"http://graph.facebook.example{PATH}?{query}"
    return {"data": data, "paging": paging}


def _has(ad: dict[str, Any], terms: str, *, exact: bool) -> bool:
    """True when the ad's texts hold the phrase, or every word of it in any order."""
    text = " ".join(line for name in TEXTS for line in ad.get(name, [])).lower()
    if exact:
        return terms.lower().strip("\"' ") in text
    return all(word in text for word in re.findall(r"\w+", terms.lower()))


def _array(params: dict[str, str], name: str, *, needed: bool = True) -> list[str]:
    """A parameter that is a JSON array of strings."""
    if name not in params:
        if needed:
            raise _FaultError(400, 100, f"(#100) The parameter {name} is required")
        return []
    try:
        value = json.loads(params[name])
    except ValueError:
        value = None
    if not isinstance(value, list) or not value:
        raise _FaultError(400, 100, f"(#100) Param {name} must be an array.")
    return [str(item) for item in value]


def _bearer(header: str) -> str:
    return header[7:].strip() if header[:7].lower() == "bearer " else ""


def _offset(cursor: str) -> int:
    """The place a cursor stands for; a cursor that was never given out is an error."""
    if not cursor:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
    except (binascii.Error, UnicodeError):
        word = number = ""
    if word != "offset" or not number.isdigit():
        raise _FaultError(400, 100, "(#100) Invalid cursor")
    return int(number)


def _json(value: dict[str, Any]) -> bytes:
    """Graph's own spelling: ASCII with escaped slashes."""
    return json.dumps(value).replace("/", "\\/").encode()
