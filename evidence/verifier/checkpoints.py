"""Checkpoints of the custody log: signed notes and keys in; the heads they sign, their signatures by openssl, out."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

from evidence.verifier.openssl import ask_openssl, openssl_reason
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

MAX_NOTE_BYTES = 1 << 16
NOTE_TEXT = re.compile(r"([^\n]{1,200})\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n")
NOTE_SIGNATURE = re.compile(r"— (\S{1,200}) ([A-Za-z0-9+/]{8,10000}={0,2})")
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")


def read_checkpoint(run: Run, name: str) -> tuple[str, tuple[int, str], str, list[tuple[str, bytes]]]:
    """The signed note in the file ``name``: its log's name, the head, the text that is signed, and each signature as
    its key's name and its bytes. Raises Bad for anything else.
    """
    note = run.folder.read(name, MAX_NOTE_BYTES).decode("utf-8")
    text, parted, lines = note.rpartition("\n\n")
    stated = NOTE_TEXT.fullmatch(f"{text}\n")
    signatures = [NOTE_SIGNATURE.fullmatch(line) for line in lines.split("\n")[:-1]]
    if not parted or not stated or not lines.endswith("\n") or not signatures or not all(signatures):
        raise Bad(f"{name}: is no signed checkpoint of a log")
    root = base64.b64decode(stated[3]).hex()
    signed = [(found[1], base64.b64decode(found[2])) for found in signatures if found]
    return stated[1], (int(stated[2]), root), f"{text}\n", signed


def read_vkey(vkey: Any) -> tuple[str, bytes, bytes]:
    """A verifier key ``name+id+base64`` as its name, its ID and the 32 bytes of an Ed25519 key."""
    name, _, rest = str(vkey).partition("+")
    key_id, _, data = rest.partition("+")
    try:
        public = base64.b64decode(data, validate=True)
    except ValueError:
        public = b""
    digest = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    if len(public) != 33 or public[:1] != b"\x01" or digest.hex() != key_id:
        raise Bad(f"custody/keys.json: {shown(vkey)} is no Ed25519 verifier key")
    return name, digest, public[1:]


def check_signature(run: Run, name: str, text: str, signed: list[tuple[str, bytes]], vkey: str, step: Step) -> None:
    """That the key ``vkey`` signed the checkpoint in the file ``name``; Ed25519 is left to openssl."""
    owner, key_id, public = read_vkey(vkey)
    found = [data[4:] for key_name, data in signed if (key_name, data[:4]) == (owner, key_id)]
    if not found:
        raise Bad(f"{name}: the log's key {shown(vkey)} did not sign it")
    pem = "-----BEGIN PUBLIC KEY-----", base64.b64encode(ED25519_SPKI + public).decode(), "-----END PUBLIC KEY-----"
    line = next(n for n, (key_name, data) in enumerate(signed, 1) if (key_name, data[:4]) == (owner, key_id))
    step.commands.append(
        f"printf '%s\\n' '{pem[0]}' '{pem[1]}' '{pem[2]}' > /tmp/key.pem; head -n 3 {name} > /tmp/text"
    )
    cut = f"tail -n +{line + 4} {name} | head -n 1 | cut -d ' ' -f 3 | base64 -d | tail -c 64 > /tmp/signature"
    step.commands.append(
        f"{cut}; openssl pkeyutl -verify -rawin -pubin -inkey /tmp/key.pem -sigfile /tmp/signature -in /tmp/text"
    )
    if run.openssl is None:
        step.unchecked.append(f"{name}: its SIGNATURE is not checked, openssl is not on this machine: see below")
        return
    good, said = by_pkeyutl(run, "\n".join([*pem, ""]), text, found[0])
    if not good and re.search(r"unknown option|unrecognized|not supported", said, re.IGNORECASE):
        step.unchecked.append(f"{name}: its SIGNATURE is not checked, this openssl is older than 3.0: see below")
    elif not good:
        raise Bad(f"{name}: the signature does not hold: {openssl_reason(said)}")
    else:
        step.proved.append(f"{name}: signed by {shown(vkey)}; compare that key with one got elsewhere")


def by_pkeyutl(run: Run, pem: str, text: str, signature: bytes) -> tuple[bool, str]:
    """Whether openssl finds the Ed25519 signature (RFC 8032) over the text to hold, and what it said."""
    with tempfile.TemporaryDirectory() as temporary:
        parts = {"key.pem": pem.encode(), "text": text.encode(), "signature": signature}
        for part, data in parts.items():
            Path(temporary, part).write_bytes(data)
        arguments = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{temporary}/key.pem"]
        return ask_openssl(run, [*arguments, "-sigfile", f"{temporary}/signature", "-in", f"{temporary}/text"])
