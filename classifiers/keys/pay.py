"""Payment handles in a text: UPI addresses (India) and Pix keys (Brazil), with checksums where the scheme has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

NEAR_CHARS = 60


class PayKey(NamedTuple):
    """``kind`` is upi or pix; ``value`` the normal form."""

    kind: str
    value: str
    start: int
    end: int


_UPI = re.compile(r"(?<![\w.@+-])([A-Za-z0-9][\w.\-]{1,60})@([A-Za-z][A-Za-z0-9]{2,30})(?![\w@-]|\.[A-Za-z0-9])")
_UPI_WORD = re.compile(
    r"\b(?:upi|g(?:oogle)? ?pay|phone ?pe|paytm|bhim|payment|pay|payable)\b|भुगतान|यूपीआई", re.IGNORECASE
)
# Handles of payment service providers that are no other company's mail or chat name.
_PROVIDERS = frozenset(
    re.findall(
        r"\w+",
        """ybl ibl axl apl yapl upi paytm ptyes ptsbi ptaxis pthdfc okaxis oksbi okicici okhdfcbank okbizaxis hdfcbank
        hdfcbankjd icici sbi axisbank barodampay kotak kotak811 idfcbank idfcfirst indus federal fbl rbl yesbank
        yesbankltd airtel jio postbank cnrb pnb unionbank aubank equitas dbs hsbc citi freecharge mobikwik slice
        jupiteraxis waaxis wahdfcbank waicici wasbi naviaxis superyes fam tapicici timecosmos abfspay allbank""",
    )
)
_PIX_WORD = re.compile(r"\b(?:pix|chave|cpf|cnpj)\b", re.IGNORECASE)
_CPF = re.compile(r"(?<![\w.-])[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}(?![\w-])")
_CNPJ = re.compile(r"(?<![\w.-])[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}/?[0-9]{4}-?[0-9]{2}(?![\w-])")
_EVP = re.compile(r"(?<![\w-])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])")


def find_upi(text: str) -> Iterator[PayKey]:
    """UPI addresses: with a known provider's handle, or near a word of payment."""
    for match in _UPI.finditer(text):
        known = match[2].lower() in _PROVIDERS
        if known or _near(_UPI_WORD, text, *match.span()):
            yield PayKey("upi", match[0].lower(), *match.span())


def find_pix(text: str) -> Iterator[PayKey]:
    """Pix keys: tax numbers with right check digits and random keys, near the scheme's words."""
    for pattern, check in ((_CPF, cpf_valid), (_CNPJ, cnpj_valid)):
        for match in pattern.finditer(text):
            digits = re.sub(r"[^0-9]", "", match[0])
            if check(digits) and _near(_PIX_WORD, text, *match.span()):
                yield PayKey("pix", digits, *match.span())
    for match in _EVP.finditer(text):
        if _near(_PIX_WORD, text, *match.span()):
            yield PayKey("pix", match[0].lower(), *match.span())


def _near(word: re.Pattern[str], text: str, start: int, end: int) -> bool:
    return word.search(text, max(0, start - NEAR_CHARS), min(len(text), end + NEAR_CHARS)) is not None


def cpf_valid(digits: str) -> bool:
    """Whether the two check digits of a Brazilian personal tax number are right (modulus 11)."""
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    return all(_mod11(digits[:n], range(n + 1, 1, -1)) == int(digits[n]) for n in (9, 10))


def cnpj_valid(digits: str) -> bool:
    """Whether the two check digits of a Brazilian company number are right (modulus 11)."""
    if len(digits) != 14 or len(set(digits)) == 1:
        return False
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return all(_mod11(digits[:n], weights[13 - n :]) == int(digits[n]) for n in (12, 13))


def _mod11(digits: str, weights: range | tuple[int, ...]) -> int:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest
