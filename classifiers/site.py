"""Judged pages of one site in, what they are together out: the site's role, and pages that it lifts or holds back.

A privacy page alone is nothing; with the home page that sells a sender it belongs into the case. A paper that quotes an
advert is a paper. So pages of one site are looked at together, after each was judged by itself. Nothing here invents
an offer: a site is a vendor only if a page of it is one by its own quotes, or two pages together are.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from classifiers.judgement import CAPTURED, Decision, Identifier, Judgement, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, ClaimType, Label
from crawler.urls import site_of

MAX_SUPPORTING = 6
"""So many pages that offer nothing by themselves are taken along from one vendor's site."""
SUPPORTS_AT = 0.15
"""A page with a statement but another operator's keys, or none, must be at least this likely an offence itself."""
LIFTABLE = frozenset({"route.unquoted", "route.text_unsure", "route.dependent"})
"""What the rest of a site can make up for. What a person must look at whatever the site says is not among it."""
STRONG = frozenset({"phone", "wa_link", "email", "upi", "pix", "telegram"})
"""Kinds of identifiers that one operator holds."""


class Role(StrEnum):
    """What a site is, going by its pages together."""

    VENDOR = "vendor"
    PROVIDER = "provider"
    PUBLISHER = "publisher"
    BUSINESS = "business"
    HELP = "help"
    UNCLEAR = "unclear"


_ROLES = {
    Label.AUTHORISED_PROVIDER: Role.PROVIDER,
    Label.NEWS_OR_COMMENTARY: Role.PUBLISHER,
    Label.CUSTOMER_SERVICE_USE: Role.BUSINESS,
    Label.HOW_TO_OFFICIAL: Role.HELP,
}
_HOLDING = frozenset({Role.PROVIDER, Role.PUBLISHER})

SENTENCES = {
    "holds": "The site as a whole is a {role} ({n} of {of} pages read so): a person should weigh this page.",
    "together": "This page and {other} of the same site together quote enough of the offer.",
    "lifted": "{other} of the same site makes the offer; this page is unsure by itself.",
    "supporting": "{other} of the same site makes the offer; this page shows {what} of the same operator.",
}
"""What each rule that moves a page tells the investigator."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """A judged page: an ID, its final address, its judgement."""

    id: str
    url: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Placement:
    """A page within its site. ``decision`` is the one that counts; ``reasons`` say why it is not the page's own."""

    id: str
    site: str
    role: Role
    decision: Decision
    supporting: bool = False
    reasons: tuple[Reason, ...] = ()


def account_of(url: str) -> str:
    """Whose page this is: the registrable domain, or host and account on a platform where many write.

    ``https://www.vendor.co.in/buy`` gives ``vendor.co.in``, ``https://github.com/one/tool`` gives ``github.com/one``,
    and an address of a platform without accounts in its paths stands for itself.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    names = _platforms()
    known = next((name for name in (host, site_of(host)) if name in names), "")
    if not known:
        return site_of(host)
    folders = [part for part in parts.path.split("/") if part]
    if not names[known]:
        return url
    return "/".join([known, *(part.lower() for part in folders[: names[known]])])


def place(pages: Iterable[SitePage]) -> list[Placement]:
    """Every page in its site, in no particular order. The same pages give the same placements."""
    sites: dict[str, list[SitePage]] = {}
    for page in pages:
        sites.setdefault(account_of(page.url), []).append(page)
    return [placement for site, members in sites.items() for placement in _place(site, members)]


def role_of(pages: Sequence[SitePage]) -> tuple[Role, int]:
    """The role of a site and how many of its pages speak for it.

    A vendor has a page that is captured by its own quotes, and not more pages of a provider or paper than offending
    ones. A single page of a provider or paper outweighs nothing: every vendor has one page about the official way.
    """
    offending = sum(page.judgement.decision in CAPTURED for page in pages)
    mild = Counter(
        _ROLES[page.judgement.label] for page in pages if page.judgement.label in _ROLES and not page.judgement.offence
    )
    role, number = max(mild.items(), key=lambda item: (item[1], item[0])) if mild else (Role.UNCLEAR, 0)
    if offending and not (role in _HOLDING and number >= 2 and number > offending):
        return Role.VENDOR, offending
    return (role, number) if 2 * number >= len(pages) or offending else (Role.UNCLEAR, 0)


def _place(site: str, members: Sequence[SitePage]) -> list[Placement]:
    pages = sorted(members, key=lambda page: (-page.judgement.probability, page.url))
    pages, pooled = _together(pages)
    role, number = role_of(pages)
    if role is Role.VENDOR:
        return _of_vendor(site, pages, pooled)
    placed = []
    for page in pages:
        decision, reasons = page.judgement.decision, pooled.get(page.id, ())
        if role in _HOLDING and decision in CAPTURED:
            decision = Decision.REVIEW
            reasons = (_reason("holds", Polarity.AGAINST, role=role.value, n=number, of=len(pages)),)
        placed.append(Placement(page.id, site, role, decision, reasons=reasons))
    return placed


def _of_vendor(site: str, pages: Sequence[SitePage], pooled: dict[str, tuple[Reason, ...]]) -> list[Placement]:
    """A vendor's pages: unsure ones with a quote are lifted, others taken along where they show the same operator."""
    source = next(page for page in pages if page.judgement.decision in CAPTURED)
    keys = {one.value for page in pages if page.judgement.decision in CAPTURED for one in _strong(page)}
    placed, room = [], MAX_SUPPORTING
    for page in pages:
        decision, reasons, supporting = page.judgement.decision, pooled.get(page.id, ()), False
        if (
            decision is Decision.REVIEW
            and page.judgement.claims
            and page.judgement.offence
            and _moved(page) <= LIFTABLE
        ):
            decision, reasons = Decision.CAPTURE, (_reason("lifted", Polarity.FOR, other=source.url),)
        elif decision is Decision.DISCARD and room and (what := _shows(page, keys)):
            room, supporting, decision = room - 1, True, Decision.CAPTURE
            reasons = (_reason("supporting", Polarity.NEUTRAL, other=source.url, what=what),)
        placed.append(Placement(page.id, site, Role.VENDOR, decision, supporting, reasons))
    return placed


def _together(pages: Sequence[SitePage]) -> tuple[list[SitePage], dict[str, tuple[Reason, ...]]]:
    """Lifts the surest page that lacks nothing but a second quote, where another likely page of the site has it."""
    lacking = [
        page for page in pages if _moved(page) == {"route.unquoted"} and page.judgement.decision is Decision.REVIEW
    ]
    others = [page for page in pages if page.judgement.offence and _abuse(page)]
    for page in lacking:
        for other in others:
            if (
                other.id != page.id
                and len({claim.quote for claim in (*page.judgement.claims, *other.judgement.claims)}) >= 2
            ):
                reasons = (_reason("together", Polarity.FOR, other=other.url),)
                lifted = SitePage(page.id, page.url, replace(page.judgement, decision=Decision.CAPTURE))
                return [lifted if one.id == page.id else one for one in pages], {page.id: reasons}
    return list(pages), {}


def _shows(page: SitePage, keys: set[str]) -> str:
    """What ties a page to the vendor of its site: the same number or key, or a statement on a likely page; else ""."""
    if any(one.value in keys for one in _strong(page)):
        return "a contact"
    stated = any(claim.type is not ClaimType.CONTACT for claim in page.judgement.claims)
    return "a statement" if stated and page.judgement.probability >= SUPPORTS_AT else ""


def _strong(page: SitePage) -> list[Identifier]:
    return [one for one in page.judgement.identifiers if one.kind in STRONG]


def _abuse(page: SitePage) -> set[ClaimType]:
    return {claim.type for claim in page.judgement.claims} & ABUSE_CLAIMS


def _moved(page: SitePage) -> set[str]:
    """The rules that held a page back from capture."""
    return {reason.rule for reason in page.judgement.reasons if reason.rule.startswith("route.")}


def _reason(rule: str, polarity: Polarity, **facts: object) -> Reason:
    return Reason(f"site.{rule}", polarity, SENTENCES[rule].format(**facts))


@cache
def _platforms() -> dict[str, int]:
    """Hosts with accounts of many, from ``platforms.toml``."""
    table = tomllib.loads(Path(__file__).with_name("platforms.toml").read_text("utf-8"))
    return {str(host): int(parts) for host, parts in table["accounts"].items()}
