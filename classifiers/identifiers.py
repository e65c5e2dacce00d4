"""Who is behind a page: telephones, WhatsApp and Telegram links, e-mails, payment keys, domains, each quoted exactly.

Every identifier is found once, where it first stands; one that lies inside another (the number in a wa.me link, the
domain of an e-mail) is not reported again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from tldextract import TLDExtract

from classifiers import paykeys, phones
from classifiers.deobfuscate import View, normalise
from classifiers.judgement import Identifier
from classifiers.text import Extracted

MAX_IDENTIFIERS = 1_000

Found = tuple[str, str, tuple[str, ...], int, int]  # kind, value, readings, start, end

_LINK_HINT = re.compile(r"wa\.me|whatsapp\.com|whatsapp:|wa\.link|\bt\.me|telegram\.|tg:")
_SPELT_HINT = re.compile(r"\(at\)|\[at\]|\{at\}| at | arroba ")
_WA_NUMBER = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me/(?:\+|%2b)?([0-9]{6,17})(?![\w])"
    r"|(?:(?:api|web)\.whatsapp\.com/send/?|whatsapp://send/?)\?(?:[\w%=.+-]{0,300}&(?:amp;)?)?phone=(?:\+|%2b|\s)?([0-9]{6,17}))"
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
_HANDLE = re.compile(r"(?<![\w.@/])@([A-Za-z]\w{3,31})(?![\w@.])")
_TELEGRAM_WORD = re.compile(
    r"telegram|\btg\b|телеграм|\bтг\b|تيليجرام|تلجرام|تليجرام|تلغرام|टेलीग्राम|ٹیلیگرام|电报|飞机", re.IGNORECASE
)
_EMAIL = re.compile(
    r"(?<![\w.+@%-])(?:mailto:)?([A-Za-z0-9][\w.+%-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@-])"
)
_EMAIL_SPELT = re.compile(
    r"(?<![\w.+@-])([A-Za-z0-9][\w.+-]{0,40})\s?(?:\(at\)|\[at\]|\{at\}|\sat\s|\sarroba\s)\s?([A-Za-z0-9-]{2,40})"
    r"\s?(?:\(dot\)|\[dot\]|\{dot\}|\sdot\s|\sponto\s|\spunto\s)\s?([A-Za-z]{2,10})(?![\w-])",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(https?://(?:[^\s/@]{1,60}@)?)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[A-Za-z]{2,24})(?![\w@]|-\w)(/?)"
)
_FILE_ENDINGS = frozenset({"md", "py", "sh", "rs", "pl", "zip", "mov", "so", "cc", "ps", "ai", "app", "call", "java"})
_PACKAGE = re.compile(r"(?:com|org|net|io)\.", re.IGNORECASE)  # an app's identifier reads like a domain backwards
_TEST_SUFFIXES = frozenset({"example", "test", "invalid"})  # RFC 2606: never registered, used for practice pages
# Places everybody uses: they say nothing about who is behind a page.
_EVERYBODY = frozenset(
    re.findall(
        r"[\w.-]+",
        """whatsapp.com wa.me wa.link whatsapp.net facebook.com fb.com fb.me meta.com instagram.com youtube.com youtu.be
        google.com goo.gl gmail.com github.com githubusercontent.com gitlab.com apple.com microsoft.com t.me
        telegram.org telegram.me twitter.com x.com linkedin.com pinterest.com reddit.com wikipedia.org w3.org
        schema.org npmjs.com pypi.org docker.com amazon.com cloudflare.com jsdelivr.net unpkg.com wordpress.org
        paypal.com stripe.com""",
    )
)


def find(extracted: Extracted, lang: str) -> tuple[Identifier, ...]:
    """The identifiers of a text, each where it first stands, in order. ``text[start:end] == quote`` for each."""
    first: dict[tuple[str, str], Identifier] = {}
    for identifier in occurrences(extracted, lang):
        first.setdefault((identifier.kind, identifier.value), identifier)
    return tuple(first.values())


def occurrences(extracted: Extracted, lang: str, view: View | None = None) -> tuple[Identifier, ...]:
    """Every place where an identifier stands, in the order of the places. ``view`` saves normalising the text again."""
    text = extracted.text
    view = normalise(text) if view is None else view
    taken = bytearray(len(text))
    found: list[Identifier] = []
    for kind, value, readings, start, end in _candidates(text, view, lang):
        if any(taken[start:end]):
            continue
        taken[start:end] = b"\x01" * (end - start)
        found.append(Identifier(kind, value, text[start:end], start, end, extracted.field_at(start), readings))
        if len(found) == MAX_IDENTIFIERS:
            break
    return tuple(sorted(found, key=lambda identifier: identifier.start))


def _candidates(text: str, view: View, lang: str) -> Iterator[Found]:
    """All readings, those that contain others first."""
    if _LINK_HINT.search(view.text):
        yield from _links(text)
    if "@" in text or _SPELT_HINT.search(view.text):
        yield from _mail(text)
        yield from ((key.kind, key.value, (), key.start, key.end) for key in paykeys.find_upi(text))
    if "pix" in view.text or "chave" in view.text:
        yield from ((key.kind, key.value, (), key.start, key.end) for key in paykeys.find_pix(text))
    if "@" in text:
        yield from _handles(text)
    yield from _domains(text)
    yield from (("phone", phone.value, phone.readings, phone.start, phone.end) for phone in phones.find(view, lang))


def _links(text: str) -> Iterator[Found]:
    for match in _WA_NUMBER.finditer(text):
        digits = match[1] or match[2]
        number = phones.possible(digits)
        quote_end = match.start() + len(match[0].rstrip(".,;:!?*_~"))
        yield "wa_link", f"https://wa.me/{digits.lstrip('0')}", (number,) if number else (), match.start(), quote_end
    for pattern, kind in ((_WA_SHORT, "wa_link"), (_WA_GROUP, "wa_group")):
        for match in pattern.finditer(text):
            host, _, rest = match[1].partition("/")
            yield kind, f"https://{host.lower()}/{rest.removeprefix('invite/')}", (), match.start(), match.end()
    for match in _TELEGRAM.finditer(text):
        name = unquote(match[1] or match[2])
        name = name if name.startswith(("+", "joinchat/")) else name.removeprefix("s/").lower()
        yield "telegram", f"https://t.me/{name.replace('joinchat/', '+')}", (), match.start(), match.end()


def _mail(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        if _registrable(match[2]):
            yield "email", f"{match[1]}@{match[2]}".lower(), (), match.start(1), match.end()
    for match in _EMAIL_SPELT.finditer(text):
        host = f"{match[2]}.{match[3]}".lower()
        if _registrable(host):
            yield "email", f"{match[1].lower()}@{host}", (), match.start(), match.end()


def _handles(text: str) -> Iterator[Found]:
    if not _TELEGRAM_WORD.search(text):
        return
    for match in _HANDLE.finditer(text):
        if _TELEGRAM_WORD.search(text, max(0, match.start() - 40), match.end() + 25):
            yield "telegram", f"https://t.me/{match[1].lower()}", (), match.start(), match.end()


def _domains(text: str) -> Iterator[Found]:
    for match in _DOMAIN.finditer(text):
        host = match[2]
        if not match[1] and not match[3] and not host.lower().startswith("www."):
            ending = host.rpartition(".")[2]
            if ending in _FILE_ENDINGS or _PACKAGE.match(host) or not (ending.islower() or host.isupper()):
                continue
        name = _registrable(host)
        if name and name not in _EVERYBODY:
            yield "domain", name, (), match.start(2), match.end(2)


@lru_cache(maxsize=1)
def _suffixes() -> TLDExtract:
    """The public suffix list bundled with tldextract, private suffixes kept apart; never fetched."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=8192)
def _registrable(host: str) -> str:
    """The registrable domain of a host name in lower case, "" when it is none."""
    host = host.lower().rstrip(".")
    labels = host.split(".")
    if labels[-1] in _TEST_SUFFIXES:
        return ".".join(labels[-2:])
    parts = _suffixes()(host)
    return parts.top_domain_under_public_suffix
