"""The zoo of bad bundles: each function takes a sound bundle in a directory and gives it one defect, named by itself.

The forger of this zoo is a good one: wherever that is possible without the authorities' keys, :func:`rehash` makes all
digests and manifests agree again. ``FAILS`` says which step of the verifier must fail and a word it must use.
"""

from __future__ import annotations

import gzip
import json
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from evidence.bundle_files import listing, write_seal
from evidence.custody import leaf_digest, link_digest
from evidence.digest import canonical_json, sha256_file, sha256_hex
from evidence.timestamp_token import query
from tests.evidence.authority_making import evil_reply, make_evil_authority
from tests.evidence.bundle_making import public_stamper, stamp_folder

EXHIBIT = "exhibits/ex-0001"


@dataclass(frozen=True)
class Defect:
    """``step`` of the verifier that must fail, with ``word`` in one of its sentences."""

    make: Callable[[Path, Path], None]
    step: int
    word: str


FAILS: dict[str, Defect] = {}


def fails(step: int, word: str) -> Callable[[Callable[[Path, Path], None]], Callable[[Path, Path], None]]:
    def note(make: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        FAILS[make.__name__] = Defect(make, step, word)
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


# Layout


@fails(1, "letter.txt: in the folder, but not in the manifest")
def extra_file(bundle: Path, keys: Path) -> None:
    (bundle / "letter.txt").write_text("not ours")


@fails(1, "letter.txt: has no place in a bundle")
def extra_file_that_is_listed(bundle: Path, keys: Path) -> None:
    (bundle / "letter.txt").write_text("not ours")
    reseal(bundle)


@fails(1, "VERIFY.md: missing")
def missing_file(bundle: Path, keys: Path) -> None:
    (bundle / "VERIFY.md").unlink()


@fails(1, "empty: an empty or foreign folder")
def empty_folder(bundle: Path, keys: Path) -> None:
    (bundle / "exhibits" / "empty").mkdir()


@fails(1, "text.txt: a symbolic link")
def symlink(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "text.txt"
    shutil.move(path, keys.parent / "elsewhere.txt")
    path.symlink_to(keys.parent / "elsewhere.txt")


@fails(1, "ex-0001: a symbolic link")
def symlinked_folder(bundle: Path, keys: Path) -> None:
    shutil.move(bundle / EXHIBIT, keys.parent / "elsewhere")
    (bundle / EXHIBIT).symlink_to(keys.parent / "elsewhere")


@fails(1, "not a safe name")
def name_with_a_line_break(bundle: Path, keys: Path) -> None:
    (bundle / "a\nb").write_text("x")


@fails(1, "unsafe path")
def path_that_leads_out(bundle: Path, keys: Path) -> None:
    (bundle.parent / "outside.txt").write_text("x")
    manifest = load(bundle / "manifest.json")
    manifest["files"].append({"path": "../outside.txt", "bytes": 1, "sha256": sha256_hex(b"x")})
    (bundle / "manifest.json").write_bytes(canonical_json(manifest))
    write_seal(bundle)


@fails(1, "unsafe path")
def absolute_path(bundle: Path, keys: Path) -> None:
    manifest = load(bundle / "manifest.json")
    manifest["files"][0]["path"] = "/etc/passwd"
    (bundle / "manifest.json").write_bytes(canonical_json(manifest))
    write_seal(bundle)


@fails(1, "differ only in upper and lower case")
def names_that_collide(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "TEXT.txt").write_text("the other text")
    rehash(bundle)


@fails(1, "not in canonical form")
def manifest_with_a_space(bundle: Path, keys: Path) -> None:
    path = bundle / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b",", b", ", 1))
    write_seal(bundle)


@fails(1, "one thing twice")
def manifest_with_a_double_name(bundle: Path, keys: Path) -> None:
    path = bundle / "manifest.json"
    path.write_bytes(b'{"case":{"id":"case-0009"},' + path.read_bytes()[1:])
    write_seal(bundle)


@fails(1, "manifest.json")
def manifest_nested_without_end(bundle: Path, keys: Path) -> None:
    (bundle / "manifest.json").write_bytes(b'{"a":' * 200_000 + b"1" + b"}" * 200_000)


@fails(2, "seal.json")
def seal_removed(bundle: Path, keys: Path) -> None:
    (bundle / "seal.json").unlink()


@fails(2, "proofs/one/response.tsr: not what seal.json says")
def proof_removed(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / "proofs")


@fails(3, "report.pdf: its SHA-256")
def report_exchanged(bundle: Path, keys: Path) -> None:
    data = (bundle / "report.pdf").read_bytes()
    (bundle / "report.pdf").write_bytes(data[::-1])


# Exhibits


@fails(4, "another exhibit?")
def exhibits_swapped(bundle: Path, keys: Path) -> None:
    one, two, aside = bundle / EXHIBIT, bundle / "exhibits/ex-0002", bundle / "aside"
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    reseal(bundle)


@fails(4, "its url is not the one")
def exhibit_of_another_address(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "manifest.json"
    manifest = load(path)
    path.write_bytes(canonical_json({**manifest, "url": "http://innocent.example/"}))
    reseal(bundle, digests={"ex-0001": sha256_file(path)})


@fails(4, "not in the exhibit's own manifest")
def file_slipped_into_an_exhibit(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "page.pdf").write_bytes(b"%PDF")
    reseal(bundle)


@fails(4, "not numbered 1, 2, 3")
def exhibit_listed_twice(bundle: Path, keys: Path) -> None:
    rows = load(bundle / "manifest.json")["exhibits"]
    reseal(bundle, exhibits=[rows[0], {**rows[0], "number": 2}, {**rows[1], "number": 3}])


@fails(4, "in the folder or in the manifest's exhibits, not in both")
def exhibit_left_out_of_the_list(bundle: Path, keys: Path) -> None:
    reseal(bundle, exhibits=load(bundle / "manifest.json")["exhibits"][:1])


@fails(4, "lists no capture.json")
def exhibit_without_its_record(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "capture.json").unlink()
    rehash(bundle)


# Time


@fails(5, "a timestamp over other bytes")
def token_of_another_exhibit(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / EXHIBIT / "proofs")
    shutil.copytree(bundle / "exhibits/ex-0002/proofs", bundle / EXHIBIT / "proofs")
    reseal(bundle)


@fails(6, "a timestamp over other bytes")
def bundle_changed_after_its_stamp(bundle: Path, keys: Path) -> None:
    edit(bundle / "report.html", "Pelican", "Albatross")
    reseal(bundle)


@fails(5, "openssl does not believe the token")
def token_by_a_forger(bundle: Path, keys: Path) -> None:
    forger = make_evil_authority(keys.parent / "forger")
    place = bundle / EXHIBIT / "proofs/one"
    asked = query((bundle / EXHIBIT / "manifest.json").read_bytes())
    (place / "request.tsq").write_bytes(asked)
    (place / "response.tsr").write_bytes(evil_reply(forger, asked))
    (place / "chain.pem").write_bytes((forger / "signer.pem").read_bytes() + (forger / "root.pem").read_bytes())
    reseal(bundle)


@fails(5, "openssl does not believe the token")
def token_that_answers_another_query(bundle: Path, keys: Path) -> None:
    asked = query((bundle / EXHIBIT / "manifest.json").read_bytes())
    (bundle / EXHIBIT / "proofs/one/request.tsq").write_bytes(asked)
    reseal(bundle)


@fails(5, "openssl does not believe the token")
def token_with_a_digest_pasted_in(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "proofs/one/response.tsr"
    before = bytes.fromhex(sha256_file(bundle / EXHIBIT / "manifest.json"))
    edit(bundle / EXHIBIT / "text.txt", "Pelican Sender", "Pelican SENDER")
    rehash(bundle)
    after = bytes.fromhex(sha256_file(bundle / EXHIBIT / "manifest.json"))
    path.write_bytes(path.read_bytes().replace(before, after))
    reseal(bundle)


@fails(5, "no time over a SHA-256 digest")
def token_over_a_weak_digest(bundle: Path, keys: Path) -> None:
    place, manifest = bundle / EXHIBIT / "proofs/one", bundle / EXHIBIT / "manifest.json"
    config = keys / "weak.cnf"
    config.write_text((keys / "tsa.cnf").read_text().replace("digests=sha256", "digests=sha1,sha256"))
    weak = ["openssl", "ts", "-query", "-sha1", "-cert", "-data", str(manifest), "-out", str(place / "request.tsq")]
    subprocess.run(weak, check=True, capture_output=True)
    answer = ["openssl", "ts", "-reply", "-config", str(config), "-queryfile", str(place / "request.tsq")]
    subprocess.run([*answer, "-out", str(place / "response.tsr")], check=True, capture_output=True)
    # The right digest stands somewhere in the file, so a search for its bytes alone would be content.
    path = place / "response.tsr"
    path.write_bytes(path.read_bytes() + bytes.fromhex(sha256_file(manifest)))
    reseal(bundle)


@fails(5, "before what it stamps says it was made")
def token_older_than_the_capture(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "manifest.json"
    manifest = {**load(path), "captured_at": "2099-01-01T00:00:00.000000Z"}
    path.write_bytes(canonical_json(manifest))
    stamp_folder(bundle / EXHIBIT, public_stamper(keys, "one"))
    rows = load(bundle / "manifest.json")["exhibits"]
    rows[0]["captured_at"] = manifest["captured_at"]
    reseal(bundle, exhibits=rows, digests={"ex-0001": sha256_file(path)})


@fails(6, "result.json tells another time than the token")
def time_told_beside_the_token_edited(bundle: Path, keys: Path) -> None:
    path = bundle / "proofs/one/result.json"
    path.write_bytes(canonical_json({**load(path), "gen_time": "2020-01-01T00:00:00.000000Z"}))
    write_seal(bundle)


@fails(5, "differ on whether it is sealed")
def unsealed_and_called_sealed(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / EXHIBIT / "proofs")
    reseal(bundle)


# Archives


def repack(bundle: Path, change: Callable[[dict[str, bytes]], None], **packing: Any) -> None:
    """Takes the WACZ of the first exhibit apart, changes its entries, and makes every digest agree again."""
    path = bundle / EXHIBIT / "capture.wacz"
    with zipfile.ZipFile(path) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    change(entries)
    stated = json.loads(entries["datapackage.json"])
    for row in stated["resources"]:
        data = entries.get(row["path"], b"")
        row.update(bytes=len(data), hash=f"sha256:{sha256_hex(data)}")
    entries["datapackage.json"] = canonical_json(stated)
    digest = f"sha256:{sha256_hex(entries['datapackage.json'])}"
    if "datapackage-digest.json" in entries:
        entries["datapackage-digest.json"] = canonical_json({"path": "datapackage.json", "hash": digest})
    with zipfile.ZipFile(path, "w") as package:
        for name, data in entries.items():
            package.writestr(name, data, packing.get("method", zipfile.ZIP_STORED))
    rehash(bundle)


def raw_zip(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    """Changes the bytes of the first exhibit's WACZ and makes the manifests agree again."""
    path = bundle / EXHIBIT / "capture.wacz"
    path.write_bytes(change(path.read_bytes()))
    rehash(bundle)


@fails(7, "a second entry of that name")
def double_entry(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "capture.wacz"
    with zipfile.ZipFile(path, "a") as package:
        info = zipfile.ZipInfo("pages/Pages.jsonl")
        package.writestr(info, b"{}\n")
    raw_zip(bundle, lambda data: data.replace(b"pages/Pages.jsonl", b"pages/pages.jsonl"))


@fails(7, "unsafe entry name")
def entry_that_leads_out(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"../../evil.txt": b"x"}))


@fails(7, "in the archive or in its list, not in both")
def entry_that_is_not_listed(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"EXTRA": b"x"}))


@fails(7, "archive/: missing in the archive")
def archive_without_records(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.pop("archive/data.warc.gz") and None)


@fails(7, "datapackage-digest.json: missing in the archive")
def archive_without_its_digest(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.pop("datapackage-digest.json") and None)


@fails(7, "not the bytes that datapackage-digest.json names")
def title_of_the_archive_edited(bundle: Path, keys: Path) -> None:
    raw_zip(bundle, lambda data: restored(data, "datapackage.json", b'"title":"Offer"', b'"title":"Fraud"'))


def restored(data: bytes, name: str, before: bytes, after: bytes) -> bytes:
    """The ZIP file with one entry's bytes replaced and its check sums right."""
    source, target = zipfile.ZipFile(BytesIO(data)), BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for entry in source.namelist():
            content = source.read(entry)
            assert entry != name or before in content
            package.writestr(entry, content.replace(before, after) if entry == name else content)
    return target.getvalue()


@fails(7, "zip bomb")
def zip_bomb(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"pages/pages.jsonl": bytes(80 << 20)}), method=zipfile.ZIP_DEFLATED)


@fails(7, "encrypted, or packed in an unusual way")
def encrypted_entry(bundle: Path, keys: Path) -> None:
    def mark(data: bytes) -> bytes:
        place = data.index(b"PK\x01\x02")
        return data[: place + 8] + b"\x01\x00" + data[place + 10 :]

    raw_zip(bundle, mark)


@fails(7, "list of entries is longer")
def list_of_entries_without_end(bundle: Path, keys: Path) -> None:
    def blow(data: bytes) -> bytes:
        place = data.rindex(b"PK\x05\x06")
        return data[: place + 12] + struct.pack("<I", 0xFFFFFFF0) + data[place + 16 :]

    raw_zip(bundle, blow)


@fails(7, "not a ZIP file")
def something_after_the_archive(bundle: Path, keys: Path) -> None:
    raw_zip(bundle, lambda data: data + b"<script>")


@fails(7, "capture.json does not say why")
def archive_missing_without_a_word(bundle: Path, keys: Path) -> None:
    (bundle / EXHIBIT / "capture.wacz").unlink()
    rehash(bundle)


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


@fails(8, "warc-block-digest is missing or does not hold")
def words_in_a_record_edited(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record.replace(b"50,000", b"50,001"))


@fails(8, "warc-payload-digest is missing or does not hold")
def digest_of_a_record_removed(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record.replace(b"WARC-Payload-Digest", b"WARC-Payload-Dogest"))


@fails(8, "declared length")
def record_cut_short(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record[:-40] if b"WARC-Type: response" in record else record)


@fails(8, "ends inside a record")
def archive_torn(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"archive/data.warc.gz": entries["archive/data.warc.gz"][:-9]}))


@fails(8, "unpacks to more than")
def record_that_is_a_bomb(bundle: Path, keys: Path) -> None:
    bomb = gzip.compress(b"WARC/1.1\r\n" + bytes(257 << 20), 9)
    repack(bundle, lambda entries: entries.update({"archive/data.warc.gz": entries["archive/data.warc.gz"] + bomb}))


@fails(8, "the index points to")
def index_that_points_elsewhere(bundle: Path, keys: Path) -> None:
    def apply(entries: dict[str, bytes]) -> None:
        text = entries["indexes/index.cdxj"]
        assert b'"offset": "' in text
        entries["indexes/index.cdxj"] = text.replace(b'"offset": "', b'"offset": "1', 1)

    repack(bundle, apply)


@fails(8, "the index leaves out")
def index_that_leaves_out_a_page(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"indexes/index.cdxj": b""}))


@fails(8, "pages.jsonl names")
def page_that_was_never_stored(bundle: Path, keys: Path) -> None:
    def apply(entries: dict[str, bytes]) -> None:
        entries["pages/pages.jsonl"] = entries["pages/pages.jsonl"].replace(b"pelican-sender", b"innocent-party")

    repack(bundle, apply)


@fails(8, "not the body of any response")
def body_exchanged(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "body.bin", "50,000", "90,000")
    rehash(bundle)


# Claims


@fails(9, "is not what stands at")
def claim_edited(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "claims.json", "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails(9, "is not what stands at")
def claim_moved(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "claims.json"
    stated = load(path)
    stated["claims"][0]["start"] += 1
    stated["claims"][0]["end"] += 1
    path.write_text(json.dumps(stated))
    rehash(bundle)


@fails(9, "is nowhere in the stored page")
def claim_and_text_edited(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "claims.json", "50,000 WhatsApp", "90,000 WhatsApp")
    edit(bundle / EXHIBIT / "text.txt", "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails(5, "a timestamp over other bytes")
def claim_text_and_page_edited(bundle: Path, keys: Path) -> None:
    for name in ("claims.json", "text.txt", "dom.html"):
        edit(bundle / EXHIBIT / name, "50,000 WhatsApp", "90,000 WhatsApp")
    rehash(bundle)


@fails(9, "claims.json")
def claim_with_negative_places(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "claims.json"
    stated = load(path)
    stated["claims"][0].update(start=-4, end=-1, quote=(bundle / EXHIBIT / "text.txt").read_text()[-4:-1])
    path.write_text(json.dumps(stated))
    rehash(bundle)


# Custody


def relog(bundle: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Changes the lines of the custody log and makes the bundle's manifest agree, but for the head."""
    path = bundle / "custody.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(canonical_json(line) + b"\n" for line in lines))
    reseal(bundle)


def full(lines: list[dict[str, Any]], action: str) -> dict[str, Any]:
    return next(line for line in lines if line.get("entry", {}).get("action") == action)


@fails(10, "is missing, a gap in the chain")
def custody_gap(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.pop(4) and None)


@fails(10, "was changed: its hash does not hold")
def custody_entry_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: full(lines, "accepted")["entry"].update(actor="Somebody Else"))


@fails(10, "was changed: its hash does not hold")
def custody_hidden_entry_edited(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: next(line for line in lines if "leaf" in line).update(leaf="0" * 64))


@fails(10, "is missing, a gap in the chain")
def custody_entries_swapped(bundle: Path, keys: Path) -> None:
    def swap(lines: list[dict[str, Any]]) -> None:
        lines[3], lines[4] = lines[4], lines[3]

    relog(bundle, swap)


@fails(10, "ends at entry")
def custody_cut_at_the_end(bundle: Path, keys: Path) -> None:
    relog(bundle, lambda lines: lines.pop() and None)


def chained(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines with every hash made right again, as one does who rewrites the whole log."""
    last = "0" * 64
    for line in lines[1:]:
        last = link_digest(last, leaf_digest(line["entry"]) if "entry" in line else line["leaf"])
        if "entry" in line:
            line["hash"] = last
    return [{"seq": len(lines) - 1, "hash": last}]


@fails(10, "has not the hash that ex-0001 names")
def custody_rewritten_whole(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        lines[1]["entry"]["actor"] = "Somebody Else"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails(10, "is back-dated")
def custody_entry_back_dated(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        full(lines, "bundle_begun")["entry"]["at"] = "2020-01-01T00:00:00.000000Z"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails(10, "no entry shows that a person accepted ex-0001")
def exhibit_that_nobody_accepted(bundle: Path, keys: Path) -> None:
    heads: list[dict[str, Any]] = []

    def rewrite(lines: list[dict[str, Any]]) -> None:
        full(lines, "accepted")["entry"]["action"] = "rejected"
        heads.extend(chained(lines))

    relog(bundle, rewrite)
    reseal(bundle, custody_head=heads[0])


@fails(10, "custody.jsonl")
def custody_line_without_end(bundle: Path, keys: Path) -> None:
    path = bundle / "custody.jsonl"
    path.write_bytes(path.read_bytes() + b"[" * (3 << 20))
    reseal(bundle)
