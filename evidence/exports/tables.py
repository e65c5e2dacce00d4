"""The exhibits of a bundle as plain tables: what spreadsheets get. Every cell is text and none can be a formula."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from classifiers.labels import ClaimType
from evidence.exports.material import Item, Material
from evidence.index_csv import FORMULA_STARTS
from evidence.report_words import CLAIMS, words

Row = tuple[str, ...]
#: Excel takes no longer text in one cell; what is cut says so.
MAX_CELL_CHARS = 32_767
FOREIGN = "\ufffd"
CUT = " … [cut; whole in claims.json]"

COLUMNS: Mapping[str, Row] = {
    "exhibits": (
        *("exhibit", "exhibit_id", "url_requested", "url_final", "title", "language", "captured_at_utc"),
        *("http_status", "server_ip", "seller_shown", "price_shown", "published_shown", "state", "missing"),
        *("stamped_at_utc", "stamped_by", "practice_only", "pages_begin", "pages_end", "manifest_sha256"),
    ),
    "claims": (
        *("exhibit", "exhibit_id", "url", "sorted_under", "quote", "start", "end", "field"),
        *("record_id", "payload_sha256", "css", "crop", "crop_sha256"),
    ),
    "identifiers": ("exhibit", "exhibit_id", "url", "kind", "value", "readings", "quote", "start", "end", "field"),
    "files": ("exhibit", "exhibit_id", "path", "bytes", "sha256"),
    "timestamps": ("exhibit", "exhibit_id", "authority", "time_utc", "practice"),
    "custody": ("entry", "at_utc", "actor", "action", "subject", "purpose"),
}


def tables(material: Material) -> Iterator[tuple[str, Row, list[Row]]]:
    """Name, columns and rows of each table; offsets are code points in text.txt of the exhibit."""
    readers: Mapping[str, Callable[[Item], list[Row]]] = {
        "exhibits": lambda item: [_exhibit(item)],
        "claims": lambda item: [_claim(item, one) for one in item.claims],
        "identifiers": lambda item: [_identifier(item, one) for one in item.identifiers],
        "files": lambda item: [(*_head(item), one["path"], str(one["bytes"]), one["sha256"]) for one in item.files],
        "timestamps": lambda item: [
            (*_head(item), one.authority, one.gen_time, "yes" if one.practice else "no") for one in item.proofs
        ],
    }
    for name, reader in readers.items():
        yield name, COLUMNS[name], [_safe(row) for item in material.items for row in reader(item)]
    entries = [
        (str(one["seq"]), one["at"], one["actor"], one["action"], one["subject"], one["purpose"])
        for one in material.custody
    ]
    yield "custody", COLUMNS["custody"], [_safe(row) for row in entries]


def _head(item: Item) -> Row:
    return str(item.number), item.exhibit_id


def _exhibit(item: Item) -> Row:
    proofs = sorted(item.proofs, key=lambda one: one.gen_time)
    missing = [str(one.get("what", "")) for one in item.record.get("missing", [])]
    begin, end = item.printed[1:] if item.printed else ("", "")
    return (
        *_head(item),
        item.url,
        item.fact("url_final"),
        item.fact("title"),
        item.fact("target", "language"),
        item.captured_at,
        item.fact("status"),
        item.fact("server_ip"),
        item.fact("target", "seller_name_shown"),
        item.fact("target", "price_shown"),
        item.fact("target", "publish_date_shown"),
        item.fact("state"),
        "; ".join(missing),
        proofs[0].gen_time if proofs else "UNSEALED",
        "; ".join(one.authority for one in proofs),
        "yes" if proofs and all(one.practice for one in proofs) else "no",
        begin,
        end,
        item.manifest_sha256,
    )


def _claim(item: Item, one: Mapping[str, Any]) -> Row:
    pin = one.get("pin") or {}
    crop = pin.get("crop") or {}
    place = (str(one["start"]), str(one["end"]), one["field"])
    pinned = (pin.get("record_id"), pin.get("payload_sha256"), pin.get("css"), crop.get("path"), crop.get("sha256"))
    return (
        *_head(item),
        item.url,
        sorted_under(one["type"]),
        one["quote"],
        *place,
        *(_text(value) for value in pinned),
    )


def sorted_under(kind: str) -> str:
    """What counsel's report calls a type of statement: a heading that makes it easier to find, not a finding."""
    return CLAIMS[ClaimType(kind)] if kind in set(ClaimType) else words(kind)


def _identifier(item: Item, one: Mapping[str, Any]) -> Row:
    place = (one["quote"], str(one["start"]), str(one["end"]), one["field"])
    readings = "; ".join(map(str, one.get("readings", [])))
    return (*_head(item), item.url, one["kind"], one["value"], readings, *place)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _safe(row: Row) -> Row:
    return tuple(map(harmless, row))


def harmless(cell: str) -> str:
    """``cell`` as a spreadsheet may have it: the text as it is, but for what would make it a formula or no cell at all.

    An apostrophe goes before a formula's first character; control characters but the line feed, and code points that
    are no characters, become U+FFFD; what is longer than Excel allows is cut and says so. Joiners and marks of
    direction stay, since words are spelled with them.
    """
    plain = "".join(FOREIGN if _foreign(character) else character for character in cell.replace("\r\n", "\n"))
    first = unicodedata.normalize("NFKC", plain.lstrip())[:1]
    plain = f"'{plain}" if first and first in FORMULA_STARTS else plain
    return plain if len(plain) <= MAX_CELL_CHARS else plain[: MAX_CELL_CHARS - len(CUT)] + CUT


def _foreign(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cs", "Cn")
