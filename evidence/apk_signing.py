"""Who signed an app package: the archive in, signers with their certificates and what of their signatures holds out.

Reads APK Signature Scheme v2, v3 and v3.1 (the block before the archive's list, AOSP ``source.android.com`` "APK
Signing") and the certificates of v1 (JAR) signatures. A certificate is a copy that anybody can put into a package; only
where the signature over the package's own bytes holds does it say who made it. So v2 and v3 signatures are checked:
the signature over the signed data, the key's certificate, and the digest of the package's contents. Those of v1 are
read and not checked, and say so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from evidence.apk_archive import Archive, BrokenError
from evidence.apk_checks import UNCHECKED, content_digest, signature_fault

BLOCK_MAGIC = b"APK Sig Block 42"
SCHEMES = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
V1_SUFFIXES = (".RSA", ".DSA", ".EC")
MAX_BLOCK_BYTES = 16 << 20
MAX_SIGNERS, MAX_CERTIFICATES, MAX_PAIRS = 10, 10, 100
MAX_V1_BYTES = 1 << 20

HOLDS, NOT_CHECKED = "holds", "not checked"


@dataclass(frozen=True, slots=True)
class Signer:
    """One signer under one scheme. ``certificate`` is DER; ``signature`` and ``contents`` say what holds, in words."""

    scheme: str
    certificate: bytes
    signature: str
    contents: str

    @property
    def verified(self) -> bool:
        """Whether the key of this certificate signed these very contents."""
        return self.signature == HOLDS and self.contents == HOLDS


def signers(archive: Archive, problems: list[str]) -> list[Signer]:
    """Every signer of a package; what cannot be read is added to ``problems``, one clause each. Never raises."""
    found: list[Signer] = []
    for read in (_v1, _block):
        try:
            found.extend(read(archive, problems))
        except (BrokenError, ValueError, struct.error) as error:
            problems.append(str(error))
    return found


def certificate_facts(der: bytes) -> dict[str, Any]:
    """Subject, issuer, serial number and validity of a certificate; a reason where it cannot be read."""
    try:
        one = x509.load_der_x509_certificate(der)
        return {
            "subject": one.subject.rfc4514_string()[:500],
            "issuer": one.issuer.rfc4514_string()[:500],
            "serial": f"{one.serial_number:x}",
            "not_before": one.not_valid_before_utc.isoformat(),
            "not_after": one.not_valid_after_utc.isoformat(),
        }
    except (ValueError, TypeError, OverflowError) as error:
        return {"subject": "", "problem": f"the certificate cannot be read: {error}"[:300]}


def _v1(archive: Archive, problems: list[str]) -> Iterator[Signer]:
    """Certificates of JAR signatures; where a file holds several, the first is the signer's in every tool's output."""
    blocks = [
        entry
        for entry in archive.entries
        if entry.name.startswith("META-INF/") and entry.name.upper().endswith(V1_SUFFIXES)
    ]
    for entry in blocks[:MAX_SIGNERS]:
        try:
            held = pkcs7.load_der_pkcs7_certificates(archive.read(entry, MAX_V1_BYTES))
        except (BrokenError, ValueError) as error:
            problems.append(f"v1: {entry.name[:100]}: {error}"[:300])
            continue
        for certificate in held[:1]:
            der = certificate.public_bytes(serialization.Encoding.DER)
            reason = f"{NOT_CHECKED}: signatures of the JAR form are read only"
            yield Signer("v1", der, reason, reason)


def _block(archive: Archive, problems: list[str]) -> Iterator[Signer]:
    """The signers of the block before the list, when there is one."""
    end = archive.list_start
    if end < 32 or archive.at(end - 16, 16) != BLOCK_MAGIC:
        return
    (size,) = struct.unpack("<Q", archive.at(end - 24, 8))
    start = end - size - 8
    if not 24 <= size <= MAX_BLOCK_BYTES or start < 0 or archive.at(start, 8) != struct.pack("<Q", size):
        raise BrokenError("its signing block has an impossible size")
    pairs, place = archive.at(start + 8, size - 24), 0
    for _ in range(MAX_PAIRS):
        if place >= len(pairs):
            return
        length, number = struct.unpack_from("<QI", pairs, place)
        if not 4 <= length <= len(pairs) - place - 8:
            raise BrokenError("its signing block is cut short")
        if scheme := SCHEMES.get(number):
            for signer in _listed(_only(pairs[place + 12 : place + 8 + length]))[:MAX_SIGNERS]:
                try:
                    yield _signer(archive, start, scheme, signer)
                except (BrokenError, ValueError, struct.error) as error:
                    problems.append(f"{scheme}: a signer cannot be read: {error}"[:300])
        place += 8 + length


def _signer(archive: Archive, block_start: int, scheme: str, data: bytes) -> Signer:
    """Signed data, [v3: lowest and highest SDK,] signatures, public key; each but the SDKs with its length first."""
    signed, rest = _prefixed(data)
    if scheme != "v2":
        rest = rest[8:]
    raw_signatures, rest = _prefixed(rest)
    public_key, _ = _prefixed(rest)
    raw_digests, inner = _prefixed(signed)
    raw_certificates, _ = _prefixed(inner)
    certificates = _listed(raw_certificates)[:MAX_CERTIFICATES]
    if not certificates:
        raise BrokenError("it names no certificate")
    signatures = [(struct.unpack_from("<I", one)[0], _prefixed(one[4:])[0]) for one in _listed(raw_signatures)]
    digests = {struct.unpack_from("<I", one)[0]: _prefixed(one[4:])[0] for one in _listed(raw_digests)}
    signature = signature_fault(signed, signatures[:MAX_SIGNERS], public_key, certificates[0]) or HOLDS
    return Signer(scheme, certificates[0], signature, _contents(archive, block_start, digests))


def _contents(archive: Archive, block_start: int, digests: dict[int, bytes]) -> str:
    """Whether the package's contents have one of the digests, the strongest that is known here."""
    for algorithm in sorted(digests, reverse=True):
        computed = content_digest(archive, block_start, algorithm)
        if computed is not UNCHECKED:
            return (
                HOLDS if computed == digests[algorithm] else "does not hold: the package's bytes are not those signed"
            )
    return f"{NOT_CHECKED}: no digest of a kind that is known here"


def _prefixed(data: bytes) -> tuple[bytes, bytes]:
    """A value with its 32-bit length before it, and what follows. Raises BrokenError when it is cut short."""
    (size,) = struct.unpack_from("<I", data)
    if size > len(data) - 4:
        raise BrokenError("a value is longer than what holds it")
    return data[4 : 4 + size], data[4 + size :]


def _only(data: bytes) -> bytes:
    return _prefixed(data)[0]


def _listed(data: bytes) -> list[bytes]:
    """Values with their lengths, one after the other, to the end."""
    found: list[bytes] = []
    while data and len(found) <= MAX_PAIRS:
        value, data = _prefixed(data)
        found.append(value)
    return found
