"""Bodies as they were sent in, the SHA-256 of what they unpack to out: chunks, gzip and deflate, which Python reads.

A response record holds the body as it was sent. Where that was packed, a ``conversion`` record holds it unpacked,
and points to the response. Brotli and Zstandard are not in the standard library: what was packed so is not recomputed.
"""

from __future__ import annotations

import hashlib
import re
import zlib

MAX_BODY_BYTES = 256 << 20
CHUNK_HEAD = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")


def codings_of(head: bytes) -> list[str]:
    """The codings that an HTTP head names, in the order they were applied; chunks last."""
    found: dict[str, list[str]] = {"content-encoding": [], "transfer-encoding": []}
    for line in head.decode("latin-1").split("\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() in found:
            found[name.strip().lower()] += [word.strip().lower() for word in value.split(",")]
    plain = [word for word in found["content-encoding"] if word not in ("", "identity")]
    return plain + [word for word in found["transfer-encoding"] if word == "chunked"]


def unpacked_digest(head: bytes, body: bytes) -> str:
    """The SHA-256 of the body without its codings; empty when one of them is not read here, or the data are damaged."""
    for coding in reversed(codings_of(head)):
        try:
            if coding == "chunked":
                body = without_chunks(body)
            elif coding in ("gzip", "x-gzip", "deflate"):
                body = inflated(body, coding)
            else:
                return ""
        except zlib.error:
            return ""
    return hashlib.sha256(body).hexdigest()


def without_chunks(body: bytes) -> bytes:
    """The content of chunks, as far as they go (RFC 9112 section 7.1)."""
    parts, at = [], 0
    while (found := CHUNK_HEAD.match(body, at)) is not None and int(found[1], 16):
        end = found.end() + int(found[1], 16)
        parts.append(body[found.end() : end])
        at = end + (2 if body.startswith(b"\r\n", end) else 1)
    return b"".join(parts)


def inflated(body: bytes, coding: str) -> bytes:
    """What gzip members or deflate data hold, as far as they go."""
    parts, size = [], 0
    while body:
        is_zlib = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        unpacker = zlib.decompressobj(wbits=31 if coding != "deflate" else 15 if is_zlib else -15)
        parts.append(unpacker.decompress(body, MAX_BODY_BYTES - size))
        size += len(parts[-1])
        if size >= MAX_BODY_BYTES:
            raise zlib.error("a body that unpacks to more than is read here")
        body = unpacker.unused_data if unpacker.eof and unpacker.unused_data.startswith(b"\x1f\x8b") else b""
    return b"".join(parts)
