"""Defects of exhibits: exchanged, renamed, slipped in, left out."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence.digest import canonical_json, sha256_file
from tests.evidence.bundle_making import make_house, public_stamper
from tests.zoo.forging import EXHIBIT, fails, load, rehash, reseal


@fails("exhibits", "another exhibit?")
def exhibits_swapped(bundle: Path, keys: Path) -> None:
    one, two, aside = bundle / EXHIBIT, bundle / "exhibits/ex-0002", bundle / "aside"
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    reseal(bundle)


@fails("exhibits", "its url is not the one")
def exhibit_of_another_address(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "manifest.json"
    manifest = load(path)
    path.write_bytes(canonical_json({**manifest, "url": "http://innocent.example/"}))
    reseal(bundle, digests={"ex-0001": sha256_file(path)})


@fails("exhibits", "not in the exhibit's own manifest")
def file_slipped_into_an_exhibit(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "page.pdf").write_bytes(b"%PDF")
    reseal(bundle)


@fails("exhibits", "not numbered 1, 2, 3")
def exhibit_listed_twice(bundle: Path, keys: Path) -> None:
    rows = load(bundle / "manifest.json")["exhibits"]
    reseal(bundle, exhibits=[rows[0], {**rows[0], "number": 2}, {**rows[1], "number": 3}])


@fails("exhibits", "in the folder or in the manifest's exhibits, not in both")
def exhibit_left_out_of_the_list(bundle: Path, keys: Path) -> None:
    reseal(bundle, exhibits=load(bundle / "manifest.json")["exhibits"][:1])


@fails("exhibits", "lists no capture.json")
def exhibit_without_its_record(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "capture.json").unlink()
    rehash(bundle)


@fails("bundle-time", "a timestamp over other bytes")
def exhibit_of_another_bundle(bundle: Path, keys: Path) -> None:
    """Sound in itself, truly stamped by the same authority, of the same name: and from another case's bundle."""
    other = make_house(keys.parent / "other", public_stamper(keys, "one"), exhibits=1)
    other.build()
    other.db.close()
    shutil.rmtree(bundle / EXHIBIT)
    shutil.copytree(other.root / "bundle" / EXHIBIT, bundle / EXHIBIT)
    manifest = load(bundle / EXHIBIT / "manifest.json")
    rows = load(bundle / "manifest.json")["exhibits"]
    rows[0].update(url=manifest["url"], captured_at=manifest["captured_at"])
    reseal(bundle, exhibits=rows, digests={"ex-0001": sha256_file(bundle / EXHIBIT / "manifest.json")})
