"""How the page wants to be reached."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers import identifiers
from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, rule
from classifiers.labels import ClaimType

KINDS = frozenset({"phone", "wa_link", "wa_group", "telegram", "email"})


@rule("contact.reach", ClaimType.CONTACT)
def reach(page: Page) -> Iterator[Hit]:
    """The page says how to reach it: telephone, WhatsApp link, Telegram or e-mail."""
    for identifier in identifiers.occurrences(page.extracted, page.lang):
        if identifier.kind in KINDS:
            yield Hit(*page.view_span(identifier.start, identifier.end), exact=True)


RULES = (reach,)
