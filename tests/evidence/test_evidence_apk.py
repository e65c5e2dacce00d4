"""App packages made here are read like Android's own tools read them, and signatures are believed when they hold."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from evidence import apk_reading
from evidence.apk_axml import BadXmlError, tags
from evidence.apk_manifest import manifest_facts
from evidence.apk_reading import read_package
from evidence.app_keys import PUBLISHED, shared_key
from tests.evidence import apk_making as making
from tests.evidence.apk_making import PERMISSIONS, archive, axml, certificate, digest_of, ec_key, rsa_key, signed

ALL_HOLD = [("v1", False), ("v2", True), ("v3", True)]


def facts_of(folder: Path, package: bytes) -> dict[str, Any]:
    path = folder / "a.apk.quarantined"
    path.write_bytes(package)
    return read_package(path)


def holding(row: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(one["scheme"], one["signature"] == one["contents"] == "holds") for one in row["schemes"]]


@pytest.mark.parametrize("key", [rsa_key, ec_key])
def test_package_version_permissions_and_signer_are_read(tmp_path: Path, key: Any) -> None:
    facts = facts_of(tmp_path, signed(key()))
    told = facts["manifest"]
    assert (told["package"], told["version_name"], told["version_code"]) == ("com.gbwhatsapp", "17.45", 17452)
    assert (told["min_sdk"], told["target_sdk"], told["label"], told["debuggable"]) == (21, 33, "GB Chat", False)
    assert told["permissions"] == sorted(PERMISSIONS)
    [row] = facts["signing"]["certificates"]
    assert (row["sha256"], row["verified"]) == (digest_of(certificate(key())), True)
    assert (holding(row), row["subject"], row["serial"]) == (ALL_HOLD, "C=IN,CN=Pelican Mods", "1267")
    assert (facts["oddities"], facts["signing"]["problems"]) == ([], [])


@pytest.mark.parametrize("algorithm", [0x0101, 0x0102, 0x0103, 0x0104, 0x0201, 0x0202])
def test_every_usual_algorithm_is_checked(tmp_path: Path, algorithm: int) -> None:
    key = rsa_key() if algorithm < 0x0200 else ec_key()
    package = making.sign_block(archive(), [("v2", key, certificate(key))], algorithm)
    [row] = facts_of(tmp_path, package)["signing"]["certificates"]
    assert holding(row) == [("v2", True)]


@pytest.mark.parametrize("form", [{"utf8": True}, {"nameless": True}, {"utf8": True, "nameless": True}])
def test_other_forms_of_the_same_manifest_tell_the_same(form: dict[str, bool]) -> None:
    label = "जीबी व्हाट्सएप " * 20  # longer than 128 characters: the length takes two bytes
    root = making.manifest(label=label)
    assert manifest_facts(axml(root, **form)) == manifest_facts(axml(root))
    assert manifest_facts(axml(root, **form))["label"] == label


def test_what_stands_in_resources_or_nowhere_is_said() -> None:
    data = bytearray(axml(making.manifest()))
    place = data.index(struct.pack("<HBBI", 8, 0, 0x10, 17452))
    data[place + 3] = 0x01  # the version's number becomes a reference into resources
    told = manifest_facts(bytes(data))
    assert told["version_code"] == {
        "value": None,
        "reason": "it stands in the package's resources under 0x0000442c; not read",
    }
    bare = manifest_facts(axml(("manifest", [("package", "not a name")], [])))
    assert bare["min_sdk"] == {"value": None, "reason": "the manifest states none"}
    assert bare["problem"] == "the package's name is not one that Android allows"
    with pytest.raises(BadXmlError, match="no root tag"):
        manifest_facts(struct.pack("<HHI", 3, 8, 8))


@pytest.mark.skipif(shutil.which("apksigner") is None, reason="apksigner is not on this machine")
@pytest.mark.parametrize("key", [rsa_key, ec_key])
def test_apksigner_says_the_same_of_the_signature(tmp_path: Path, key: Any) -> None:
    [row] = facts_of(tmp_path, signed(key()))["signing"]["certificates"]
    path = tmp_path / "a.apk"
    path.write_bytes(signed(key()))
    command = ["apksigner", "verify", "-v", "--print-certs", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert re.findall(r"scheme \(.*\): (true|false)", said)[:3] == ["true"] * 3
    assert f"certificate SHA-256 digest: {row['sha256']}" in said


@pytest.mark.skipif(shutil.which("aapt") is None, reason="aapt is not on this machine")
def test_aapt_reads_the_same_manifest(tmp_path: Path) -> None:
    told = facts_of(tmp_path, signed())["manifest"]
    path = tmp_path / "a.apk"
    path.write_bytes(signed())
    said = subprocess.run(["aapt", "dump", "badging", path], capture_output=True, text=True, check=True, timeout=60)
    head = (
        f"package: name='{told['package']}' versionCode='{told['version_code']}' versionName='{told['version_name']}'"
    )
    assert said.stdout.startswith(head)
    assert re.findall(r"uses-permission: name='(.*)'", said.stdout) == told["permissions"]
    assert f"sdkVersion:'{told['min_sdk']}'\ntargetSdkVersion:'{told['target_sdk']}'" in said.stdout


def test_a_signing_block_copied_from_another_package_links_nobody(tmp_path: Path) -> None:
    one = certificate(rsa_key())
    theirs = making.sign_block(archive(), [("v2", rsa_key(), one)])
    other = archive([("assets/x", b"another package")])
    start = theirs.rindex(b"PK\x05\x06")
    (moved,) = struct.unpack("<I", theirs[start + 16 : start + 20])
    (block,) = struct.unpack("<Q", theirs[moved - 24 : moved - 16])
    end = other.rindex(b"PK\x05\x06")
    (begin,) = struct.unpack("<I", other[end + 16 : end + 20])
    tail = bytearray(other[begin:])
    tail[end - begin + 16 : end - begin + 20] = struct.pack("<I", begin + block + 8)
    [row] = facts_of(tmp_path, other[:begin] + theirs[moved - block - 8 : moved] + bytes(tail))["signing"][
        "certificates"
    ]
    assert (row["sha256"], row["verified"]) == (digest_of(one), False)
    assert row["schemes"][0]["signature"] == "holds"
    assert row["schemes"][0]["contents"].startswith("does not hold")


def test_a_certificate_of_another_key_and_an_altered_byte_link_nobody(tmp_path: Path) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    forged = making.sign_block(archive(), [("v2", stranger, certificate(rsa_key()))])
    [row] = facts_of(tmp_path, forged)["signing"]["certificates"]
    assert (row["verified"], row["schemes"][0]["signature"][:13]) == (False, "does not hold")
    altered = bytearray(making.sign_block(archive(), [("v3", ec_key(), certificate(ec_key()))]))
    altered[120] ^= 1
    [row] = facts_of(tmp_path, bytes(altered))["signing"]["certificates"]
    assert (row["verified"], row["schemes"][0]["contents"][:13]) == (False, "does not hold")


def test_v1_alone_and_no_signature_at_all_are_not_verified(tmp_path: Path) -> None:
    only = making.sign_v1(archive(), rsa_key(), certificate(rsa_key()))
    [row] = facts_of(tmp_path, only)["signing"]["certificates"]
    assert (row["sha256"], row["verified"]) == (digest_of(certificate(rsa_key())), False)
    assert facts_of(tmp_path, archive())["signing"] == {"certificates": [], "problems": []}


def test_keys_that_everybody_has_link_nobody() -> None:
    assert "published testkey" in shared_key({"sha256": next(iter(PUBLISHED)), "subject": "CN=x"})
    assert "debug key" in shared_key({"sha256": "00", "subject": "C=US,O=Android,CN=Android Debug"})
    assert "test keys" in shared_key({"sha256": "00", "subject": "C=US,O=Android,OU=Android,CN=Android"})
    assert shared_key({"sha256": "00", "subject": "C=IN,CN=Pelican Mods"}) == ""


def test_the_reading_process_can_open_nothing_and_is_ended_in_time(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(signed())
    assert read_package(path, seconds=0)["problem"].startswith("reading it took more than 0 seconds")
    code = (
        "from evidence import apk_worker; import socket; apk_worker._limit(5)\n"
        "for act in (socket.socket, lambda: open('/etc/passwd')):\n"
        "    try: act()\n"
        "    except OSError as error: print(error.errno)\n"
    )
    command = [*apk_reading.interpreter(), "-c", code]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.split() == ["24", "24"]  # EMFILE


def test_a_document_may_be_read_up_to_where_it_breaks() -> None:
    data = axml(making.manifest())
    told = manifest_facts(data[: len(data) - 100])
    assert told["package"] == "com.gbwhatsapp"
    assert "impossible size" in told["problem"]
    assert [tag.name for tag in tags(data)][:2] == ["manifest", "uses-sdk"]
