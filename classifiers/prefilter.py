"""DOCUMENT -> can it be an offer at all? In front of the model, for the many pages on which nobody speaks of messaging.

A document is ruled out only when the routing rule ``no_messenger`` would discard it: no messaging app and none of the
trade's words in text, title, links or address, in any spelling or script that ``deobfuscate`` undoes; and no app file
to download, and no pictures or scripts that the offer could be in.

Reading is by words: what stands between white space is looked at once with every disguise undone, and remembered as
saying nothing. Only what reaches across white space is looked for in each text anew: letters spaced out one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from classifiers.deobfuscate import fold
from classifiers.document import Document
from classifiers.routing import POOR_WORDS
from classifiers.topic import linked, speaks

PROBABILITY = 0.001
"""Of an offence, for what is ruled out: below every band. It is set, not measured."""
MAX_KNOWN = 100_000
"""Words remembered as saying nothing; then all are forgotten."""
MAX_WORD_CHARS = 40

_APP_FILE = re.compile(r"(?i)\.(?:apk|xapk|apkm|apks)(?:[?#]|\Z)")
_CUES = ("bulk", "blast", "unban", "autorepl", "auto-repl", "scraper", "extractor")
# What every folded text has in it that ``topic.speaks`` is true of; looking for these costs less than asking it.
_NAMES = (
    "tsa tss whats sap uatis zap wapp wpp wsp gbwa wab w4b waapi واتس وتساب واٹس व्हाट वाट व्हॉट वॉट ватс вацап вотсап"
)
_TRADE = (
    "messe mensaj mensag мессендж ماسنجر ميسنجر मैसेंजर telegram @c.us @g.us apk anti messag msg pesan mesaj "
    "ujumbe сообщ رسائل رساله پيغام ميسج मैसेज सन्देश संदेश 消息 群发 chat sms broadcast disparo disparador envio рассыл 云控"
    " sender gateway qr group grup ग्रुप گروپ مجموعات قروب групп gb wp जीबी جي fmwa"
)
_PLAIN_NAMES = ("WhatsApp", "whatsapp", "Whatsapp", "Telegram", "व्हाट्स", "واتساب", "واٹس", "ватсап", "SMS", "message")
_MARKS = (*_CUES, *_NAMES.split(), *_TRADE.split())
_SHORT_NAME = re.compile(r"w[as](?![a-z0-9])(?<![a-z0-9]w[as])|ва(?![а-яё])(?<![а-яё]ва)")
# The names in two words: "anti ban" and what the Arabic world calls GB.
_FIRST_HALVES = ("anti", "anti-", "جي")
_LETTER = re.compile(r"\W?[^\W\d_]\W?")
# Accounts and numbers on one page: who deals in them may not say what they are for.
_ACCOUNTS = (
    *("account", "akun", "cuenta", "contas ", "hesap", "аккаунт", "حساب", "खाते", "अकाउंट", "账号", "账户", "akaunti"),
    "compte",
)
_NUMBERS = (
    *("number", "phone", "nomor", "número", "numero", "numara", "номер", "رقم", "ارقام", "نمبر", "नंबर", "号码"),
    *("namba", "numéro"),
)


class Prefilter:
    """Rules documents out. What it remembers of words makes it fast and changes no answer."""

    def __init__(self) -> None:
        self._nothing: set[str] = set()
        self._letters: set[str] = set()

    def rules_out(self, document: Document) -> bool:
        """Whether the document cannot be an offer, so that no model need be asked."""
        extracted = document.extracted
        text = f"{extracted.title}\n{extracted.text}"
        if any(name in text for name in _PLAIN_NAMES):
            return False
        words = text.split()
        if (extracted.images or extracted.scripts) and len(words) < POOR_WORDS:
            return False
        if document.url or extracted.links:
            links = (document.url, *extracted.links)
            if linked(links) or any(_APP_FILE.search(link) for link in links):
                return False
        return self._says_nothing(text, words) and not _deals_in_numbers(text.lower())

    def _says_nothing(self, text: str, words: Sequence[str]) -> bool:
        distinct = set(words)
        if new := distinct - self._nothing - self._letters:
            open_ended = self._learn(new)
            if open_ended is None or (open_ended and _tells(text)):
                return False
        if self._letters.isdisjoint(distinct):
            return True
        marks = bytes(map(self._letters.__contains__, words))
        if b"\1\1\1" in marks:
            return False  # letters spelt out one by one: somebody hides a word
        return all(map(self._run_says_nothing, _pairs(marks, words)))

    def _learn(self, new: set[str]) -> bool | None:
        """None when one of these words says something by itself; else whether what follows one may change what it says.

        The others are remembered.
        """
        words = list(new)
        view = fold("\n".join(words))
        if _speaks(view):
            return None
        if len(self._nothing) + len(self._letters) + len(new) > MAX_KNOWN:
            self._nothing.clear()
            self._letters.clear()
        open_ended = False
        for word, read in zip(words, view.split("\n"), strict=True):
            if " " in read or read.endswith(_FIRST_HALVES):
                open_ended = True
            elif _LETTER.fullmatch(read):
                self._letters.add(word)
            elif len(word) <= MAX_WORD_CHARS:
                self._nothing.add(word)
        return open_ended

    def _run_says_nothing(self, run: str) -> bool:
        if run in self._nothing:
            return True
        if _tells(run):
            return False
        if len(run) <= MAX_WORD_CHARS:
            self._nothing.add(run)
        return True


def _pairs(marks: bytes, words: Sequence[str]) -> Iterator[str]:
    """Two single letters in a row, with the word before and the word after, which may hold one more each."""
    at = marks.find(b"\1\1")
    while at >= 0:
        yield " ".join(words[max(0, at - 1) : at + 3])
        at = marks.find(b"\1\1", at + 2)


def _tells(text: str) -> bool:
    return _speaks(fold(text))


def _speaks(view: str) -> bool:
    if not any(mark in view for mark in _MARKS) and not _SHORT_NAME.search(view):
        return False
    return speaks(view) or any(cue in view for cue in _CUES)


def _deals_in_numbers(text: str) -> bool:
    return any(word in text for word in _ACCOUNTS) and any(word in text for word in _NUMBERS)
