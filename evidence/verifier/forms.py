"""How a bundle writes things down: canonical JSON in, values out; times, names and digests in their one spelling."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from evidence.verifier.words import Bad, shown

MAX_JSON_BYTES, MAX_LINE_BYTES = 64 << 20, 1 << 20
SAFE_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?")
DIGEST = re.compile(r"[0-9a-f]{64}")


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of values without fractions under ASCII names: sorted names, no white space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def parsed(data: bytes, name: str) -> Any:
    """``data`` as JSON; a name given twice in one object, fractions, NaN and broken UTF-8 are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("an object names one thing twice")
        return dict(pairs)

    def never(word: str) -> Any:
        raise ValueError(f"{word} has no place here")

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=never, parse_float=never)
    except (ValueError, RecursionError) as error:
        raise Bad(f"{name}: not readable as JSON: {error}") from None


def moment(text: str) -> datetime:
    """A UTC time as manifests write it. Raises ValueError for anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def digest_of(pieces: Iterable[bytes]) -> str:
    """The SHA-256 of bytes that come in pieces, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def listed(manifest: dict[str, Any], name: str) -> dict[str, tuple[int, str]]:
    """The files a manifest lists: path to size and digest; unsafe, double and colliding paths are refused."""
    result: dict[str, tuple[int, str]] = {}
    for row in manifest["files"]:
        path, size, digest = row["path"], row["bytes"], row["sha256"]
        if not all(SAFE_NAME.fullmatch(part) for part in path.split("/")):
            raise Bad(f"{name}: lists the unsafe path {shown(path)}")
        if type(size) is not int or not DIGEST.fullmatch(digest) or len(row) != 3:
            raise Bad(f"{name}: size or digest of {path} is malformed")
        result[path] = (size, digest)
    if len({path.lower() for path in result}) != len(manifest["files"]):
        raise Bad(f"{name}: lists a path twice, or two that differ only in upper and lower case")
    return result
