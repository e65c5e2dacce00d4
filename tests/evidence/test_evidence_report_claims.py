"""Quotes with their pin-cites out of claims.json: with pins, with parts of them, with none, and with struck claims."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.report_claims import NO_PIN, claims_of, identifier, pin_of, symbols_of
from evidence.report_model import Crop

PIN = {
    "record": "capture.wacz",
    "record_id": "urn:uuid:1",
    "payload_sha256": "ab" * 32,
    "body": {"start": 10, "end": 24},
    "dom": {"path": "dom.html", "sha256": "cd" * 32},
    "css": "html > body > p:nth-of-type(2)",
    "crop": {
        "path": "crops/0001.png",
        "of": "full.png",
        "rect": [120, 300, 400, 44],
        "lines": [[120, 300, 400, 20], [120, 324, 90, 20]],
        "region": [96, 276, 448, 92],
        "sha256": "ef" * 32,
    },
}


def row(kind: str, quote: str = "no ban", start: int = 5, **more: Any) -> dict[str, Any]:
    return {"type": kind, "quote": quote, "start": start, "end": start + len(quote), "field": "body", **more}


def test_a_whole_pin_is_read_with_every_line_of_the_quote() -> None:
    pin = pin_of(row("anti_ban", pin=PIN))
    assert (pin.record_id, pin.body, pin.css, pin.gaps) == ("urn:uuid:1", (10, 24), PIN["css"], ())
    lines = ((120.0, 300.0, 400.0, 20.0), (120.0, 324.0, 90.0, 20.0))
    assert pin.crop == Crop("crops/0001.png", "ef" * 32, "full.png", (120.0, 300.0, 400.0, 44.0), lines)


def test_what_a_pin_lacks_is_said_with_its_reason() -> None:
    lacking = {"value": None, "reason": "it appears only after scripts ran"}
    pin = pin_of(row("anti_ban", pin={**PIN, "record_id": None, "body": lacking, "crop": None}))
    assert (pin.record_id, pin.body, pin.crop) == ("", None, None)
    assert pin.dom_sha256 == "cd" * 32
    assert pin.gaps == ("place in the body: it appears only after scripts ran", "picture: not recorded")
    assert pin_of(row("anti_ban")) == NO_PIN


def test_a_rectangle_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="has the rectangle"):
        pin_of(row("anti_ban", pin={**PIN, "crop": {**PIN["crop"], "rect": [1, 2, 0, 4]}}))  # type: ignore[dict-item]


def test_a_struck_claim_is_not_shown_and_does_not_shift_the_others() -> None:
    rows = [row("anti_ban", "a", 0), row("price", "b", 2), row("price", "c", 4), row("disclaimer", "d", 6)]
    assert [one.quote for one in claims_of(rows, frozenset(), (), mitigating=False)] == ["a", "b", "c"]
    assert [one.quote for one in claims_of(rows, frozenset({1, 3}), (), mitigating=False)] == ["a", "c"]


def test_what_speaks_for_the_operator_is_shown_whatever_was_struck() -> None:
    rows = [row("anti_ban", "a", 0), row("disclaimer", "d", 6), row("opt_in", "e", 8), row("official_api", "f", 10)]
    shown = claims_of(rows, frozenset({0, 1, 2, 3}), (), mitigating=True)
    assert [one.quote for one in shown] == ["d", "e", "f"]
    assert claims_of(rows, frozenset({0, 1, 2, 3}), (), mitigating=False) == ()


def test_one_place_sorted_twice_is_one_row_and_a_shown_contact_is_none() -> None:
    known = identifier({**row("phone", "no ban", 50), "kind": "phone", "value": "+91"})
    rows = [row("anti_ban"), row("price"), row("contact", start=50)]
    (only,) = claims_of(rows, frozenset(), (known,), mitigating=False)
    assert only.kind == "Avoiding bans; Price"


def test_signs_that_a_print_may_lack_are_named() -> None:
    assert symbols_of("बल्क मैसेज, 100% إرسال") == ""
    assert symbols_of("🔥 no ban 🔥 ✅") == "U+1F525 FIRE, U+2705 WHITE HEAVY CHECK MARK"
    assert symbols_of("".join(map(chr, range(0x1F600, 0x1F600 + 20)))).endswith(" and 12 more")
