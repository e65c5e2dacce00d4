"""How the page wants to be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, rule
from classifiers.labels import ClaimType

KINDS = frozenset({"phone", "wa_link", "wa_group", "telegram", "email"})
_HANDLE = re.compile(r"(?<![\w.@/])@[a-z]\w{3,31}(?![\w@.]*@)")
_NUMBER = re.compile(r"(?<![\w.,@/=&#%$₹€£-])\(?[0-9](?:[ ().\-]{0,2}[0-9]){6,13}(?![\w@%]|[.,/-][0-9])")


@rule("contact.reach", ClaimType.CONTACT)
def reach(page: Page) -> Iterator[Hit]:
    """The page says how to reach it: telephone, WhatsApp link, Telegram or e-mail."""
    for identifier in page.identifiers:
        if identifier.kind in KINDS:
            yield Hit(*page.view_span(identifier.start, identifier.end), exact=True)


@rule("contact.site", ClaimType.CONTACT)
def site(page: Page) -> Iterator[Hit]:
    """The page names a site of its own where the offer is to be had."""
    for identifier in page.identifiers:
        if identifier.kind == "domain":
            yield Hit(*page.view_span(identifier.start, identifier.end), exact=True)


@rule("contact.handle", ClaimType.CONTACT)
def handle(page: Page) -> Iterator[Hit]:
    """The page names a handle, or a number that is written to be called without being a full telephone number."""
    known = [page.view_span(identifier.start, identifier.end) for identifier in page.identifiers]
    for pattern in (_HANDLE, _NUMBER):
        for match in pattern.finditer(page.text):
            if not any(start < match.end() and match.start() < end for start, end in known):
                yield Hit(*match.span(), exact=True)


RULES = (reach, site, handle)
