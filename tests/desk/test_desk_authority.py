"""The practice authority says of itself that it proves nothing, and stays within its bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from cryptography import x509

from desk.sampleweb.authority import MAX_QUERY_BYTES, QUERY_TYPE, PracticeAuthority
from evidence.timestamp import query, verify_token

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    with PracticeAuthority(tmp_path_factory.mktemp("practice") / "keys") as running:
        yield running


def test_its_certificates_say_what_they_are_worth(practice):
    for name in ("root.pem", "signer.pem"):
        certificate = x509.load_pem_x509_certificate((practice.directory / name).read_bytes())
        assert "PRACTICE - proves nothing" in certificate.subject.rfc4514_string()
    assert not (practice.directory / "root.key").exists()
    assert (practice.directory / "signer.key").stat().st_mode & 0o077 == 0


def test_the_keys_are_made_once(practice):
    before = practice.root_path.read_bytes()
    with PracticeAuthority(practice.directory) as again:
        assert again.root_path.read_bytes() == before


def test_many_at_once_get_different_serials(practice):
    def ask(number: int) -> str:
        data = f"manifest {number}".encode()
        request = query(data)
        answer = httpx.post(practice.url, content=request, headers={"Content-Type": QUERY_TYPE}, trust_env=False)
        return verify_token(request, answer.content, data, practice.root_path.read_bytes()).serial

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 16


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"x" * (MAX_QUERY_BYTES + 1), QUERY_TYPE, 413), (b"x", "text/plain", 415), (b"", QUERY_TYPE, 200)],
)
def test_what_is_no_query_is_refused(practice, content, kind, status):
    answer = httpx.post(practice.url, content=content, headers={"Content-Type": kind}, trust_env=False)
    assert answer.status_code == status


def test_nothing_but_post_is_answered(practice):
    assert httpx.get(practice.url, trust_env=False).status_code == 501
