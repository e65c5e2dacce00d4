"""Telephone numbers in a text: E.164 values with the page's own spelling, and the other ways to read them.

A number with a country code is taken when it is possible; one without must be valid in a country that the page points
to (currency, country-code domain, language), because "98765-43210" is a valid number in India and in Brazil.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from classifiers.deobfuscate import View

MAX_NUMBERS = 400
CONTEXT_CHARS = 20_000  # of the page, read for what points to a country


class Phone(NamedTuple):
    """``start:end`` in the original text; ``readings`` are other possible E.164 forms."""

    value: str
    readings: tuple[str, ...]
    start: int
    end: int


_CANDIDATE = re.compile(
    r"(?<![\w.,@/=&#%-])(?:tel:|callto:|sms:)?([+(]{0,2}[0-9](?:[ ().\-/  ]{0,3}[0-9]){6,15})(?![\w@%]|[.,][0-9])"
)
_NOT_PHONE = re.compile(
    r"(?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./][0-3]?[0-9]"  # a date
    r"|[0-3]?[0-9][-./](?:0?[1-9]|1[0-2])[-./](?:19|20)[0-9]{2}"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z"  # an internet address
    r"|(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}\Z"  # years from and to
    r"|[0-9]{1,3}(?:[., ]000)+\Z"  # a round amount
)
# What on the page points to a country, strongest first.
_CURRENCIES = (
    (r"₹|\binr\b|\brupees?\b|रुपय|\bgst\b|\bpaytm\b|\bupi\b", ("IN",)),
    (r"r\$|\breais\b|\bpix\b|\bcnpj\b", ("BR",)),
    (r"\brp ?[0-9.]|\bidr\b|\brupiah\b|\brekber\b", ("ID",)),
    (r"₺|\btl\b|\bkvkk\b", ("TR",)),
    (r"₽|\bруб", ("RU", "KZ")),
    (r"\bpkr\b|\beasypaisa\b|\bjazzcash\b", ("PK",)),
    (r"\bsar\b|ريال", ("SA",)),
    (r"\baed\b|درهم", ("AE",)),
    (r"\begp\b|جنيه", ("EG",)),
    (r"\bksh|\bkes\b|m-pesa", ("KE",)),
    (r"\btsh|\btzs\b", ("TZ",)),
    (r"₦|\bngn\b|naira", ("NG",)),
    (r"\bmxn\b", ("MX",)),
    (r"\bcop\b", ("CO",)),
    (r"\bars\b", ("AR",)),
    (r"\bs/ ?[0-9]|\bpen\b|\bsoles\b", ("PE",)),
    (r"\brs\b|\brs[. ]?[0-9]", ("IN", "PK")),
    (r"£|\bgbp\b", ("GB",)),
    (r"¥|元|\bcny\b", ("CN",)),
)
_POINTERS = re.compile("|".join(f"(?P<c{number}>{pattern})" for number, (pattern, _) in enumerate(_CURRENCIES)))
_TOP_LEVEL = re.compile(r"[a-z0-9-]\.(in|br|id|tr|ru|pk|sa|ae|eg|ke|tz|ng|mx|co|ar|pe|cl|es|pt|fr|uk|cn)(?![\w.-])")
_BY_LANGUAGE = {
    "hi": ("IN",),
    "hi-Latn": ("IN",),
    "mr": ("IN",),
    "bn": ("IN", "BD"),
    "pt": ("BR", "PT"),
    "es": ("MX", "ES", "CO", "AR", "PE", "CL"),
    "id": ("ID",),
    "ar": ("SA", "AE", "EG"),
    "ur": ("PK", "IN"),
    "fa": ("IR",),
    "tr": ("TR",),
    "ru": ("RU", "KZ"),
    "uk": ("UA",),
    "fr": ("FR", "MA", "SN", "CI"),
    "zh": ("CN",),
    "sw": ("TZ", "KE"),
    "en": ("IN", "US", "GB", "NG", "PK"),
}


def regions(view_text: str, lang: str) -> tuple[str, ...]:
    """Countries that a number without a country code may belong to, most likely first."""
    found: list[str] = []
    pointers = {match.lastgroup for match in _POINTERS.finditer(view_text)}
    for number, (_, countries) in enumerate(_CURRENCIES):
        if f"c{number}" in pointers:
            found.extend(countries)
    found.extend("GB" if match[1] == "uk" else match[1].upper() for match in _TOP_LEVEL.finditer(view_text))
    found.extend(_BY_LANGUAGE.get(lang, ()))
    return tuple(dict.fromkeys(found))


def find(view: View, lang: str) -> Iterator[Phone]:
    """Every telephone number of the text whose normalised view is given."""
    likely: tuple[str, ...] | None = None
    count = 0
    for match in _CANDIDATE.finditer(view.text):
        shown = match[1]
        if _NOT_PHONE.match(shown):
            continue
        if likely is None:
            likely = regions(view.text[:CONTEXT_CHARS], lang)
        readings = _readings(shown, likely)
        if readings:
            start, end = view.original(*match.span(1))
            yield Phone(readings[0], readings[1:], start, end)
            count += 1
            if count == MAX_NUMBERS:
                return


@lru_cache(maxsize=4096)
def _readings(shown: str, likely: tuple[str, ...]) -> tuple[str, ...]:
    """E.164 forms of a candidate, the best first; () when it is no number."""
    digits = re.sub(r"[^0-9]", "", shown)
    if shown.lstrip("(").startswith("+"):
        number = _parse("+" + digits, None)
        return (_e164(number),) if number and phonenumbers.is_possible_number(number) else ()
    if len(set(digits)) < 3 and len(digits) > 8:
        return ()
    found = [number for region in likely if (number := _parse(shown, region)) and phonenumbers.is_valid_number(number)]
    for prefix in ("00", ""):
        if len(digits) >= 11 and digits.startswith(prefix):
            number = _parse("+" + digits.removeprefix(prefix), None)
            if number and phonenumbers.is_valid_number(number):
                found.append(number)
    return tuple(dict.fromkeys(_e164(number) for number in found))


def possible(digits: str) -> str:
    """E.164 of digits that begin with a country code, as wa.me links carry them; "" when they cannot be a number."""
    number = _parse("+" + digits.lstrip("+0"), None)
    return _e164(number) if number and phonenumbers.is_possible_number(number) else ""


def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
