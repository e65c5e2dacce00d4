"""E-mail addresses, also spelt out, and registrable domains. Text in, Found out; the suffix list is never fetched.

Kinds: ``email``, ``domain``. What everybody uses (Google, WhatsApp, GitHub) is no identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tldextract import TLDExtract

from classifiers.keys import Found

SPELT_HINTS = (" at ", "(at)", "[at]", "{at}", "( at", "[ at", "arroba", "(@)", "[@]", " @ ")

_EMAIL = re.compile(
    r"(?<![\w.+@%-])(?:mailto:)?([A-Za-z0-9][\w.+%-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@-])"
)
_AT = r"(?:\s?[(\[{]\s?(?:at|arroba|@)\s?[)\]}]\s?|\s(?:at|arroba|@)\s)"
_DOT = r"(?:\s?[(\[{]\s?(?:dot|ponto|punto|\.)\s?[)\]}]\s?|\s(?:dot|ponto|punto|\.)\s|\.)"
_EMAIL_SPELT = re.compile(
    rf"(?<![\w.+@-])([A-Za-z0-9][\w.+-]{{0,40}}){_AT}([A-Za-z0-9-]{{2,40}})((?:{_DOT}[A-Za-z]{{2,10}}){{1,2}})(?![\w-])",
    re.IGNORECASE,
)
_DOTS = re.compile(r"dot|ponto|punto|[^a-z]+", re.IGNORECASE)
# Words before a plain "at" that end a clause: "look at pelican dot com" is no address.
_NO_MAILBOX = frozenset(
    re.findall(
        r"[\w.-]+",
        """look us available visit find found order buy shop here now them it sold live more is are was be sign
        join see check online one read follow download hosted click back start free day night all stay
        located aim price cost work works arrive look looking""",
    )
)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(https?://(?:[^\s/@]{1,60}@)?)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[A-Za-z]{2,24})(?![\w@]|-\w)(/?)"
)
_FILE_ENDINGS = frozenset({"md", "py", "sh", "rs", "pl", "zip", "mov", "so", "cc", "ps", "ai", "app", "call", "java"})
# Endings that are seldom written without www and stand in programs all the time: row.phone, requests.post, message.id.
_MEMBERS = frozenset(
    re.findall(
        r"\w+",
        """support group properties post map read total next name phone mobile run bot call gs page date data forum
        cat bar host open save link show watch final style json kim ws new search email""",
    )
)
_SHORT_MEMBERS = frozenset(
    re.findall(r"\w+", "id in no to me it de pt is im by at as so do dz jo tt info events media app dev tv cc pl la")
)
_OBJECTS = frozenset(
    re.findall(
        r"\w+",
        """message messages request requests response customer customers contact contacts document element context
        image video audio state event value object result module process session window options settings profile
        account package storage database""",
    )
)
_MEMBER_LABEL_CHARS = 5
_PRODUCTS = frozenset({"asp.net", "vb.net", "ado.net", "ml.net", "socket.io", "asyncio.run"})
# Names that instructions put where a reader's own belongs, and RFC 2606's reserved ones; tools that everybody links to.
_NOBODY = re.compile(
    r"\Aexample\.(?:com|org|net)\Z|\.(?:githubusercontent\.com|googleapis\.com)\Z"
    r"|\A(?:your|my|seu|meu|tu|su)-?(?:domain|site|website|app|company|server|webhook|dominio|empresa)(?:-?(?:name|here))?"
    r"\.[a-z.]{2,8}\Z|\A(?:minhaempresa|miempresa|domain|website|email)\.com\Z"
)
_JIDS = frozenset({"c.us", "g.us", "s.whatsapp.net", "lid"})
"""Hosts of WhatsApp's own addresses for accounts and groups; no mailbox is there."""
_PACKAGE = re.compile(r"(?:com|org|net|io)\.", re.IGNORECASE)  # an app's identifier reads like a domain backwards
_TEST_SUFFIXES = frozenset({"example", "test", "invalid"})  # RFC 2606: never registered, used for practice pages
# Places everybody uses: they say nothing about who is behind a page.
EVERYBODY = frozenset(
    re.findall(
        r"[\w.-]+",
        """whatsapp.com wa.me wa.link whatsapp.net facebook.com fb.com fb.me meta.com instagram.com youtube.com
        youtu.be google.com goo.gl gmail.com github.com githubusercontent.com gitlab.com apple.com
        microsoft.com t.me telegram.org telegram.me twitter.com x.com linkedin.com pinterest.com reddit.com
        wikipedia.org w3.org schema.org npmjs.com pypi.org docker.com amazon.com cloudflare.com jsdelivr.net
        unpkg.com wordpress.org paypal.com stripe.com shields.io fury.io nodejs.org react.dev reactjs.org vite.dev
        vitejs.dev vuejs.org nextjs.org babeljs.io php.net laravel.com packagist.org python.org readthedocs.org
        postgresql.org mysql.com redis.io nuget.org apache.org mozilla.org opensource.org creativecommons.org
        wikimedia.org gstatic.com fontawesome.com bootstrapcdn.com cdnjs.com tailwindcss.com jetbrains.com vercel.com
        netlify.com heroku.com azure.com openai.com
        buymeacoffee.com ko-fi.com discord.gg discord.com android.com chrome.com webhook.site
        run.pstmn.io postman.com patreon.com swagger.io eff.org gnu.org""",
    )
)


def mail(text: str) -> Iterator[Found]:
    """E-mail addresses as such, and written with words or signs for "@" and "."."""
    for match in _EMAIL.finditer(text):
        if match[2].lower() not in _JIDS and (name := registrable(match[2])) and not _NOBODY.search(name):
            yield Found("email", f"{match[1]}@{match[2]}".lower(), match.start(1), match.end())


def spelt_mail(text: str) -> Iterator[Found]:
    """Addresses such as "sales (at) pelican dot com"."""
    for match in _EMAIL_SPELT.finditer(text):
        host = ".".join((match[2], *filter(None, _DOTS.split(match[3])))).lower()
        plain_at = text[match.end(1) : match.start(2)].strip().isalpha()
        if plain_at and (match[1].lower() in _NO_MAILBOX or match[3][0] == "."):
            continue
        if registrable(host):
            yield Found("email", f"{match[1].lower()}@{host}", *match.span())


def domains(text: str) -> Iterator[Found]:
    """Registrable domains of addresses and of names that stand alone."""
    for match in _DOMAIN.finditer(text):
        host = match[2]
        if not match[1] and not match[3] and not host.lower().startswith("www."):
            ending = host.rpartition(".")[2]
            if ending in _FILE_ENDINGS or _PACKAGE.match(host) or not (ending.islower() or host.isupper()):
                continue
            if _in_program(text, match):
                continue
        name = registrable(host)
        if name and name not in EVERYBODY and not _NOBODY.search(name):
            yield Found("domain", name, match.start(2), match.end(2))


def _in_program(text: str, match: re.Match[str]) -> bool:
    """Whether a name without scheme and www is rather a member of an object or a product than a site."""
    host = match[2].lower()
    if text[match.end() : match.end() + 1] in ("(", "[") or host in _PRODUCTS:
        return True
    label, _, ending = registrable(host).partition(".")
    if ending in _MEMBERS:
        return True
    return ending in _SHORT_MEMBERS and (len(label) < _MEMBER_LABEL_CHARS or label in _OBJECTS)


@lru_cache(maxsize=1)
def _suffixes() -> TLDExtract:
    """The public suffix list bundled with tldextract, private suffixes kept apart; never fetched."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=8192)
def registrable(host: str) -> str:
    """The registrable domain of a host name in lower case, "" when it is none."""
    host = host.lower().rstrip(".")
    labels = host.split(".")
    if labels[-1] in _TEST_SUFFIXES:
        return ".".join(labels[-2:])
    parts = _suffixes()(host)
    return parts.top_domain_under_public_suffix
