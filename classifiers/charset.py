"""Bytes of a page -> the decoded HTML every offset of a source map points into. Never raises.

Order: byte order mark, the charset the server named, the charset the page names in its first kilobytes, UTF-8,
Windows-1252. (WHATWG Encoding Standard, section 6; HTML Standard, "determining the character encoding".)
"""

from __future__ import annotations

import codecs
import re

SNIFF_BYTES = 4096  # the HTML Standard looks at the first 1024; real pages put long comments in front
MAX_WRONG_SHARE = 0.2  # more undecodable than this among the bytes above 0x7F: the page is not UTF-8

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Only text encodings a browser knows. Python also has codecs that unzip, unescape or guess: those never see a page.
_KNOWN = {"utf-8", "utf-16-le", "utf-16-be", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"}
_KNOWN |= {"gbk", "gb18030", "big5hkscs", "shift_jis", "euc_jp", "iso2022_jp", "euc_kr"}
_KNOWN |= {f"cp125{n}" for n in range(9)} | {f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
# The Encoding Standard reads these labels as their supersets.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gbk",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE
)


def decode(body: bytes, charset: str = "") -> str:
    """``body`` as text. ``charset`` is what the HTTP header said ("" when it said nothing). Never raises.

    What cannot be decoded becomes U+FFFD, so offsets stay valid.
    """
    codec, skipped = reading(body, charset)
    return body[skipped:].decode(codec, "replace")


def reading(body: bytes, charset: str = "") -> tuple[str, int]:
    """How :func:`decode` reads ``body``: Python's name of the codec, and the bytes of the mark that it leaves out."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return encoding, len(mark)
    if named := _codec(charset):
        return named, 0
    found = _META_CHARSET.search(body[:SNIFF_BYTES])
    named = _codec(found[1].decode("ascii")) if found else ""
    if named.startswith("utf-16"):
        named = "utf-8"  # a page that could be read as ASCII up to here is not UTF-16 (HTML Standard)
    return named or _guess(body), 0


def _codec(label: str) -> str:
    """The Python codec for a charset label, "" for an unknown or unsafe one."""
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name if label else ""
    except (LookupError, ValueError, UnicodeError):
        return ""
    name = _SUPERSETS.get(name, name)
    return name if name in _KNOWN else ""


def _guess(body: bytes) -> str:
    """UTF-8 when it fits well enough, else Windows-1252."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    else:
        return "utf-8"
    high = sum(len(run) for run in re.findall(rb"[\x80-\xff]+", body))
    return "cp1252" if text.count("\ufffd") > high * MAX_WRONG_SHARE else "utf-8"
