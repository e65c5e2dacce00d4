"""Addresses of crypto currencies, each with its checksum worked out. Text in, Found out.

Kinds: ``btc`` (base58check versions 0 and 5; bech32 and bech32m, BIP-173 and BIP-350), ``eth`` (EIP-55 where letters of
both cases stand; without mixed case there is no checksum, so a word of money must stand near), ``tron`` (base58check,
first byte 0x41). ``value`` is the form the scheme's own tools print.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from classifiers.keys import Found, near
from classifiers.keys.keccak import keccak256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_ADDRESS = re.compile(r"(?<![\w/.-])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})(?!\w)")
_BECH32 = re.compile(r"(?<!\w)(?:bc1[ac-hj-np-z02-9]{11,71}|BC1[AC-HJ-NP-Z02-9]{11,71})(?!\w)")
_BECH32_CHARS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32M = 0x2BC830A3
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_ETH = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")
_MONEY_WORD = re.compile(
    r"\b(?:eth|ethereum|usdt|usdc|bep-?20|erc-?20|bnb|wallet|carteira|billetera|pay|payment|send|deposit|donat\w+|address)\b"
    r"|кошел|оплат|محفظ|钱包",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[Found]:
    """Every address whose checksum holds."""
    for match in _BASE58_ADDRESS.finditer(text):
        version = _base58check(match[0])
        if version == 0x41 and match[0][0] == "T":
            yield Found("tron", match[0], *match.span())
        elif version in (0, 5) and match[0][0] in "13":
            yield Found("btc", match[0], *match.span())
    for match in _BECH32.finditer(text):
        if bech32_valid(match[0].lower()):
            yield Found("btc", match[0].lower(), *match.span())
    if "0x" in text:
        yield from _ethereum(text)


def _ethereum(text: str) -> Iterator[Found]:
    for match in _ETH.finditer(text):
        letters = match[0][2:]
        proper = eip55(letters)
        if letters in (letters.lower(), letters.upper()):
            if not near(_MONEY_WORD, text, *match.span()):
                continue
        elif letters != proper:
            continue
        yield Found("eth", f"0x{proper}", *match.span())


def _base58check(text: str) -> int:
    """The version byte of an address of 25 bytes whose checksum is right, -1 otherwise."""
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = b"\x00" * zeros + body
    if len(data) != 25:
        return -1
    digest = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()
    return data[0] if digest[:4] == data[-4:] else -1


def bech32_valid(text: str) -> bool:
    """Whether a lower-case ``bc1…`` is a segwit address: checksum, version, program length (BIP-173, BIP-350)."""
    values = [_BECH32_CHARS.index(char) for char in text[3:]]
    checksum = _polymod([3, 3, 0, 2, 3, *values])  # "bc", spread as BIP-173 tells
    version, program = values[0], values[1:-6]
    if version > 16 or checksum != (1 if version == 0 else _BECH32M):
        return False
    size, rest = divmod(len(program) * 5, 8)
    if rest > 4 or (rest and program[-1] & ((1 << rest) - 1)):
        return False
    return size in (20, 32) if version == 0 else 2 <= size <= 40


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                check ^= generator
    return check


def eip55(letters: str) -> str:
    """Forty hexadecimal digits with the capitals of EIP-55."""
    plain = letters.lower()
    digest = keccak256(plain.encode()).hex()
    return "".join(char.upper() if int(mark, 16) >= 8 else char for char, mark in zip(plain, digest, strict=False))
