"""A quoted price or volume -> what it says in plain terms: amount, currency and unit; how many of what in which time.

The quote stays the evidence; a value is a reading of it. What the words leave open is left out, and a sign that means
several currencies ("$" on a Spanish page) is kept as the sign. The words it knows stand in ``values.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from classifiers.claims.numbers import NUMBER, RUPIAH, value_of
from classifiers.deobfuscate import fold
from classifiers.labels import ClaimType

Value = Mapping[str, float | str]

AFTER_CHARS = 24
"""How far behind a quote its unit is looked for, in the same line."""
BEFORE_CHARS = 7  # a currency stands so near to its amount
LONG_TIMES = ("day", "week", "month", "year")  # for so long a licence holds
_PESO_LANGUAGES = frozenset({"es", "pt"})


@dataclass(frozen=True, slots=True)
class Words:
    """The compiled words of ``values.toml``. ``names`` gives the reading for a group of a match."""

    currency: re.Pattern[str]
    unit: re.Pattern[str]
    thing: re.Pattern[str]
    per: re.Pattern[str]
    lasts: re.Pattern[str]
    every: re.Pattern[str]
    hundredth: re.Pattern[str]
    validity: re.Pattern[str]
    unlimited: re.Pattern[str]
    names: Mapping[str, str]


@lru_cache(maxsize=1)
def words() -> Words:
    """The words, compiled on first use."""
    tables = tomllib.loads(resources.files("classifiers.claims").joinpath("values.toml").read_text("utf-8"))
    names: dict[str, str] = {}

    def choice(table: str, mark: str, around: str = "{}") -> str:
        names.update({f"{mark}{number}": name for number, name in enumerate(tables[table])})
        rows = enumerate(tables[table].values())
        return "|".join(f"(?P<{mark}{number}>{around.format('|'.join(row))})" for number, row in rows)

    def alone(table: str, key: str) -> str:
        return "|".join(tables[table][key])

    before, times = alone("per", "before"), choice("time", "t", "(?:{})(?![^\\W\\d_])")
    return Words(
        currency=re.compile(choice("currency", "c")),
        unit=re.compile(choice("unit", "u")),
        thing=re.compile(choice("thing", "o", "(?<![^\\W\\d_])(?:{})(?![^\\W\\d_])")),
        per=re.compile(rf"(?:{before})(?P<many>[0-9]{{1,3}} ?)?(?:{times})|\b(?:{alone('per', 'alone')})(?!\w)"),
        lasts=re.compile(rf"(?P<many>[0-9]{{1,3}})[ -]?(?:{times})"),
        every=re.compile(rf"\s?(?:/|(?:per|por|par|for|untuk|за) )\s?(?P<many>[0-9]{{1,3}}) ?(?:{times})"),
        hundredth=re.compile(rf"\s?(?:{alone('hundredth', 'part')})"),
        validity=re.compile(alone("validity", "named")),
        unlimited=re.compile(alone("limit", "none")),
        names=names,
    )


def of(kind: ClaimType, quote: str, after: str = "", lang: str = "") -> Value | None:
    """What a quote of ``kind`` says; None for other types and where nothing is read. ``after`` follows the quote."""
    if kind is ClaimType.PRICE:
        return price(fold(quote), fold(after), lang)
    if kind is ClaimType.VOLUME:
        return volume(fold(quote))
    return None


def price(text: str, after: str = "", lang: str = "") -> Value | None:
    """``amount``, ``currency``, ``unit`` and ``validity`` as far as folded ``text`` names them; None without amount."""
    known = words()
    found = [(match, _currency(text, match, lang)) for match in NUMBER.finditer(text)]
    if not found:
        return None
    match, currency = next((one for one in found if one[1]), found[0])
    rest = text[match.end() :]
    if rest.lstrip(" ").startswith("%"):
        return {"amount": value_of(match), "currency": "%"}
    amount = value_of(match)
    value: dict[str, float | str] = {"amount": amount / 100 if known.hundredth.match(rest) else amount}
    if currency:
        value["currency"] = currency
    line = after[:AFTER_CHARS].partition("\n")[0]
    if every := known.every.match(rest):
        value["unit"] = f"{int(every['many'])} {_name(every)}"
    elif unit := known.unit.search(rest) or known.unit.search(line) or known.unit.search(text):
        value["unit"] = _name(unit)
    lasts = known.lasts.search(rest)
    if lasts and "unit" not in value and known.validity.search(text) and _name(lasts) in LONG_TIMES:
        value["validity"] = f"{int(lasts['many'])} {_name(lasts)}"
    return value


def volume(text: str) -> Value | None:
    """``count`` (or ``limit: none``), ``of`` what and ``per`` which time, as far as folded ``text`` names them."""
    known = words()
    number_at = next((match for match in NUMBER.finditer(text) if _counts(text, match)), None)
    value: dict[str, float | str] = {}
    at = 0
    if known.unlimited.search(text):
        value["limit"] = "none"
    elif number_at:
        value["count"], at = value_of(number_at), number_at.end()
    else:
        return None
    if thing := known.thing.search(text, at) or known.thing.search(text):
        value["of"] = _name(thing)
    time = known.per.search(text, at) or known.per.search(text) if "count" in value else None
    if time:
        many = int(time["many"] or 1)
        name = _name(time) or "day"
        value["per"] = "day" if (many, name) == (24, "hour") else name if many == 1 else f"{many} {name}"
    return value


def in_words(value: Value) -> str:
    """A value as a reader says it: "999 INR per month", "unlimited messages", "5,000 messages per day"."""
    if "amount" in value:
        said = f"{number(float(value['amount']))} {value.get('currency', '')}".strip()
        unit = str(value.get("unit", ""))
        said += {"lifetime": ", once", "1000": " per 1,000", "": ""}.get(unit, f" per {_plural(unit)}")
        return said + (f", valid {_plural(str(value['validity']))}" if "validity" in value else "")
    if value.get("limit") == "none":
        return f"unlimited {value.get('of', '')}".strip()
    said = f"{number(float(value.get('count', 0)))} {value.get('of', '')}".strip()
    return said + (f" per {_plural(str(value['per']))}" if "per" in value else "")


def _plural(time: str) -> str:
    return time if time.isalpha() or time.startswith("1 ") else f"{time}s"


def number(amount: float) -> str:
    """A number with commas between thousands and no more decimals than it has, four at most."""
    return f"{amount:,.4f}".rstrip("0").rstrip(".")


def _name(match: re.Match[str]) -> str:
    """The reading that a match stands for; "" when it is of no named group."""
    names = words().names
    return next((names[group] for group, text in match.groupdict().items() if text is not None and group in names), "")


def _counts(text: str, match: re.Match[str]) -> bool:
    """Whether a number counts something: it is neither money nor a length of time."""
    return not _currency(text, match, "") and not words().lasts.match(text, match.start())


def _currency(text: str, match: re.Match[str], lang: str) -> str:
    """The currency named right before or right after an amount; "" when there is none."""
    start, end = match.span()
    low = max(0, start - BEFORE_CHARS)
    known = words().currency
    before = [one for one in known.finditer(text, low, start) if not text[one.end() : start].strip(" :.")]
    found = before[-1] if before else known.match(text, end + (text[end : end + 1] == " "))
    if found is None:
        return "IDR" if match["times"] in RUPIAH else ""
    name = _name(found)
    return "USD" if name == "$" and found[0] == "$" and lang not in _PESO_LANGUAGES else name
