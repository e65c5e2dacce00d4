"""Defects of pin-cites: each leads a true quote to a place, record, element or picture that is not its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from evidence.digest import sha256_file
from tests.zoo.forging import EXHIBIT, fails, load, rehash


def repin(bundle: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], row: int = 0) -> None:
    """Changes one claim's pin and makes every digest agree; ``change`` gets the pin and all of claims.json."""
    path = bundle / EXHIBIT / "claims.json"
    stated = load(path)
    change(stated["claims"][row]["pin"], stated)
    path.write_text(json.dumps(stated))
    rehash(bundle)


@fails("claims", "is not what stands at its place in the body")
def pin_to_other_words_of_the_body(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin["body"].update(start=pin["body"]["start"] + 3, end=pin["body"]["end"] + 3))


@fails("claims", "slices that are not those")
def pin_with_slices_from_elsewhere(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin["body"].update(start=0), row=1)


@fails("claims", "points out of the body")
def pin_out_of_the_body(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin["body"].update(start=10**6, end=10**6 + 9))


@fails("claims", "another digest than that of body.bin")
def pin_to_another_body(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(payload_sha256="0" * 64))


@fails("claims", "which has another body")
def pin_to_a_record_that_is_not_there(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(record_id="<urn:uuid:00000000-0000-4000-8000-000000000000>"))


@fails("claims", "is pinned to its record")
def pin_to_a_record_without_a_place(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(body={"value": None, "reason": "it appears only after scripts ran"}))


@fails("claims", "without a reason")
def pin_that_is_missing_without_a_reason(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(crop={"value": None, "reason": ""}))


@fails("claims", "no readable way to decode")
def pin_with_a_codec_that_runs_wild(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda _, stated: stated["body"].update(codec="punycode"))


@fails("claims", "does not hold it")
def pin_to_another_element(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(css="html > body > h1"))


@fails("claims", "leads to no element")
def pin_to_no_element(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(css="html > body > p:nth-of-type(99)"))


@fails("claims", "is no path to an element")
def pin_with_a_path_of_another_form(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.update(css="p:has(b)"))


@fails("claims", "another digest than that of dom.html")
def pin_to_another_document(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin["dom"].update(sha256="0" * 64))


@fails("claims", "does not show what full.png shows there")
def crop_of_another_place(bundle: Path, keys: Path) -> None:
    def move(pin: dict[str, Any], _: dict[str, Any]) -> None:
        for name in ("rect", "region"):
            pin["crop"][name][1] += 5

    repin(bundle, move, row=1)


@fails("claims", "does not show what full.png shows there")
def crop_painted_over(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "crops" / "0001.png"
    with Image.open(path) as picture:
        forged = picture.copy()
    forged.putpixel((3, 3), (255, 0, 0))
    forged.save(path, "PNG")
    repin(bundle, lambda pin, _: pin["crop"].update(sha256=sha256_file(path)), row=1)


@fails("claims", "has not the digest")
def crop_exchanged(bundle: Path, keys: Path) -> None:
    shutil.copy(bundle / EXHIBIT / "viewport.png", bundle / EXHIBIT / "crops" / "0001.png")
    rehash(bundle)


@fails("claims", "does not lie in its crop")
def rectangle_beside_its_crop(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin["crop"].update(rect=[900, 900, 5, 5]))


@fails("claims", "a crop that no quote names")
def crop_that_no_quote_names(bundle: Path, keys: Path) -> None:
    shutil.copy(bundle / EXHIBIT / "crops" / "0001.png", bundle / EXHIBIT / "crops" / "0099.png")
    rehash(bundle)


@fails("claims", "has pins, and is not of the format")
def pins_of_no_format(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda _, stated: stated.update(format="offsignal-claims-1"))


@fails("claims", "other parts than a pin has")
def pin_with_a_part_too_few(bundle: Path, keys: Path) -> None:
    repin(bundle, lambda pin, _: pin.pop("css"))
