"""Suggests exhibits for a case: those that show an identifier which an exhibit of the case shows too.

The machine only suggests; :meth:`evidence.case.Cases.add` is for people. Strong identifiers are those one operator
holds: phone numbers (and the number in a wa.me link), e-mail addresses, payment keys and addresses, company numbers,
Telegram names, measuring IDs, the certificate whose key signed an app. A domain, a bank branch, an app and a tag
manager are none: they are shared by many; and what a machine read in a picture is none until a person has compared it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from classifiers.judgement import Identifier

STRONG = frozenset(
    {
        *("phone", "wa_link", "telegram", "email", "upi", "pix", "pay_link", "gstin", "cnpj", "btc", "eth", "tron"),
        *("google_analytics", "meta_pixel", "clarity", "hotjar", "yandex_metrica", "adsense", "app_certificate"),
    }
)
MIN_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Shared:
    """One identifier on both sides, with what each page shows: why an exhibit is suggested."""

    kind: str
    value: str
    quote: str
    member_id: str
    member_quote: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An exhibit outside the case and the identifiers it shares with exhibits inside it; never empty."""

    exhibit_id: str
    shared: tuple[Shared, ...]


def strong_key(identifier: Identifier) -> tuple[str, str] | None:
    """What two strong identifiers must have in common; None for a weak one. A phone and its wa.me link are equal."""
    if identifier.kind not in STRONG or identifier.lead:
        return None
    tail = identifier.value.rpartition("/")[2]
    digits = tail.lstrip("+0")
    if identifier.kind == "phone" or (identifier.kind == "wa_link" and tail.isdecimal()):
        return ("number", digits) if len(digits) >= MIN_DIGITS else None
    return identifier.kind, identifier.value


def suggest(
    members: Mapping[str, Iterable[Identifier]], others: Mapping[str, Iterable[Identifier]]
) -> tuple[Suggestion, ...]:
    """Suggestions for a case whose exhibits show ``members``, out of ``others``; both map exhibit IDs to identifiers.

    Sorted by how many identifiers are shared, most first, then by ID. Exhibits of the case are never among them.
    """
    known: dict[tuple[str, str], tuple[str, Identifier]] = {}
    for exhibit_id in sorted(members):
        for identifier in members[exhibit_id]:
            if key := strong_key(identifier):
                known.setdefault(key, (exhibit_id, identifier))
    found = (
        Suggestion(exhibit_id, shared)
        for exhibit_id in sorted(others.keys() - members.keys())
        if (shared := tuple(_shared(others[exhibit_id], known)))
    )
    return tuple(sorted(found, key=lambda suggestion: (-len(suggestion.shared), suggestion.exhibit_id)))


def _shared(
    identifiers: Iterable[Identifier], known: Mapping[tuple[str, str], tuple[str, Identifier]]
) -> Iterator[Shared]:
    seen = set()
    for identifier in identifiers:
        key = strong_key(identifier)
        if key in known and key not in seen and key is not None:
            seen.add(key)
            member_id, other = known[key]
            yield Shared(identifier.kind, identifier.value, identifier.quote, member_id, other.quote)
