"""The key that signs checkpoints of the custody log: a file that its owner alone can read, or an environment variable.

The key is made by ``offsignal init``; its public half is entered into the log before it signs anything. What is on the
disk is used only if nobody else on the machine can read it.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import unicodedata
from pathlib import Path

from evidence.errors import KeyRefused, Unreadable
from evidence.signed_note import Signer, new_signer, read_signer

KEY_FILE = "custody.key"
NEXT_FILE = "custody.key.next"
KEY_VARIABLE = "OFFSIGNAL_CUSTODY_KEY"
MAX_KEY_BYTES = 4096


def key_name(origin: str, organisation: str) -> str:
    """What a new key, and so the log, is called: ``origin`` as set, else of the organisation and eight random digits.

    It is the first line of every checkpoint (the origin of C2SP tlog-checkpoint): one name for each log.
    """
    if origin:
        return origin
    plain = unicodedata.normalize("NFKD", organisation).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "offsignal"
    return f"{slug}/custody-{secrets.token_hex(4)}"


def from_environment() -> Signer | None:
    """The key in the variable ``OFFSIGNAL_CUSTODY_KEY``; None when it is not set. Raises KeyRefused for a bad one."""
    text = os.environ.get(KEY_VARIABLE, "")
    if not text:
        return None
    try:
        return read_signer(text)
    except Unreadable as error:
        raise KeyRefused(f"the key in the variable {KEY_VARIABLE} cannot be used: {error}") from error


def load(data_dir: Path) -> Signer | None:
    """The key of a data directory: that of the environment, else that of its file; None when there is neither.

    Raises KeyRefused when the file can be read or changed by others, belongs to somebody else, or holds no key.
    """
    return from_environment() or read_file(data_dir / KEY_FILE)


def read_file(path: Path) -> Signer | None:
    """The key in a file; None when there is no such file. Raises KeyRefused as :func:`load` does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyRefused(f"{path}: the key cannot be read: {error.strerror}; links are not followed") from error
    with os.fdopen(descriptor, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise KeyRefused(f"{path}: the key is no plain file")
        if facts.st_uid not in (os.geteuid(), 0):
            raise KeyRefused(f"{path}: the key belongs to another user of this machine: copy it to a file of your own")
        if stat.S_IMODE(facts.st_mode) & 0o077:
            raise KeyRefused(
                f"{path}: others can read the key (mode {stat.S_IMODE(facts.st_mode):04o}), so it proves nothing any "
                f"more: run 'chmod 600 {path}', then 'offsignal custody rotate-key'"
            )
        data = stream.read(MAX_KEY_BYTES)
    try:
        return read_signer(data.decode("ascii"))
    except (Unreadable, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, Unreadable) else "it is not text"
        raise KeyRefused(f"{path}: the key cannot be used: {reason}") from None


def write_file(path: Path, signer: Signer) -> None:
    """Writes a key to a new file that its owner alone can read. Raises KeyRefused when there is a file already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise KeyRefused(f"{path}: there is a file already; a key is never written over another one") from None
    except OSError as error:
        raise KeyRefused(f"{path}: the key cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(signer.secret + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def make(data_dir: Path, name: str) -> Signer:
    """Makes a key and its file. Raises KeyRefused when there is one already, or ``name`` can be no key's name."""
    try:
        signer = new_signer(name)
    except ValueError as error:
        raise KeyRefused(f"custody.origin: {error}") from error
    write_file(data_dir / KEY_FILE, signer)
    return signer
