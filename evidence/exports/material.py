"""What every export is made of: a bundle's folder in, its exhibits as plain records out."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from evidence.digest import sha256_hex
from evidence.errors import Unreadable
from evidence.report_words import MITIGATING

NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Proof:
    """One verified timestamp over an exhibit's manifest; ``gen_time`` is RFC 3339 text."""

    authority: str
    gen_time: str
    practice: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One exhibit. ``claims`` and ``identifiers`` are rows of claims.json, struck ones left out.

    What speaks for the operator stays, whatever was struck.

    ``printed`` is the numbered PDF in the bundle with its first and last page number, or None.
    """

    number: int
    exhibit_id: str
    folder: Path
    url: str
    captured_at: str
    manifest_sha256: str
    record: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]
    claims: tuple[Mapping[str, Any], ...]
    identifiers: tuple[Mapping[str, Any], ...]
    proofs: tuple[Proof, ...]
    printed: tuple[Path, str, str] | None

    def fact(self, *path: str) -> str:
        """A field of the capture record as text; empty when it could not be had."""
        value: Any = self.record
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None or isinstance(value, Mapping | list):
            return ""
        return str(value)

    @property
    def tool(self) -> str:
        """Name and version of the program that captured it."""
        return f"{self.fact('collection', 'tool', 'name')} {self.fact('collection', 'tool', 'version')}".strip()

    @property
    def text(self) -> str:
        """The page's text, empty when none was taken."""
        path = self.folder / "text.txt"
        return path.read_text("utf-8") if path.exists() else ""


@dataclass(frozen=True, slots=True)
class Material:
    """A bundle, read. ``custody`` are the entries it shows, oldest first."""

    root: Path
    case_id: str
    vendor: str
    created_at: str
    created_by: str
    software: str
    manifest_sha256: str
    items: tuple[Item, ...]
    custody: tuple[Mapping[str, Any], ...]


def read(bundle: Path, struck: Mapping[str, Collection[int]]) -> Material:
    """The bundle's exhibits in their numbered order. ``struck``: by exhibit, the indices of struck claims.

    Raises Unreadable naming the file when the bundle is not one that this program wrote.
    """
    try:
        data = (bundle / "manifest.json").read_bytes()
        manifest = json.loads(data)
        printed = _printed(bundle)
        items = tuple(_item(bundle, row, struck, printed) for row in manifest["exhibits"])
        lines = [json.loads(line) for line in (bundle / "custody.jsonl").read_bytes().splitlines()[1:]]
        return Material(
            root=bundle,
            case_id=manifest["case"]["id"],
            vendor=manifest["case"]["name"],
            created_at=manifest["created_at"],
            created_by=manifest["created_by"],
            software=f"{manifest['software']['name']} {manifest['software']['version']}",
            manifest_sha256=sha256_hex(data),
            items=items,
            custody=tuple(line["entry"] for line in lines if "entry" in line),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{bundle}: not a bundle that can be exported: {error!r}") from error


def _item(
    bundle: Path,
    row: Mapping[str, Any],
    struck: Mapping[str, Collection[int]],
    printed: Mapping[str, tuple[Path, str, str]],
) -> Item:
    name = row["exhibit_id"]
    folder = bundle / "exhibits" / name
    manifest = json.loads((folder / "manifest.json").read_bytes())
    claims_file = folder / "claims.json"
    stated = json.loads(claims_file.read_bytes()) if claims_file.exists() else {"claims": [], "identifiers": []}
    left_out = struck.get(name, NOTHING)
    proofs = [json.loads(path.read_bytes()) for path in sorted(folder.glob("proofs/*/result.json"))]
    return Item(
        number=row["number"],
        exhibit_id=name,
        folder=folder,
        url=row["url"],
        captured_at=row["captured_at"],
        manifest_sha256=row["manifest_sha256"],
        record=json.loads((folder / "capture.json").read_bytes()),
        files=tuple(manifest["files"]),
        claims=tuple(
            one for index, one in enumerate(stated["claims"]) if index not in left_out or one["type"] in MITIGATING
        ),
        identifiers=tuple(stated["identifiers"]),
        proofs=tuple(Proof(one["authority"], one["gen_time"], bool(one["practice"])) for one in proofs),
        printed=printed.get(name),
    )


def _printed(bundle: Path) -> dict[str, tuple[Path, str, str]]:
    """By exhibit: its numbered print, as the bundle's own index names it."""
    index = (bundle / "index.csv").read_text("utf-8-sig")
    rows = csv.DictReader(StringIO(index, newline=""))
    return {
        row["exhibit_id"]: (bundle / row["print"], row["pages_begin"], row["pages_end"])
        for row in rows
        if row.get("print")
    }
