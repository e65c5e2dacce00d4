"""Step 7: a WACZ in, its entries out; the ZIP file holds exactly what its own lists say, with the listed digests."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from evidence.verifier.folder import READ_BYTES
from evidence.verifier.forms import MAX_JSON_BYTES, MAX_LINE_BYTES, SAFE_NAME, digest_of, parsed
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

PACKAGE_FILES = ("datapackage.json", "datapackage-digest.json", "pages/pages.jsonl")
WACZ_VERSION = "1.1.1"
MAX_ENTRIES, MAX_UNPACKED_BYTES = 1000, 8 << 30


def check_archives(run: Run, step: Step) -> None:
    """Every exhibit's capture.wacz, or the reason in capture.json why there is none."""
    for prefix in run.exhibits:
        name = f"{prefix}capture.wacz"
        with step.noting(f"{name}: "):
            if name in run.folder.files:
                archive(run, name, step)
            else:
                if not run.says_why_missing(prefix, "capture.wacz"):
                    raise Bad("missing, and capture.json does not say why")
                step.unchecked.append(f"{name}: was not captured, capture.json says why")


def archive(run: Run, name: str, step: Step) -> None:
    """One WACZ (version 1.1.1): digest file, list and entries agree."""
    with opened_archive(run, name) as package:
        entries = entry_names(package)
        data = b"".join(pieces(run, package, "datapackage.json"))
        named = parsed(b"".join(pieces(run, package, "datapackage-digest.json")), "datapackage-digest.json")
        if named != {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}:
            raise Bad("datapackage.json: not the bytes that datapackage-digest.json names")
        stated = parsed(data, "datapackage.json")
        if stated["wacz_version"] != WACZ_VERSION:
            raise Bad(f"datapackage.json: version {shown(stated['wacz_version'])} of the format, not {WACZ_VERSION}")
        rows = stated["resources"]
        resources = {row["path"]: row for row in rows}
        for path in sorted({*resources} ^ (entries - {*PACKAGE_FILES[:2]})):
            raise Bad(f"{shown(path)}: in the archive or in its list, not in both")
        for path, row in resources.items():
            if package.getinfo(path).file_size != row["bytes"] or len(rows) != len(resources):
                raise Bad(f"{path}: not of the size that datapackage.json lists, or listed twice")
            if f"sha256:{digest_of(pieces(run, package, path))}" != row["hash"]:
                raise Bad(f"{path}: not the bytes that datapackage.json lists")
    step.proved.append(f"{name}: {len(entries)} entries, exactly those it lists, with the listed digests")


@contextmanager
def opened_archive(run: Run, name: str) -> Iterator[zipfile.ZipFile]:
    """A WACZ of the folder, open for one step; what is unpacked of it is counted from here."""
    with run.folder.open(name) as stream, opened_zip(stream) as package:
        run.unpacked = 0
        yield package


def opened_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """A ZIP file whose list of entries is short and the last thing in it; zipfile would read any list into memory."""
    stream.seek(-42, os.SEEK_END)
    locator, end = stream.read(20), stream.read(22)
    if end[:4] != b"PK\5\6" or end[20:] != b"\0\0" or locator[:4] == b"PK\6\7":
        raise Bad("not a ZIP file of the plain kind")
    if int.from_bytes(end[12:16], "little") > MAX_LINE_BYTES:
        raise Bad("its list of entries is longer than this check reads")
    return zipfile.ZipFile(stream)


def entry_names(package: zipfile.ZipFile) -> set[str]:
    """The names in a ZIP file, after refusing double, unsafe, encrypted and exotic entries."""
    names: set[str] = set()
    for info in package.infolist():
        path = info.filename
        if not all(SAFE_NAME.fullmatch(part) for part in path.split("/")):
            raise Bad(f"the unsafe entry name {shown(path)}")
        if path.lower() in names or len(names) >= MAX_ENTRIES:
            raise Bad(f"{path}: a second entry of that name, or one too many")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Bad(f"{path}: encrypted, or packed in an unusual way")
        names.add(path.lower())
    for path in (*PACKAGE_FILES, "archive/", "indexes/"):
        if not any(name == path or (path[-1] == "/" and name.startswith(path)) for name in names):
            raise Bad(f"{path}: missing in the archive")
    return {info.filename for info in package.infolist()}


def pieces(run: Run, package: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """The bytes of a ZIP entry; all unpacking of one archive in one step is bounded together.

    What is read into memory whole, an index or a file of ``PACKAGE_FILES``, is bounded more narrowly.
    """
    in_memory = path in PACKAGE_FILES or path.startswith("indexes/")
    with package.open(path) as stream:
        for piece in iter(lambda: stream.read(READ_BYTES), b""):
            run.unpacked += len(piece)
            if run.unpacked > MAX_UNPACKED_BYTES or (in_memory and stream.tell() > MAX_JSON_BYTES):
                raise Bad(f"{path}: unpacks to more than this check reads: a zip bomb?")
            yield piece
