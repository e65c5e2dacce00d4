"""The vault keeps what it was given, whole, or says that it could not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from crawler.errors import StoreError
from evidence.digest import sha256_hex
from evidence.vault import Vault


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault")


def test_a_blob_comes_back_as_it_went_in(vault, tmp_path):
    source = tmp_path / "page.png"
    source.write_bytes(os.urandom(2_500_000))
    digest = vault.put(source)
    assert digest == sha256_hex(source.read_bytes())
    assert vault.read(digest) == source.read_bytes()
    assert vault.put(source.read_bytes()) == digest
    assert list(vault.digests()) == [digest]
    assert list((vault.directory / "incoming").iterdir()) == []


def test_a_blob_is_read_only_and_lies_under_its_name(vault):
    digest = vault.put(b"offer")
    path = vault.directory / "sha256" / digest[:2] / digest
    assert vault.path(digest) == path
    assert vault.has(digest)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_a_blob_whose_bytes_changed_is_found_on_open(vault):
    digest = vault.put(b"we never ban")
    path = vault.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"we never Ban")
    with pytest.raises(StoreError, match="is damaged"):
        vault.open(digest)
    with pytest.raises(StoreError, match="is damaged"):
        vault.put(b"we never ban")
    assert path.read_bytes() == b"we never Ban"


def test_a_missing_blob_is_a_sentence(vault):
    with pytest.raises(StoreError, match="no readable blob"):
        vault.read("0" * 64)
    assert not vault.has("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_only_digests_are_names(vault, name):
    with pytest.raises(ValueError, match="not a SHA-256 digest"):
        vault.path(name)


def test_a_source_file_that_is_not_there(vault, tmp_path):
    with pytest.raises(StoreError, match=r"gone\.bin cannot be put"):
        vault.put(tmp_path / "gone.bin")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from crawler.errors import StoreError
from evidence.vault import Vault
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Vault(Path(sys.argv[1])).put(b"x" * 1_000_000)
except StoreError as error:
    sys.stderr.write(str(error))
    sys.exit(error.exit_code)
"""


def test_a_disk_that_takes_no_more_leaves_nothing_half(vault):
    """The kernel's own file size limit cuts the write in the middle, as a full disk does."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, vault.directory], capture_output=True, text=True, check=False
    )
    assert done.returncode == StoreError.exit_code
    assert "cannot be put into the vault" in done.stderr
    assert list(vault.digests()) == []
    assert list((vault.directory / "incoming").iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from evidence.vault import Vault
class Source:
    def __init__(self): self.left = 3
    def read(self, size):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * size
Vault(Path(sys.argv[1]))._store(Source())
"""


def test_a_kill_in_the_middle_leaves_no_blob(vault):
    done = subprocess.run([sys.executable, "-c", KILLED, vault.directory], check=False)
    assert done.returncode == -9
    assert list(vault.digests()) == []
    digest = vault.put(b"after")
    assert vault.read(digest) == b"after"


def test_many_at_once_meet_at_one_name(vault):
    blob = os.urandom(500_000)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(vault.put, [blob] * 32))
    assert digests == {sha256_hex(blob)}
    assert vault.read(digests.pop()) == blob
