"""Signed notes in the form of C2SP (c2sp.org/signed-note): text and a key in, the note that carries the signature out.

A note is text that ends in a line feed, an empty line, and a line for each signature: an em dash, the key's name, and
base64 of four bytes that name the key and the Ed25519 signature (RFC 8032) over the text. A verifier key is spelled
``<name>+<key ID in hex>+<base64 of 0x01 and the 32 bytes of the public key>``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence.errors import Unreadable, Unverified

ED25519 = b"\x01"
NAME = re.compile(r"[!-*,-~]{1,120}")  # printing ASCII but for the plus sign
MAX_NOTE_CHARS = 100_000
MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key: its name and its 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name it: the start of SHA-256(name, line feed, 0x01, public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as text, as verifiers are given it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def holds(self, signature: bytes, text: bytes) -> bool:
        """Whether the signature over ``text`` is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs. Its secret half is never printed, logged or put into an error."""

    name: str
    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    @property
    def secret(self) -> str:
        """The key as text for its file: ``PRIVATE+KEY+<name>+<key ID>+<base64 of 0x01 and the 32 secret bytes>``."""
        seed = base64.b64encode(ED25519 + self._private.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{seed}"

    def sign(self, text: str) -> str:
        """The note: ``text``, which ends in a line feed, and the signature. Raises ValueError for any other text."""
        if not text.endswith("\n") or any(ord(one) < 32 and one != "\n" for one in text):
            raise ValueError("a note is text that ends in a line feed and holds no control characters")
        line = base64.b64encode(self.verifier.id + self._private.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {line}\n"


def new_signer(name: str) -> Signer:
    """A key made now, by the system's own source of chance. Raises ValueError for a name that no key can have."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a key: printing ASCII without spaces and plus signs")
    return Signer(name, Ed25519PrivateKey.generate())


def read_signer(secret: str) -> Signer:
    """The key that :attr:`Signer.secret` spelled. Raises Unreadable, which never repeats what was given."""
    parts = secret.strip().split("+", 4)
    try:
        private, key, name, key_id, data = parts
        seed = base64.b64decode(data, validate=True)
        if (private, key) != ("PRIVATE", "KEY") or seed[:1] != ED25519 or not NAME.fullmatch(name):
            raise ValueError("another form")
        signer = Signer(name, Ed25519PrivateKey.from_private_bytes(seed[1:]))
        if signer.verifier.id.hex() != key_id:
            raise ValueError("another key ID")
    except (ValueError, binascii.Error):
        raise Unreadable("it is not of the form PRIVATE+KEY+name+id+base64 of an Ed25519 key") from None
    return signer


def read_verifier(vkey: str) -> VerifierKey:
    """The key that :attr:`VerifierKey.vkey` spelled. Raises Unreadable for anything else."""
    name, _, rest = vkey.partition("+")
    key_id, _, data = rest.partition("+")
    try:
        public = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        public = b""
    key = VerifierKey(name, public[1:])
    if not NAME.fullmatch(name) or public[:1] != ED25519 or len(public) != 33 or key.id.hex() != key_id:
        raise Unreadable(f"{vkey[:100]!r} is no Ed25519 verifier key of the form name+id+base64")
    return key


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, VerifierKey]:
    """The text of a note and the key that signed it. Signatures of other keys are passed over, as the form demands.

    Raises Unreadable for what is no note, Unverified when none of ``keys`` signed it or a signature does not hold.
    """
    text, signatures = split_note(note)
    by_name = {(key.name, key.id): key for key in keys}
    found = [(by_name[one[:2]], one[2]) for one in signatures if one[:2] in by_name]
    for key, signature in found:
        if not key.holds(signature, text.encode()):
            raise Unverified(f"the signature of {key.name} does not hold")
    if not found:
        raise Unverified("none of the known keys signed it")
    return text, found[0][0]


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and each signature as key name, key ID and bytes. Raises Unreadable for what is no note."""
    text, parted, lines = note[:MAX_NOTE_CHARS].rpartition("\n\n")
    signatures = []
    for line in lines.split("\n")[:-1]:
        found = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/=]+)", line)
        try:
            data = base64.b64decode(found[2], validate=True) if found else b""
        except binascii.Error:
            data = b""
        if not found or len(data) < 5:
            raise Unreadable("it is no signed note: a line at its end is no signature")
        signatures.append((found[1], data[:4], data[4:]))
    if (
        not parted
        or not lines.endswith("\n")
        or not 0 < len(signatures) <= MAX_SIGNATURES
        or len(note) > MAX_NOTE_CHARS
    ):
        raise Unreadable("it is no signed note: text, an empty line, and signatures")
    return f"{text}\n", signatures
