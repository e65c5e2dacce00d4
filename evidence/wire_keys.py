"""The key schedules of TLS as far as opening records needs them: secrets in, something that opens records out.

TLS 1.3: RFC 8446 sections 5.2, 5.3, 7.1, 7.2 and 7.3. TLS 1.2: RFC 5246 sections 5 and 6.3, with the nonces of RFC 5288
(AES-GCM) and RFC 7905 (ChaCha20-Poly1305).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

CHACHA = "chacha20"


@dataclass(frozen=True, slots=True)
class Suite:
    """One cipher suite: its IANA name, its cipher, the length of its key, its hash."""

    name: str
    cipher: str
    key_bytes: int
    digest: str

    @property
    def hash_bytes(self) -> int:
        return 48 if self.digest == "sha384" else 32


SUITES = {
    0x1301: Suite("TLS_AES_128_GCM_SHA256", "aes", 16, "sha256"),
    0x1302: Suite("TLS_AES_256_GCM_SHA384", "aes", 32, "sha384"),
    0x1303: Suite("TLS_CHACHA20_POLY1305_SHA256", CHACHA, 32, "sha256"),
    0xC02B: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "aes", 16, "sha256"),
    0xC02C: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "aes", 32, "sha384"),
    0xC02F: Suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "aes", 16, "sha256"),
    0xC030: Suite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "aes", 32, "sha384"),
    0xCCA8: Suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", CHACHA, 32, "sha256"),
    0xCCA9: Suite("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CHACHA, 32, "sha256"),
    0x009C: Suite("TLS_RSA_WITH_AES_128_GCM_SHA256", "aes", 16, "sha256"),
    0x009D: Suite("TLS_RSA_WITH_AES_256_GCM_SHA384", "aes", 32, "sha384"),
}


class AeadHalf:
    """Opens the records of one direction in order. Raises InvalidTag for one that does not authenticate."""

    def __init__(self, key: bytes, iv: bytes, cipher: str) -> None:
        self._aead = ChaCha20Poly1305(key) if cipher == CHACHA else AESGCM(key)
        self._iv, self._explicit, self._number = iv, cipher != CHACHA, 0

    def open(self, record: bytes, head: bytes) -> bytes:
        """A TLS 1.3 record; its head of five octets is authenticated with it."""
        return self._aead.decrypt(self._mixed(), record, head)

    def open_12(self, kind: int, version: bytes, record: bytes) -> bytes:
        """A TLS 1.2 record; AES-GCM puts eight octets of the nonce before the text."""
        number = self._number.to_bytes(8, "big")
        if self._explicit:
            nonce, record = self._iv + record[:8], record[8:]
            self._number += 1
        else:
            nonce = self._mixed()
        size = (len(record) - 16).to_bytes(2, "big") if len(record) >= 16 else b"\0\0"
        return self._aead.decrypt(nonce, record, number + bytes([kind]) + version + size)

    def _mixed(self) -> bytes:
        number, self._number = self._number, self._number + 1
        return (int.from_bytes(self._iv, "big") ^ number).to_bytes(12, "big")


def half_13(secret: bytes, suite: Suite) -> AeadHalf:
    """What opens the records that are sent under a traffic secret."""
    return AeadHalf(_expand(secret, "key", suite.key_bytes, suite), _expand(secret, "iv", 12, suite), suite.cipher)


def half_12(key: bytes, iv: bytes, suite: Suite) -> AeadHalf:
    """What opens one direction of a TLS 1.2 connection."""
    return AeadHalf(key, iv, suite.cipher)


def next_secret(secret: bytes, suite: Suite) -> bytes:
    """The traffic secret after a KeyUpdate."""
    return _expand(secret, "traffic upd", suite.hash_bytes, suite)


def keys_12(
    master: bytes, client: bytes, server: bytes, suite: Suite
) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """Key and fixed nonce of the client's and of the server's direction, from the master secret and both randoms."""
    size, iv = suite.key_bytes, 12 if suite.cipher == CHACHA else 4
    seed, block = b"key expansion" + server + client, b""
    step = seed
    while len(block) < 2 * (size + iv):
        step = hmac.new(master, step, suite.digest).digest()
        block += hmac.new(master, step + seed, suite.digest).digest()
    ivs = block[2 * size :]
    return (block[:size], ivs[:iv]), (block[size : 2 * size], ivs[iv : 2 * iv])


def _expand(secret: bytes, label: str, size: int, suite: Suite) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446 section 7.1)."""
    name = b"tls13 " + label.encode("ascii")
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0"
    out, step, number = b"", b"", 0
    while len(out) < size:
        number += 1
        step = hmac.new(secret, step + info + bytes([number]), suite.digest).digest()
        out += step
    return out[:size]
