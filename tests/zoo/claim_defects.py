"""Defects of claims: edited, moved, and quotes that are nowhere in the stored page."""

from __future__ import annotations

import json
from pathlib import Path

from tests.zoo.forging import EXHIBIT, edit, fails, load, rehash


@fails("claims", "is not what stands at")
def claim_edited(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "claims.json", "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails("claims", "is not what stands at")
def claim_moved(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "claims.json"
    stated = load(path)
    stated["claims"][0]["start"] += 1
    stated["claims"][0]["end"] += 1
    path.write_text(json.dumps(stated))
    rehash(bundle)


@fails("claims", "is nowhere in the stored page")
def claim_and_text_edited(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "claims.json", "50,000 WhatsApp", "90,000 WhatsApp")
    edit(bundle / EXHIBIT / "text.txt", "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails("exhibit-times", "a timestamp over other bytes")
def claim_text_and_page_edited(bundle: Path, keys: Path) -> None:
    for name in ("claims.json", "text.txt", "dom.html"):
        edit(bundle / EXHIBIT / name, "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails("claims", "text.txt is missing beside its other half")
def claims_without_their_text(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "text.txt").unlink()
    rehash(bundle)


@fails("claims", "claims.json is missing beside its other half")
def text_without_its_claims(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "claims.json").unlink()
    rehash(bundle)


@fails("claims", "claims.json")
def claim_with_negative_places(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "claims.json"
    stated = load(path)
    stated["claims"][0].update(start=-4, end=-1, quote=(bundle / EXHIBIT / "text.txt").read_text()[-4:-1])
    path.write_text(json.dumps(stated))
    rehash(bundle)
