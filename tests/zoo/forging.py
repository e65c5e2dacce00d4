"""The forger's tools: a sound bundle in, one with a defect out whose digests and manifests all agree again.

The forger of this zoo is a good one: whatever can be done without the authorities' keys, :func:`rehash` does. ``FAILS``
holds every defect by its name, with the step of the verifier that must fail and words that it must use.
"""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from evidence.bundle_files import listing, write_seal
from evidence.digest import canonical_json, sha256_file, sha256_hex

EXHIBIT = "exhibits/ex-0001"


@dataclass(frozen=True)
class Defect:
    """``make`` gives it to a bundle; the ``step`` of that key must fail, with ``word`` in one of its sentences."""

    make: Callable[[Path, Path], None]
    step: str
    word: str
    number: int | None = None  # of the eighteen altered WACZ files


FAILS: dict[str, Defect] = {}


def fails(
    step: str, word: str, number: int | None = None
) -> Callable[[Callable[[Path, Path], None]], Callable[[Path, Path], None]]:
    """Enters a defect under the name of the function that makes it: bundle and the authority's keys in."""

    def note(make: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        assert make.__name__ not in FAILS
        FAILS[make.__name__] = Defect(make, step, word, number)
        return make

    return note


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def rehash(bundle: Path, **changes: Any) -> None:
    """Makes every manifest agree with the files again; ``changes`` go into the bundle's manifest."""
    digests = {}
    for folder in sorted((bundle / "exhibits").iterdir()):
        manifest = load(folder / "manifest.json")
        manifest["files"] = listing(folder, leave_out=("manifest.json", "proofs"))
        (folder / "manifest.json").write_bytes(canonical_json(manifest))
        digests[manifest["exhibit_id"]] = sha256_file(folder / "manifest.json")
    reseal(bundle, **{"digests": digests, **changes})


def reseal(bundle: Path, *, digests: dict[str, str] | None = None, **changes: Any) -> None:
    """The bundle's own manifest and seal made to agree again; exhibits stay as they are."""
    manifest = {**load(bundle / "manifest.json"), **changes}
    for row in manifest["exhibits"]:
        row["manifest_sha256"] = (digests or {}).get(row["exhibit_id"], row["manifest_sha256"])
    manifest["files"] = listing(bundle, leave_out=("manifest.json", "seal.json", "proofs"))
    (bundle / "manifest.json").write_bytes(canonical_json(manifest))
    write_seal(bundle)


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def repack(bundle: Path, change: Callable[[dict[str, bytes]], None], **packing: Any) -> None:
    """Takes the WACZ of the first exhibit apart, changes its entries, and makes every digest agree again."""
    path = bundle / EXHIBIT / "capture.wacz"
    with zipfile.ZipFile(path) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    change(entries)
    entries = relisted(entries)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in entries.items():
            package.writestr(name, data, packing.get("method", zipfile.ZIP_STORED))
    rehash(bundle)


def relisted(entries: dict[str, bytes]) -> dict[str, bytes]:
    """The entries of a WACZ with sizes and digests in its list, and the digest of the list, made right."""
    stated = json.loads(entries["datapackage.json"])
    for row in stated["resources"]:
        data = entries.get(row["path"], b"")
        row.update(bytes=len(data), hash=f"sha256:{sha256_hex(data)}")
    entries = {**entries, "datapackage.json": canonical_json(stated)}
    digest = f"sha256:{sha256_hex(entries['datapackage.json'])}"
    if "datapackage-digest.json" in entries:
        entries["datapackage-digest.json"] = canonical_json({"path": "datapackage.json", "hash": digest})
    return entries


def raw_zip(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes the bytes of the first exhibit's WACZ and makes the manifests agree again."""
    path = bundle / EXHIBIT / "capture.wacz"
    path.write_bytes(change(path.read_bytes()))
    rehash(bundle)


def restored(data: bytes, name: str, before: bytes, after: bytes) -> bytes:
    """The ZIP file with one entry's bytes replaced and its check sums right."""
    source, target = zipfile.ZipFile(BytesIO(data)), BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for entry in source.namelist():
            content = source.read(entry)
            assert entry != name or before in content
            package.writestr(entry, content.replace(before, after) if entry == name else content)
    return target.getvalue()


def rewarc(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes the unpacked records one by one and packs them again; the index keeps its old places."""

    def apply(entries: dict[str, bytes]) -> None:
        packed, out = entries["archive/data.warc.gz"], b""
        while packed:
            unpacker = zlib.decompressobj(wbits=31)
            record = unpacker.decompress(packed)
            out += gzip.compress(change(record), mtime=0)
            packed = unpacker.unused_data
        entries["archive/data.warc.gz"] = out

    repack(bundle, apply)
