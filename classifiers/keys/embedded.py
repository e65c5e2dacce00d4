"""What stands in a page's source and not in its text: measuring and advertising IDs, addresses. HTML in, Found out.

Offsets are code points into the decoded HTML. Nothing is executed or fetched: only scripts' text and addresses in tags
are read, so that an ID quoted in an article is not taken for the page's own. Kinds: ``google_analytics`` (UA- and G-),
``gtm``, ``google_ads`` (AW-), ``adsense``, ``meta_pixel``, ``clarity``, ``hotjar``, ``yandex_metrica``,
``tiktok_pixel``, ``email`` (Cloudflare's scrambled form), every kind of :mod:`classifiers.keys.stores`, pay links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.keys import Found, holds, pay, stores
from classifiers.keys.places import registrable

MAX_SOURCE_CHARS = 8 * 2**20
"""Of the page's source; an operator's IDs stand at the beginning or not at all."""
MAX_SCRIPTS = 2_000

_SCRIPT = re.compile(r"<script(?=[\s>/])", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_HINTS = ("google", "gtag", "fbq", "facebook.com/tr", "clarity", "hotjar", "hjid", "yandex", "ym(", "ttq.", "ga(")
# In scripts: each ID where its maker's snippet puts it, in quotation marks.
_QUOTED = re.compile(
    r"[\"'](?:(?P<google_analytics>UA-[0-9]{4,10}-[0-9]{1,4}|G-[A-Z0-9]{8,12})|(?P<gtm>GTM-[A-Z0-9]{4,9})"
    r"|(?P<google_ads>AW-[0-9]{8,12})(?:/[\w-]{1,40})?|(?P<adsense>ca-pub-[0-9]{16}))[\"']"
)
_CALLS = re.compile(
    r"\bfbq\(\s{0,9}[\"']init[\"']\s{0,9},\s{0,9}[\"']?(?P<meta_pixel>[0-9]{12,17})\b"
    r"|[\"']clarity[\"']\s{0,9},\s{0,9}[\"']script[\"']\s{0,9},\s{0,9}[\"'](?P<clarity>[a-z0-9]{8,12})[\"']"
    r"|\bhjid\s{0,9}[:=]\s{0,9}(?P<hotjar>[0-9]{5,9})\b"
    r"|\bym\(\s{0,9}(?P<yandex_metrica>[0-9]{6,10})\s{0,9},\s{0,9}[\"']init[\"']"
    r"|\bttq\.load\(\s{0,9}[\"'](?P<tiktok_pixel>C[0-9A-Z]{17,22})[\"']"
)
# In the addresses of scripts, frames and images.
_ADDRESSES = re.compile(
    r"(?:src|href|data-src)\s{0,3}=\s{0,3}[\"']?(?:https?:)?//(?:www\.)?(?:"
    r"googletagmanager\.com/(?:gtag/js|gtm\.js|ns\.html)\?id=(?:(?P<gtm>GTM-[A-Z0-9]{4,9})"
    r"|(?P<google_analytics>UA-[0-9]{4,10}-[0-9]{1,4}|G-[A-Z0-9]{8,12})|(?P<google_ads>AW-[0-9]{8,12}))"
    r"|facebook\.com/tr/?\?id=(?P<meta_pixel>[0-9]{12,17})"
    r"|clarity\.ms/tag/(?P<clarity>[a-z0-9]{8,12})"
    r"|static\.hotjar\.com/c/hotjar-(?P<hotjar>[0-9]{5,9})"
    r"|mc\.yandex\.ru/watch/(?P<yandex_metrica>[0-9]{6,10})"
    r"|pagead2\.googlesyndication\.com/pagead/js/adsbygoogle\.js\?client=(?P<adsense>ca-pub-[0-9]{16}))(?![\w-])",
    re.IGNORECASE,
)
_AD_CLIENT = re.compile(r"data-ad-client\s{0,3}=\s{0,3}[\"']?(ca-pub-[0-9]{16})(?!\w)")
_SCRAMBLED = re.compile(
    r"(?:data-cfemail\s{0,3}=\s{0,3}[\"']?|/cdn-cgi/l/email-protection#)((?:[0-9a-f]{2}){6,120})(?![0-9a-f])"
)
_FAKE = re.compile(r"(?:UA-|G-|GTM-|AW-|ca-pub-)?(?:X+(?:-[XY0]+)?|Y+|(.)\1{5,}|0?123456789[0-9]*)\Z")
_ADDRESS_CHARS = re.compile(r"[a-z0-9][\w.+%-]{0,63}@((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})\Z", re.IGNORECASE)


def find(html: str) -> Iterator[Found]:
    """Everything of the page's source, in no order; one place may be reported by one kind only once."""
    html = html[:MAX_SOURCE_CHARS]
    lower = html.lower()
    if holds(lower, _HINTS):
        yield from _measuring(html)
    for match in _SCRAMBLED.finditer(html):
        if address := _unscramble(match[1]):
            yield Found("email", address, *match.span(1))
    if holds(lower, stores.HINTS):
        yield from stores.addresses(html)
    if holds(lower, pay.HINTS):
        yield from pay.pay_links(html)


def _measuring(html: str) -> Iterator[Found]:
    for start, end in _scripts(html):
        for pattern in (_QUOTED, _CALLS):
            for match in pattern.finditer(html, start, end):
                yield from _named(match)
    for match in _ADDRESSES.finditer(html):
        yield from _named(match)
    for match in _AD_CLIENT.finditer(html):
        yield Found("adsense", match[1], *match.span(1))


def _named(match: re.Match[str]) -> Iterator[Found]:
    kind = match.lastgroup
    if kind is not None and not _FAKE.match(match[kind]):
        yield Found(kind, match[kind], *match.span(kind))


def _scripts(html: str) -> Iterator[tuple[int, int]]:
    """Where the text of each script stands."""
    position = 0
    for _ in range(MAX_SCRIPTS):
        opening = _SCRIPT.search(html, position)
        if opening is None:
            return
        closing = _SCRIPT_END.search(html, opening.end())
        position = closing.start() if closing else len(html)
        yield opening.end(), position


def _unscramble(digits: str) -> str:
    """The address behind Cloudflare's e-mail protection, "" when it is none; the first byte is the key of the rest."""
    key, *rest = bytes.fromhex(digits)
    address = "".join(chr(byte ^ key) for byte in rest).partition("?")[0]
    match = _ADDRESS_CHARS.match(address)
    return address.lower() if match and registrable(match[1]) else ""
