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
    r"messen?ger|mensajer|mensageir|мессендж|ماسنجر|میسنجر|मैसेंजर|messaging|telegram|broadcast|bulk|blast|gateway"
    r"|\bchats?\b|\bapk\b|\bsms\b|disparo|disparador|\bsender\b|toplu|рассыл|群发|云控"
)


def names_messenger(document: Document) -> bool:
    """Whether WhatsApp, another messenger, or the trade's own words for mass sending stand anywhere on the page."""
    extracted = document.extracted
    view = fold(f"{extracted.title}\n{extracted.text}")
    if _MESSENGER.search(view) or any(is_whatsapp(word) for word in split_words(view)):
        return True
    return any(_LINK.search(link) for link in (document.url, *extracted.links))
