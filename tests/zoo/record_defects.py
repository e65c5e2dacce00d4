"""Defects of the WARC records, of their index and of the list of pages."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from evidence.digest import canonical_json
from tests.zoo.forging import EXHIBIT, edit, fails, load, rehash, repack, rewarc


@fails("records", "warc-block-digest is missing or does not hold")
def words_in_a_record_edited(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record.replace(b"50,000", b"50,001"))


@fails("records", "warc-payload-digest is missing or does not hold")
def digest_of_a_record_removed(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record.replace(b"WARC-Payload-Digest", b"WARC-Payload-Dogest"))


@fails("records", "declared length")
def record_cut_short(bundle: Path, keys: Path) -> None:
    rewarc(bundle, lambda record: record[:-40] if b"WARC-Type: response" in record else record)


@fails("records", "ends inside a record")
def archive_torn(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"archive/data.warc.gz": entries["archive/data.warc.gz"][:-9]}))


@fails("records", "unpacks to more than")
def record_that_is_a_bomb(bundle: Path, keys: Path) -> None:
    bomb = gzip.compress(b"WARC/1.1\r\n" + bytes(257 << 20), 9)
    repack(bundle, lambda entries: entries.update({"archive/data.warc.gz": entries["archive/data.warc.gz"] + bomb}))


@fails("records", "a zip bomb?")
def index_that_is_a_bomb(bundle: Path, keys: Path) -> None:
    bomb = bytes(65 << 20)
    repack(bundle, lambda entries: entries.update({"indexes/index.cdxj": bomb}), method=zipfile.ZIP_DEFLATED)


@fails("records", "a zip bomb?")
def indexes_that_are_a_bomb_together(bundle: Path, keys: Path) -> None:
    bombs = {f"indexes/{number}.cdxj": bytes(33 << 20) for number in (1, 2)}
    repack(bundle, lambda entries: entries.update(bombs), method=zipfile.ZIP_DEFLATED)


@fails("records", "the index points to")
def index_that_points_elsewhere(bundle: Path, keys: Path) -> None:
    def apply(entries: dict[str, bytes]) -> None:
        text = entries["indexes/index.cdxj"]
        assert b'"offset": "' in text
        entries["indexes/index.cdxj"] = text.replace(b'"offset": "', b'"offset": "1', 1)

    repack(bundle, apply)


@fails("records", "the index leaves out")
def index_that_leaves_out_a_page(bundle: Path, keys: Path) -> None:
    repack(bundle, lambda entries: entries.update({"indexes/index.cdxj": b""}))


@fails("records", "pages.jsonl names")
def page_that_was_never_stored(bundle: Path, keys: Path) -> None:
    def apply(entries: dict[str, bytes]) -> None:
        entries["pages/pages.jsonl"] = entries["pages/pages.jsonl"].replace(b"pelican-sender", b"innocent-party")

    repack(bundle, apply)


@fails("records", "not of the page")
def body_of_another_address(bundle: Path, keys: Path) -> None:
    """The record that holds the body is of the page; capture.json says the page reached was another one."""
    path = bundle / EXHIBIT / "capture.json"
    stated = load(path)
    stated["url_final"] = "https://innocent-party.example/"
    stated.get("target", {}).pop("redirect_chain", None)
    path.write_bytes(canonical_json(stated))
    rehash(bundle)


@fails("records", "not the body of any response")
def body_exchanged(bundle: Path, keys: Path) -> None:
    edit(bundle / EXHIBIT / "body.bin", "50,000", "90,000")
    rehash(bundle)
