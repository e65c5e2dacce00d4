"""Opens recorded TLS connections: both sides' records and the browser's own session keys in, what was said inside out.

The guard passes TLS through untouched, so the server saw the browser's own handshake. Afterwards the recorded octets
are opened with the keys the browser wrote down (the SSLKEYLOGFILE form): TLS 1.3 (RFC 8446) and TLS 1.2 (RFC 5246)
with the AEAD suites that browsers use. The certificates are the ones of this very handshake. Octets that were changed
on the way do not open: every record is authenticated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from evidence.wire_keys import SUITES, AeadHalf, Suite, half_12, half_13, keys_12, next_secret

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, END_OF_EARLY, CERTIFICATE, FINISHED, KEY_UPDATE, COMPRESSED = 1, 2, 5, 11, 20, 24, 25
SNI, ALPN, PRE_SHARED_KEY, SUPPORTED_VERSIONS = 0, 16, 41, 43
#: The ServerHello random that means "ask again" (RFC 8446 section 4.1.3).
ASK_AGAIN = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
VERSIONS = {0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
MAX_CHAIN_BYTES = 1 << 20
#: Client random in, label to secret out.
Keys = Mapping[bytes, Mapping[str, bytes]]


class WireError(ValueError):
    """Raised for a recording that cannot be read; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was said inside one connection. ``chain``: DER, the server's own first; empty in a resumed session."""

    sent: bytes
    received: bytes
    version: str
    cipher: str
    alpn: str
    server_name: str
    chain: tuple[bytes, ...]
    resumed: bool


def read_keys(text: str) -> dict[bytes, dict[str, bytes]]:
    """The lines of a key log, ``<label> <client random> <secret>`` in hex; lines of another form are passed over."""
    keys: dict[bytes, dict[str, bytes]] = {}
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) == 3 and not line.startswith("#"):
            try:
                keys.setdefault(bytes.fromhex(words[1]), {})[words[0]] = bytes.fromhex(words[2])
            except ValueError:
                continue
    return keys


def open_tls(sent: bytes, received: bytes, keys: Keys) -> Opened:
    """Opens one connection as far as it was recorded. Raises WireError with the reason when it cannot be opened."""
    try:
        return _open(sent, received, keys)
    except InvalidTag:
        raise WireError("a TLS record does not authenticate under the keys the browser wrote down") from None
    except (struct.error, IndexError) as error:
        raise WireError(f"the TLS handshake cannot be read ({error})") from None


def _open(sent: bytes, received: bytes, keys: Keys) -> Opened:
    hello = _first(sent, CLIENT_HELLO, "the browser sent no whole ClientHello")
    random, said = hello[2:34], _extensions(hello, client=True)
    answer = _first(received, SERVER_HELLO, "the server sent no whole ServerHello")
    told = _extensions(answer, client=False)
    number = struct.unpack_from("!H", told.get(SUPPORTED_VERSIONS, answer[:2]))[0]
    at = 35 + answer[34]
    suite = SUITES.get(struct.unpack_from("!H", answer, at)[0])
    if number not in VERSIONS or suite is None:
        raise WireError(
            f"the connection uses a TLS version or cipher that is not read here ({answer[at : at + 2].hex()})"
        )
    secrets = keys.get(random)
    if secrets is None:
        raise WireError("the browser wrote no keys down for this connection")
    if number == 0x0304:
        up, down = _open_13(sent, received, secrets, suite)
        alpn = _alpn(_extension_list(_message(down.handshake, 8)))
        resumed = PRE_SHARED_KEY in told
    else:
        up, down = _open_12(sent, received, secrets, suite, random, answer[2:34])
        alpn = _alpn(told)
        resumed = not _message(down.handshake, CERTIFICATE)
    name = said.get(SNI, b"")
    return Opened(
        bytes(up.said), bytes(down.said), VERSIONS[number], suite.name, alpn, name[5:].decode("ascii", "replace"),
        _chain(down.handshake, number), resumed,
    )  # fmt: skip


@dataclass(slots=True)
class _Side:
    """One direction as it is opened: handshake messages and application data so far."""

    handshake: bytearray
    said: bytearray


def _open_13(sent: bytes, received: bytes, secrets: Mapping[str, bytes], suite: Suite) -> tuple[_Side, _Side]:
    def needed(label: str) -> bytes:
        if label not in secrets:
            raise WireError(f"the handshake was not finished: there is no {label}")
        return secrets[label]

    up = [needed("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), secrets.get("CLIENT_TRAFFIC_SECRET_0", b"")]
    if early := secrets.get("CLIENT_EARLY_TRAFFIC_SECRET"):
        up.insert(0, early)
    down = [needed("SERVER_HANDSHAKE_TRAFFIC_SECRET"), secrets.get("SERVER_TRAFFIC_SECRET_0", b"")]
    return _side_13(sent, up, suite), _side_13(received, down, suite)


def _side_13(data: bytes, stages: list[bytes], suite: Suite) -> _Side:
    """Opens one direction; ``stages`` are the secrets in the order they come into use."""
    side, left = _Side(bytearray(), bytearray()), list(stages)
    half, read = half_13(left[0], suite), 0
    for kind, _, record, head in _records(data):
        if kind != APPLICATION:
            continue
        try:
            inner = half.open(record, head)
        except InvalidTag:
            if len(left) < 3 or side.said:  # only early data may be left without a reader
                raise
            left.pop(0)
            half = half_13(left[0], suite)
            inner = half.open(record, head)
        inner = inner.rstrip(b"\0")
        if not inner or inner[-1] == ALERT:
            continue
        if inner[-1] == APPLICATION:
            side.said += inner[:-1]
            continue
        side.handshake += inner[:-1]
        for kind_of, end in _ends(side.handshake, read):
            read = end
            if kind_of in (FINISHED, END_OF_EARLY) and len(left) > 1:
                left.pop(0)
                if not left[0]:
                    return side  # the connection ended before anything was said
                half = half_13(left[0], suite)
            elif kind_of == KEY_UPDATE:
                left[0] = next_secret(left[0], suite)
                half = half_13(left[0], suite)
    return side


def _open_12(
    sent: bytes, received: bytes, secrets: Mapping[str, bytes], suite: Suite, client: bytes, server: bytes
) -> tuple[_Side, _Side]:
    if "CLIENT_RANDOM" not in secrets:
        raise WireError("the browser wrote no master secret down for this connection")
    up, down = keys_12(secrets["CLIENT_RANDOM"], client, server, suite)
    return _side_12(sent, half_12(*up, suite)), _side_12(received, half_12(*down, suite))


def _side_12(data: bytes, half: AeadHalf) -> _Side:
    side, is_open = _Side(bytearray(), bytearray()), True
    for kind, version, record, _ in _records(data):
        if kind == CHANGE_CIPHER_SPEC:
            is_open = False
        elif is_open:
            side.handshake += record if kind == HANDSHAKE else b""
        else:
            inner = half.open_12(kind, version, record)
            if kind == APPLICATION:
                side.said += inner
    return side


def _records(data: bytes) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    """Type, version, content and head of every whole record; the last one may have been cut off, and is left out."""
    at, view = 0, memoryview(data)
    while at + 5 <= len(data):
        head = bytes(view[at : at + 5])
        size = int.from_bytes(head[3:], "big")
        if not CHANGE_CIPHER_SPEC <= head[0] <= APPLICATION or size > 16640:
            raise WireError("what was recorded is not TLS")
        if at + 5 + size > len(data):
            return
        yield head[0], head[1:3], bytes(view[at + 5 : at + 5 + size]), head
        at += 5 + size


def _first(data: bytes, wanted: int, otherwise: str) -> bytes:
    """The body of the first hello in the clear; a ServerHello that only asks again is passed over."""
    clear = bytearray()
    for kind, _, record, _ in _records(data):
        if kind == HANDSHAKE:
            clear += record
        elif kind == APPLICATION:
            break
        start = 0
        for kind_of, end in _ends(clear, 0):
            body = bytes(clear[start + 4 : end])
            if kind_of == wanted and body[2:34] != ASK_AGAIN:
                return body
            start = end
    raise WireError(otherwise)


def _ends(buffer: bytearray, start: int) -> list[tuple[int, int]]:
    """Type and end of every whole handshake message from ``start``."""
    found, at = [], start
    while at + 4 <= len(buffer):
        end = at + 4 + int.from_bytes(buffer[at + 1 : at + 4], "big")
        if end > len(buffer):
            break
        found.append((buffer[at], end))
        at = end
    return found


def _message(buffer: bytearray, wanted: int) -> bytes:
    """The body of the first handshake message of that type, or empty."""
    start = 0
    for kind, end in _ends(buffer, 0):
        if kind == wanted:
            return bytes(buffer[start + 4 : end])
        start = end
    return b""


def _extensions(hello: bytes, *, client: bool) -> dict[int, bytes]:
    at = 35 + hello[34]
    if client:
        at += 2 + struct.unpack_from("!H", hello, at)[0]
        at += 1 + hello[at]
    else:
        at += 3
    return _extension_list(hello[at:])


def _extension_list(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 2
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("!HH", data, at)
        found.setdefault(kind, data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _alpn(extensions: Mapping[int, bytes]) -> str:
    value = extensions.get(ALPN, b"")
    return value[3 : 3 + value[2]].decode("ascii", "replace") if len(value) > 3 else ""


def _chain(handshake: bytearray, version: int) -> tuple[bytes, ...]:
    """The certificates of the handshake (RFC 8446 section 4.4.2), compressed ones too (RFC 8879)."""
    body = _message(handshake, CERTIFICATE)
    if not body and (packed := _message(handshake, COMPRESSED)):
        body = _unpacked(int.from_bytes(packed[:2], "big"), packed[8:])
    if not body:
        return ()
    at = (1 + body[0] if version == 0x0304 else 0) + 3
    chain = []
    while at + 3 <= len(body):
        size = int.from_bytes(body[at : at + 3], "big")
        chain.append(body[at + 3 : at + 3 + size])
        at += 3 + size
        if version == 0x0304:
            at += 2 + struct.unpack_from("!H", body, at)[0]
    return tuple(chain)


def _unpacked(algorithm: int, data: bytes) -> bytes:
    if algorithm == 1:
        return zlib.decompressobj().decompress(data, MAX_CHAIN_BYTES)
    if algorithm == 2:
        import brotli  # only where a server packs its certificates so

        try:
            unpacked: bytes = brotli.Decompressor().process(data, output_buffer_limit=MAX_CHAIN_BYTES)
        except brotli.error as error:
            raise WireError(f"the certificates cannot be unpacked ({error})") from None
        return unpacked
    raise WireError(f"the certificates are packed in a way that is not read here ({algorithm})")
