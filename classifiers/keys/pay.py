"""Payment handles: UPI addresses (India), Pix keys (Brazil), links that take a payment. Text in, Found out.

Kinds: ``upi`` (in lower case), ``pix`` (CPF or CNPJ digits, random key, e-mail address, or E.164 number), ``pay_link``
(host and path). A CPF is a person's number: it is taken only as a payment key, with its check digits right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from classifiers.keys import Found, near
from classifiers.keys.company import cnpj_valid, mod11

_UPI = re.compile(
    r"(?<![\w.@+-])([A-Za-z0-9][\w.\-]{1,60})(?:@|(?<=\w)%40)([A-Za-z][A-Za-z0-9]{2,30})(?![\w@-]|\.[A-Za-z0-9])"
)
_UPI_WORD = re.compile(
    r"\b(?:upi|g(?:oogle)? ?pay|phone ?pe|paytm|bhim|payment|pay|payable)\b|भुगतान|यूपीआई", re.IGNORECASE
)
# Handles of payment service providers that are no other company's mail or chat name.
_PROVIDERS = frozenset(
    re.findall(
        r"[\w.-]+",
        """ybl ibl axl apl yapl upi paytm ptyes ptsbi ptaxis pthdfc okaxis oksbi okicici okhdfcbank okbizaxis
        hdfcbank hdfcbankjd icici sbi axisbank barodampay kotak kotak811 idfcbank idfcfirst indus federal
        fbl rbl yesbank yesbankltd airtel jio postbank cnrb pnb unionbank aubank equitas dbs hsbc citi
        freecharge mobikwik slice jupiteraxis waaxis wahdfcbank waicici wasbi naviaxis superyes fam tapicici
        timecosmos abfspay allbank""",
    )
)
_PIX_WORD = re.compile(r"\b(?:pix|chave)\b", re.IGNORECASE)
_PIX_BEFORE = re.compile(r"\b(?:pix|chave)\b[^\n@0-9]{0,40}\Z", re.IGNORECASE)
_CPF = re.compile(r"(?<![\w.-])[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}(?![\w-])")
_CPF_WORD = re.compile(r"\b(?:pix|chave|cpf)\b", re.IGNORECASE)
_CNPJ = re.compile(r"(?<![\w.-])[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?[0-9]{2}(?![\w-])", re.IGNORECASE)
_EVP = re.compile(r"(?<![\w-])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])")
_PAY_LINK = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?((?:paypal\.me|paypal\.com/paypalme|razorpay\.me|rzp\.io/(?:l|i|rzp)"
    r"|pages\.razorpay\.com|instamojo\.com|imjo\.in|paytm\.me|buy\.stripe\.com|mpago\.la|pay\.kiwify\.com\.br"
    r"|pay\.hotmart\.com|sun\.eduzz\.com|link\.mercadopago\.com\.br|cash\.app|buymeacoffee\.com|ko-fi\.com)"
    r"/(?:pl_)?[@$]?[A-Za-z0-9_.-]{2,60})(?![\w-])",
    re.IGNORECASE,
)
_NO_PAYEES = frozenset({"assets", "static", "docs", "help", "login", "signin", "signup", "about", "api", "img", "home"})
HINTS = (
    *("paypal.", "razorpay.", "rzp.io", "instamojo.", "imjo.in", "paytm.me", "buy.stripe", "mpago.la", "kiwify."),
    *("pay.hotmart", "eduzz.", "mercadopago.", "cash.app", "buymeacoffee.", "ko-fi."),
)
"""What an address that takes payments holds, in lower case."""


def upis(text: str) -> Iterator[Found]:
    """UPI addresses: with a known provider's handle, or near a word of payment."""
    for match in _UPI.finditer(text):
        known = match[2].lower() in _PROVIDERS
        if known or near(_UPI_WORD, text, *match.span()):
            yield Found("upi", f"{match[1]}@{match[2]}".lower(), *match.span())


def pixes(text: str) -> Iterator[Found]:
    """Pix keys: tax numbers with right check digits and random keys, near the scheme's words."""
    for match in _CPF.finditer(text):
        digits = re.sub(r"[^0-9]", "", match[0])
        if cpf_valid(digits) and near(_CPF_WORD, text, *match.span()):
            yield Found("pix", digits, *match.span())
    for match in _CNPJ.finditer(text):
        value = re.sub(r"[^0-9A-Z]", "", match[0].upper())
        if cnpj_valid(value) and near(_PIX_WORD, text, *match.span()):
            yield Found("pix", value, *match.span(), shares=True)
    for match in _EVP.finditer(text):
        if near(_PIX_WORD, text, *match.span()):
            yield Found("pix", match[0].lower(), *match.span())


def pix_contacts(text: str, found: Iterable[Found]) -> Iterator[Found]:
    """E-mail addresses and Brazilian numbers that stand right behind the scheme's words: they are keys as well."""
    for one in found:
        if one.kind not in ("email", "phone") or not _PIX_BEFORE.search(text, max(0, one.start - 60), one.start):
            continue
        numbers = (one.value, *one.readings) if one.kind == "phone" else ()
        value = one.value if one.kind == "email" else next((n for n in numbers if n.startswith("+55")), "")
        if value:
            yield Found("pix", value, one.start, one.end, shares=True)


def pay_links(text: str) -> Iterator[Found]:
    """Pages where somebody takes payments; the host in lower case, the path as it is."""
    for match in _PAY_LINK.finditer(text):
        address = match[1].rstrip(".")
        host, _, path = address.partition("/")
        if path.lower() in _NO_PAYEES:
            continue
        yield Found("pay_link", f"{host.lower()}/{unquote(path)}", match.start(), match.start(1) + len(address))


def cpf_valid(digits: str) -> bool:
    """Whether the two check digits of a Brazilian personal tax number are right (modulus 11)."""
    if len(digits) != 11 or len(set(digits)) == 1 or not (digits.isascii() and digits.isdecimal()):
        return False
    return all(mod11(digits[:n], range(n + 1, 1, -1)) == int(digits[n]) for n in (9, 10))
