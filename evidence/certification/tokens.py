"""The timestamps of an exhibit, verified again: stored proofs in, facts about each token out, or a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crawler.errors import StoreError
from evidence.certification.facts import CertificateFacts, FileFacts, TokenFacts
from evidence.certification.model import visible
from evidence.digest import sha256_hex
from evidence.errors import CertificateRefused, Unreadable, Unverified
from evidence.exhibit import Exhibit, Exhibits
from evidence.store import StampRow
from evidence.timestamp_token import StampState, Token, verify_token

PROOF_FILES = {
    "request.tsq": "timestamp query",
    "response.tsr": "timestamp response (RFC 3161)",
    "chain.pem": "certificates the token carries",
    "root.pem": "root certificate it was held to",
    "result.json": "what the verification at receipt gave",
}


def tokens_of(
    exhibits: Exhibits, exhibit: Exhibit, manifest: bytes, trusted_lists: Mapping[str, str]
) -> tuple[TokenFacts, ...]:
    """Every verified token over the manifest, oldest first. Raises CertificateRefused when one no longer verifies."""
    rows = [row for row in exhibits.stamps(exhibit.exhibit_id) if row.state == StampState.VERIFIED]
    return tuple(_token(exhibits, row, manifest, trusted_lists.get(row.authority, "")) for row in rows)


def proof_files(exhibits: Exhibits, exhibit: Exhibit) -> tuple[FileFacts, ...]:
    """The files of the verified tokens as they lie in an exported exhibit, hashed anew."""
    found = []
    for row in exhibits.stamps(exhibit.exhibit_id):
        for name, digest in sorted(row.files.items()) if row.state == StampState.VERIFIED else ():
            data = _read(exhibits, row, name)
            what = f"{PROOF_FILES.get(name, 'timestamp file')}, {row.authority}, over manifest.json"
            path = f"proofs/{row.authority}/{name}"
            found.append(
                FileFacts(
                    visible(path), visible(what), "", len(data), digest, len(data), sha256_hex(data), row.asked_at
                )
            )
    return tuple(found)


def what_is(path: str) -> str:
    """What a file is that the capture record does not describe, because it was made after it."""
    known = {"capture.json": "record of the capture", "warc-time.json": "record of the timestamp over the closed WARC"}
    if path.startswith("warc-time/"):
        return f"{PROOF_FILES.get(path.rpartition('/')[2], 'timestamp file')}, over the closed WARC"
    return known.get(path, "file of the capture")


def _token(exhibits: Exhibits, row: StampRow, manifest: bytes, trusted_list: str) -> TokenFacts:
    root = _read(exhibits, row, "root.pem")
    try:
        token = verify_token(_read(exhibits, row, "request.tsq"), _read(exhibits, row, "response.tsr"), manifest, root)
    except (Unverified, Unreadable) as error:
        raise _refused(row, str(error)) from error
    return TokenFacts(
        authority=row.authority,
        url=visible(row.url),
        practice=row.practice,
        trusted_list=visible(trusted_list),
        gen_time=token.gen_time,
        serial=token.serial,
        policy=token.policy,
        asked_at=row.asked_at,
        clock_difference_ms=_difference(_read(exhibits, row, "result.json")),
        chain=_chain(token),
        root=_certificate(x509.load_pem_x509_certificates(token.root)[0]),
    )


def _read(exhibits: Exhibits, row: StampRow, name: str) -> bytes:
    if name not in row.files:
        raise _refused(row, f"its file {name} is not kept")
    try:
        return exhibits.vault.read(row.files[name])
    except StoreError as error:
        raise _refused(row, str(error)) from error


def _refused(row: StampRow, why: str) -> CertificateRefused:
    sentence = f"no certificate: {row.exhibit_id}: the timestamp of {row.authority} does not verify: {why}"
    return CertificateRefused("timestamp", row.exhibit_id, sentence)


def _difference(result: bytes) -> int | None:
    try:
        value = json.loads(result)
    except ValueError:
        return None
    found = value.get("clock_difference_ms") if isinstance(value, dict) else None
    return found if isinstance(found, int) else None


def _chain(token: Token) -> tuple[CertificateFacts, ...]:
    return tuple(_certificate(one) for one in x509.load_pem_x509_certificates(token.chain))


def _certificate(certificate: x509.Certificate) -> CertificateFacts:
    return CertificateFacts(
        visible(certificate.subject.rfc4514_string()),
        visible(certificate.issuer.rfc4514_string()),
        f"{certificate.serial_number:x}",
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        sha256_hex(certificate.public_bytes(Encoding.DER)),
    )
