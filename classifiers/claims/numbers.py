"""Numbers as sellers write them -> floats: 1,49,999 · 1.500.000 · 97,00 · 10k · 2 lakh · 5 mil · 150rb.

Text is folded first (``classifiers.deobfuscate``), which makes Arabic and Devanagari digits plain ones.
"""

from __future__ import annotations

import re

MULTIPLIERS = {
    **dict.fromkeys(("k", "mil", "rb", "ribu", "bin", "тыс", "elfu", "thousand", "हजार", "الف", "ہزار", "هزار"), 1e3),
    **dict.fromkeys(("hazar", "hazaar", "hajar", "千"), 1e3),
    **dict.fromkeys(("万", "萬"), 1e4),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs", "लाख", "لاکھ", "لاكه", "لاكھ"), 1e5),
    **dict.fromkeys(("m", "mn", "million", "millions", "jt", "juta", "milhao", "milhoes", "millon", "millones"), 1e6),
    **dict.fromkeys(("млн", "مليون", "ملايين", "milyon"), 1e6),
    **dict.fromkeys(("crore", "crores", "cr", "करोड", "करोड़", "كروڑ"), 1e7),
}
RUPIAH = frozenset({"rb", "ribu", "jt", "juta"})
"""Multipliers that only Indonesian prices have."""

_WORDS = "|".join(sorted(map(re.escape, MULTIPLIERS), key=lambda word: (-len(word), word)))
_DIGITS = r"[0-9]{1,15}(?:[.,'][0-9]{1,15}| [0-9]{3}(?![0-9])){0,6}"
NUMBER = re.compile(
    rf"(?:(?<![\w,])(?<![0-9]\.)|(?<=[a-z$₹€£₺₽₦¥]))(?P<digits>{_DIGITS})(?: ?(?P<times>{_WORDS})(?![^\W\d_]))?"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{2,3})*[.,][0-9]{3}\Z")


def value_of(match: re.Match[str]) -> float:
    """The number that :data:`NUMBER` matched, its multiplier included."""
    times = match["times"]
    return plain_number(match["digits"]) * (MULTIPLIERS[times] if times else 1.0)


def plain_number(digits: str) -> float:
    """The number that digits with separators stand for.

    The last of two kinds of separators is the decimal one; a single kind parts groups where three digits follow it
    and something other than a lone 0 stands before it, and is the decimal point elsewhere.
    """
    text = digits.replace(" ", "").replace("'", "")
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return float(text)
    point = text[last]
    other = "," if point == "." else "."
    if other in text and text.count(point) == 1:
        return float(text.replace(other, "").replace(point, "."))
    whole = text.replace(other, "")
    if whole.count(point) > 1 or (_GROUPED.match(whole) and not whole.startswith("0")):
        return float(whole.replace(point, ""))
    return float(whole.replace(point, "."))
