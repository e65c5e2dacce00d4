"""Is a messaging app named at all? Looked for in text, title, links and address, disguises undone.

Recall comes first: only a page without any of these words is dropped unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifiers.claims.words import is_whatsapp, iter_words
from classifiers.deobfuscate import fold
from classifiers.document import Document

_LINK = re.compile(r"(?i)whats?app|wa\.me/|wa\.link/|\bgb-?wa|wpp|zap")
# Matched against folded text: no accents, the Arabic forms of letters that Persian and Urdu write otherwise.
_MESSENGER = re.compile(
    r"messen?ger|mensajer|mensageir|мессендж|ماسنجر|ميسنجر|मैसेंजर|telegram|@c\.us|@g\.us|\bapk\b|anti ?-?ban"
    r"|messag|\bmsgs?\b|mensaje|mensage|\bpesan\b|mesaj|ujumbe|сообщ|رسائل|رساله|پيغام|ميسج|मैसेज|सन्देश|संदेश|消息|群发"
    r"|\bchats?\b|\bsms\b|broadcast|disparo|disparador|\benvio|рассыл|云控|sender|gateway|\bqr\b"
    r"|\bgroups?\b|\bgrup|ग्रुप|گروپ|مجموعات|قروب|\bgrupos?\b|групп|\bgb\b|\bwp\b|जीबी|جي بي|\bfmwa"
)


def names_messenger(document: Document) -> bool:
    """Whether WhatsApp, another messenger, or the trade's own words for mass sending stand anywhere on the page."""
    return names_whatsapp(document) or any(_MESSENGER.search(view) for view in _views(document))


def names_whatsapp(document: Document) -> bool:
    """Whether one of WhatsApp's many names stands in the text, the title, a link or the address."""
    return linked((document.url, *document.extracted.links)) or any(map(_named, _views(document)))


def speaks(view: str) -> bool:
    """Whether the words of a folded text name a messenger or speak of mass sending, as :func:`names_messenger` asks."""
    return _named(view) or _MESSENGER.search(view) is not None


def linked(links: Iterable[str]) -> bool:
    """Whether one of these addresses names WhatsApp."""
    return _LINK.search("\n".join(links)) is not None


def _named(view: str) -> bool:
    return any(map(is_whatsapp, iter_words(view)))


def _views(document: Document) -> tuple[str, str]:
    return fold(document.extracted.title), fold(document.extracted.text)
