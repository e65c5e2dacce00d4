"""A captured copy of the official partner directory in, rows out: JSON, or a page that carries its data as JSON.

The directory's form changes and is not documented, so rows are recognised by what they hold: an object with a name and
with a web site, a telephone number or a tier. Field names that were seen for each are listed below; a copy of which no
row can be read is refused rather than taken for an empty directory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from classifiers import markup
from classifiers.charset import decode
from classifiers.directory import Directory, Provider
from classifiers.errors import BadDirectory
from classifiers.keys.phones import possible
from classifiers.keys.places import EVERYBODY, registrable

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 40
MAX_ROWS = 20_000

NAMES = ("name", "partner_name", "company_name", "display_name", "title")
SITES = ("website", "website_url", "websites", "url", "homepage", "domain", "domains", "sameAs", "site")
NUMBERS = ("phone", "phone_number", "phone_numbers", "phones", "telephone", "whatsapp", "whatsapp_number", "numbers")
TIERS = ("tier", "badge", "badges", "partner_type", "partner_types", "program", "level")
SERVICES = ("services", "service", "solutions", "specialties", "capabilities", "service_models", "products")
COUNTRIES = ("country", "country_code", "headquarters", "hq_country", "addressCountry", "countries", "regions")
PROFILES = ("profile", "profile_url", "directory_url", "detail_url")
_NOT_ROWS = frozenset({"website", "webpage", "breadcrumblist", "listitem", "searchaction", "imageobject"})


def read(body: bytes, *, source: str, captured_at: datetime) -> Directory:
    """The rows of a captured copy. Raises BadDirectory when there are none to be read."""
    if len(body) > MAX_BYTES:
        raise BadDirectory(f"{source}: larger than {MAX_BYTES // 2**20} MiB; give one page of the directory at a time")
    rows: dict[tuple[str, tuple[str, ...]], Provider] = {}
    for value in _values(body, source):
        for table in _objects(value, 0):
            row = _row(table)
            if row is not None and len(rows) < MAX_ROWS:
                rows.setdefault((row.name, row.domains), row)
    if not rows:
        raise BadDirectory(f"{source}: no provider could be read from it; is it a copy of the partner directory?")
    found = tuple(sorted(rows.values(), key=lambda one: (one.name.casefold(), one.domains)))
    return Directory(found, captured_at, source, hashlib.sha256(body).hexdigest())


def _values(body: bytes, source: str) -> Iterator[Any]:
    """The JSON of a file, or of every script of a page that holds JSON."""
    text = decode(body)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            yield json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise BadDirectory(f"{source}: it begins like JSON and is none: {error}") from error
        return
    kind = ""
    for token in markup.tokens(text):
        if token.kind == "start" and token.name == "script":
            spans = markup.attributes(text, token)
            kind = markup.value(text, spans["type"]).lower() if "type" in spans else ""
        elif token.kind == "raw" and token.name == "script" and kind.endswith("json"):
            try:
                yield json.loads(text[token.start : token.end])
            except (ValueError, RecursionError):
                continue  # one broken script is no reason to leave the others unread; no row at all is an error


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every object inside a JSON value, outer ones first."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _objects(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part, depth + 1)


def _row(table: Mapping[str, Any]) -> Provider | None:
    """An object as a row; None for one that tells no name, or nothing beside it that a provider has."""
    if str(table.get("@type", "")).casefold() in _NOT_ROWS:
        return None
    name = next(iter(_texts(table, NAMES)), "")
    domains = tuple(dict.fromkeys(filter(None, map(_domain, _texts(table, SITES)))))
    numbers = tuple(dict.fromkeys(filter(None, map(_number, _texts(table, NUMBERS)))))
    tier = ", ".join(_texts(table, TIERS))
    if not name or not (domains or numbers or tier):
        return None
    country = ", ".join(_texts(table, COUNTRIES))
    profile = next(iter(_texts(table, PROFILES)), "")
    return Provider(name, domains, numbers, tier, tuple(_texts(table, SERVICES)), country, profile)


def _texts(table: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """The strings of the first of these fields that has any; of objects their name."""
    for name in names:
        given = table.get(name)
        parts = given if isinstance(given, list) else [given]
        found = [str(part.get("name") or part.get("label") or "") if isinstance(part, dict) else part for part in parts]
        if texts := [" ".join(part.split()) for part in found if isinstance(part, str) and part.strip()]:
            return texts
    return []


def _domain(site: str) -> str:
    """The registrable domain of an address; "" for a social profile or what everybody uses."""
    try:
        host = urlsplit(site if "//" in site else f"//{site}").hostname or ""
    except ValueError:
        return ""
    name = registrable(host)
    return "" if name in EVERYBODY else name


def _number(shown: str) -> str:
    return possible(re.sub(r"[^0-9]", "", shown))
