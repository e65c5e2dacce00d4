"""Defects of timestamps: over other bytes, by a forger, of another time, or none where one is claimed."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from evidence.bundle_files import write_seal
from evidence.digest import canonical_json, sha256_file
from evidence.timestamp_token import query
from tests.evidence.authority_making import evil_reply, make_evil_authority
from tests.evidence.bundle_making import public_stamper, stamp_folder
from tests.zoo.forging import EXHIBIT, edit, fails, load, rehash, reseal


@fails("exhibit-times", "a timestamp over other bytes")
def token_of_another_exhibit(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / EXHIBIT / "proofs")
    shutil.copytree(bundle / "exhibits/ex-0002/proofs", bundle / EXHIBIT / "proofs")
    reseal(bundle)


@fails("bundle-time", "a timestamp over other bytes")
def bundle_changed_after_its_stamp(bundle: Path, keys: Path) -> None:
    edit(bundle / "report.html", "Pelican", "Albatross")
    reseal(bundle)


@fails("exhibit-times", "openssl does not believe the token")
def token_by_a_forger(bundle: Path, keys: Path) -> None:
    forger = make_evil_authority(keys.parent / "forger")
    place = bundle / EXHIBIT / "proofs/one"
    asked = query((bundle / EXHIBIT / "manifest.json").read_bytes())
    (place / "request.tsq").write_bytes(asked)
    (place / "response.tsr").write_bytes(evil_reply(forger, asked))
    (place / "chain.pem").write_bytes((forger / "signer.pem").read_bytes() + (forger / "root.pem").read_bytes())
    reseal(bundle)


@fails("exhibit-times", "openssl does not believe the token")
def token_that_answers_another_query(bundle: Path, keys: Path) -> None:
    asked = query((bundle / EXHIBIT / "manifest.json").read_bytes())
    (bundle / EXHIBIT / "proofs/one/request.tsq").write_bytes(asked)
    reseal(bundle)


@fails("exhibit-times", "openssl does not believe the token")
def token_with_a_digest_pasted_in(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "proofs/one/response.tsr"
    before = bytes.fromhex(sha256_file(bundle / EXHIBIT / "manifest.json"))
    edit(bundle / EXHIBIT / "text.txt", "Pelican Sender", "Pelican SENDER")
    rehash(bundle)
    after = bytes.fromhex(sha256_file(bundle / EXHIBIT / "manifest.json"))
    path.write_bytes(path.read_bytes().replace(before, after))
    reseal(bundle)


@fails("exhibit-times", "no time over a SHA-256 digest")
def token_over_a_weak_digest(bundle: Path, keys: Path) -> None:
    place, manifest = bundle / EXHIBIT / "proofs/one", bundle / EXHIBIT / "manifest.json"
    config = keys / "weak.cnf"
    config.write_text((keys / "tsa.cnf").read_text().replace("digests=sha256", "digests=sha1,sha256"))
    weak = ["openssl", "ts", "-query", "-sha1", "-cert", "-data", str(manifest), "-out", str(place / "request.tsq")]
    subprocess.run(weak, check=True, capture_output=True)
    answer = ["openssl", "ts", "-reply", "-config", str(config), "-queryfile", str(place / "request.tsq")]
    subprocess.run([*answer, "-out", str(place / "response.tsr")], check=True, capture_output=True)
    # The right digest stands somewhere in the file, so a search for its bytes alone would be content.
    path = place / "response.tsr"
    path.write_bytes(path.read_bytes() + bytes.fromhex(sha256_file(manifest)))
    reseal(bundle)


@fails("exhibit-times", "before what it stamps says it was made")
def token_older_than_the_capture(bundle: Path, keys: Path) -> None:
    path = bundle / EXHIBIT / "manifest.json"
    manifest = {**load(path), "captured_at": "2099-01-01T00:00:00.000000Z"}
    path.write_bytes(canonical_json(manifest))
    stamp_folder(bundle / EXHIBIT, public_stamper(keys, "one"))
    rows = load(bundle / "manifest.json")["exhibits"]
    rows[0]["captured_at"] = manifest["captured_at"]
    reseal(bundle, exhibits=rows, digests={"ex-0001": sha256_file(path)})


@fails("bundle-time", "result.json tells another time than the token")
def time_told_beside_the_token_edited(bundle: Path, keys: Path) -> None:
    path = bundle / "proofs/one/result.json"
    path.write_bytes(canonical_json({**load(path), "gen_time": "2020-01-01T00:00:00.000000Z"}))
    write_seal(bundle)


@fails("exhibit-times", "differ on whether it is sealed")
def unsealed_and_called_sealed(bundle: Path, keys: Path) -> None:
    shutil.rmtree(bundle / EXHIBIT / "proofs")
    reseal(bundle)


def signer_of(keys: Path, directory: Path, start: datetime, end: datetime) -> Path:
    """The authority again, with a signer's certificate that is valid from ``start`` to ``end``."""
    shutil.copytree(keys, directory)
    old = x509.load_pem_x509_certificate((keys / "signer.pem").read_bytes())
    root_key = serialization.load_pem_private_key((keys / "root.key").read_bytes(), None)
    assert isinstance(root_key, rsa.RSAPrivateKey)
    made = x509.CertificateBuilder(old.issuer, old.subject, old.public_key(), x509.random_serial_number(), start, end)
    for extension in old.extensions:
        made = made.add_extension(extension.value, extension.critical)
    signed = made.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (directory / "signer.pem").write_bytes(signed)
    (directory / "tsa.cnf").write_text((keys / "tsa.cnf").read_text().replace(str(keys.resolve()), str(directory)))
    return directory


@fails("exhibit-times", "Verify error:certificate has expired")
def token_by_a_signer_that_had_expired(bundle: Path, keys: Path) -> None:
    """The authority's own root, its own signer; but its certificate had ended the day before the token was made."""
    now = datetime.now(UTC)
    expired = signer_of(keys, keys.parent / "expired", now - timedelta(days=400), now - timedelta(days=1))
    place = bundle / EXHIBIT / "proofs/one"
    asked = query((bundle / EXHIBIT / "manifest.json").read_bytes())
    (place / "request.tsq").write_bytes(asked)
    (place / "response.tsr").write_bytes(evil_reply(expired, asked))
    (place / "chain.pem").write_bytes((expired / "signer.pem").read_bytes())
    reseal(bundle)


def signer_that_expired_since(bundle: Path, keys: Path) -> None:
    """No defect: the signer was valid when it signed, and is not now. A chain is judged at the token's own time."""
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    brief = signer_of(keys, keys.parent / "brief", end - timedelta(days=400), end)
    stamp_folder(bundle / EXHIBIT, public_stamper(brief, "one"))
    reseal(bundle)
    stamp_folder(bundle, public_stamper(brief, "one"))
    write_seal(bundle)
    time.sleep(max(0, (end - datetime.now(UTC)).total_seconds() + 1))
