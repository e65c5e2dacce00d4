"""Store entries, packages, sellers on market places, affiliate tags. Text or a page's source in, Found out.

Kinds: ``play_app``, ``android_package`` (the package), ``chrome_extension`` (32 letters a-p), ``app_store`` (``id``
and digits), ``seller`` (market place and the seller's name there), ``amazon_tag``, ``clickbank`` (affiliate/vendor),
``hotmart`` (affiliate link). A package of WhatsApp itself is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.keys import Found, near

_PACKAGE_NAME = r"[A-Za-z][A-Za-z0-9_]{0,60}(?:\.[A-Za-z][A-Za-z0-9_]{0,60}){1,6}"
_PLAY = re.compile(
    r"(?:play\.google\.com/store/apps/details/?\?(?:[a-z]{2,10}=[\w-]{1,20}&(?:amp;)?){0,4}|market://details\?)"
    rf"id=({_PACKAGE_NAME})(?!\w)"
)
_PLAY_DEVELOPER = re.compile(r"play\.google\.com/store/apps/(?:dev|developer)\?id=([\w%+.-]{1,80})")
_EXTENSION = re.compile(
    r"(?:chromewebstore\.google\.com/detail|chrome\.google\.com/webstore/detail|microsoftedge\.microsoft\.com/addons/detail)"
    r"/(?:[^/\s\"'<>?#]{1,200}/)?([a-p]{32})(?!\w)"
)
_APP_STORE = re.compile(
    r"(?:apps|itunes)\.apple\.com/(?:[a-z]{2}/)?app/(?:[^/\s\"'<>?#]{1,200}/)?(id[0-9]{6,12})(?![0-9])"
)
_ANDROID = re.compile(rf"(?<![\w@/.-])(?:com|org|net|io|app|me|co|in|br|tr|id)\.{_PACKAGE_NAME}(?![\w(@]|[./-]\w)")
_ANDROID_WORD = re.compile(
    r"\bpackage(?: name|:)|\bpacote\b|\bpaquete\b|\bpaket (?:ad\w|nama)|\bnama paket\b|\.apk\b|\bapk\b"
    r"|\bapplication ?id\b|имя пакета|包名|पैकेज|اسم الحزمة",
    re.IGNORECASE,
)
_NOT_APPS = re.compile(
    r"(?:com\.(?:google|android|facebook|whatsapp|squareup|github|fasterxml|sun|microsoft|jetbrains|example)"
    r"|org\.(?:apache|springframework|junit|json|slf4j|telegram|jetbrains|mozilla)|io\.(?:netty|reactivex|ktor))\.",
    re.IGNORECASE,
)
_OFFICIAL = frozenset({"com.whatsapp", "com.whatsapp.w4b"})
_SELLER_PAGES = (
    (
        r"indiamart\.com/([a-z0-9-]{3,60})/?(?![\w.-])",
        r"proddetail impcat search company suppliers city messages my corporate",
    ),
    (r"tradeindia\.com/([a-z0-9-]{3,60}-[0-9]{4,10})(?![\w.-])", ""),
    (r"fiverr\.com/(?:s/)?([a-z0-9_]{3,40})(?![\w.-])", "categories search gigs pages support inbox s cp join login"),
    (r"(?:codecanyon|themeforest)\.net/user/([\w-]{2,40})", ""),
    (r"ebay\.[a-z.]{2,6}/(?:usr|str)/([\w.-]{2,60})", ""),
    (r"etsy\.com/(?:[a-z]{2}/)?shop/([A-Za-z0-9]{3,40})", ""),
    (r"tokopedia\.com/([a-z0-9_-]{3,40})(?![\w.-])", "search discovery promo help about p terms blog"),
    (r"shopee\.[a-z.]{2,6}/shop/([0-9]{4,12})", ""),
    (r"mercadoli[bv]re\.com(?:\.[a-z]{2})?/perfil/([\w+.-]{2,60})", ""),
    (r"(?:[\w-]{1,20}\.)?olx\.[a-z.]{2,6}/(?:profile|perfil)/([\w-]{3,60})", ""),
    (r"justdial\.com/[\w%-]{2,60}/[\w%-]{2,120}/([0-9A-Z]{2,8}PX[0-9A-Z.-]{5,60})", ""),
    (
        r"amazon\.[a-z.]{2,6}/(?:s|sp|gp/aag/main|gp/product/[A-Z0-9]{10})[/?](?:[^\s\"'<>]{0,300}[?&;])?"
        r"(?:me|seller|merchant)=(A[0-9A-Z]{9,20})",
        "",
    ),
)
_AMAZON_TAG = re.compile(
    r"(?:amazon\.[a-z.]{2,6}|amzn\.to)/[^\s\"'<>?]{0,300}\?(?:[^\s\"'<>]{0,300}[&;])?tag=([\w-]{2,40}-2[0-9])(?!\w)"
)
_CLICKBANK = re.compile(
    r"(?:hop\.clickbank\.net/?\?(?:affiliate=([a-z0-9]{3,20})&(?:amp;)?vendor=([a-z0-9]{3,20})"
    r"|vendor=([a-z0-9]{3,20})&(?:amp;)?affiliate=([a-z0-9]{3,20}))"
    r"|(?<![\w.])([a-z0-9]{3,20})\.([a-z0-9]{3,20})\.hop\.clickbank\.net)",
    re.IGNORECASE,
)
_HOTMART = re.compile(r"go\.hotmart\.com/([A-Z][0-9]{6,10}[A-Z])(?!\w)")

HINTS = (
    *("play.google", "market://", "chromewebstore", "chrome.google.com", "microsoftedge", "apple.com/", "indiamart"),
    *(
        "tradeindia",
        "fiverr",
        "codecanyon",
        "themeforest",
        "ebay.",
        "etsy.",
        "tokopedia",
        "shopee",
        "mercadoli",
        "olx.",
    ),
    *("justdial", "amazon.", "amzn.", "clickbank", "hotmart"),
)
"""What an address of this family holds, in lower case; a text without any of it need not be searched."""

_SELLERS = tuple((re.compile(pattern, re.IGNORECASE), frozenset(skip.split())) for pattern, skip in _SELLER_PAGES)


def addresses(text: str) -> Iterator[Found]:
    """Addresses of stores, market places and affiliate programmes."""
    for match in _PLAY.finditer(text):
        if match[1] not in _OFFICIAL:
            yield Found("play_app", match[1], *match.span())
    for match in _PLAY_DEVELOPER.finditer(text):
        yield Found("seller", f"play.google.com/{match[1].replace('+', ' ')}", *match.span())
    for match in _EXTENSION.finditer(text):
        yield Found("chrome_extension", match[1], *match.span())
    for match in _APP_STORE.finditer(text):
        yield Found("app_store", match[1], *match.span())
    for pattern, skip in _SELLERS:
        for match in pattern.finditer(text):
            name = match[1].rstrip(".-")
            if name.lower() not in skip:
                host = match[0].partition("/")[0].lower()
                yield Found("seller", f"{host}/{name}", *match.span())
    yield from _affiliates(text)


def _affiliates(text: str) -> Iterator[Found]:
    for match in _AMAZON_TAG.finditer(text):
        yield Found("amazon_tag", match[1].lower(), *match.span())
    for match in _CLICKBANK.finditer(text):
        affiliate, vendor = match[1] or match[4] or match[5], match[2] or match[3] or match[6]
        yield Found("clickbank", f"{affiliate}/{vendor}".lower(), *match.span())
    for match in _HOTMART.finditer(text):
        yield Found("hotmart", match[1], *match.span())


def packages(text: str) -> Iterator[Found]:
    """Names of Android packages near a word that says so; a library's or WhatsApp's own is none."""
    if not _ANDROID_WORD.search(text):
        return
    for match in _ANDROID.finditer(text):
        name = match[0].removesuffix(".apk")
        if name.count(".") < 1 or name in _OFFICIAL or _NOT_APPS.match(name + ".") or name != name.lower():
            continue
        if match[0] != name or near(_ANDROID_WORD, text, *match.span()):
            yield Found("android_package", name, match.start(), match.start() + len(name))
