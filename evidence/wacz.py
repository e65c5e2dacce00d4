"""WACZ 1.1.1 packages: a closed WARC and its pages in, one ZIP file out that replay programs and validators open.

Layout (specs.webrecorder.net/wacz/1.1.1): ``archive/data.warc.gz``, ``indexes/index.cdxj``, ``pages/pages.jsonl``,
``datapackage.json`` and ``datapackage-digest.json``. Everything is STOREd, with fixed times and a fixed order, so the
same WARC and the same words give the same bytes. Reading and checking is in :mod:`evidence.wacz_reader`.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from crawler import clock
from evidence import cdxj
from evidence.digest import canonical_json, sha256_file, sha256_hex

WACZ_VERSION = "1.1.1"
PROFILE = "data-package"
PAGES_FORMAT = "json-pages-1.0"
WARC_NAME = "data.warc.gz"
WARC_PATH = f"archive/{WARC_NAME}"
INDEX_PATH = "indexes/index.cdxj"
PAGES_PATH = "pages/pages.jsonl"
DATAPACKAGE = "datapackage.json"
DATAPACKAGE_DIGEST = "datapackage-digest.json"

#: The earliest time a ZIP entry can carry. The true times stand in the WARC and in datapackage.json.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One entry point of the package. ``url`` must be the URL of a response in the WARC."""

    url: str
    at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What the package says of itself. ``description`` is Markdown by the specification; plain text is fine."""

    title: str
    description: str
    software: str
    created: datetime


def write_wacz(target: Path, warc: Path, pages: Sequence[Page], words: Words) -> None:
    """Packs ``warc`` into the new file ``target``. The first page is the main page.

    Raises StoreError when the WARC is torn or its digests do not hold, ValueError without a page; OSError passes
    through.
    """
    if not pages:
        raise ValueError("a WACZ needs at least one page")
    index, listing = cdxj.index(warc, WARC_NAME), _listing(pages)
    resources = [
        _resource(WARC_PATH, sha256_file(warc), warc.stat().st_size),
        _resource(INDEX_PATH, sha256_hex(index), len(index)),
        _resource(PAGES_PATH, sha256_hex(listing), len(listing)),
    ]
    datapackage = _datapackage(resources, pages[0], words)
    digest = canonical_json({"path": DATAPACKAGE, "hash": f"sha256:{sha256_hex(datapackage)}"})
    small = {INDEX_PATH: index, PAGES_PATH: listing, DATAPACKAGE: datapackage, DATAPACKAGE_DIGEST: digest}
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as package:
        with warc.open("rb") as stream:
            _add(package, WARC_PATH, stream, warc.stat().st_size)
        for path, data in small.items():
            _add(package, path, BytesIO(data), len(data))


def _listing(pages: Sequence[Page]) -> bytes:
    lines: list[dict[str, Any]] = [{"format": PAGES_FORMAT, "id": "pages", "title": "All pages"}]
    for page in pages:
        identity = sha256_hex(f"{page.url}\0{clock.iso(page.at)}".encode())[:20]
        lines.append({"id": identity, "url": page.url, "ts": clock.iso(page.at), "title": page.title or page.url})
    return b"".join(canonical_json(line) + b"\n" for line in lines)


def _resource(path: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{digest}", "bytes": size}


def _datapackage(resources: list[dict[str, Any]], main: Page, words: Words) -> bytes:
    return canonical_json(
        {
            "profile": PROFILE,
            "wacz_version": WACZ_VERSION,
            "title": words.title,
            "description": words.description,
            "software": words.software,
            "created": clock.iso(words.created),
            "modified": clock.iso(words.created),
            "mainPageUrl": main.url,
            "mainPageDate": clock.iso(main.at),
            "resources": resources,
        }
    )


def _add(package: zipfile.ZipFile, path: str, source: BinaryIO, size: int) -> None:
    entry = zipfile.ZipInfo(path, ZIP_TIME)
    entry.create_system = 3  # Unix, whatever machine writes it
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = zipfile.ZIP_STORED
    entry.file_size = size
    with package.open(entry, "w") as target:
        shutil.copyfileobj(source, target)
