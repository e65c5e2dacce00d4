"""How the page wants to be reached."""

from __future__ import annotations

import re
from bisect import bisect_left
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
            index = bisect_left(known, match.end(), key=_first) - 1
            if index < 0 or known[index][1] <= match.start():
                yield Hit(*match.span(), exact=True)


def _first(span: tuple[int, int]) -> int:
    return span[0]


RULES = (reach, site, handle)
