"""Pins for synthetic exhibits: rows of quotes in, the same rows pinned by the real code and crops of a picture out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from classifiers.judgement import Claim, Identifier
from classifiers.labels import ClaimType
from classifiers.text import extract_html
from evidence.pin_rects import Painted
from evidence.pins import Stored, pin


def stripes(width: int, height: int) -> bytes:
    """A PNG in which every row and column differs from its neighbours, so that no part of it is like another."""
    picture = Image.new("RGB", (width, height))
    picture.putdata([(x * 7 % 256, y * 5 % 256, (x * y) % 251) for y in range(height) for x in range(width)])
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def pinned(folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]], record_id: str) -> tuple[bytes, list[str]]:
    """``claims.json`` of the second format for the files in ``folder``, and the names of the crops laid beside it.

    Quote number n counts as painted 12 pixels below the one before it; the last one is not painted at all.
    """
    page = extract_html((folder / "dom.html").read_bytes(), charset="utf-8")
    claims = [_claim(row) for row in rows["claims"]]
    found = [*claims, *(_identifier(row) for row in rows["identifiers"])]
    painted: dict[tuple[int, int], Painted | str] = {
        (one.start, one.end): Painted((4, 10 + 12 * number, 30, 8), ((4, 10 + 12 * number, 30, 8),))
        for number, one in enumerate(found)
    }
    painted[found[-1].start, found[-1].end] = "it is in the document and not shown on the page"
    body = (folder / "body.bin").read_bytes()
    made = pin(page, found, Stored(folder, body, "text/html", "utf-8", record_id, True, painted, 40))
    filled = {
        part: [{**row, "pin": made.by_place[row["start"], row["end"]]} for row in several]
        for part, several in rows.items()
    }
    return json.dumps({"format": "offsignal-claims-2", "body": made.body, **filled}).encode(), list(made.files)


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(ClaimType(row["type"]), row["quote"], row["start"], row["end"], row["field"])


def _identifier(row: Mapping[str, Any]) -> Identifier:
    return Identifier(row["kind"], row["value"], row["quote"], row["start"], row["end"], row["field"])
