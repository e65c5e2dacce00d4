"""The claims of a sealed exhibit as a numbered list: ``claims.json`` in, rows with their pins in words out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.claims_file import CLAIMS
from evidence.errors import NotAllowed, Unreadable
from evidence.exhibit import Exhibits


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim. ``index`` is its place in "claims", from 0; a person counts from 1.

    ``pin`` says in words where it stands: record, slice of the body, element, crop; or why it has no such place.
    """

    index: int
    type: str
    quote: str
    field: str
    rule: str
    pin: tuple[tuple[str, str], ...]
    crop: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The claims of an exhibit, and how many identifiers and crops it has beside them."""

    claims: tuple[ClaimRow, ...]
    identifiers: int
    crops: int


def claims_of(exhibits: Exhibits, exhibit_id: str) -> Listed:
    """Reads the list. An exhibit without ``claims.json`` has no claims.

    Raises NotAllowed for an unknown exhibit, Unreadable for a file of another form.
    """
    exhibits.get(exhibit_id)
    try:
        stated = json.loads(exhibits.read(exhibit_id, CLAIMS))
    except NotAllowed:
        return Listed((), 0, 0)
    try:
        rows = tuple(_row(index, row) for index, row in enumerate(stated["claims"]))
        pins = [row.get("pin", {}).get("crop", {}) for row in (*stated["claims"], *stated["identifiers"])]
        return Listed(rows, len(stated["identifiers"]), len({pin["path"] for pin in pins if "path" in pin}))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"exhibit {exhibit_id}: {CLAIMS} cannot be understood: {error!r}") from error


def _row(index: int, row: Mapping[str, Any]) -> ClaimRow:
    pin = row.get("pin")
    crop = pin["crop"].get("path", "") if pin else ""
    return ClaimRow(index, row["type"], row["quote"], row["field"], row.get("rule", ""), _pin(pin), crop)


def _pin(pin: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Label and words of each part of a pin."""
    if pin is None:
        return (("pin", "none: the exhibit was captured before pin-cites were kept"),)
    body, css, crop = pin["body"], pin["css"], pin["crop"]
    in_body = (
        f"characters {body['start']} to {body['end']} of body.bin" if "start" in body else f"none: {body['reason']}"
    )
    return (
        ("body", in_body),
        ("record", f"{pin['record_id']} in {pin['record']}" if pin["record_id"] else "none"),
        ("element", css if isinstance(css, str) else f"none: {css['reason']}"),
        ("crop", _crop(crop) if "path" in crop else f"none: {crop['reason']}"),
    )


def _crop(crop: Mapping[str, Any]) -> str:
    left, top, width, height = crop["rect"]
    return f"{crop['path']}, at {left}, {top} of {crop['of']}, {width} by {height} pixels"
