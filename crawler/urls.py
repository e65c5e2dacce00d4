"""Addresses as plain strings: cleaned, compared and filtered before any request object is made.

In: whatever stands in an ``href``. Out: absolute URLs, or the empty string for what is no address worth having.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from urllib.parse import urljoin, urlsplit

from tldextract import TLDExtract
from w3lib.url import safe_url_string

from crawler.sighting import url_key

#: A longer address is a trap or a session dump (the old limit of one big browser, kept by Scrapy too).
MAX_URL_CHARS = 2083

#: Links worth recording. They name contacts and apps; only the first two are ever fetched.
RECORDED_SCHEMES = ("http", "https", "mailto", "tel", "sms", "whatsapp", "tg", "market", "intent", "upi")

#: How many recent addresses are kept in memory, so that a site's own menu costs nothing on its every page.
CACHED = 20_000

_SITE_WIDE = ("/", "http://", "https://")
_ENDS = "".join(map(chr, range(0x21)))
_INSIDE = re.compile(r"[\t\r\n]+")
_PACKAGE = re.compile(r"\.(apk|apks|xapk|apkm|aab)$", re.IGNORECASE)
_ASSET = re.compile(
    r"\.(7z|aac|avi|avif|bmp|bz2|css|csv|deb|dmg|doc|docx|eot|exe|flac|gif|gz|ico|iso|jar|jpe?g|js|json|m4a|m4v|map"
    r"|mjs|mkv|mov|mp3|mp4|mpe?g|msi|ods|odt|ogg|otf|pdf|png|ppt|pptx|rar|rss|svg|tar|tgz|tiff?|ttf|wasm|wav|webm"
    r"|webmanifest|webp|wmv|woff2?|xls|xlsx|xml|xz|zip)$",
    re.IGNORECASE,
)
#: Pages that only a customer has business on: nothing is bought, nobody logs in.
_PRIVATE = re.compile(
    r"/(add-to-cart|basket|cart|checkout|login|log-in|logout|my-account|register|sign-?in|sign-?out|sign-?up"
    r"|wp-admin|wp-login(\.php)?)(/|$)|[?&]add-to-cart=",
    re.IGNORECASE,
)


def absolute(base: str, href: str) -> str:
    """``href`` as an absolute URL without its fragment, or "" for what cannot be recorded. Never raises."""
    href = _INSIDE.sub("", href.strip(_ENDS))
    if not href or href.startswith("#") or len(href) > MAX_URL_CHARS:
        return ""
    # The links every page of a site repeats are resolved once: theirs do not depend on the page.
    return _resolve(_root(base) if href.startswith(_SITE_WIDE) else base, href)


@lru_cache(maxsize=CACHED)
def _resolve(base: str, href: str) -> str:
    try:
        url = urljoin(base, href)
        parts = urlsplit(url)
        if parts.scheme not in RECORDED_SCHEMES:
            return ""
        if parts.scheme not in ("http", "https"):
            return url
        return safe_url_string(parts._replace(fragment="").geturl()) if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return ""


def _root(base: str) -> str:
    parts = base.split("/", 3)
    return "/".join(parts[:3]) + "/"


@lru_cache(maxsize=CACHED)
def is_fetchable(url: str) -> bool:
    """Whether this is an http(s) page address: not an app package, an image, a feed, a log-in or a basket."""
    if len(url) > MAX_URL_CHARS or not url.startswith(("http://", "https://")):
        return False
    path = urlsplit(url).path
    return not (_PACKAGE.search(path) or _ASSET.search(path) or _PRIVATE.search(url))


def is_package(url: str) -> bool:
    """Whether the address names an app package: recorded as a link, never fetched."""
    return bool(_PACKAGE.search(urlsplit(url).path))


def host_of(url: str) -> str:
    """The host name in lower case, or ""."""
    return urlsplit(url).hostname or ""


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs share scheme, host and port."""
    return _origin(one) == _origin(other)


@lru_cache(maxsize=CACHED)
def site_of(host: str) -> str:
    """The registrable domain: ``www.shop.co.in`` -> ``shop.co.in``, ``a.github.io`` -> ``a.github.io``.

    From the bundled public suffix list alone. Under an unlisted top-level domain it is the last two labels; an IP
    address and a bare suffix stand for themselves.
    """
    found = _suffixes()(host)
    if found.suffix or not found.domain or re.fullmatch(r"[\d.]+|.*:.*", host):
        return found.top_domain_under_public_suffix or host
    return ".".join(host.rsplit(".", 2)[-2:])


def same_page(one: str, other: str) -> bool:
    """Whether two URLs are two spellings of one address."""
    return url_key(one) == url_key(other)


def fingerprint(url: str) -> str:
    """32 hexadecimal characters that name the address in the frontier, the same for every spelling of it."""
    return hashlib.sha256(url_key(url).encode()).hexdigest()[:32]


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


@cache
def _suffixes() -> TLDExtract:
    """The bundled list only: no look-up on the network, no cache on the disk."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
