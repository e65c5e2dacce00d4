"""Checks a WACZ package: a path in, what it holds out, or the first thing that does not hold.

The steps, in this order; each raises with a sentence that names the file and the fault:

1. It is a ZIP file within bounds whose entries are plain files with plain, unique names (:mod:`evidence.zip_reader`).
2. ``datapackage.json`` is JSON with the profile, the version 1.1.1 and a list of resources.
3. The entries are exactly the resources and the two datapackage files: nothing missing, nothing more.
4. There is a WARC, an index, ``pages/pages.jsonl`` and a digest file, and nothing else under those directories.
5. The digest file names the digest of ``datapackage.json``, and carries no signature (none is made here, and a
   signature that nobody checks must not look like one that was checked).
6. Every resource has the declared size and SHA-256.
7. WARCs are stored uncompressed, and every digest of every record in them holds.
8. The index derived again from the WARCs equals the index in the package.
9. Every page stands in a WARC as a response, and so does the main page.

What this cannot show: a package whose every digest was made anew is consistent. Only something outside the package,
the exhibit's manifest and its timestamps, shows that it is the one that was captured.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import StoreError
from crawler.warc import read_records
from evidence import cdxj
from evidence.digest import sha256_file, sha256_hex
from evidence.errors import Unreadable, Unverified
from evidence.wacz import DATAPACKAGE, DATAPACKAGE_DIGEST, PAGES_FORMAT, PAGES_PATH, PROFILE, WACZ_VERSION
from evidence.zip_reader import ZipReader

MAX_JSON_BYTES = 16 << 20
WARC_SUFFIXES = (".warc.gz",)
INDEX_SUFFIXES = (".cdxj",)


@dataclass(frozen=True, slots=True)
class Wacz:
    """What a package that passed every step holds."""

    datapackage: Mapping[str, Any]
    pages: tuple[Mapping[str, Any], ...]
    warcs: tuple[str, ...]
    records: int


def check_wacz(path: Path) -> Wacz:
    """Runs all steps. Raises Unreadable for what cannot be understood, Unverified for what does not hold."""
    with ZipReader(path) as package:
        datapackage = _datapackage(package)
        resources = _resources(package, datapackage)
        warcs = _required(package)
        _check_digest_file(package)
        with tempfile.TemporaryDirectory() as directory:
            files = {name: _unpack(package, name, Path(directory), number) for number, name in enumerate(resources)}
            for name, resource in resources.items():
                _check_resource(package, name, resource, files[name])
            urls, records = _check_warcs(package, {name: files[name] for name in warcs})
            _check_index(package, {name: files[name] for name in warcs})
            pages = _pages(package, datapackage, urls)
    return Wacz(datapackage, pages, warcs, records)


def _json(package: ZipReader, name: str) -> Any:
    if name not in package.names():
        raise Unverified(f"{package.path.name}: {name} is missing")
    try:
        return json.loads(package.read(name, MAX_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{package.path.name}: {name} is not JSON: {error}") from error


def _datapackage(package: ZipReader) -> Mapping[str, Any]:
    value = _json(package, DATAPACKAGE)
    if not isinstance(value, dict) or not isinstance(value.get("resources"), list):
        raise Unreadable(f"{package.path.name}: {DATAPACKAGE} has no list of resources")
    for key, wanted in (("profile", PROFILE), ("wacz_version", WACZ_VERSION)):
        if value.get(key) != wanted:
            raise Unreadable(f"{package.path.name}: {key} is {value.get(key)!r}, not {wanted!r}")
    return value


def _resources(package: ZipReader, datapackage: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    resources: dict[str, Mapping[str, Any]] = {}
    for item in datapackage["resources"]:
        path = item.get("path") if isinstance(item, dict) else None
        if not isinstance(path, str) or path in resources:
            raise Unverified(f"{package.path.name}: the resource {str(item)[:80]!r} has no path, or one named before")
        resources[path] = item
    there = set(package.names()) - {DATAPACKAGE, DATAPACKAGE_DIGEST}
    if missing := sorted(set(resources) - there):
        raise Unverified(f"{package.path.name}: {missing[0]} is listed and is not there")
    if extra := sorted(there - set(resources)):
        raise Unverified(f"{package.path.name}: {extra[0]} is there and is not listed")
    return resources


def _required(package: ZipReader) -> tuple[str, ...]:
    def under(directory: str, suffixes: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name for name in package.names() if name.startswith(f"{directory}/"))
        if odd := [name for name in names if not name.endswith(suffixes) or name.count("/") != 1]:
            raise Unverified(f"{package.path.name}: {odd[0]} does not belong under {directory}/")
        if not names:
            raise Unverified(f"{package.path.name}: there is nothing under {directory}/")
        return names

    warcs = under("archive", WARC_SUFFIXES)
    under("indexes", INDEX_SUFFIXES)
    if PAGES_PATH not in under("pages", (".jsonl",)):
        raise Unverified(f"{package.path.name}: {PAGES_PATH} is missing")
    return warcs


def _check_digest_file(package: ZipReader) -> None:
    value = _json(package, DATAPACKAGE_DIGEST)
    digest = sha256_hex(package.read(DATAPACKAGE, MAX_JSON_BYTES))
    if not isinstance(value, dict) or value.get("path") != DATAPACKAGE or value.get("hash") != f"sha256:{digest}":
        raise Unverified(f"{package.path.name}: {DATAPACKAGE_DIGEST} does not name the digest of {DATAPACKAGE}")
    if set(value) != {"path", "hash"}:
        raise Unverified(f"{package.path.name}: {DATAPACKAGE_DIGEST} carries a signature that is not checked here")


def _unpack(package: ZipReader, name: str, directory: Path, number: int) -> Path:
    """The entry as a file whose name the package has no say in."""
    target = directory / f"{number}"
    with target.open("wb") as stream:
        for piece in package.pieces(name):
            stream.write(piece)
    return target


def _check_resource(package: ZipReader, name: str, resource: Mapping[str, Any], file: Path) -> None:
    if resource.get("bytes") != package.size(name):
        raise Unverified(f"{package.path.name}: {name} has {package.size(name)} bytes, not {resource.get('bytes')}")
    if resource.get("hash") != f"sha256:{sha256_file(file)}":
        raise Unverified(f"{package.path.name}: the bytes of {name} do not have the listed digest")


def _check_warcs(package: ZipReader, warcs: Mapping[str, Path]) -> tuple[set[str], int]:
    """The URLs that were answered, and the number of records."""
    urls: set[str] = set()
    count = 0
    for name, file in warcs.items():
        if not package.is_stored(name):
            raise Unverified(f"{package.path.name}: {name} is compressed once more; the format forbids it")
        try:
            for record in read_records(file):
                count += 1
                if record.type == "response":
                    urls.add(record.uri)
        except StoreError as error:
            fault = str(error).replace(str(file), name)
            raise Unverified(f"{package.path.name}: {fault}") from error
    return urls, count


def _check_index(package: ZipReader, warcs: Mapping[str, Path]) -> None:
    derived = [
        line
        for name, file in warcs.items()
        for line in cdxj.index(file, name.rpartition("/")[2]).splitlines(keepends=True)
    ]
    names = [name for name in package.names() if name.startswith("indexes/")]
    if b"".join(package.read(name, MAX_JSON_BYTES) for name in names) != b"".join(sorted(derived)):
        raise Unverified(f"{package.path.name}: {', '.join(names)} is not the index of its WARC")


def _pages(package: ZipReader, datapackage: Mapping[str, Any], urls: set[str]) -> tuple[Mapping[str, Any], ...]:
    try:
        lines = [json.loads(line) for line in package.read(PAGES_PATH, MAX_JSON_BYTES).splitlines()]
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{package.path.name}: {PAGES_PATH} is not JSON lines: {error}") from error
    if not all(isinstance(line, dict) for line in lines) or not lines or lines[0].get("format") != PAGES_FORMAT:
        raise Unreadable(f"{package.path.name}: {PAGES_PATH} does not begin with the {PAGES_FORMAT} header")
    pages = tuple(lines[1:])
    if not pages or any(not isinstance(page.get("url"), str) or "ts" not in page for page in pages):
        raise Unverified(f"{package.path.name}: {PAGES_PATH} lists no page, or one without url and ts")
    listed = {page["url"] for page in pages}
    if unknown := sorted(url for url in listed if url not in urls):
        raise Unverified(f"{package.path.name}: the page {unknown[0]} is in no WARC record")
    if datapackage.get("mainPageUrl") not in listed:
        raise Unverified(f"{package.path.name}: the main page {datapackage.get('mainPageUrl')} is not among the pages")
    return pages
