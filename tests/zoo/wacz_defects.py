"""Eighteen ways to alter a WACZ file, each numbered; the reference validator, wacz 0.6, passes ten of them.

In each the manifests around the archive are made to agree with what was altered, so that only a check of the archive
itself, or a timestamp, can find it.
"""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from evidence.digest import canonical_json, sha256_hex
from tests.zoo.forging import EXHIBIT, edit, fails, rehash, relisted

WARC, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl"
PACKAGE, DIGEST = "datapackage.json", "datapackage-digest.json"
Entries = dict[str, bytes]


def altered(bundle: Path, change: Callable[[Entries], Entries | None], first: Entries | None = None) -> None:
    """The first exhibit's WACZ with changed entries; ``first`` are written before them, under names of their own."""
    path = bundle / EXHIBIT / "capture.wacz"
    with zipfile.ZipFile(path) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    entries = change(entries) or entries
    with zipfile.ZipFile(path, "w") as package:
        for name, data in [*(first or {}).items(), *entries.items()]:
            package.writestr(name, data)
    rehash(bundle)


def edited_warc(warc: bytes) -> bytes:
    """Another number on the page; lengths hold, the digests inside do not."""
    out = b""
    while warc:
        unpacker = zlib.decompressobj(wbits=31)
        out += gzip.compress(unpacker.decompress(warc).replace(b"50,000", b"90,000"), mtime=0)
        warc = unpacker.unused_data
    return out


def titled(entries: Entries) -> Entries:
    assert b'"title":"Offer"' in entries[PACKAGE]
    return {**entries, PACKAGE: entries[PACKAGE].replace(b'"title":"Offer"', b'"title":"Fraud"')}


def without(entries: Entries, *starts: str) -> Entries:
    """Without the entries below these folders, in the list either."""
    stated = json.loads(entries[PACKAGE])
    stated["resources"] = [row for row in stated["resources"] if not row["path"].startswith(starts)]
    kept = {name: data for name, data in entries.items() if not name.startswith(starts)}
    return relisted({**kept, PACKAGE: canonical_json(stated)})


def signed(entries: Entries) -> Entries:
    """With a signature of the anonymous form that nobody made."""
    stated = json.loads(entries[DIGEST])
    made = {
        "hash": stated["hash"],
        "created": json.loads(entries[PACKAGE])["created"],
        "software": "x",
        "version": "0.1.0",
    }
    stated["signedData"] = {**made, "signature": "AAAA", "publicKey": "AAAA"}
    return {**entries, DIGEST: canonical_json(stated)}


@fails("archives", "archive/data.warc.gz: not ", number=1)
def wacz_record_altered(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, WARC: edited_warc(entries[WARC])})


@fails("records", "warc-block-digest is missing or does not hold", number=2)
def wacz_record_altered_and_rehashed(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: relisted({**entries, WARC: edited_warc(entries[WARC])}))


@fails("archives", "datapackage-digest.json: missing in the archive", number=3)
def wacz_without_digest_file(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {name: data for name, data in entries.items() if name != DIGEST})


@fails("archives", "not the bytes that datapackage-digest.json names", number=4)
def wacz_title_edited(bundle: Path, keys: Path) -> None:
    altered(bundle, titled)


@fails("exhibit-times", "a timestamp over other bytes", number=5)
def wacz_title_edited_and_rehashed(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: relisted(titled(entries)))


@fails("archives", "pages/pages.jsonl: missing in the archive", number=6)
def wacz_without_pages_and_index(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: without(entries, "pages/", "indexes/"))


@fails("archives", "missing in the archive", number=7)
def wacz_without_any_record(bundle: Path, keys: Path) -> None:
    """What is left is a list of one log file: enough for a validator that counts no records."""

    def emptied(entries: Entries) -> Entries:
        left = without(entries, "pages/", "indexes/", "archive/")
        stated = json.loads(left[PACKAGE])
        stated["resources"] = [{"name": "log", "path": "logs/run.log", "hash": "", "bytes": 0}]
        return relisted({**left, "logs/run.log": b"done", PACKAGE: canonical_json(stated)})

    altered(bundle, emptied)


@fails("archives", "indexes/: missing in the archive", number=8)
def wacz_listed_file_missing(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {name: data for name, data in entries.items() if name != INDEX})


@fails("archives", "x.warc: in the archive or in its list, not in both", number=9)
def wacz_extra_file(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, "x.warc": b"x"})


@fails("archives", "EXTRA: in the archive or in its list, not in both", number=10)
def wacz_extra_file_without_a_dot(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, "EXTRA": b"x"})


@fails("archives", "unsafe entry name .hidden", number=11)
def wacz_extra_dotfile(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, ".hidden": b"x"})


@fails("archives", "x/archive/data.warc.gz: in the archive or in its list, not in both", number=12)
def wacz_extra_file_under_a_listed_name(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, f"x/{WARC}": entries[WARC]})


@fails("records", "the index points to", number=13)
def wacz_index_points_elsewhere(bundle: Path, keys: Path) -> None:
    def moved(entries: Entries) -> Entries:
        assert b'"offset": "' in entries[INDEX]
        return relisted({**entries, INDEX: entries[INDEX].replace(b'"offset": "', b'"offset": "1', 1)})

    altered(bundle, moved)


@fails("archives", "not the bytes that datapackage-digest.json names", number=14)
def wacz_signature_forged(bundle: Path, keys: Path) -> None:
    altered(bundle, signed)


@fails("archives", "not the bytes that datapackage-digest.json names", number=15)
def wacz_signature_forged_and_asked_for(bundle: Path, keys: Path) -> None:
    """The same; here the reference validator is told to look at signatures, which it does not do by itself."""
    altered(bundle, signed)


@fails("archives", "version 1.2.0", number=16)
def wacz_of_a_draft_version(bundle: Path, keys: Path) -> None:
    def drafted(entries: Entries) -> Entries:
        stated = {**json.loads(entries[PACKAGE]), "profile": "wacz", "wacz_version": "1.2.0"}
        return relisted({**entries, PACKAGE: canonical_json(stated)})

    altered(bundle, drafted)


@fails("archives", "a second entry of that name", number=17)
def wacz_entry_twice_the_altered_first(bundle: Path, keys: Path) -> None:
    with zipfile.ZipFile(bundle / EXHIBIT / "capture.wacz") as package:
        evil = edited_warc(package.read(WARC))
    stand_in = WARC.replace("data", "dat@")
    altered(bundle, lambda entries: entries, first={stand_in: evil})
    path = bundle / EXHIBIT / "capture.wacz"
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), WARC.encode()))
    rehash(bundle)


@fails("archives", "unsafe entry name ../../evil.txt", number=18)
def wacz_entry_that_leads_out(bundle: Path, keys: Path) -> None:
    altered(bundle, lambda entries: {**entries, "../../evil.txt": b"x"})


@fails("exhibit-times", "a timestamp over other bytes")
def wacz_by_a_perfect_forger(bundle: Path, keys: Path) -> None:
    """Everything made to agree: page, text, claim, digests of records, index, lists. Only a timestamp can find it."""
    for name in ("body.bin", "dom.html", "text.txt", "claims.json"):
        edit(bundle / EXHIBIT / name, "50,000 WhatsApp", "90,000 WhatsApp")

    def agree(entries: Entries) -> Entries:
        warc, places, offset = b"", [], 0
        rest = entries[WARC]
        while rest:
            unpacker = zlib.decompressobj(wbits=31)
            record = unpacker.decompress(rest)
            packed = len(rest) - len(unpacker.unused_data)
            head, _, block = record.partition(b"\r\n\r\n")
            if b"WARC-Type: response" in head:
                block = block.replace(b"50,000", b"90,000")
                body = block[:-4].partition(b"\r\n\r\n")[2]
                head = digested(digested(head, b"Block", block[:-4]), b"Payload", body)
            member = gzip.compress(head + b"\r\n\r\n" + block, mtime=0)
            places.append((offset, packed, len(warc), member, head))
            warc, offset, rest = warc + member, offset + packed, unpacker.unused_data
        return relisted({**entries, WARC: warc, INDEX: reindexed(entries[INDEX], places)})

    altered(bundle, agree)


def digested(head: bytes, name: bytes, data: bytes) -> bytes:
    """The head of a record with one digest made right."""
    before, mark, after = head.partition(b"WARC-" + name + b"-Digest: sha256:")
    assert mark
    return before + mark + sha256_hex(data).encode() + after[64:]


def reindexed(index: bytes, places: list[tuple[int, int, int, bytes, bytes]]) -> bytes:
    """The index with places and digests made right."""
    lines = []
    for line in index.splitlines():
        key, stamp, rest = line.split(b" ", 2)
        row = json.loads(rest)
        start, member, head = next((new, m, h) for old, _, new, m, h in places if old == int(row["offset"]))
        payload = head.partition(b"WARC-Payload-Digest: ")[2].split(b"\r\n")[0].decode()
        row.update(offset=str(start), length=str(len(member)), digest=payload)
        row["recordDigest"] = f"sha256:{sha256_hex(member)}"
        lines.append(b" ".join([key, stamp, json.dumps(row).encode()]))
    return b"".join(line + b"\n" for line in lines)
