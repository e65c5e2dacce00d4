"""The arithmetic of APK signatures v2 and v3: bytes, keys and an algorithm's number in, a digest or a fault out.

Numbers and forms are those of AOSP's "APK Signature Scheme v2", section "Signature algorithm IDs".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from evidence.apk_archive import Archive

#: Digest of the contents in 1 MiB chunks; the verity forms (0x0421, 0x0423, 0x0425) are another digest, not known here.
CHUNKED: Final = {
    0x0101: "sha256",
    0x0102: "sha512",
    0x0103: "sha256",
    0x0104: "sha512",
    0x0201: "sha256",
    0x0202: "sha512",
    0x0301: "sha256",
}
HASHES: Final = {
    **{number: hashes.SHA256() for number in (0x0101, 0x0103, 0x0201, 0x0301, 0x0421, 0x0423, 0x0425)},
    **{number: hashes.SHA512() for number in (0x0102, 0x0104, 0x0202)},
}
PSS: Final = {0x0101: 32, 0x0102: 64}
PKCS1: Final = frozenset({0x0103, 0x0104, 0x0421})
ECDSA: Final = frozenset({0x0201, 0x0202, 0x0423})
CHUNK_BYTES: Final = 1 << 20
UNCHECKED: Final = b""


def content_digest(archive: Archive, block_start: int, algorithm: int) -> bytes:
    """The digest of a package's contents: entries, list and end record, without the signing block that begins there.

    UNCHECKED for an algorithm whose digest is of another kind.
    """
    name = CHUNKED.get(algorithm)
    if name is None:
        return UNCHECKED
    end = bytearray(archive.at(archive.end_start, archive.size - archive.end_start))
    end[16:20] = struct.pack("<I", block_start)  # as if the block were not there
    parts = (
        *_pieces(0, block_start),
        *_pieces(archive.list_start, archive.end_start),
    )
    digests = [_chunk(name, archive.at(start, size)) for start, size in parts]
    digests.extend(_chunk(name, bytes(end[at : at + CHUNK_BYTES])) for at in range(0, len(end), CHUNK_BYTES))
    return hashlib.new(name, b"\x5a" + struct.pack("<I", len(digests)) + b"".join(digests)).digest()


def signature_fault(
    signed: bytes, signatures: Sequence[tuple[int, bytes]], public_key: bytes, certificate: bytes
) -> str:
    """Why none of the signatures over ``signed`` counts; empty when one holds and no known one fails.

    ``public_key`` (SubjectPublicKeyInfo) must be the key of ``certificate``, both DER.
    """
    try:
        one = x509.load_der_x509_certificate(certificate)
        key = serialization.load_der_public_key(public_key)
        own = one.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"does not hold: key or certificate cannot be read: {error}"[:300]
    if own != public_key:
        return "does not hold: it was made with another key than the certificate's"
    known = [(number, value) for number, value in signatures if number in HASHES]
    if not known:
        return "not checked: no signature of a kind that is known here"
    for number, value in known:
        try:
            _verify(key, number, value, signed)
        except InvalidSignature:
            return "does not hold: the signed data are not what was signed"
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            return f"does not hold: it cannot be computed: {error}"[:300]
    return ""


def _verify(key: PublicKeyTypes, number: int, value: bytes, signed: bytes) -> None:
    """Raises InvalidSignature, or ValueError where the key is not of the algorithm's kind."""
    digest = HASHES[number]
    if isinstance(key, rsa.RSAPublicKey) and number in PSS:
        key.verify(value, signed, padding.PSS(padding.MGF1(digest), PSS[number]), digest)
    elif isinstance(key, rsa.RSAPublicKey) and number in PKCS1:
        key.verify(value, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and number in ECDSA:
        key.verify(value, signed, ec.ECDSA(digest))
    elif isinstance(key, dsa.DSAPublicKey) and number not in PSS and number not in PKCS1 and number not in ECDSA:
        key.verify(value, signed, digest)
    else:
        raise ValueError("the key is not of the algorithm's kind")


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, CHUNK_BYTES):
        yield at, min(CHUNK_BYTES, end - at)


def _chunk(name: str, data: bytes) -> bytes:
    return hashlib.new(name, b"\xa5" + struct.pack("<I", len(data)) + data).digest()
