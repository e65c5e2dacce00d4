"""The practice authority's own root and signer, made once with openssl: a directory in, two PEM files and a key out.

Every name in them contains ``PRACTICE - proves nothing``, so nobody can take such a time for a real one. The root's
key is thrown away when the signer is signed: nothing else can ever chain to this root.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from crawler.errors import StoreError

NAME = "PRACTICE - proves nothing"
POLICY = "1.3.6.1.4.1.99999.1"
ROOT_DAYS = "3650"
SIGNER_DAYS = "3640"
OPENSSL_TIMEOUT_S = 60

SIGNER_EXTENSIONS = """\
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""

#: What `openssl ts -reply` reads. There is no ``certs`` line: with a chain embedded openssl does not sort the
#: certificates as DER asks, and strict readers then refuse the token.
TSA_CONFIG = """\
[ tsa ]
default_tsa = practice
[ practice ]
serial = {serial}
crypto_device = builtin
signer_cert = {keys}/signer.pem
signer_key = {keys}/signer.key
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def ensure_keys(directory: Path) -> Path:
    """Makes the keys in ``directory`` unless they are there; returns the root's path.

    They appear whole or not at all: they are made beside and renamed. Raises StoreError when openssl is missing or
    fails, or the directory cannot be written.
    """
    root = directory / "root.pem"
    if root.exists():
        return root
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            _make(draft)
            draft.rename(directory)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        if root.exists():  # another process was faster
            return root
        raise StoreError(f"the practice authority's keys cannot be put into {directory}: {error}") from error
    return root


def openssl(arguments: list[str], *, timeout_s: float = OPENSSL_TIMEOUT_S) -> None:
    """Runs one openssl command. Raises StoreError with what it said when it fails or takes too long."""
    try:
        done = subprocess.run(
            ["openssl", *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout_s, check=False
        )
    except FileNotFoundError as error:
        raise StoreError("the practice authority needs the openssl command; install it") from error
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"openssl {arguments[0]} took longer than {timeout_s} seconds") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(f"openssl {arguments[0]} failed: {said[0] if said else 'it said nothing'}")


def _make(directory: Path) -> None:
    new_key = ["-newkey", "rsa:3072", "-nodes", "-sha256"]
    root, root_key = str(directory / "root.pem"), str(directory / "root.key")
    signer, signer_key, request = (str(directory / name) for name in ("signer.pem", "signer.key", "signer.csr"))
    extensions = directory / "signer.ext"
    extensions.write_text(SIGNER_EXTENSIONS, "utf-8")
    is_root = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    self_signed = ["req", "-x509", *new_key, "-days", ROOT_DAYS, "-subj", f"/CN={NAME} (root)", *is_root]
    openssl([*self_signed, "-keyout", root_key, "-out", root])
    openssl(["req", *new_key, "-subj", f"/CN={NAME} (signer)", "-keyout", signer_key, "-out", request])
    sign = ["x509", "-req", "-sha256", "-days", SIGNER_DAYS, "-CA", root, "-CAkey", root_key, "-CAcreateserial"]
    openssl([*sign, "-extfile", str(extensions), "-in", request, "-out", signer])
    keep = {"root.pem", "signer.pem", "signer.key"}
    for path in directory.iterdir():
        if path.name not in keep:
            path.unlink()
