"""Prices: an amount with its currency, in the ways sellers of many countries write it.

The amount is found first; what stands before and after it tells whether it is money. So a page is read once, and
only around its digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, phrases, rule
from classifiers.labels import ClaimType

JOIN_CHARS = 48  # amounts this near to each other in one line are one price list
MAX_BARE_DIGITS = 7  # a longer number without a currency is an account's or a telephone's
BEFORE_CHARS, AFTER_CHARS = 24, 24

_UNIT = r"(?:k|mil|lakhs?|lac|crore|rb|ribu|jt|juta|million|हजार|लाख|الف|тыс)(?!\w)"
_AMOUNT = re.compile(
    rf"(?<![\w.,])[0-9](?:[0-9.,' ]{{0,14}}[0-9])?(?: ?{_UNIT})?"
    r"|(?<=[a-z₹$€£₺₽₦¥])[0-9](?:[0-9.,']{0,14}[0-9])?(?:k|rb|jt)?(?![0-9])"
)
_CURRENCY_BEFORE = re.compile(
    r"(?:₹|(?<!\w)(?:rs|inr|r\$|us\$|a\$|rp|idr|usdt?|eur|gbp|aed|dhs?|sar|egp|mxn|cop|ars|brl|pkr|ksh|kes|tsh|tzs|ngn"
    r"|cny|rmb|rub|try|s/|ugx|zar)\.?|[$€£₺₽₦¥])[ :]?\Z"
)
_CURRENCY_AFTER = re.compile(
    r" ?(?:[₹$€£₺₽₦]|元|块|美元|刀|/-|/=|(?:rs|inr|us\$|usdt?|eur(?:os?)?|gbp|dollars?|dolares|bucks|pounds?|cents?|p"
    r"|centavos|reais|real|pesos?|soles|rupees?|rupaye|rupay|rupiah|paise|paisa|rp|ribu|rb|juta|jt|tl|lira|kurus|руб\w*"
    r"|коп\w*|mxn|cop|ars|brl|aed|dhs?|sar|egp|pkr|ksh|tsh|ngn|naira|shilingi|cedis|रुपय\w*|रुपए|रुपये|रु\.?|रू\.?|पैसे"
    r"|روپے|ريال\w*|درهم\w*|جنيه\w*|دولار\w*|دينار\w*|هلل\w*|ليره)(?![\w]))"
)
_PRICE_WORD_BEFORE = re.compile(
    r"(?:(?<!\w)(?:sirf|only|just|apenas|so|por|solo|solamente|hanya|cuma|seulement|sadece|всего|فقط|मात्र|सिर्फ|केवल"
    r"|صرف|tu|price|rate|precio|preco|harga|fiyat|سعر|package)[ :=-]{1,3}|(?<!\S)@ ?|\.{4,20} ?| = )\Z"
)
_PRICE_WORD_AFTER = re.compile(
    r" (?:only|me|mein|lifetime|per month|monthly|mahina|final|nego|nett|once)(?!\w)"
    r"|/(?:month|mo|year|yr|mes|bulan)"
)
_PERCENT_AFTER = re.compile(
    r" ?% ?(?:off|discount|cash ?back|commission|margin|bonus|de desconto|desconto|de descuento|descuento|diskon"
    r"|indirim|скидк|छूट|तक छूट|خصم|de reduction)"
)
_PERCENT_BEFORE = re.compile(r"(?:diskon|discount|desconto|descuento|скидк\w*|indirim|خصم|छूट)[^\n.]{0,12}\Z")
_NO_PRICE = re.compile(
    r"\b(?:fined?|penalt|damages|salar|revenue|turnover|lost|stole|worth|seized|paid out|compensation|settle|multa"
    r"|indeniza|prejuizo|sueldo|perdi|denda|gaji|kerugian|amende|ceza|maas|штраф|зарплат|غرام|जुर्मान|वेतन|ठग|capital"
    r"|funding|raised)"
)


@rule("price.amount", ClaimType.PRICE)
def amount(page: Page) -> Iterator[Hit]:
    """The page states what its offer costs: an amount with a currency, a rate, or a discount."""
    text = page.text
    joined: list[tuple[int, int]] = []
    for match in _AMOUNT.finditer(text):
        span = _money(text, *match.span())
        if span is None:
            continue
        if any(low < span[1] and span[0] < high for low, high in page.struck):
            continue  # a former price
        if joined and span[0] - joined[-1][1] <= JOIN_CHARS and "\n" not in text[joined[-1][1] : span[0]]:
            joined[-1] = joined[-1][0], max(span[1], joined[-1][1])
        else:
            joined.append(span)
    for start, end in joined:
        if not _NO_PRICE.search(text, max(0, start - 30), min(len(text), end + 20)):
            yield Hit(start, end)


def _money(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The amount with its currency or price word; None when nothing says that it is money."""
    low = max(0, start - BEFORE_CHARS, text.rfind("\n", max(0, start - BEFORE_CHARS), start) + 1)
    if before := _CURRENCY_BEFORE.search(text, low, start):
        return before.start(), end + 2 if text.startswith(("/-", "/="), end) else end
    if (after := _CURRENCY_AFTER.match(text, end)) or (after := _PERCENT_AFTER.match(text, end)):
        return start, after.end()
    if not 2 <= sum(map(str.isdigit, text[start:end])) <= MAX_BARE_DIGITS:
        return None
    if before := _PRICE_WORD_BEFORE.search(text, low, start):
        return before.start(), end
    if after := _PRICE_WORD_AFTER.match(text, end):
        return start, after.end()
    if text.startswith("%", end) and (before := _PERCENT_BEFORE.search(text, low, start)):
        return before.start(), end + 1
    return None


RULES = (
    amount,
    phrases("price.free", ClaimType.PRICE, "The page says that its offer, or a part of it, costs nothing."),
)
