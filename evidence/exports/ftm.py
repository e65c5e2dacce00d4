"""A bundle as FollowTheMoney entities, one JSON object a line: for Aleph and its kind. https://followthemoney.tech/

A vendor as a LegalEntity with the contacts that its pages state as their own, each exhibit as a web page, each link
between them as a Documentation. Other numbers on a page may be anybody's and stay out. The entity says in so many words
that nobody verified who is behind the pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifiers.labels import ClaimType
from evidence.exports.material import Item, Material
from evidence.exports.tables import sorted_under

FILE = "entities.ftm.json"
#: Kinds of identifiers, and the property of a LegalEntity that they are.
PROPERTIES = {"phone": "phone", "email": "email", "gstin": "taxNumber", "cnpj": "taxNumber"}
#: What goes into notes: it identifies, and FollowTheMoney has no property for it.
NOTED = ("wa_link", "telegram", "upi", "pix", "crypto", "package")
#: Our languages by their ISO 639-3 codes, which FollowTheMoney uses.
LANGUAGES = {
    "en": "eng",
    "hi": "hin",
    "hi-Latn": "hin",
    "pt": "por",
    "es": "spa",
    "id": "ind",
    "ar": "ara",
    "tr": "tur",
    "ru": "rus",
    "fr": "fra",
    "ur": "urd",
    "zh": "zho",
    "sw": "swa",
}
NOTE = "Stated by the captured pages themselves; who is behind them was not verified."

Entity = dict[str, Any]


def write_ftm(material: Material, target: Path) -> None:
    """Writes ``entities.ftm.json``. The same bundle gives the same bytes."""
    lines = (json.dumps(one, ensure_ascii=False, sort_keys=True) for one in _entities(material))
    (target / FILE).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _entities(material: Material) -> Iterator[Entity]:
    vendor = _id(material, "vendor")
    yield _entity(vendor, "LegalEntity", stated(material))
    for item in material.items:
        page = _id(material, item.exhibit_id)
        yield _entity(page, "HyperText", _page(item))
        link = {"entity": [vendor], "document": [page], "role": ["captured page"]}
        yield _entity(
            _id(material, f"link {item.exhibit_id}"), "Documentation", {**link, "date": [_time(item.captured_at)]}
        )


def stated(material: Material) -> dict[str, list[str]]:
    """The vendor's properties: addresses of its pages, and the contacts that they give as their own."""
    found: dict[str, list[str]] = {"name": [material.vendor], "notes": [NOTE]}
    for item in material.items:
        found.setdefault("sourceUrl", []).append(item.url)
        own = [(one["start"], one["end"]) for one in item.claims if one["type"] == ClaimType.CONTACT]
        for one in item.identifiers:
            if not any(start <= one["start"] and one["end"] <= end for start, end in own):
                continue
            if name := PROPERTIES.get(one["kind"]):
                found.setdefault(name, []).append(one["value"])
            elif one["kind"] in NOTED:
                found["notes"].append(f"{one['kind']}: {one['value']}")
    return found


def _page(item: Item) -> dict[str, list[str]]:
    body = next((str(row["sha256"]) for row in item.files if row["path"] == "body.bin"), "")
    quotes = [f"{sorted_under(one['type'])}: {one['quote']}" for one in item.claims]
    return {
        "title": [item.fact("title")],
        "sourceUrl": [item.url],
        "retrievedAt": [_time(item.captured_at)],
        "language": [LANGUAGES.get(item.fact("target", "language"), "")],
        "publisher": [item.fact("target", "seller_name_shown")],
        "notes": [f"exhibit {item.number}, {item.exhibit_id}, manifest SHA-256 {item.manifest_sha256}", *quotes],
        "bodyText": [item.text.strip()],
        "description": [f"SHA-256 of the body: {body}"] if body else [],
    }


def _entity(name: str, schema: str, properties: dict[str, list[str]]) -> Entity:
    kept = {key: list(dict.fromkeys(one for one in values if one)) for key, values in properties.items()}
    return {"id": name, "schema": schema, "properties": {key: values for key, values in kept.items() if values}}


def _time(text: str) -> str:
    """A moment as FollowTheMoney spells it: UTC, to the second, without a zone."""
    return text[:19]


def _id(material: Material, what: str) -> str:
    """An entity ID that is the same for the same exhibit of the same case."""
    return hashlib.sha1(f"offsignal {material.case_id} {what}".encode(), usedforsecurity=False).hexdigest()
