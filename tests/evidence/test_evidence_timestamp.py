"""Timestamps: good tokens stand up to openssl, bad ones are told apart exactly, no authority can hang the program."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from crawler import clock
from crawler.errors import SettingsError
from desk.sampleweb.authority import PracticeAuthority, reply
from evidence.config import AuthoritySettings, TimestampSettings
from evidence.digest import sha256_hex
from evidence.errors import BadToken, EvidenceError, Unreadable
from evidence.timestamp import PUBLIC_AUTHORITIES, Stamper, StampState, load_root, query, verify_token
from evidence.timestamp_token import in_der_order
from tests.evidence.authority_making import (
    authority,
    behaviours,
    evil_reply,
    guard_to,
    host,
    make_evil_authority,
    settings,
)

pytestmark = pytest.mark.openssl

DATA = b'{"format":"offsignal-exhibit-1"}'


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    with PracticeAuthority(tmp_path_factory.mktemp("practice") / "keys") as made:
        return made.directory


@pytest.fixture(scope="module")
def root(keys):
    return (keys / "root.pem").read_bytes()


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    return make_evil_authority(tmp_path_factory.mktemp("evil") / "keys")


def test_the_practice_authority_gives_a_token_that_holds(keys, tmp_path):
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        (result,) = Stamper(settings(keys / "root.pem"), tmp_path, guard.url).stamp(DATA)
    assert (result.state, result.reason, result.practice) == (StampState.VERIFIED, "", True)
    assert abs(result.token.gen_time - clock.now()) < timedelta(minutes=1)
    assert "PRACTICE - proves nothing" in result.token.signer
    written = json.loads(result.files()["result.json"])
    assert written["serial"] == result.token.serial
    assert (written["practice"], written["verified"]) == (True, True)
    assert written["data_sha256"] == sha256_hex(DATA)
    assert abs(written["clock_difference_ms"]) < 5000


def test_openssl_accepts_what_is_kept(keys, tmp_path):
    with PracticeAuthority(keys) as practice, guard_to(practice.port) as guard:
        (result,) = Stamper(settings(keys / "root.pem"), tmp_path, guard.url).stamp(DATA)
    for name, content in result.files().items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "data").write_bytes(DATA)
    trust = ["-CAfile", "root.pem", "-untrusted", "chain.pem"]
    for check in (["-data", "data"], ["-queryfile", "request.tsq"], ["-digest", sha256_hex(DATA)]):
        assert _openssl_verify(tmp_path, [*check, *trust]) == 0
    (tmp_path / "data").write_bytes(DATA + b" ")
    assert _openssl_verify(tmp_path, ["-data", "data", *trust]) != 0


EXPECTED = {
    "good": StampState.VERIFIED,
    "wrong nonce": StampState.WRONG_NONCE,
    "wrong hash": StampState.WRONG_HASH,
    "refused": StampState.REFUSED,
    "garbage": StampState.GARBAGE,
    "empty": StampState.GARBAGE,
    "a web page": StampState.GARBAGE,
    "too long": StampState.GARBAGE,
    "error": StampState.UNREACHABLE,
    "redirect": StampState.UNREACHABLE,
    "slow": StampState.SLOW,
    "trickle": StampState.SLOW,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_misbehaviour_has_its_own_name(keys, tmp_path, name):
    before = clock.now()
    with authority(behaviours(keys)[name]) as port, guard_to(port) as guard:
        timeout_s = 1.0 if EXPECTED[name] is StampState.SLOW else 20.0
        stamper = Stamper(settings(keys / "root.pem", timeout_s=timeout_s), tmp_path, guard.url)
        (result,) = stamper.stamp(DATA)
        waited = clock.now() - before
    assert result.state is EXPECTED[name], result.reason
    assert bool(result.reason) == (name != "good")
    assert bool(result.files()) == (name == "good")
    assert waited < timedelta(seconds=8)


def test_every_misbehaviour_is_expected(keys):
    assert set(behaviours(keys)) == set(EXPECTED)


def test_nobody_listening_and_nobody_allowed(keys, tmp_path):
    closed = AuthoritySettings(name="closed", url=f"http://{host()}/", root=str(keys / "root.pem"))
    inward = AuthoritySettings(name="inward", url="http://127.0.0.1:9/", root=str(keys / "root.pem"))
    with guard_to(9) as guard:
        results = Stamper(TimestampSettings(authorities=(closed, inward)), tmp_path, guard.url).stamp(DATA)
    assert [result.state for result in results] == [StampState.UNREACHABLE, StampState.UNREACHABLE]
    assert "egress guard" in results[1].reason


def test_one_that_fails_costs_only_its_own_token(keys, tmp_path):
    broken = authority(behaviours(keys)["error"])
    with PracticeAuthority(keys) as practice, broken as port, guard_to(port, practice.port) as guard:
        stamper = Stamper(settings(keys / "root.pem", keys / "root.pem"), tmp_path, guard.url)
        assert [result.state for result in stamper.stamp(DATA)] == [StampState.UNREACHABLE, StampState.VERIFIED]
        assert [result.authority for result in stamper.stamp(DATA, skip=["practice"])] == ["practice-1"]


def test_a_forger_who_embeds_his_own_root_is_not_believed(evil, root):
    """rfc3161-client up to 1.0.8 trusted the root inside the token."""
    request = query(DATA)
    response = evil_reply(evil, request)
    evil_root = (evil / "root.pem").read_bytes()
    assert verify_token(request, response, DATA, evil_root).signer == "CN=Signer"
    for trusted in (root, load_root(PUBLIC_AUTHORITIES[0], Path())):
        with pytest.raises(BadToken, match="does not lead to the pinned root") as caught:
            verify_token(request, response, DATA, trusted)
        assert caught.value.state == StampState.BAD_CHAIN


def test_certificates_out_of_der_order_are_put_in_order_for_reading(evil):
    """An authority that sends its signer first is read all the same, and both orders are one token."""
    request = query(DATA)
    response = evil_reply(evil, request)
    assert in_der_order(response) == in_der_order(in_der_order(response))
    assert len(in_der_order(response)) == len(response)
    token = verify_token(request, response, DATA, (evil / "root.pem").read_bytes())
    assert [cert.subject.rfc4514_string() for cert in x509.load_pem_x509_certificates(token.chain)] == [
        "CN=Signer",
        "CN=DigiCert Trusted Root G4",
    ]


def test_the_root_that_fits_is_found_among_several(keys, evil, root):
    request = query(DATA)
    both = (evil / "root.pem").read_bytes() + root
    assert verify_token(request, reply(keys, request), DATA, both).root == root


def test_other_data_is_not_what_was_stamped(keys, root):
    request = query(DATA)
    with pytest.raises(BadToken) as caught:
        verify_token(request, reply(keys, request), DATA + b"!", root)
    assert caught.value.state == StampState.WRONG_HASH


def test_no_flipped_byte_gives_another_truth(keys, root):
    """Whatever byte of an answer is altered: the same token, or one of our own errors."""
    request = query(DATA)
    response = reply(keys, request)
    good, chosen, refused = verify_token(request, response, DATA, root), random.Random(3), 0  # noqa: S311  # places
    for place in chosen.sample(range(len(response)), 400):
        altered = bytearray(response)
        altered[place] ^= 1 << chosen.randrange(8)
        try:
            token = verify_token(request, bytes(altered), DATA, root)
        except EvidenceError:
            refused += 1
        else:
            assert (token.gen_time, token.serial, token.policy) == (good.gen_time, good.serial, good.policy)
    assert refused > 350


@pytest.mark.parametrize("bad", [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x03\x02\x01\x01", b"junk"])
def test_a_query_that_is_none(keys, root, bad):
    with pytest.raises(Unreadable, match="timestamp query"):
        verify_token(bad, reply(keys, query(DATA)), DATA, root)


@pytest.mark.parametrize("place", ["missing.pem", "builtin:unknown", "builtin:../digicert", "empty.pem"])
def test_a_root_that_cannot_be_read_is_a_settings_error(tmp_path, place):
    (tmp_path / "empty.pem").write_text("")
    entry = AuthoritySettings(name="mine", url="http://tsa.example/", root=place)
    with pytest.raises(SettingsError, match="timestamp authority mine: the root certificate"):
        Stamper(TimestampSettings(authorities=(entry,)), tmp_path, "http://127.0.0.1:1")


def _openssl_verify(directory, arguments):
    command = ["openssl", "ts", "-verify", "-in", "response.tsr", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, check=False).returncode
