"""Is a messaging app named at all? Looked for in text, title, links and address, disguises undone.

Recall comes first: only a page without any of these words is dropped unread.
"""

from __future__ import annotations

import re

from classifiers.claims.words import is_whatsapp, split_words
from classifiers.deobfuscate import fold
from classifiers.document import Document

_LINK = re.compile(r"(?i)whats?app|wa\.me/|wa\.link/|\bgb-?wa|wpp|zap")
_MESSENGER = re.compile(
    r"messen?ger|mensajer|mensageir|мессендж|ماسنجر|میسنجر|मैसेंजर|telegram|@c\.us|@g\.us|\bapk\b|anti ?-?ban"
    r"|messag|\bmsgs?\b|mensaje|mensage|\bpesan\b|mesaj|ujumbe|сообщ|رسائل|رساله|پیغام|میسج|मैसेज|सन्देश|संदेश|消息|群发"
    r"|\bchats?\b|\bsms\b|broadcast|disparo|disparador|\benvio|\benvíos?|рассыл|云控|sender|gateway|\bqr\b"
    r"|\bgroups?\b|\bgrup|ग्रुप|گروپ|مجموعات|قروب|\bgrupos?\b|групп|\bgb\b|जीबी|جي بي|جی بی|\bfmwa"
)


def names_messenger(document: Document) -> bool:
    """Whether WhatsApp, another messenger, or the trade's own words for mass sending stand anywhere on the page."""
    return names_whatsapp(document) or _MESSENGER.search(_view(document)) is not None


def names_whatsapp(document: Document) -> bool:
    """Whether one of WhatsApp's many names stands in the text, the title, a link or the address."""
    if any(_LINK.search(link) for link in (document.url, *document.extracted.links)):
        return True
    return any(is_whatsapp(word) for word in split_words(_view(document)))


def _view(document: Document) -> str:
    return fold(f"{document.extracted.title}\n{document.extracted.text}")
