"""The pinned roots are the ones in Mozilla's list, and the README names them as they are."""

from __future__ import annotations

import warnings
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.utils import CryptographyDeprecationWarning

import evidence
from evidence.timestamp import PUBLIC_AUTHORITIES, load_root

README = Path(evidence.__file__).parent / "trust" / "README.md"


def mozilla_list():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # an old root's serial number is not positive
        bundle = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    return {certificate.fingerprint(hashes.SHA256()).hex() for certificate in bundle}


@pytest.mark.parametrize("authority", PUBLIC_AUTHORITIES, ids=lambda authority: authority.name)
def test_a_pinned_root_is_in_mozillas_list_and_in_the_readme(authority):
    (root,) = x509.load_pem_x509_certificates(load_root(authority, Path()))
    digest = root.fingerprint(hashes.SHA256()).hex()
    assert digest in mozilla_list()
    assert f"| `builtin:{authority.name}` |" in README.read_text()
    assert digest in README.read_text()
    assert f"{root.not_valid_after_utc:%Y-%m-%d}" in README.read_text()
    assert root.issuer == root.subject


def test_there_are_two_public_authorities_under_different_roots():
    roots = {load_root(authority, Path()) for authority in PUBLIC_AUTHORITIES}
    assert len(roots) == len(PUBLIC_AUTHORITIES) == 2
