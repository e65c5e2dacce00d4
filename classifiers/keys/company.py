"""Company and bank numbers: GSTIN and IFSC (India), CNPJ (Brazil). Text in, Found out.

GSTIN: fifteen characters, the last a check character modulo 36 (GSTN's published scheme). CNPJ: fourteen, the last two
check digits modulo 11, letters allowed in the first twelve since July 2026 (Receita Federal, IN RFB 2.229/2024). IFSC:
eleven, no check digit (Reserve Bank of India), so it is taken only with the word or a known bank's letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.keys import Found, near

_GSTIN = re.compile(r"(?<!\w)[0-39][0-9][A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z](?!\w)", re.IGNORECASE)
_STATES = frozenset((*(f"{number:02d}" for number in range(1, 39)), "97", "99"))
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_IFSC = re.compile(r"(?<!\w)[A-Z]{4}0[A-Z0-9]{6}(?!\w)")
_IFSC_WORD = re.compile(r"\bifsc?\b|\bifs code\b", re.IGNORECASE)
_BANKS = frozenset(
    re.findall(
        r"[\w.-]+",
        """SBIN HDFC ICIC UTIB PUNB KKBK BARB CNRB UBIN YESB IDIB IDFB INDB FDRL IOBA BKID MAHB CBIN UCBA AUBL
        PYTM AIRP IPOS FINO BDBL DBSS HSBC CITI SCBL RATN KARB KVBL TMBL JAKA PSIB SIBL CSBK DCBL ESFB USFB
        UJVN""",
    )
)
_CNPJ = re.compile(
    r"(?<![\w.-])(?:[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}|[0-9A-Z]{12}-?[0-9]{2})(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_CNPJ_FORM = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CNPJ_WORD = re.compile(r"\bcnpj\b|\bpix\b", re.IGNORECASE)
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def gstins(text: str) -> Iterator[Found]:
    """Tax numbers of Indian companies."""
    for match in _GSTIN.finditer(text):
        if gstin_valid(match[0].upper()):
            yield Found("gstin", match[0].upper(), *match.span())


def ifscs(text: str) -> Iterator[Found]:
    """Codes of Indian bank branches."""
    for match in _IFSC.finditer(text):
        known = match[0][:4] in _BANKS and match[0][5:].isdecimal()
        if known or near(_IFSC_WORD, text, *match.span()):
            yield Found("ifsc", match[0], *match.span())


def cnpjs(text: str) -> Iterator[Found]:
    """Numbers of Brazilian companies: as they are printed, or near the word."""
    for match in _CNPJ.finditer(text):
        value = re.sub(r"[^0-9A-Z]", "", match[0].upper())
        if cnpj_valid(value) and ("/" in match[0] or near(_CNPJ_WORD, text, *match.span(), reach=25)):
            yield Found("cnpj", value, *match.span())


def gstin_valid(value: str) -> bool:
    """Whether fifteen capitals and digits are a GSTIN: state code and check character (factors 1 and 2, modulo 36)."""
    if len(value) != 15 or value[:2] not in _STATES or not value.isascii() or not value.isalnum():
        return False
    total = 0
    for place, char in enumerate(value[:14]):
        product = _BASE36.index(char) * (place % 2 + 1)
        total += product // 36 + product % 36
    return _BASE36[-total % 36] == value[14]


def cnpj_valid(value: str) -> bool:
    """Whether the two check digits of a Brazilian company number are right (modulus 11 over code points less 48)."""
    if not _CNPJ_FORM.fullmatch(value) or len(set(value)) == 1:
        return False
    return all(mod11(value[:n], _CNPJ_WEIGHTS[13 - n :]) == int(value[n]) for n in (12, 13))


def mod11(characters: str, weights: range | tuple[int, ...]) -> int:
    """The Brazilian check digit of a run of digits and capitals."""
    rest = sum((ord(char) - 48) * weight for char, weight in zip(characters, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest
