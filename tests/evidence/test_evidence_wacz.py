"""WACZ packages: the reference tools accept ours, and our reader finds what they let pass."""

from __future__ import annotations

import json
import random
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from evidence.errors import EvidenceError, Unreadable, Unverified
from evidence.wacz import DATAPACKAGE, DATAPACKAGE_DIGEST, INDEX_PATH, PAGES_PATH, WARC_PATH, Page, write_wacz
from evidence.wacz_reader import check_wacz
from tests.evidence.wacz_making import AT, URL, WORDS, entries, exchange, make_wacz, pack, rehash

BIN = Path(sys.executable).parent


@pytest.fixture
def wacz(tmp_path):
    return make_wacz(tmp_path)


def test_what_was_packed_comes_out(wacz):
    package = check_wacz(wacz)
    assert package.warcs == (WARC_PATH,)
    assert package.records == 4  # warcinfo, response, request, screenshot
    assert [page["url"] for page in package.pages] == [URL]
    assert package.datapackage["mainPageUrl"] == URL
    assert package.datapackage["mainPageDate"] == "2026-11-24T13:40:00.123456Z"


def test_the_same_input_gives_the_same_bytes(wacz, tmp_path):
    again = tmp_path / "again.wacz"
    write_wacz(again, tmp_path / "data.warc.gz", [_page()], WORDS)
    assert again.read_bytes() == wacz.read_bytes()


def test_the_reference_validator_accepts_it(wacz):
    done = subprocess.run([BIN / "wacz", "validate", "-f", wacz], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the passed WACZ is valid" in done.stdout


def test_the_reference_warc_checker_accepts_it(wacz, tmp_path):
    done = subprocess.run(
        [BIN / "warcio", "check", "-v", tmp_path / "data.warc.gz"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "digest pass" in done.stdout
    assert "digest failed" not in done.stdout


def _set_title(datapackage):
    datapackage["title"] = "Another"


def _only(*paths):
    def change(datapackage):
        datapackage["resources"] = [item for item in datapackage["resources"] if item["path"] in paths]

    return change


def _without(files, *paths):
    return {name: data for name, data in files.items() if name not in paths}


def _shifted(files):
    lines = files[INDEX_PATH].replace(b'"offset": "', b'"offset": "1')
    return rehash({**files, INDEX_PATH: lines})


def _signed(files):
    digest = json.loads(files[DATAPACKAGE_DIGEST])
    digest["signedData"] = {"hash": digest["hash"], "created": "2026-11-24T13:40:00.123456Z", "signature": "AAAA"}
    return {**files, DATAPACKAGE_DIGEST: json.dumps(digest).encode()}


def _version(files):
    return rehash(files, lambda datapackage: datapackage.update(wacz_version="1.2.0"))


def _flipped(files, path):
    data = bytearray(files[path])
    data[len(data) // 2] ^= 1
    return {**files, path: bytes(data)}


def _listed_extra(files):
    extra = {"name": "x", "path": "pages/more.html", "hash": "", "bytes": 0}
    return rehash({**files, "pages/more.html": b"x"}, lambda datapackage: datapackage["resources"].append(extra))


def _strange_page(files):
    pages = files[PAGES_PATH].replace(b"offer?plan=2", b"other?plan=2")
    return rehash(
        {**files, PAGES_PATH: pages}, lambda datapackage: datapackage.update(mainPageUrl=URL.replace("offer", "other"))
    )


TAMPERED = {
    "WARC body altered": lambda files: _flipped(files, WARC_PATH),
    "WARC body altered, every listed hash made anew": lambda files: rehash(_flipped(files, WARC_PATH)),
    "digest file deleted": lambda files: _without(files, DATAPACKAGE_DIGEST),
    "title edited, digest left": lambda files: {**files, DATAPACKAGE: rehash(files, _set_title)[DATAPACKAGE]},
    "pages and indexes removed and unlisted": lambda files: rehash(
        _without(files, PAGES_PATH, INDEX_PATH), _only(WARC_PATH)
    ),
    "no WARC at all": lambda files: rehash(_without(files, PAGES_PATH, INDEX_PATH, WARC_PATH), _only()),
    "WARC removed and unlisted": lambda files: rehash(_without(files, WARC_PATH), _only(PAGES_PATH, INDEX_PATH)),
    "listed file missing": lambda files: _without(files, INDEX_PATH),
    "extra WARC": lambda files: {**files, "x.warc": b"x"},
    "extra file without a dot": lambda files: {**files, "EXTRA": b"x"},
    "extra dotfile": lambda files: {**files, ".hidden": b"x"},
    "extra file that collides with a listed one": lambda files: {
        **files,
        "x/archive/data.warc.gz": files[WARC_PATH],
    },
    "index offsets wrong, re-hashed": _shifted,
    "forged signature": _signed,
    "WACZ 1.2.0": _version,
    "a name that leads outside": lambda files: {**files, "../../evil.txt": b"x"},
    "an absolute name": lambda files: {**files, "/etc/evil.txt": b"x"},
    "a back-slashed name": lambda files: {**files, "archive\\evil.warc.gz": b"x"},
    "a drive": lambda files: {**files, "C:evil.txt": b"x"},
    "a directory": lambda files: {**files, "logs/": b""},
    "a file in a reserved directory, listed": _listed_extra,
    "a page that was never captured, re-hashed": _strange_page,
    "a page listed twice": lambda files: rehash(
        files, lambda datapackage: datapackage["resources"].append(datapackage["resources"][0])
    ),
    "not JSON": lambda files: {**files, DATAPACKAGE: b"{"},
    "JSON of the wrong shape": lambda files: {**files, DATAPACKAGE: b"[1]"},
    "no pages in the list": lambda files: rehash({**files, PAGES_PATH: files[PAGES_PATH].splitlines()[0]}),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_found(wacz, tmp_path, tamper):
    bad = pack(tmp_path / "bad.wacz", tamper(entries(wacz)))
    with pytest.raises((Unreadable, Unverified), match=r"bad\.wacz: "):
        check_wacz(bad)


def test_repacking_alone_is_no_tampering(wacz, tmp_path):
    """The tampered packages above fail for what was done to them, not for being packed again."""
    assert (
        check_wacz(pack(tmp_path / "good.wacz", rehash(entries(wacz)), deflate=(PAGES_PATH, INDEX_PATH))).records == 4
    )


def test_an_altered_warc_with_true_digests_needs_an_outside_proof(tmp_path):
    """What no package can show about itself: another page, honestly packed. The exhibit's manifest is for that."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = make_wacz(tmp_path / "a"), make_wacz(tmp_path / "b", [exchange(body=b"sorry, closed")])
    assert check_wacz(one) != check_wacz(other)
    assert one.read_bytes() != other.read_bytes()


def test_a_duplicate_entry_is_found(wacz, tmp_path):
    bad = tmp_path / "bad.wacz"
    files = entries(wacz)
    pack(bad, files)
    with zipfile.ZipFile(bad, "a") as package, pytest.warns(UserWarning, match="Duplicate name"):
        package.writestr(WARC_PATH, b"altered")
    with pytest.raises(Unverified, match="there twice"):
        check_wacz(bad)


def test_names_that_differ_by_case_only_are_found(wacz, tmp_path):
    files = entries(wacz)
    with pytest.raises(Unverified, match="there twice"):
        check_wacz(pack(tmp_path / "bad.wacz", {**files, WARC_PATH.upper(): b"x"}))


def test_a_symbolic_link_is_found(wacz, tmp_path):
    bad = pack(tmp_path / "bad.wacz", entries(wacz))
    link = zipfile.ZipInfo("logs/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(bad, "a") as package:
        package.writestr(link, "/etc/passwd")
    with pytest.raises(Unverified, match="is a link"):
        check_wacz(bad)


def test_a_bomb_is_not_unpacked(wacz, tmp_path):
    files = {**entries(wacz), "logs/bomb.txt": b"\0" * 50_000_000}
    with pytest.raises(Unverified, match="times its size"):
        check_wacz(pack(tmp_path / "bad.wacz", files, deflate=("logs/bomb.txt",)))


@pytest.mark.parametrize("place", ["before", "after"])
def test_bytes_that_belong_to_no_entry_are_found(wacz, tmp_path, place):
    data = wacz.read_bytes()
    bad = tmp_path / "bad.wacz"
    bad.write_bytes(b"#!/bin/sh\n" + data if place == "before" else data + b"hidden")
    with pytest.raises((Unverified, Unreadable)):
        check_wacz(bad)


def test_a_compressed_warc_entry_is_found(wacz, tmp_path):
    with pytest.raises(Unverified, match="compressed once more"):
        check_wacz(pack(tmp_path / "bad.wacz", entries(wacz), deflate=(WARC_PATH,)))


@pytest.mark.parametrize("junk", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"x" * 10_000])
def test_what_is_no_package_is_unreadable(tmp_path, junk):
    path = tmp_path / "junk.wacz"
    path.write_bytes(junk)
    with pytest.raises((Unreadable, Unverified)):
        check_wacz(path)


def test_no_flipped_byte_makes_it_crash(wacz, tmp_path):
    """Whatever single byte is altered, the reader answers with its own error or with the same content."""
    data, chosen = wacz.read_bytes(), random.Random(7)  # noqa: S311  # places to flip, the same every time
    good = check_wacz(wacz)
    bad, found = tmp_path / "bad.wacz", 0
    for place in chosen.sample(range(len(data)), 300):
        altered = bytearray(data)
        altered[place] ^= 1 << chosen.randrange(8)
        bad.write_bytes(altered)
        try:
            assert check_wacz(bad) == good
        except EvidenceError:
            found += 1
    assert found > 250


def _page():
    return Page(URL, AT, "Offer")
