"""Packages made to harm or mislead whoever reads them: each ends in an answer, quickly, and nothing is written."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import apk_worker
from evidence.apk_archive import Archive, BrokenError
from evidence.apk_axml import BadXmlError, tags
from evidence.apk_reading import read_package
from tests.evidence.apk_making import archive, axml, certificate, ec_key, manifest, sign_block, signed

NAME = b"AndroidManifest.xml"


def patched(package: bytes, at: int, value: bytes, *, where: bytes = b"PK\x01\x02") -> bytes:
    """``package`` with ``value`` at ``at`` of the first list entry (or local header) of the manifest."""
    place = package.index(where)
    return package[: place + at] + value + package[place + at + len(value) :]


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
    crc, size = zlib.crc32(b""), 1 << 30
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), size, len(NAME), 0)
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), size, len(NAME), 0, 0, 0, 0, 0, 0
    )
    body = local + NAME + packed
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) + len(NAME), len(body), 0)
    return body + entry + NAME + end


def twice() -> bytes:
    buffer = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as package:
        warnings.simplefilter("ignore")
        package.writestr("AndroidManifest.xml", axml(manifest("com.first")))
        package.writestr("AndroidManifest.xml", axml(manifest("com.second")))
    return buffer.getvalue()


def traversal() -> bytes:
    return archive([("../../etc/cron.d/x", b"x"), ("/etc/passwd", b"x"), ("C:\\x", b"x"), ("a/..\\b", b"x")])


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no end record"),
    "zip_bomb": (bomb, "unpacks to more than 8388608 bytes"),
    "truncated": (lambda: signed()[:-400], "no end record"),
    "cut_in_the_middle": (lambda: signed()[: len(signed()) // 2], "no end record"),
    "four_gigabytes_deflated": (lambda: patched(archive(), 24, b"\xfe\xff\xff\xff"), "declares 4294967294"),
    "four_gigabytes_stored": (
        lambda: patched(patched(archive(), 24, b"\xfe\xff\xff\xff"), 10, b"\0\0"),
        "declares 4294967294 bytes, more than",
    ),
    "wrong_checksum": (lambda: patched(archive(), 16, b"\1\2\3\4"), "checksum (CRC-32) does not hold"),
    "manifest_twice": (twice, "2 files are named AndroidManifest.xml"),
    "names_that_lead_out": (traversal, "4 names that lead out of the package"),
    "marked_as_encrypted": (lambda: patched(archive(), 8, b"\1\0"), "files marked as encrypted"),
    "offset_into_nothing": (lambda: patched(archive(), 42, b"\xff\xff\xff\x7f"), "the file ends where"),
    "offset_elsewhere": (lambda: patched(archive(), 42, b"\x07\0\0\0"), "does not lie where the list says"),
    "zip64_sizes": (
        lambda: archive()[:-10] + b"\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
        "a ZIP64 archive, which Android does not install",
    ),
    "list_beyond_the_file": (lambda: archive()[:-10] + b"\xff\xff\xff\1\0\0\0\0\0\0", "does not lie before its end"),
    "no_manifest": (lambda: _zip([("base.apk", b"PK")]), "it is no app package"),
    "loop_of_empty_chunks": (
        lambda: archive(xml=struct.pack("<HHI", 3, 8, 64) + struct.pack("<HHI", 0x102, 0, 0) * 7),
        "impossible size",
    ),
    "plain_text_manifest": (lambda: archive(xml=b"<manifest package='a.b'/>"), "is not readable"),
    "block_of_impossible_size": (
        lambda: sign_block(archive(), []).replace(b"\x18\0\0\0\0\0\0\0APK", b"\xff" * 8 + b"APK"),
        "impossible size",
    ),
    "signer_cut_short": (
        lambda: sign_block(archive(), [("v2", ec_key(), certificate(ec_key()))]).replace(
            b"\x1a\x87\x09\x71", b"\x1a\x87\x09\x71\xff\xff\xff\x7f", 1
        ),
        "",
    ),
}


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in files:
            package.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_package_ends_in_an_answer(tmp_path: Path, name: str) -> None:
    make, sentence = HOSTILE[name]
    path = tmp_path / "in" / "a.apk.quarantined"
    path.parent.mkdir()
    path.write_bytes(make())
    answer = read_package(path)
    assert "problem" in answer or {"manifest", "signing", "oddities"} <= answer.keys()
    assert sentence in str(answer)
    assert "Traceback" not in str(answer)
    assert [one.name for one in tmp_path.rglob("*")] == ["in", "a.apk.quarantined"]


def test_of_two_manifests_the_first_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(twice())
    assert read_package(path)["manifest"]["package"] == "com.first"


def test_an_unknown_compression_is_read_as_devices_do(tmp_path: Path) -> None:
    raw = axml(manifest("com.packed.badly"))
    package = _zip([("AndroidManifest.xml", raw)])
    path = tmp_path / "a"
    path.write_bytes(patched(package, 10, b"\xc4\x2b"))
    answer = read_package(path)
    assert answer["manifest"]["package"] == "com.packed.badly"
    assert "files of an unknown compression" in str(answer["oddities"])


def test_tags_in_one_another_and_lies_about_strings_are_bounded() -> None:
    deep = manifest()
    for _ in range(250):
        deep = ("a", [], [deep])
    with pytest.raises(BadXmlError, match="more than 200 in one another"):
        list(tags(axml(deep)))
    data = bytearray(axml(manifest()))
    data[16:20] = b"\xff\xff\xff\xff"  # the count of strings
    assert next(iter(tags(bytes(data)))).name == "manifest"
    data[28:32] = b"\xff\xff\xff\x7f"  # where the strings begin
    with pytest.raises(BadXmlError, match="outside of its table"):
        list(tags(bytes(data)))


@given(st.data())
def test_whatever_is_altered_the_reader_answers(data: st.DataObject) -> None:
    package = bytearray(BASE)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(package) - 1))
        package[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=8))
    answer = apk_worker.read(BytesIO(bytes(package)))
    assert "problem" in answer or {"manifest", "signing", "oddities"} <= answer.keys()


@given(st.binary(max_size=300))
def test_no_bytes_make_the_xml_reader_loop_or_break(data: bytes) -> None:
    for head in (b"", struct.pack("<HHI", 3, 8, 8)):
        found = 0
        with suppress(BadXmlError):
            for _ in tags(head + data):
                found += 1
        assert found <= len(data) // 8


def test_an_archive_without_entries_is_refused() -> None:
    with pytest.raises(BrokenError, match="lists no files"):
        Archive(BytesIO(struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0)))


BASE = sign_block(_zip([("AndroidManifest.xml", axml(manifest()))]), [("v2", ec_key(), certificate(ec_key()))])
