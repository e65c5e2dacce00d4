"""Defects of the folder: files too many, too few, linked, badly named, and manifests that are not one."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence.bundle_files import write_seal
from evidence.digest import canonical_json, sha256_hex
from tests.zoo.forging import EXHIBIT, fails, load, rehash, reseal


@fails("layout", "letter.txt: in the folder, but not in the manifest")
def extra_file(bundle: Path, keys: Path) -> None:
    (bundle / "letter.txt").write_text("not ours")


@fails("layout", "letter.txt: has no place in a bundle")
def extra_file_that_is_listed(bundle: Path, keys: Path) -> None:
    (bundle / "letter.txt").write_text("not ours")
    reseal(bundle)


@fails("layout", "VERIFY.md: missing")
def missing_file(bundle: Path, keys: Path) -> None:
    (bundle / "VERIFY.md").unlink()


@fails("layout", "empty: an empty or foreign folder")
def empty_folder(bundle: Path, keys: Path) -> None:
    (bundle / "exhibits" / "empty").mkdir()


@fails("layout", "text.txt: a symbolic link")
def symlink(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "text.txt"
    shutil.move(path, keys.parent / "elsewhere.txt")
    path.symlink_to(keys.parent / "elsewhere.txt")


@fails("layout", "ex-0001: a symbolic link")
def symlinked_folder(bundle: Path, keys: Path) -> None:
    shutil.move(bundle / EXHIBIT, keys.parent / "elsewhere")
    (bundle / EXHIBIT).symlink_to(keys.parent / "elsewhere")


@fails("layout", "not a safe name")
def name_with_a_line_break(bundle: Path, keys: Path) -> None:
    (bundle / "a\nb").write_text("x")


@fails("layout", "unsafe path")
def path_that_leads_out(bundle: Path, keys: Path) -> None:
    (bundle.parent / "outside.txt").write_text("x")
    manifest = load(bundle / "manifest.json")
    manifest["files"].append({"path": "../outside.txt", "bytes": 1, "sha256": sha256_hex(b"x")})
    (bundle / "manifest.json").write_bytes(canonical_json(manifest))
    write_seal(bundle)


@fails("layout", "unsafe path")
def absolute_path(bundle: Path, keys: Path) -> None:
    manifest = load(bundle / "manifest.json")
    manifest["files"][0]["path"] = "/etc/passwd"
    (bundle / "manifest.json").write_bytes(canonical_json(manifest))
    write_seal(bundle)


@fails("layout", "differ only in upper and lower case")
def names_that_collide(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "TEXT.txt").write_text("the other text")
    rehash(bundle)


@fails("layout", "not in canonical form")
def manifest_with_a_space(bundle: Path, keys: Path) -> None:
    path = bundle / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b",", b", ", 1))
    write_seal(bundle)


@fails("layout", "one thing twice")
def manifest_with_a_double_name(bundle: Path, keys: Path) -> None:
    path = bundle / "manifest.json"
    path.write_bytes(b'{"case":{"id":"case-0009"},' + path.read_bytes()[1:])
    write_seal(bundle)


@fails("layout", "manifest.json")
def manifest_nested_without_end(bundle: Path, keys: Path) -> None:
    (bundle / "manifest.json").write_bytes(b'{"a":' * 200_000 + b"1" + b"}" * 200_000)


@fails("seal", "seal.json")
def seal_removed(bundle: Path, keys: Path) -> None:
    (bundle / "seal.json").unlink()


@fails("seal", "proofs/one/response.tsr: not what seal.json says")
def proof_removed(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / "proofs")


@fails("manifest", "report.pdf: its SHA-256")
def report_exchanged(bundle: Path, keys: Path) -> None:
    data = (bundle / "report.pdf").read_bytes()
    (bundle / "report.pdf").write_bytes(data[::-1])
