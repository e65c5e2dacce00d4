"""How much is sent, to whom without their knowing the sender: volume and unsaved contacts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.claims.page import Page
from classifiers.claims.rule import Hit, phrases, rule
from classifiers.labels import ClaimType

_UNITS = (
    r"messages?|msgs?|sms|contacts?|people|persons?|users?|customers?|clients?|numbers?|recipients?|subscribers?|phones?"
    r"|calls?|e-?mails?|sends|rows|records|groups|chats?|accounts?|reminders|notifications|members|verifications"
    r"|mensagens|contatos|pessoas|numeros|clientes|envios|disparos|usuarios|linhas|mensajes|contactos|personas|lineas"
    r"|avisos|destinatarios|pesan|kontak|nomor|orang|penerima|percakapan|mesaj|kisi|numara|logo?|logon|sandesh"
    r"|संदेश\w*|मैसेज\w*|नंबर\w*|लोग\w*|कॉल|सदस्य|رساله|رسائل|رقم|ارقام|شخص|جهه|عميل\w*|сообщени\w*|контакт\w*"
    r"|получател\w*|номер\w*|строк|человек|destinataires|personnes|lignes|لوگ\w*|پيغام\w*|میسج|watu|ujumbe|namba"
    r"|条|号码|账号|人"
)
_MANY = (
    r"(?:[0-9]{2,3}(?:[.,' ][0-9]{2,3}){1,4}|[0-9]{3,12}|[0-9.]{1,5} ?\+? ?(?:k|m|mil|lakhs?|lac|crores?|thousand"
    r"|million|rb|ribu|juta|bin|тыс|млн|हजार|लाख|करोड|الف|مليون|ہزار|لاکھ|elfu|万|千))"
)
_COUNT = re.compile(
    rf"(?<![\w.,$₹€£])(?=[0-9]){_MANY}\+?(?: ?- ?{_MANY})?"
    rf"(?:(?: [^\W\d_]{{1,14}}){{0,3}} ?(?:{_UNITS})(?!\w)"
    r"| ?(?:/|a |per |por |par |pro |em um |en un )(?:day|dia|jour|hour|hora|min\w*|sec\w*|hari|gun|24)"
    r"| (?:daily|diarios|diarias|par jour|в сутки|в день|per hari|sehari|يوميا))"
)


@rule("volume.count", ClaimType.VOLUME)
def count(page: Page) -> Iterator[Hit]:
    """The page says how many messages, people or numbers its offer reaches, in all, at once or in a day."""
    for match in _COUNT.finditer(page.text):
        yield Hit(*match.span())


RULES = (
    phrases(
        "volume.unlimited",
        ClaimType.VOLUME,
        "The page promises sending without a limit, or beyond the limits of the official app.",
    ),
    phrases("volume.reach", ClaimType.VOLUME, "The page promises to reach a whole list, a city or thousands at once."),
    count,
    phrases(
        "unsaved_contacts.send",
        ClaimType.UNSAVED_CONTACTS,
        "The page offers WhatsApp messages to people who are not saved as contacts, or who have not saved the sender.",
    ),
)
