"""The WARC's own timestamp: had at once from the first authority that answers, or a reason in its place."""

from __future__ import annotations

import json
import subprocess
import zipfile
from dataclasses import replace

import pytest

from desk.sampleweb.authority import PracticeAuthority, ensure_keys
from evidence.digest import sha256_hex
from evidence.exhibit import seal
from evidence.timestamp import Stamper
from evidence.warc_time import RECORD, stamp_warc
from tests.evidence.authority_making import guard_to, settings
from tests.evidence.exhibit_making import make_draft, open_house

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return ensure_keys(tmp_path_factory.mktemp("practice") / "keys").parent


def test_the_first_authority_that_answers_stamps_the_warc_and_openssl_agrees(tmp_path, keys):
    draft = make_draft(tmp_path / "draft")
    with PracticeAuthority(keys) as practice, guard_to(9, practice.port) as guard:
        stamped = stamp_warc(draft, Stamper(settings(keys / "root.pem", keys / "root.pem"), tmp_path, guard.url))
    record = json.loads((draft.directory / RECORD).read_bytes())
    assert record["token"]["authority"] == "practice-1"
    assert record["others"][0].startswith("practice: it cannot be reached")
    with zipfile.ZipFile(draft.directory / "capture.wacz") as package:
        warc = package.read(record["warc"]["path"])
    assert record["warc"]["sha256"] == sha256_hex(warc)
    (tmp_path / "data.warc.gz").write_bytes(warc)
    folder = draft.directory / record["token"]["folder"]
    check = ["openssl", "ts", "-verify", "-in", str(folder / "response.tsr"), "-CAfile", str(folder / "root.pem")]
    chain = ["-untrusted", str(folder / "chain.pem")]
    told = subprocess.run([*check, *chain, "-data", str(tmp_path / "data.warc.gz")], capture_output=True, check=False)
    assert b"Verification: OK" in told.stdout
    told = subprocess.run(
        [*check, *chain, "-data", str(draft.directory / "body.bin")], capture_output=True, check=False
    )
    assert b"Verification: OK" not in told.stdout
    assert set(stamped.files) - set(draft.files) == {RECORD} | {
        f"warc-time/practice-1/{name}"
        for name in ("request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json")
    }


def test_without_an_answer_the_reason_stands_there_and_the_exhibit_is_sealed_all_the_same(tmp_path, keys):
    draft = make_draft(tmp_path / "draft")
    with guard_to(9) as guard:
        stamped = stamp_warc(draft, Stamper(settings(keys / "root.pem"), tmp_path, guard.url))
    record = json.loads((draft.directory / RECORD).read_bytes())
    assert record["token"]["value"] is None
    assert record["token"]["reason"].startswith("practice: it cannot be reached")
    db, exhibits, custody = open_house(tmp_path / "data")
    exhibit = seal(stamped, exhibits, custody)
    assert RECORD in {file.path for file in exhibits.files(exhibit.exhibit_id)}
    db.close()


def test_a_capture_without_an_archive_has_nothing_to_stamp(tmp_path, keys):
    draft = make_draft(tmp_path / "draft")
    draft = replace(draft, files=tuple(name for name in draft.files if name != "capture.wacz"))
    with guard_to(9) as guard:
        assert stamp_warc(draft, Stamper(settings(keys / "root.pem"), tmp_path, guard.url)) is draft
