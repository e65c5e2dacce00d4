"""Defects of the ZIP file that a WACZ is, and of the lists inside it."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from tests.zoo.forging import EXHIBIT, fails, raw_zip, rehash, repack


@fails("archives", "a second entry of that name")
def double_entry(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "capture.wacz"
    with zipfile.ZipFile(path, "a") as package:
        info = zipfile.ZipInfo("pages/Pages.jsonl")
        package.writestr(info, b"{}\n")
    raw_zip(bundle, lambda data: data.replace(b"pages/Pages.jsonl", b"pages/pages.jsonl"))


@fails("archives", "archive/: missing in the archive")
def archive_without_records(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.pop("archive/data.warc.gz") and None)


@fails("archives", "zip bomb")
def zip_bomb(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"pages/pages.jsonl": bytes(80 << 20)}), method=zipfile.ZIP_DEFLATED)


@fails("archives", "encrypted, or packed in an unusual way")
def encrypted_entry(bundle: Path, keys: Path) -> None:
    def mark(data: bytes) -> bytes:
        place = data.index(b"PK\x01\x02")
        return data[: place + 8] + b"\x01\x00" + data[place + 10 :]

    raw_zip(bundle, mark)


@fails("archives", "list of entries is longer")
def list_of_entries_without_end(bundle: Path, keys: Path) -> None:
    def blow(data: bytes) -> bytes:
        place = data.rindex(b"PK\x05\x06")
        return data[: place + 12] + struct.pack("<I", 0xFFFFFFF0) + data[place + 16 :]

    raw_zip(bundle, blow)


@fails("archives", "not a ZIP file")
def something_after_the_archive(bundle: Path, keys: Path) -> None:
    raw_zip(bundle, lambda data: data + b"<script>")


@fails("archives", "capture.json does not say why")
def archive_missing_without_a_word(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "capture.wacz").unlink()
    rehash(bundle)
