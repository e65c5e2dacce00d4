"""A draft in, its WARC's own timestamp out: the first authority that answers stamps the closed archive.

The stamp over an exhibit's manifest comes later and may have to be retried for days. This one is asked for once,
when the capture's files are laid down (WARC packed, apps and RDAP fetched) and before they are sealed: from then on
nobody can have changed the WARC. The token's imprint is the SHA-256 of the WARC file itself:
``openssl ts -verify -data archive/data.warc.gz`` needs nothing else.

Files: ``warc-time.json`` in every exhibit, and ``warc-time/<authority>/`` with the proof where one was had.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from crawler import clock
from evidence.capture import ExhibitDraft
from evidence.capture_record import WACZ
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import Unreadable
from evidence.timestamp import StampResult

FORMAT = "offsignal-warc-time-1"
RECORD, FOLDER = "warc-time.json", "warc-time"


class First(Protocol):
    """Who stamps: :class:`evidence.timestamp.Stamper`."""

    def first(self, data: bytes) -> Sequence[StampResult]:
        """What the authorities answered one after the other, up to the first good token."""


def stamp_warc(draft: ExhibitDraft, stamper: First) -> ExhibitDraft:
    """The draft with the proof of its WARC laid down beside it. No authority's fault raises: it is the reason written.

    Raises Unreadable when the draft's WACZ holds no WARC, OSError when the directory cannot be written.
    """
    if WACZ not in draft.files:
        return draft
    name, warc = stamped_warc(draft.directory / WACZ)
    results = stamper.first(warc)
    good = next((result for result in results if result.token is not None), None)
    files = [RECORD]
    record = _record(name, warc, results, good)
    (draft.directory / RECORD).write_bytes(canonical_json(record))
    if good is not None:
        place = draft.directory / FOLDER / good.authority
        place.mkdir(parents=True)
        for part, data in good.files().items():
            (place / part).write_bytes(data)
            files.append(f"{FOLDER}/{good.authority}/{part}")
    return replace(draft, files=(*draft.files, *files))


def stamped_warc(archive: Path) -> tuple[str, bytes]:
    """The one WARC of a WACZ of ours: its name inside, and its bytes as stored. Raises Unreadable for two."""
    with zipfile.ZipFile(archive) as package:
        names = [name for name in package.namelist() if name.startswith("archive/")]
        if len(names) != 1:
            raise Unreadable(f"{archive}: it holds {len(names)} WARC files, not one")
        return names[0], package.read(names[0])


def _record(name: str, warc: bytes, results: Sequence[StampResult], good: StampResult | None) -> Mapping[str, Any]:
    told = [f"{result.authority}: {result.reason}" for result in results if result.token is None]
    missing = "; ".join(told) if told else "no authority is configured"
    token: Any = {"value": None, "reason": missing}
    if good is not None and good.token is not None:
        token = {
            "authority": good.authority,
            "gen_time": clock.iso(good.token.gen_time),
            "practice": good.practice,
            "folder": f"{FOLDER}/{good.authority}",
        }
    return {
        "format": FORMAT,
        "warc": {"in": WACZ, "path": name, "bytes": len(warc), "sha256": sha256_hex(warc)},
        "token": token,
        "others": told if good is not None else [],
    }
