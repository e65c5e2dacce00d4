"""How much the verifier unpacks is bounded for each archive in each step, so a large sound bundle is no bomb."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from pathlib import Path

import pytest

from evidence.verifier import archives, verify
from evidence.verifier.words import outcome
from tests.evidence.bundle_making import make_house, public_stamper

OPENSSL = shutil.which("openssl")
WARC = "archive/data.warc.gz"

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bounds")
    house = make_house(root, public_stamper(root / "keys", "one"), exhibits=3, openssl=OPENSSL)
    house.build()
    house.db.close()
    return root / "bundle"


def largest(bundle: Path) -> int:
    """What a step unpacks at most of one archive: its entries, and the records in it."""
    sizes = []
    for path in sorted(bundle.glob("exhibits/*/capture.wacz")):
        with zipfile.ZipFile(path) as package:
            entries = sum(info.file_size for info in package.infolist())
            sizes.append(entries + len(gzip.decompress(package.read(WARC))))
    assert len(sizes) == 3
    return max(sizes)


def test_the_limit_is_for_one_archive_in_one_step(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", largest(bundle))
    assert outcome(verify(bundle, OPENSSL)) == "proved"


def test_an_archive_over_the_limit_fails_in_every_step_that_unpacks_it(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 100)
    failed = {step.key: step.failed for step in verify(bundle, OPENSSL) if step.failed}
    assert {"archives", "records"} <= set(failed)
    assert sum("a zip bomb?" in text for text in failed["archives"]) == 3
