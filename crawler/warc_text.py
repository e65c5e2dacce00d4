"""Makes header lines that cannot be broken out of: hostile names, values and URIs in, safe octets out.

Whatever a server puts into a header, the result is exactly one line. CR, LF and NUL in a value become a space, as
RFC 9110 section 5.5 asks; what cannot stand in a name becomes ``_``; what cannot stand in a URI is percent-encoded.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlsplit

from crawler.exchange import Exchange, Headers

HTTP_VERSIONS = ("HTTP/1.0", "HTTP/1.1")
OWN_PREFIX = "x-offsignal-"
ORIGINAL_PREFIX = "X-Offsignal-Original-"
UNTRUE_OF_STORED_BODIES = ("content-encoding", "transfer-encoding")

_BREAKS = re.compile(r"[\r\n\0]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_NAME = re.compile(r"[^\x21-\x39\x3b-\x7e]")  # anything but visible ASCII without the colon
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")


def name(text: str) -> str:
    """A header name: visible ASCII without a colon; anything else is ``_``; never empty."""
    return _NOT_IN_NAME.sub("_", text) or "_"


def value(text: str) -> str:
    """A header value on one line, without the white space around it, which is not part of it (RFC 9112 section 5)."""
    return _BREAKS.sub(" ", text).strip(" \t")


def one_line(text: str) -> str:
    """``text`` without control characters, for the WARC headers themselves (UTF-8)."""
    return _CONTROLS.sub(" ", text).encode("utf-8", "replace").decode("utf-8").strip()


def uri(text: str) -> str:
    """``text`` with control characters, spaces and lone surrogates percent-encoded."""
    return _NOT_IN_URI.sub(lambda match: quote(match[0].encode("utf-8", "surrogatepass"), safe=""), text)


def http_uri(url: str) -> str:
    """``url`` as a WARC-Target-URI; the scheme in lower case, because readers look for ``http:`` and ``https:``."""
    scheme, colon, rest = uri(url).partition(":")
    return scheme.lower() + colon + rest


def address(text: str) -> str:
    """``text`` when it is an IP address, else empty: WARC-IP-Address may hold nothing else."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def octets(text: str) -> bytes:
    """``text`` as octets, one a character; characters above U+00FF become their UTF-8 octets."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def response_head(exchange: Exchange) -> bytes:
    """Status line and headers as stored, with the blank line that ends them."""
    version = exchange.protocol if exchange.protocol in HTTP_VERSIONS else "HTTP/1.1"
    first = f"{version} {exchange.status:03d} {value(exchange.reason)}"
    headers = stored_headers(exchange.response_headers, None if exchange.method == "HEAD" else len(exchange.body))
    return _head(first, headers)


def request_head(exchange: Exchange) -> bytes:
    """Request line (origin form) and headers as stored, with the blank line that ends them."""
    parts = urlsplit(uri(exchange.url))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    version = exchange.protocol if exchange.protocol in HTTP_VERSIONS else "HTTP/1.1"
    headers = stored_headers(exchange.request_headers, len(exchange.request_body))
    return _head(f"{name(exchange.method)} {target} {version}", headers)


def stored_headers(headers: Headers, body_bytes: int | None) -> Headers:
    """``headers`` made true of a stored body of ``body_bytes`` (None: leave the length alone), order and repeats kept.

    Content-Encoding, Transfer-Encoding, a Content-Length that differs, and names that begin with ``X-Offsignal-``
    get ``X-Offsignal-Original-`` put before their name; a length that was set aside is replaced at the end.
    """
    kept: list[tuple[str, str]] = []
    length_missing = False
    for raw_name, raw_value in headers:
        safe_name, safe_value = name(raw_name), value(raw_value)
        lower = safe_name.lower()
        wrong_length = lower == "content-length" and body_bytes is not None and safe_value != str(body_bytes)
        if lower in UNTRUE_OF_STORED_BODIES or lower.startswith(OWN_PREFIX) or wrong_length:
            kept.append((ORIGINAL_PREFIX + safe_name, safe_value))
            length_missing = length_missing or not lower.startswith(OWN_PREFIX)
        else:
            kept.append((safe_name, safe_value))
    has_length = any(key.lower() == "content-length" for key, _ in kept)
    if length_missing and not has_length and body_bytes is not None:
        kept.append(("Content-Length", str(body_bytes)))
    return tuple(kept)


def _head(first: str, headers: Headers) -> bytes:
    lines = [first, *(f"{key}: {text}" for key, text in headers)]
    return b"".join(octets(line) + b"\r\n" for line in lines) + b"\r\n"
