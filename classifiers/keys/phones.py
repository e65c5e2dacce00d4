"""Telephone numbers in a text: E.164 values with the page's own spelling, and the other ways to read them.

A number with a country code is taken when it is possible; one without must be valid in a country that the page points
to (currency, country code, country domain, language), because "98765-43210" is a valid number in India and in Brazil.
Runs of digits that their surroundings call something else (an order, a version, an account, an amount) are left alone,
and so is a bare run of digits on a page that points to no country, unless a word of calling stands near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from classifiers.deobfuscate import View
from classifiers.keys import Found, near
from classifiers.keys.regions import ANYWHERE, of_language, pointed_to

MAX_NUMBERS = 400
BEFORE_CHARS = 44
_QUOTES = ("'", '"', "`")

_CANDIDATE = re.compile(
    r"(?<![\w.,@/=&#%-])(?:tel:|callto:|sms:)?([+(]{0,2}[0-9](?:[ ().\-/  ]{0,3}[0-9]){6,15})(?![\w@%]|[.,][0-9])"
)
_NOT_PHONE = re.compile(
    r"(?:.{0,18}[^0-9])?(?:19|20)[0-9]{2}[-./](?:0?[1-9]|1[0-2])[-./][0-3]?[0-9](?![0-9])"  # a date
    r"|(?:.{0,18}[^0-9])?[0-3]?[0-9][-./](?:0?[1-9]|1[0-2])[-./](?:19|20)[0-9]{2}(?![0-9])"
    r"|[0-9]{1,5}(?:\.[0-9]{1,5}){3}\Z"  # an internet address, a version
    r"|(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}\Z"  # years from and to
    r"|[0-2]?[0-9]\.[0-5][0-9] ?- ?[0-2]?[0-9]\.[0-5][0-9]\Z"  # times from and to
    r"|[0-9]{1,3}(?:[., ][0-9]{3}){0,3}(?:[., ]000)+\Z"  # a round amount
    r"|[0-9]{1,2}(?:,[0-9]{2}){0,3},[0-9]{3}\Z"
    r"|(?:[0-9]{4}[ -]){3}[0-9]{4}\Z"  # a payment card
)
# What a number is called that is none of a telephone; right before it.
_NUMBERED = (
    r"order|invoice|inv|bill|receipt|ticket|case|account|acct|customer|client|user|member|policy|licen[cs]e|regn?"
    r"|registration|reference|ref|transaction|txn|trx|job|item|product|part|model|patent|booking|application|form|file"
    r"|app|pin|zip|post(?:al)?|pedido|protocolo|conta|agencia|factura|cuenta|pesanan|rekening|siparis|fatura|commande"
    r"|facture|заказ\w*|счет\w*"
)
_NUMBER_WORD = r"(?:no|nr|num|number|numero|id|code|codigo|nomor|numarasi|номер|#|№|n[o°º])"
_NEVER_DIALLED = (
    r"tracking|track|awb|consignment|docket|shipment|parcel|utr|rrn|imei|isbn|issn|ean|upc|gtin|sku|asin|serial|batch"
    r"|lot|build|version|ver|iban|bic|swift|a/c|acc|vat|tin|inn|инн|огрн|кпп|ogrn|ein|duns|abn|nif|rut|ruc|cuit|rfc|nit"
    r"|npwp|nib|ktp|fssai|udyam|udin|msme|cin|pan|aadhaar|aadhar|cpf|cnpj|rg|otp|id|uid|pixel|order|pedido|rastreio"
    r"|resi|norek|rekening|guia|трек\w*|takip|kargo|vergi|epoch|unix|timestamp|port|checksum|crc|seed|doi|arxiv|pmid"
    r"|commit|revision|rev|issue|pr|orden"
)
_NAMED = re.compile(
    rf"(?:(?:\b(?:{_NUMBERED})[ ]?{_NUMBER_WORD}|\b(?:{_NEVER_DIALLED})"
    r"|رقم الطلب|رقم الحساب|الحساب|ऑर्डर|खाता|单号|订单号?|账号)"
    rf"[ ]?{_NUMBER_WORD}?[ ]?[.:#=№-]{{0,3}}[ ]?(?:is[ ]|[a-z]{{2,4}}[-#])?"
    r"|(?:₹|rs\.?|inr|r\$|us\$|\$|usd|usdt|rp\.?|idr|€|eur|£|gbp|₺|₽|pkr|brl|aed|sar|ngn|₦|ksh|kes)[ ]{0,2}"  # money
    r"|\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){0,7}[ -]?"  # the beginning of an IBAN
    r"|(?<![0-9+])[0-9]{1,3}(?:,[0-9]{2,3})+[ ]?)\Z"
)
_COUNTED = re.compile(
    r"[ +]{0,2}(?:messages?|msgs?|sms|contacts?|numbers\b|members?|users?|downloads?|installs?|views?|followers?"
    r"|pieces|pcs|leads|records|rows|bytes|kb|mb|ms\b|rs\b|inr\b|usd\b|rupees|/-|mensagens|contatos|mensajes|contactos"
    r"|pesan\b|kontak|сообщен|номеров|рассыл)"
)
_CALLING = re.compile(
    r"call|phone|\bph\b|\btel\b|telef|tel[:.]|mob|\bcell|whats|\bwa\b|\bzap|contact|\bsms\b|dial|\bring\b|hotline|helpline|\bfax\b"
    r"|fone|celular|contato|contacto|llama|hubungi|\bhp\b|telp|\bwa:|ara\b|iletişim|iletisim|звон|тел|вотс|ватс|связ|اتصل|هاتف|جوال|واتس|رقم|تواصل"
    r"|कॉल|फ़ोन|फोन|मोबाइल|संपर्क|व्हाट|फون|رابطہ|电话|手机|微信|联系|piga|simu|\btelegram|☎|📞|📱|✆"
)
_LITERAL = re.compile(r"[\[,:(={][ ]?[\"'`]\Z")  # a value in a piece of program, such as an example of a request
_MORE_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){0,30}[ -]\Z")
_TRUNK = frozenset({"GB", "FR", "NG", "PK", "KE", "TZ", "EG", "MA", "IR", "UA", "BD"})
"""Where a number within the country begins with 0: one without is an accident."""


def find(view: View, lang: str, url: str = "") -> Iterator[Found]:
    """Every telephone number of the text whose normalised view is given. ``url`` is the page's address."""
    text = view.text
    pointers: tuple[str, ...] | None = None
    last_end, count = -100, 0
    for match in _CANDIDATE.finditer(text):
        shown = match[1]
        explicit = shown.lstrip("(").startswith("+") or match.start(1) > match.start()
        if text[match.end() : match.end() + 1] in _QUOTES and _LITERAL.search(
            text, max(0, match.start() - 3), match.start()
        ):
            continue
        if not explicit and (_NOT_PHONE.match(shown) or _something_else(text, *match.span(1))):
            continue
        if pointers is None:
            pointers = pointed_to(text, url)
        bare = shown.isdecimal() and not explicit and not pointers
        if bare and match.start() - last_end > 20 and not near(_CALLING, text, *match.span(), reach=40):
            continue
        foreign = explicit or near(_CALLING, text, *match.span(), reach=40)
        readings = _readings(shown, pointers, of_language(lang), foreign)
        if readings:
            yield Found("phone", readings[0], *view.original(*match.span(1)), readings[1:])
            last_end = match.end()
            count += 1
            if count == MAX_NUMBERS:
                return


def _something_else(text: str, start: int, end: int) -> bool:
    """Whether what stands around a run of digits says that it is no telephone number."""
    before = text[max(0, start - BEFORE_CHARS) : start]
    if _NAMED.search(before) or _COUNTED.match(text, end):
        return True
    left = _MORE_DIGITS.search(before)
    right = re.match(r"[ -]?[0-9]", text[end : end + 2])
    digits = sum(char.isdecimal() for char in text[start:end])
    if right is not None:
        return True
    return left is not None and sum(char.isdecimal() for char in left[0]) + digits > 15


@lru_cache(maxsize=4096)
def _readings(shown: str, pointers: tuple[str, ...], spoken: tuple[str, ...], foreign: bool) -> tuple[str, ...]:
    """E.164 forms of a candidate, the best first; () when it is no number.

    ``foreign`` says that the digits may begin with the code of a country that the page does not point to.
    """
    digits = re.sub(r"[^0-9]", "", shown)
    if shown.lstrip("(").startswith("+"):
        number = _parse("+" + digits, None)
        return (e164(number),) if number and phonenumbers.is_possible_number(number) else ()
    if len(set(digits)) < 3 and len(digits) > 8:
        return ()
    likely = tuple(dict.fromkeys((*pointers, *spoken)))
    found = [number for region in likely if (number := _valid_in(shown, digits, region))]
    for prefix in ("00", ""):
        if len(digits) >= 11 and digits.startswith(prefix):
            number = _parse("+" + digits.removeprefix(prefix), None)
            if number and phonenumbers.is_valid_number(number) and (foreign or prefix or _at_home(number, likely)):
                found.append(number)
    if found and not pointers:
        found.extend(number for region in ANYWHERE if (number := _valid_in(shown, digits, region)))
    return tuple(dict.fromkeys(e164(number) for number in found))


def _valid_in(shown: str, digits: str, region: str) -> phonenumbers.PhoneNumber | None:
    number = _parse(shown, region)
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    national = region not in _TRUNK or digits.startswith(("0", str(number.country_code)))
    return number if national else None


def _at_home(number: phonenumbers.PhoneNumber, likely: tuple[str, ...]) -> bool:
    return phonenumbers.region_code_for_number(number) in likely


def possible(digits: str) -> str:
    """E.164 of digits that begin with a country code, as wa.me links carry them; "" when they cannot be a number."""
    number = _parse("+" + digits.lstrip("+0"), None)
    return e164(number) if number and phonenumbers.is_possible_number(number) else ""


def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def e164(number: phonenumbers.PhoneNumber) -> str:
    """A number in the form of ITU-T E.164."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
