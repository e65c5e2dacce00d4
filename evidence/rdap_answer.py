"""Reads a registry's answer about a domain (RFC 9083): its bytes in; facts, and the answer without persons, out.

The answer is whatever a server says: every text is cut and cleared of control characters, every list and depth is
bounded, and nothing of it is ever used as a path, an address or a template. Who registered a name as a person is
nobody's business here: of entities that are no registrar, reseller or abuse desk only the roles and the organisation
are kept, both in the facts and in the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from evidence.host_facts import unknown

MAX_TEXT, MAX_ITEMS, MAX_DEPTH = 500, 100, 20
MAX_INTEGER = 2**53 - 1
#: Roles (RFC 9083 section 10.2.4) of businesses that serve the public: their names and contacts are kept.
BUSINESS = frozenset({"registrar", "reseller", "sponsor"})
CONTACT = frozenset({*BUSINESS, "abuse"})
#: vCard properties (RFC 7095) kept of anybody, and of those businesses besides.
OF_ALL, OF_CONTACT = frozenset({"version", "kind", "org"}), frozenset({"fn", "email", "tel", "url"})
DOMAIN_KEYS = (
    *("objectClassName", "handle", "ldhName", "unicodeName", "status", "events", "nameservers", "secureDNS"),
    *("entities", "redacted", "notices", "links", "port43", "rdapConformance", "lang", "variants", "publicIds"),
)
ENTITY_KEYS = ("objectClassName", "roles", "status", "events", "entities")
#: Event actions (RFC 9083 section 10.2.3) and their names here.
EVENTS = {
    "registration": "registered_at",
    "expiration": "expires_at",
    "last changed": "changed_at",
    "transfer": "transferred_at",
    "last update of RDAP database": "database_as_of",
}

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class BadAnswerError(ValueError):
    """Raised for bytes that are no answer about a domain; the text is a clause that says why."""


def parse(data: bytes) -> dict[str, Any]:
    """The answer as an object. Raises BadAnswerError when it is no domain object of RFC 9083 (section 5.3)."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"the answer is not readable as JSON: {type(error).__name__}") from None
    if not isinstance(value, dict) or value.get("objectClassName") != "domain":
        raise BadAnswerError("the answer is no domain object (RFC 9083 section 5.3)")
    return value


def facts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Registrar, dates, status, name servers, abuse contact, who else is named, and what the registry left out."""
    entities = tuple(_entities(answer, 0))
    return {
        "ldh_name": _text(answer.get("ldhName")) or unknown("the answer names none"),
        "handle": _text(answer.get("handle")) or unknown("the answer names none"),
        "status": [text for one in _list(answer.get("status")) if (text := _text(one))],
        "name_servers": sorted(
            {_text(one.get("ldhName")).lower() for one in _objects(answer.get("nameservers"))} - {""}
        ),
        "dnssec": _dnssec(answer.get("secureDNS")),
        **_dates(answer),
        "registrar": _registrar(entities),
        "abuse": _abuse(entities),
        "entities": [
            {"roles": _roles(one), "organisation": _card(one, "org") or unknown("none is named")} for one in entities
        ],
        "redacted": _redacted(answer),
    }


def without_persons(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with every entity cut down as said above, and everything else cleared and bounded."""
    return {key: _kept(answer[key], 1, key) for key in DOMAIN_KEYS if key in answer}


def _kept(value: Any, depth: int, key: str = "") -> Any:
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        if key == "entities" or value.get("objectClassName") == "entity" or "vcardArray" in value:
            return _reduced(value, depth)
        return {_clean(str(name)): _kept(one, depth + 1, str(name)) for name, one in list(value.items())[:MAX_ITEMS]}
    if isinstance(value, list):
        return [_kept(one, depth + 1, key) for one in value[:MAX_ITEMS]]
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        return str(value)[:MAX_TEXT]
    return value


def _reduced(entity: Mapping[str, Any], depth: int) -> dict[str, Any]:
    roles = frozenset(_roles(entity))
    kept = {key: _kept(entity[key], depth + 1, key) for key in ENTITY_KEYS if key in entity}
    if roles & BUSINESS:
        kept |= {key: _kept(entity[key], depth + 1) for key in ("handle", "publicIds") if key in entity}
    names = OF_ALL | OF_CONTACT if roles & CONTACT else OF_ALL
    card = [row for row in _rows(entity) if row[0] in names]
    kept["vcardArray"] = ["vcard", _kept(card, depth + 1)]
    return kept


def _entities(value: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    for one in _objects(value.get("entities")):
        yield one
        if depth < 3:
            yield from _entities(one, depth + 1)


def _registrar(entities: tuple[Mapping[str, Any], ...]) -> Any:
    one = next((entity for entity in entities if "registrar" in _roles(entity)), None)
    if one is None:
        return unknown("the answer names no registrar")
    numbers = (
        _text(row.get("identifier"))
        for row in _objects(one.get("publicIds"))
        if _text(row.get("type")).lower() == "iana registrar id"
    )
    return {
        "name": _card(one, "fn") or _card(one, "org") or unknown("it is not named"),
        "iana_id": next(numbers, "") or unknown("the answer gives none"),
    }


def _abuse(entities: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    desks = [entity for entity in entities if "abuse" in _roles(entity)]
    return {
        name: next((text for one in desks if (text := _card(one, key))), "") or unknown("the answer gives none")
        for name, key in (("email", "email"), ("telephone", "tel"))
    }


def _dates(answer: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: unknown("the answer gives none") for name in EVENTS.values()}
    for event in _objects(answer.get("events")):
        name, date = EVENTS.get(_text(event.get("eventAction"))), _text(event.get("eventDate"))
        if name:
            found[name] = date if _DATE.fullmatch(date) else unknown(f"not a date: {date[:60]!r}")
    return found


def _dnssec(value: Any) -> Any:
    signed = value.get("delegationSigned") if isinstance(value, Mapping) else None
    return signed if isinstance(signed, bool) else unknown("the answer does not say")


def _redacted(answer: Mapping[str, Any]) -> list[str]:
    """What the registry says it left out (RFC 9537 section 4.2)."""
    found = []
    for row in _objects(answer.get("redacted")):
        name = row.get("name")
        told = _text(name.get("description") or name.get("type")) if isinstance(name, Mapping) else ""
        if told:
            found.append(told)
    return found


def _roles(entity: Mapping[str, Any]) -> list[str]:
    return [text for one in _list(entity.get("roles")) if (text := _text(one).lower())]


def _rows(entity: Mapping[str, Any]) -> list[list[Any]]:
    """The properties of an entity's jCard: name, parameters, type, value (RFC 7095 section 3.3)."""
    card = _list(entity.get("vcardArray"))
    rows = _list(card[1]) if len(card) > 1 else []
    return [row for row in rows if isinstance(row, list) and len(row) >= 4 and isinstance(row[0], str)]


def _card(entity: Mapping[str, Any], name: str) -> str:
    for row in _rows(entity):
        if row[0] == name:
            value = row[3][0] if isinstance(row[3], list) and row[3] else row[3]
            if text := _text(value):
                return text.removeprefix("tel:") if name == "tel" else text
    return ""


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, Mapping)]


def _list(value: Any) -> list[Any]:
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return _clean(value).strip() if isinstance(value, str) else ""


def _clean(text: str) -> str:
    return _CONTROLS.sub("\ufffd", text[:MAX_TEXT])
