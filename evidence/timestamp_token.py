"""RFC 3161 tokens: data in, a query out; an authority's answer in, what it proves out, or why it proves nothing.

The only module that touches rfc3161-client, which since 1.0.9 no longer trusts a root that a token brings along. Its
one exception for every fault is taken apart here: each check is made by itself first, so that the reason is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from evidence import der
from evidence.digest import sha256_hex
from evidence.errors import BadToken, Unreadable

SHA256_OID = "2.16.840.1.101.3.4.2.1"


class StampState(StrEnum):
    """What asking an authority gave; everything but VERIFIED carries a reason."""

    VERIFIED = "verified"
    WRONG_NONCE = "wrong_nonce"  #: the answer belongs to another query
    WRONG_HASH = "wrong_hash"  #: the answer is about other data
    BAD_CHAIN = "bad_chain"  #: the signature or its certificates do not lead to the pinned root
    GARBAGE = "garbage"  #: not a timestamp response
    REFUSED = "refused"  #: the authority said no (PKIStatus other than granted)
    SLOW = "slow"  #: no answer within the time allowed
    UNREACHABLE = "unreachable"  #: no connection, or an HTTP error


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified token says. ``serial`` is decimal text, because it is larger than JSON numbers can be.

    ``chain`` are the certificates the token carries, signer first, PEM; ``root`` is the one of the given roots that it
    was verified against, PEM.
    """

    gen_time: datetime
    serial: str
    policy: str
    signer: str
    signer_not_after: datetime
    chain: bytes
    root: bytes


def query(data: bytes) -> bytes:
    """A time-stamp query (RFC 3161 section 2.4.1) for ``data``: SHA-256, a random nonce, certificates asked for."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def verify_token(request: bytes, response: bytes, data: bytes, root: bytes) -> Token:
    """What ``response``, the answer to ``request``, proves about ``data`` to one who trusts ``root``.

    1. The answer is a TimeStampResp, and its status is granted.
    2. Its nonce is the query's.
    3. Its imprint, and the query's, are the SHA-256 of the data.
    4. Its signature holds, the signer may only make timestamps, and its chain leads to a given root at that time.

    ``root`` is PEM, one certificate or more. Raises BadToken with the state of the first check that fails; Unreadable
    when the query or the root is no such thing. Revocation is not checked: there is no network here, and the chain is
    judged at the token's own time.
    """
    nonce, asked = _read_query(request)
    roots = _certificates(root)
    answer = _decode(response)
    if answer.tst_info.nonce != nonce:
        raise BadToken(StampState.WRONG_NONCE, "the timestamp answers another query: its nonce is not ours")
    imprint = answer.tst_info.message_imprint
    wanted = sha256_hex(data)
    if imprint.hash_algorithm.dotted_string != SHA256_OID or imprint.message.hex() != wanted or asked.hex() != wanted:
        raise BadToken(StampState.WRONG_HASH, f"the timestamp is not about data with the SHA-256 {wanted}")
    trusted = _trusted_root(answer, data, roots)
    chain = _ordered_chain(answer)
    return Token(
        gen_time=answer.tst_info.gen_time,
        serial=str(answer.tst_info.serial_number),
        policy=answer.tst_info.policy.dotted_string,
        signer=chain[0].subject.rfc4514_string(),
        signer_not_after=chain[0].not_valid_after_utc,
        chain=b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain),
        root=trusted.public_bytes(Encoding.PEM),
    )


def in_der_order(response: bytes) -> bytes:
    """``response`` with the certificates that it carries in the order DER asks for (X.690 section 11.6).

    Some authorities, DigiCert among them, send them signer first, which strict readers refuse. The set is not under
    the signature (RFC 5652 section 5.4), so the order proves nothing; what is kept is always the answer as received.
    Bytes that are no such response come back as they are.
    """
    try:
        token = der.only(response, der.only(response, None, der.SEQUENCE)[1], der.SEQUENCE)[1]
        signed = der.only(response, der.only(response, token, der.CONTEXT_0)[0], der.SEQUENCE)
        carried = next(element for element in signed if element.tag == der.CONTEXT_0)
        parts = sorted(response[one.start : one.end] for one in der.only(response, carried, der.CONTEXT_0))
    except (ValueError, IndexError, StopIteration):
        return response
    return response[: carried.content] + b"".join(parts) + response[carried.end :]


def _decode(response: bytes) -> TimeStampResponse:
    """The answer, granted and with a token inside."""
    try:
        answer = decode_timestamp_response(in_der_order(response))
        if answer.status != PKIStatus.GRANTED:
            said = "; ".join(answer.status_string) or "it gave no reason"
            raise BadToken(StampState.REFUSED, f"the authority granted no timestamp (status {answer.status}): {said}")
        for part in (lambda: answer.tst_info, lambda: answer.signed_data, answer.time_stamp_token):
            part()  # each is parsed when it is first read
    except ValueError as error:
        raise BadToken(StampState.GARBAGE, f"the answer is not a timestamp response: {error}") from error
    return answer


def _trusted_root(answer: TimeStampResponse, data: bytes, roots: Iterable[x509.Certificate]) -> x509.Certificate:
    fault = "no root is given"
    for root in roots:
        try:
            # A fresh builder for each root: copies of a builder share its list.
            VerifierBuilder().add_root_certificate(root).build().verify_message(answer, data)
        except (VerificationError, ValueError) as error:
            fault = str(error)
        else:
            return root
    raise BadToken(StampState.BAD_CHAIN, f"the timestamp does not lead to the pinned root: {fault}")


def _ordered_chain(answer: TimeStampResponse) -> list[x509.Certificate]:
    """The certificates in the token: the signer, then each one's issuer; what hangs in no chain comes last."""
    signer = next(iter(answer.signed_data.signer_infos))
    left = {one: x509.load_der_x509_certificate(one) for one in answer.signed_data.certificates}
    sid = (signer.issuer, signer.serial_number)
    chain = [cert for cert in left.values() if (cert.issuer, cert.serial_number) == sid]
    while chain:
        left.pop(chain[-1].public_bytes(Encoding.DER), None)
        issuer = next((cert for cert in left.values() if cert.subject == chain[-1].issuer), None)
        if issuer is None:
            break
        chain.append(issuer)
    return [*chain, *(left[key] for key in sorted(left))]


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Unreadable(f"the root certificate is not PEM: {error}") from error


def _read_query(request: bytes) -> tuple[int, bytes]:
    """Nonce and digest of a query as :func:`query` makes it: SEQUENCE { version, { algorithm, digest }, nonce, … }."""
    try:
        fields = der.only(request, None, der.SEQUENCE)
        digest = der.only(request, fields[1], der.SEQUENCE)[1]
        nonce = next(element for element in fields[2:] if element.tag == der.INTEGER)
        if fields[0].tag != der.INTEGER or digest.tag != der.OCTETS:
            raise ValueError("it has no version or no digest")
    except (ValueError, IndexError, StopIteration) as error:
        raise Unreadable(f"the timestamp query is not one that can be read: {error}") from error
    return int.from_bytes(request[nonce.content : nonce.end], "big", signed=True), request[digest.content : digest.end]
