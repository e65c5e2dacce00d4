"""Pin-cites: quotes of a captured page in; for each its record, body, element and picture out, or the reason why not.

A pin leads from a quote to bytes that are under the manifest: to slices of the main document's body as sent, by the
ID and payload digest of the record in ``capture.wacz`` that holds it; to the element of ``dom.html``; and to a crop of
``full.png``. What appears only after scripts ran stands in no body: then the digest of ``dom.html`` is its anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifiers.judgement import Claim, Identifier
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, ClaimType
from classifiers.text import Extracted
from evidence import pin_body, pin_crops, pin_path
from evidence.digest import sha256_hex
from evidence.host_facts import unknown
from evidence.pin_body import Sent
from evidence.pin_crops import Crop
from evidence.pin_rects import Painted, Place
from evidence.suggestion import strong_key

ARCHIVE, BODY, DOM, PICTURE = "capture.wacz", "body.bin", "dom.html", "full.png"
ONLY_RENDERED = "it appears only after scripts ran; dom.html is its anchor"


@dataclass(frozen=True, slots=True)
class Stored:
    """What pins point into. ``record_id`` is the record whose payload is ``body``; empty when none is known.

    ``rendered`` says that the judged text is that of ``dom.html``, not of the body. ``painted`` holds where the open
    page showed each quote, or why it did not.
    """

    directory: Path
    body: bytes = field(repr=False)
    kind: str
    charset: str
    record_id: str
    rendered: bool
    painted: Mapping[Place, Painted | str]
    max_crops: int


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins by place of the quote in the text, ready for ``claims.json``; how the body was decoded; new files."""

    by_place: Mapping[Place, Mapping[str, Any]]
    body: Mapping[str, Any]
    files: tuple[str, ...]


def pin(extracted: Extracted, found: Sequence[Claim | Identifier], stored: Stored) -> Pins:
    """Pins every quote, and cuts the crops into ``stored.directory``. OSError passes through."""
    places = list(dict.fromkeys((one.start, one.end) for one in found))
    sent = pin_body.read(stored.body, stored.kind, stored.charset)
    digest = sha256_hex(stored.body)
    bodies = {place: _body(extracted, sent, place, stored) for place in places}
    paths = _paths(extracted, places, stored)
    crops, files = _crops(found, stored)
    dom = _dom(stored)
    pins = {}
    for place in places:
        in_body = "start" in bodies[place]
        pins[place] = {
            "record": ARCHIVE,
            "record_id": stored.record_id if in_body else None,
            "payload_sha256": digest if in_body else None,
            "body": bodies[place],
            "dom": dom,
            "css": paths[place],
            "crop": crops.get(place) or unknown("there was no picture of the whole page to cut it from"),
        }
    about = {"path": BODY, "sha256": digest, "codec": sent.codec, "skip_bytes": sent.skip_bytes}
    return Pins(pins, about, files)


def _body(extracted: Extracted, sent: Sent, place: Place, stored: Stored) -> dict[str, Any]:
    """Where a quote stands in the decoded body; more than one slice when mark-up parts it."""
    if not stored.record_id:
        return unknown(f"no record of {ARCHIVE} holds {BODY}")
    spans = pin_body.spans(sent, extracted, *place)
    if not spans:
        return unknown(ONLY_RENDERED if stored.rendered else "its words are parted by what is no text")
    whole = {"start": min(start for start, _ in spans), "end": max(end for _, end in spans)}
    return whole if len(spans) == 1 else {**whole, "spans": [list(span) for span in spans]}


def _dom(stored: Stored) -> dict[str, Any]:
    path = stored.directory / DOM
    if not path.exists():
        return unknown("there is no rendered document")
    return {"path": DOM, "sha256": sha256_hex(path.read_bytes())}


def _paths(extracted: Extracted, places: Sequence[Place], stored: Stored) -> dict[Place, Any]:
    """The path of the element that holds each quote."""
    if not stored.rendered:
        return dict.fromkeys(places, unknown("the text is that of the body, there is no rendered document"))
    spans = {place: extracted.body_spans(*place) for place in places}
    wholes = {
        place: (min(start for start, _ in several), max(end for _, end in several))
        for place, several in spans.items()
        if several
    }
    quotes = {whole: extracted.text[slice(*place)] for place, whole in wholes.items()}
    found = pin_path.paths(extracted.html, quotes) if quotes else {}
    told: dict[Place, Any] = {}
    for place in places:
        path = found.get(wholes[place]) if place in wholes else None
        told[place] = path if isinstance(path, str) else unknown(str(path or "it has no place in the document"))
    return told


def _crops(found: Sequence[Claim | Identifier], stored: Stored) -> tuple[dict[Place, Any], tuple[str, ...]]:
    """The crop of each quote, the most telling quotes first, or the reason why it has none."""
    order = [(one.start, one.end) for one in sorted(found, key=telling)]
    painted = {place: one for place, one in stored.painted.items() if isinstance(one, Painted)}
    told: dict[Place, Any] = {
        place: unknown(reason) for place, reason in stored.painted.items() if isinstance(reason, str)
    }
    files: tuple[str, ...] = ()
    if (stored.directory / PICTURE).exists():
        wanted = [place for place in dict.fromkeys(order) if place in painted]
        crops, files = pin_crops.cut(stored.directory, PICTURE, painted, wanted, stored.max_crops)
        told |= {place: _crop(one) if isinstance(one, Crop) else unknown(one) for place, one in crops.items()}
    return told, files


def _crop(crop: Crop) -> dict[str, Any]:
    return {
        "path": crop.path,
        "of": crop.of,
        "rect": list(crop.box),
        "lines": [list(line) for line in crop.lines],
        "region": list(crop.region),
        "sha256": crop.sha256,
    }


def telling(one: Claim | Identifier) -> tuple[int, int]:
    """The order in which quotes are cropped: claims of abuse, claims that speak for the operator, strong identifiers
    (those one operator holds), other claims, other identifiers; each in the order of the page.
    """
    if isinstance(one, Identifier):
        return (2 if strong_key(one) else 4), one.start
    if one.type in ABUSE_CLAIMS:
        return 0, one.start
    return (1 if one.type in MITIGATING_CLAIMS or one.type is ClaimType.DISCLAIMER else 3), one.start
