"""WhatsApp and Telegram: numbers in links, short links, group and channel invitations, names. Text in, Found out.

Kinds: ``wa_link`` (``https://wa.me/<number>``, the number as E.164 in ``readings``; or a short link, whose number only
its owner's redirect knows), ``wa_group`` (group and channel invitations), ``telegram`` (``https://t.me/<name>``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from classifiers.keys import Found
from classifiers.keys.phones import possible

HINTS = ("wa.me", "whatsapp.com", "whatsapp:", "wa.link", "t.me", "telegram.", "tg:")
"""What an address of a messenger holds, in lower case."""

_WA_NUMBER = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me/(?:\+|%2b)?([0-9]{6,17})(?![\w])"
    r"|(?:(?:(?:api|web)\.)?whatsapp\.com/send/?|whatsapp://send/?)\?(?:[\w%=.+-]{0,300}&(?:amp;)?)?phone=(?:\+|%2b|\s)?([0-9]{6,17}))"
    r"[^\s\"'<>)\]]{0,600}",
    re.IGNORECASE,
)
_WA_SHORT = re.compile(
    r"(?:https?://)?(?:www\.)?(wa\.me/(?:message|qr|c|p)/[\w-]{3,60}|wa\.link/[\w-]{2,40}"
    r"|api\.whatsapp\.com/message/[\w-]{3,60})",
    re.IGNORECASE,
)
_WA_GROUP = re.compile(
    r"(?:https?://)?(?:www\.)?(chat\.whatsapp\.com/(?:invite/)?[\w-]{8,60}|whatsapp\.com/channel/[\w-]{8,60})",
    re.IGNORECASE,
)
_TELEGRAM = re.compile(
    r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.(?:me|dog))/((?:joinchat/|\+)[\w-]{6,40}|(?:s/)?[A-Za-z]\w{3,31})"
    r"|tg://resolve\?domain=([A-Za-z]\w{3,31})",
    re.IGNORECASE,
)
_NO_NAMES = frozenset({"share", "addstickers", "setlanguage", "proxy", "socks", "login", "addtheme", "iv", "contact"})
_HANDLE = re.compile(r"(?<![\w.@/])@([A-Za-z]\w{3,31})(?![\w@.])")
_TELEGRAM_WORD = re.compile(
    r"telegram|\btg\b|телеграм|\bтг\b|تيليجرام|تلجرام|تليجرام|تلغرام|टेलीग्राम|ٹیلیگرام|电报|飞机", re.IGNORECASE
)


def links(text: str) -> Iterator[Found]:
    """Addresses of WhatsApp and Telegram."""
    for match in _WA_NUMBER.finditer(text):
        digits = match[1] or match[2]
        number = possible(digits)
        quote_end = match.start() + len(match[0].rstrip(".,;:!?*_~"))
        readings = (number,) if number else ()
        yield Found("wa_link", f"https://wa.me/{digits.lstrip('0')}", match.start(), quote_end, readings)
    for pattern, kind in ((_WA_SHORT, "wa_link"), (_WA_GROUP, "wa_group")):
        for match in pattern.finditer(text):
            host, _, rest = match[1].partition("/")
            code = rest.rpartition("/")[2]
            if len(set(code.lower())) < 3 or (kind == "wa_group" and "_" in code):
                continue  # XXXXXXXX or PASTE_THE_LINK_HERE in an instruction
            yield Found(kind, f"https://{host.lower()}/{rest.removeprefix('invite/')}", *match.span())
    for match in _TELEGRAM.finditer(text):
        name = unquote(match[1] or match[2])
        name = name if name.startswith(("+", "joinchat/")) else name.removeprefix("s/").lower()
        if name not in _NO_NAMES:
            yield Found("telegram", f"https://t.me/{name.replace('joinchat/', '+')}", *match.span())


def handles(text: str) -> Iterator[Found]:
    """Names with an at sign near the word Telegram; elsewhere they may belong to any platform."""
    if not _TELEGRAM_WORD.search(text):
        return
    for match in _HANDLE.finditer(text):
        if _TELEGRAM_WORD.search(text, max(0, match.start() - 40), match.end() + 25):
            yield Found("telegram", f"https://t.me/{match[1].lower()}", *match.span())
