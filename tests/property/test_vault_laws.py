"""The law of the vault: what goes in comes out, under its own digest, however often it goes in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.digest import sha256_hex
from evidence.vault import Vault


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_every_blob_comes_out_under_its_digest(blobs):
    with TemporaryDirectory() as directory:
        vault = Vault(Path(directory) / "vault")
        digests = [vault.put(blob) for blob in blobs]
        assert digests == [sha256_hex(blob) for blob in blobs]
        assert [vault.read(digest) for digest in digests] == blobs
        assert list(vault.digests()) == sorted(set(digests))
