"""Runs alone in a process of its own: an app package on standard input (a file), one JSON object on standard output.

The package is not trusted, and nothing in it is ever run. Before the first byte is read, memory, processor time and
output are limited, and the process gives up the right to open anything: with no file descriptor left to have, it can
reach neither a file nor the network, whatever a hostile package makes of it.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO

from cryptography.hazmat.backends import default_backend

from evidence.apk_archive import Archive, BrokenError, Entry
from evidence.apk_axml import BadXmlError
from evidence.apk_manifest import manifest_facts
from evidence.apk_signing import Signer, certificate_facts, signers

MEMORY_BYTES, ANSWER_BYTES = 1 << 30, 4 << 20
MANIFEST = "AndroidManifest.xml"
MAX_MANIFEST_BYTES = 8 << 20
MAX_ODDITIES, MAX_PROBLEM = 50, 300


def main() -> int:
    """Reads, answers, and never shows a traceback: what went wrong is part of the answer."""
    for name in ("utf-8", "utf-16-le", "latin-1", "ascii", "idna"):
        codecs.lookup(name)  # loaded from files that cannot be opened any more afterwards
    default_backend()  # the same
    _limit(int(sys.argv[1]))
    try:
        with os.fdopen(0, "rb", closefd=False) as stream:
            answer = read(stream)
    except MemoryError:
        answer = {"problem": "reading it needs more memory than is allowed"}
    except Exception as error:  # noqa: BLE001  # a hostile package ends in an answer, never in a traceback
        answer = {"problem": f"it cannot be read: {type(error).__name__}: {error}"[:MAX_PROBLEM]}
    sys.stdout.write(json.dumps(answer))
    return 0


def read(stream: BinaryIO) -> dict[str, Any]:
    """What a package says of itself: ``{manifest, signing, oddities}``, or ``{problem}`` when it is none."""
    try:
        archive = Archive(stream)
    except (BrokenError, struct.error) as error:
        return {"problem": str(error)[:MAX_PROBLEM]}
    problems: list[str] = []
    return {
        "manifest": _manifest(archive),
        "signing": _signing(signers(archive, problems), problems),
        "files_listed": len(archive.entries),
        "oddities": [text[:MAX_PROBLEM] for text in dict.fromkeys(archive.oddities)][:MAX_ODDITIES],
    }


def _manifest(archive: Archive) -> dict[str, Any]:
    entries = archive.named(MANIFEST)
    if not entries:
        return {"value": None, "reason": f"there is no {MANIFEST} in it: it is no app package, or one of several parts"}
    if len(entries) > 1:
        archive.oddities.append(f"{len(entries)} files are named {MANIFEST}; what is told is of the first")
    return _one(archive, entries[0])


def _one(archive: Archive, entry: Entry) -> dict[str, Any]:
    try:
        data = archive.read(entry, MAX_MANIFEST_BYTES)
    except (BrokenError, struct.error) as error:
        return {"value": None, "reason": str(error)[:MAX_PROBLEM]}
    digest = hashlib.sha256(data).hexdigest()
    try:
        return {"sha256": digest, **manifest_facts(data)}
    except (BadXmlError, struct.error) as error:
        return {"value": None, "reason": f"{MANIFEST} is not readable: {error}"[:MAX_PROBLEM], "sha256": digest}


def _signing(found: list[Signer], problems: list[str]) -> dict[str, Any]:
    """One row for each certificate, whichever schemes name it."""
    rows: dict[str, dict[str, Any]] = {}
    for one in found:
        digest = hashlib.sha256(one.certificate).hexdigest()
        row = rows.setdefault(
            digest, {"sha256": digest, **certificate_facts(one.certificate), "verified": False, "schemes": []}
        )
        row["verified"] = row["verified"] or one.verified
        row["schemes"].append({"scheme": one.scheme, "signature": one.signature, "contents": one.contents})
    return {"certificates": list(rows.values()), "problems": problems[:MAX_ODDITIES]}


def _limit(seconds: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_NOFILE, 3),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
            resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
