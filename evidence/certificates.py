"""What the browser told of a TLS connection: DevTools facts in, certificate facts and the chain as PEM out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crawler import clock
from evidence.digest import sha256_hex
from evidence.host_facts import unknown


def chain_of(state: Mapping[str, Any]) -> list[bytes]:
    """The certificates of the page's connection, DER, the server's own first; empty when none was told."""
    return [base64.b64decode(text) for text in state.get("certificate", [])]


def chain_pem(state: Mapping[str, Any]) -> bytes:
    """The same as PEM. Certificates that cannot be parsed are left out; the DER bytes stay in the web archive."""
    parsed = (_parse(der) for der in chain_of(state))
    return b"".join(one.public_bytes(Encoding.PEM) for one in parsed if one is not None)


def certificate_facts(told: Mapping[str, Any], state: Mapping[str, Any], shown: Sequence[bytes] = ()) -> dict[str, Any]:
    """Subject, issuer, validity and digests of the server's certificate; ``told`` is the answer's own summary.

    ``shown`` is the chain (DER) as the server showed it in the recorded handshake; without one it is the browser's.
    """
    chain = list(shown) or chain_of(state)
    leaf = _parse(chain[0]) if chain else None
    return {
        "protocol": state.get("protocol") or told.get("protocol") or unknown("the browser did not say"),
        "cipher": state.get("cipher") or unknown("the browser did not say"),
        "subject": leaf.subject.rfc4514_string() if leaf else _told(told, "subjectName"),
        "issuer": leaf.issuer.rfc4514_string() if leaf else _told(told, "issuer"),
        "not_before": clock.iso(leaf.not_valid_before_utc) if leaf else _moment(told, "validFrom"),
        "not_after": clock.iso(leaf.not_valid_after_utc) if leaf else _moment(told, "validTo"),
        "sha256": sha256_hex(chain[0]) if chain else unknown("the browser gave no certificate"),
        "chain_sha256": [sha256_hex(der) for der in chain],
        "trusted_by_browser": _trusted(state),
        "certificate_error": state.get("certificateNetworkError") or "",
    }


def _trusted(state: Mapping[str, Any]) -> Any:
    if "state" not in state:
        return unknown("the browser did not say")
    return not str(state["state"]).startswith("insecure")


def _told(told: Mapping[str, Any], name: str) -> Any:
    return told.get(name) or unknown("the browser did not say")


def _moment(told: Mapping[str, Any], name: str) -> Any:
    seconds = told.get(name)
    return clock.iso(datetime.fromtimestamp(seconds, UTC)) if isinstance(seconds, int) else _told(told, name)


def _parse(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        return None
