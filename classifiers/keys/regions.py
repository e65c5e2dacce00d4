"""Countries that a page points to: currency, payment, country codes and domains, language. Text in, codes out."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

CONTEXT_CHARS = 20_000  # of the page, read for what points to a country

# What on the page points to a country, strongest first.
_CURRENCIES = (
    (r"₹|\binr\b|\brupees?\b|रुपय|\bgst(?:in)?\b|\bpaytm\b|\bupi\b", ("IN",)),
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
_NO_LITERAL = re.compile(r".\?.*|[(\[].*")


def _literals(pattern: str) -> tuple[str, ...]:
    """What each alternative of a pattern begins with, so that it is only tried where that stands."""
    bare = (choice.replace(r"\b", "").replace("\\", "") for choice in pattern.split("|"))
    return tuple(_NO_LITERAL.sub("", choice) for choice in bare)


_POINTERS = tuple((_literals(pattern), re.compile(pattern), countries) for pattern, countries in _CURRENCIES)
_COUNTRY_CODES = {
    "91": "IN",
    "55": "BR",
    "62": "ID",
    "90": "TR",
    "92": "PK",
    "966": "SA",
    "971": "AE",
    "20": "EG",
    "254": "KE",
    "255": "TZ",
    "234": "NG",
    "52": "MX",
    "57": "CO",
    "54": "AR",
    "51": "PE",
    "56": "CL",
    "34": "ES",
    "351": "PT",
    "33": "FR",
    "44": "GB",
    "86": "CN",
    "880": "BD",
    "60": "MY",
}
_CODES = "|".join(sorted(_COUNTRY_CODES, key=len, reverse=True))
_WITH_CODE = re.compile(rf"(?:\+|\bwa\.me/|phone=)({_CODES})[ \-(]?[0-9]")
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
ANYWHERE = ("IN", "BR", "ID", "US", "PK", "NG", "MX", "TR")
"""Where a number may be at home when the page points nowhere; for its other readings only."""


def pointed_to(view_text: str, url: str = "") -> tuple[str, ...]:
    """Countries that something on the page points to, strongest first; the language is no pointer."""
    return _pointed_to(view_text[:CONTEXT_CHARS], url)


@lru_cache(maxsize=8)
def _pointed_to(text: str, url: str) -> tuple[str, ...]:
    found: list[str] = []
    for literals, pattern, countries in _POINTERS:
        if any(literal in text for literal in literals) and pattern.search(text):
            found.extend(countries)
    found.extend(_COUNTRY_CODES[match[1]] for match in _WITH_CODE.finditer(text))
    host = _host(url)
    found.extend("GB" if match[1] == "uk" else match[1].upper() for match in _TOP_LEVEL.finditer(host))
    found.extend("GB" if match[1] == "uk" else match[1].upper() for match in _TOP_LEVEL.finditer(text))
    return tuple(dict.fromkeys(found))


def of_language(lang: str) -> tuple[str, ...]:
    """Countries where a language is mostly written, the likeliest first; () for one that tells nothing."""
    return _BY_LANGUAGE.get(lang, ())


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
