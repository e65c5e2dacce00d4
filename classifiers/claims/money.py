"""Prices: an amount with its currency, in the ways sellers of many countries write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, rule
from classifiers.labels import ClaimType

JOIN_CHARS = 48  # amounts this near to each other in one line are one price list

_AMOUNT = (
    r"[0-9](?:[0-9.,' ]{0,14}[0-9])?(?: ?(?:k|mil|lakh|lac|lakhs|crore|rb|ribu|jt|juta|million|हजार|लाख|الف|тыс))?"
)
_BEFORE = (
    r"(?:₹|rs\.?|inr|r\$|us\$|a\$|\$|€|£|₺|₽|₦|rp\.?|idr|usdt?|eur|gbp|aed|dhs?\.?|sar|egp|mxn|cop|ars|brl|pkr|ksh|kes|tsh|tzs"
    r"|ngn|cny|rmb|¥|rub|try|s/\.?|ugx|zar)"
)
_AFTER = (
    r"(?:₹|rs\b|inr\b|\$|€|£|₺|₽|₦|us\$|usdt?\b|eur(?:os?)?\b|gbp\b|dollars?\b|dolares\b|bucks\b|pounds?\b|cents?\b|centavos\b|reais\b|real\b"
    r"|pesos?\b|soles\b|rupees?\b|rupaye\b|rupay\b|rupiah\b|rs\.|paise\b|paisa\b|ribu\b|rb\b|juta\b|jt\b|tl\b|lira\b|kurus\b|руб\w*|коп\w*|₸|грн\b"
    r"|रुपय\w*|रुपए|रु\.?|रू\.?|पैसे|रुपये|روپے|روپ|ريال\w*|درهم\w*|جنيه\w*|دولار\w*|دينار\w*|هلل\w*|ليره|元|块|美元|刀|mxn\b|cop\b|ars\b|brl\b|aed\b|dhs?\b|sar\b"
    r"|egp\b|pkr\b|ksh\b|tsh\b|ngn\b|naira\b|shilingi\b|cedis\b|/-|/=|euro\b)"
)
_MONEY = re.compile(rf"(?<![\w$]){_BEFORE} ?{_AMOUNT}(?![0-9])|(?<![\w.,/-]){_AMOUNT} ?{_AFTER}")
_BARE = re.compile(
    r"(?<!\w)(?:sirf|only|just|apenas|so|por|solo|solamente|hanya|cuma|seulement|sadece|всего|لقط|فقط|मात्र|सिर्फ|केवल|صرف|tu|@|price|rate|precio|preco|harga|fiyat|سعر)"
    r"[ :=-]{1,3}[0-9][0-9.,]{1,8}(?![0-9%])|(?<![\w.,])[0-9][0-9.,]{1,8} (?:only|me|mein|lifetime|per month|monthly|mahina|/month|/mo)\b"
    r"|(?<![\w.,])[0-9][0-9.,]{0,8}(?:k|rb| lakh| mil| [^\W\d_]{2,12})? ?= ?[0-9][0-9.,]{1,8}(?:k|rb)?(?![\w%])"
    r"|\.{4,20} ?[0-9][0-9.,]{0,8}(?![\w%])|(?<![\w.,])[0-9][0-9.,]{2,8} (?:final|fix|fixed|nego|nett|flat)\b"
    r"|(?<![\w.,])[0-9]{1,4}(?:\.[0-9]{1,2})?[p¢](?!\w)|package[^\n:]{0,40}: [0-9][0-9,]{3,8}(?![\w%])"
)
_PERCENT = re.compile(
    r"[0-9]{1,2} ?% ?(?:off|discount|cash ?back|commission|margin|bonus|de desconto|desconto|de descuento|descuento|diskon|indirim|скидк\w*|छूट|तक छूट|خصم|de reduction)"
    r"|(?:diskon|discount|desconto|descuento|скидк\w*|indirim|خصم|छूट)[^\n.]{0,12}[0-9]{1,2} ?%"
)
_FREE = re.compile(
    r"\b(?:without|no) mark-?up\b|\b(?:is|are|for) free\b|\bfree (?:of charge|forever|plan|tier)\b|\bfirst [0-9][0-9,]* [a-z]+ (?:free|on us)\b"
    r"|\bgratuit[oa]s?\b|\bgratis\b|\bmuft\b|मुफ्त|مجاني\w*|бесплатн\w*|\bgratuit(?:e|s|es)?\b|\bucretsiz\b|免费"
)
_NO_PRICE = re.compile(
    r"\b(?:fined?|penalt\w*|damages|salar\w*|revenue|turnover|lost|stole\w*|worth|seized|paid out|compensation|settle\w*|multa\w*|indeniza\w*|prejuizo|sueldo"
    r"|salario|perdi\w*|denda|gaji|kerugian|amende|ceza|maas|штраф\w*|зарплат\w*|غرام\w*|जुर्मान\w*|वेतन|ठग\w*|capital|funding|raised)\b"
)


@rule("price.amount", ClaimType.PRICE)
def amount(page: Page) -> Iterator[Hit]:
    """The page states what its offer costs: an amount with a currency, a rate, or a discount."""
    for line in page.lines:
        if line.kind != "blank":
            yield from _in_line(page, line.start, line.end)


def _in_line(page: Page, start: int, end: int) -> Iterator[Hit]:
    spans = sorted(
        match.span() for pattern in (_MONEY, _BARE, _PERCENT) for match in pattern.finditer(page.text, start, end)
    )
    joined: list[tuple[int, int]] = []
    for low, high in spans:
        if joined and low - joined[-1][1] <= JOIN_CHARS:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    for low, high in joined:
        if not _NO_PRICE.search(page.text, max(start, low - 30), min(end, high + 20)):
            yield Hit(low, high)


@rule("price.free", ClaimType.PRICE)
def free(page: Page) -> Iterator[Hit]:
    """The page says that its offer, or a part of it, costs nothing."""
    for match in _FREE.finditer(page.text):
        yield Hit(*match.span())


RULES = (amount, free)
