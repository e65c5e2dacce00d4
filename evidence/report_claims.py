"""What the report quotes from an exhibit: ``claims.json`` in, quotes with their pin-cites out.

Claims that a named person struck out of the case are left out here; they stay in the sealed file, and the custody log
has the striking. What speaks for the operator is shown whatever was struck: the report
says when there is none.

``claims.json`` without pins, as earlier versions wrote it, gives quotes without pin-cites.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classifiers.labels import ClaimType
from evidence.report_model import Crop, Pin, Quote
from evidence.report_words import CLAIMS, IDENTIFIERS, MITIGATING, words

NO_PIN = Pin(gaps=("this exhibit was captured before pin-cites were kept",))
MAX_SYMBOLS = 8
MAX_LINES = 40


def claims_of(
    rows: Iterable[Mapping[str, Any]],
    struck: frozenset[int],
    identifiers: Iterable[Quote],
    *,
    mitigating: bool,
) -> tuple[Quote, ...]:
    """The claims that speak for the operator, or the others; one row for each place, with every kind it was sorted to.

    ``struck`` are indices into ``rows``; they have no effect on what speaks for the operator. A
    contact that is shown as an identifier is not shown twice.
    """
    shown_below = {(one.start, one.end) for one in identifiers}
    found: dict[tuple[int, int], Quote] = {}
    for index, row in enumerate(rows):
        kind, place = ClaimType(row["type"]), (row["start"], row["end"])
        if (kind in MITIGATING) is not mitigating or (index in struck and not mitigating):
            continue
        if kind is ClaimType.CONTACT and place in shown_below:
            continue
        sorted_as = CLAIMS[kind]
        if place in found and sorted_as not in found[place].kind.split("; "):
            sorted_as = f"{found[place].kind}; {sorted_as}"
        found[place] = _quote(sorted_as, row)
    return tuple(found.values())


def identifier(row: Mapping[str, Any]) -> Quote:
    """One identifier with its normal form."""
    return _quote(IDENTIFIERS.get(row["kind"], words(row["kind"])), row, row["value"])


def _quote(kind: str, row: Mapping[str, Any], value: str = "") -> Quote:
    quote = row["quote"]
    return Quote(kind, quote, row["start"], row["end"], row["field"], value, pin_of(row), symbols_of(quote))


def pin_of(row: Mapping[str, Any]) -> Pin:
    """The pin-cite of a row; its parts that could not be had become reasons."""
    pin = row.get("pin")
    if pin is None:
        return NO_PIN
    gaps = [
        f"{told}: {_reason(pin.get(name))}"
        for name, told in (("body", "place in the body"), ("css", "element"), ("crop", "picture"))
        if _missing(pin.get(name))
    ]
    body, crop, css, dom = pin.get("body"), pin.get("crop"), pin.get("css"), pin.get("dom")
    return Pin(
        record_id=str(pin.get("record_id") or ""),
        payload_sha256=str(pin.get("payload_sha256") or ""),
        body=None if _missing(body) else (body["start"], body["end"]),
        dom_sha256="" if _missing(dom) else str(dom["sha256"]),
        css="" if _missing(css) else str(css),
        crop=None if _missing(crop) else _crop(crop),
        gaps=tuple(gaps),
    )


def symbols_of(quote: str) -> str:
    """The signs that are no letter, number or ordinary mark, by code and Unicode name; a print may lack them."""
    found = dict.fromkeys(one for one in quote if unicodedata.category(one) in ("So", "Co", "Cn", "Cf"))
    named = [f"U+{ord(one):04X} {unicodedata.name(one, 'without a name')}" for one in found]
    more = f" and {len(named) - MAX_SYMBOLS} more" if len(named) > MAX_SYMBOLS else ""
    return ", ".join(named[:MAX_SYMBOLS]) + more


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping) and "reason" in value)


def _reason(value: Any) -> str:
    return str(value["reason"]) if isinstance(value, Mapping) else "not recorded"


def _crop(crop: Mapping[str, Any]) -> Crop:
    lines = tuple(_rect(line, crop["path"]) for line in crop.get("lines", ())[:MAX_LINES])
    return Crop(str(crop["path"]), str(crop["sha256"]), str(crop["of"]), _rect(crop["rect"], crop["path"]), lines)


def _rect(numbers: Sequence[Any], path: str) -> tuple[float, float, float, float]:
    left, top, width, height = (float(number) for number in numbers)
    if not (width > 0 and height > 0 and left >= 0 and top >= 0):
        raise ValueError(f"the crop {path} has the rectangle {numbers}, which is none")
    return left, top, width, height
