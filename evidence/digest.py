"""Digests and the one JSON spelling that digests are taken over: bytes or values in, hex or canonical bytes out.

Every digest in the project is SHA-256 in lower-case hex. Whatever is hashed as JSON is first spelled as RFC 8785
(JSON Canonicalization Scheme) says, so that two programs that know the same values get the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

READ_BYTES = 1 << 20
#: Beyond this an IEEE double no longer tells neighbours apart (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2).
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 100


def sha256_hex(data: bytes) -> str:
    """The SHA-256 digest of ``data``: 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 digest of a file's bytes, read in pieces. OSError passes through."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """``value`` as RFC 8785 bytes: names sorted by UTF-16 code units, no white space, UTF-8, shortest numbers.

    Takes None, bool, int, float, str, sequences and mappings with string names. Raises ValueError for what JSON cannot
    carry between programs unharmed: an integer beyond 2**53 - 1, NaN, infinity, a lone surrogate, any other type.
    """
    return _spell(value, 0).encode("utf-8")


def _spell(value: Any, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise ValueError(f"canonical JSON: nested deeper than {MAX_DEPTH}")
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return "[" + ",".join(_spell(item, depth + 1) for item in value) + "]"
    raise ValueError(f"canonical JSON: a {type(value).__name__} has no JSON form")


def _object(value: Mapping[Any, Any], depth: int) -> str:
    for name in value:
        if not isinstance(name, str):
            raise ValueError(f"canonical JSON: the name {name!r} is not text")
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{_string(name)}:{_spell(value[name], depth + 1)}" for name in names) + "}"


def _string(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"canonical JSON: lone surrogate in {text[:40]!r}") from error
    return json.dumps(text, ensure_ascii=False)


def _integer(value: int) -> str:
    if abs(value) > MAX_INTEGER:
        raise ValueError(f"canonical JSON: {value} is beyond 2**53 - 1; write it as text")
    return str(int(value))


def _number(value: float) -> str:
    """A double as ECMAScript prints it (ECMA-262 Number::toString): shortest digits, no exponent from 1e-6 to 1e21."""
    if not math.isfinite(value):
        raise ValueError(f"canonical JSON: {value} is not a number")
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return ("-" if value < 0 else "") + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """``digits`` with the decimal point after ``point`` of them, in ECMAScript's form."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{tail}e{point - 1:+d}"
