"""The words of the report: code names in, what counsel reads out. Nothing here depends on a case."""

from __future__ import annotations

from classifiers.labels import ClaimType

CLAIMS = {
    ClaimType.PRICE: "Price",
    ClaimType.VOLUME: "Volume of messages",
    ClaimType.ANTI_BAN: "Avoiding bans",
    ClaimType.UNSAVED_CONTACTS: "Writing to unsaved contacts",
    ClaimType.CONTACT_HARVESTING: "Harvesting contacts",
    ClaimType.NUMBER_FILTER: "Filtering numbers",
    ClaimType.ACCOUNT_ROTATION: "Rotating accounts",
    ClaimType.ACCOUNT_SUPPLY: "Supplying accounts",
    ClaimType.AUTO_REPLY: "Automatic replies",
    ClaimType.GROUP_AUTOMATION: "Automating groups",
    ClaimType.UNOFFICIAL_API: "Unofficial interface",
    ClaimType.FALSE_AFFILIATION: "Affiliation",
    ClaimType.CLONE_FEATURE: "Features of a modified app",
    ClaimType.RESELLER: "Resale",
    ClaimType.CRACKED_LICENCE: "Licence",
    ClaimType.POLITICAL_USE: "Political use",
    ClaimType.DISCLAIMER: "Disclaimer",
    ClaimType.OPT_IN: "Consent of recipients",
    ClaimType.OFFICIAL_API: "Official interface",
    ClaimType.CONTACT: "Contact",
}

#: What speaks for the operator; shown apart from the claims.
MITIGATING = frozenset({ClaimType.DISCLAIMER, ClaimType.OPT_IN, ClaimType.OFFICIAL_API})

IDENTIFIERS = {
    "phone": "Phone",
    "wa_link": "WhatsApp link",
    "wa_group": "WhatsApp group",
    "telegram": "Telegram",
    "email": "E-mail",
    "upi": "UPI payment address",
    "pix": "Pix payment key",
    "domain": "Domain",
}

FILES = {
    "apps.json": "app packages that the page offers, and what they say of themselves",
    "apps/NEVER-RUN.txt": "warning: app packages are never to be run",
    "body.bin": "the body of the main answer, decoded",
    "capture.json": "the record of the capture",
    "capture.wacz": "all exchanges of the capture, replayable",
    "claims.json": "the quotes of this report",
    "dom.html": "the page as the browser built it",
    "full.png": "screenshot of the whole page",
    "page.mhtml": "the page in one file",
    "page.pdf": "the page printed by the browser",
    "rdap.json": "what the registry has on record for the domain, or why it is not known",
    "robots.txt": "what the site asks of programs, as it stood at the capture",
    "text.txt": "the text that offsets point into",
    "viewport.png": "screenshot of the window",
    "warc-time.json": "what the web archive was stamped as when it was closed",
}

#: The same for the folders of an exhibit.
FOLDERS = {
    "crops": "piece of the screenshot that shows a quote",
    "warc-time": "timestamp over the web archive as it was closed",
    "apps": "an app package that the page offers, as inert bytes",
}

#: True of every capture, whatever its facts.
GENERAL_LIMITS = (
    "Digests show that nothing changed since the capture. No capture can prove what a server sent, or that it sent "
    "the same to others.",
    "The pages were opened without an account, by a program that says who it is, each from one place at one time. "
    "Other visitors may be shown something else.",
    "A timestamp proves that a manifest existed at that time. The time of the capture itself is that of the collecting "
    "machine's clock.",
    "Quotes were found by rules and are verbatim. What the rules do not know is not quoted; the whole text of each "
    "page is in the bundle.",
)


def file_words(path: str) -> str:
    """What a file of an exhibit is, in words; empty for one that nobody described."""
    return FILES.get(path) or FOLDERS.get(path.partition("/")[0] if "/" in path else "", "")


def words(code: str) -> str:
    """A code name nobody translated, in words: ``copied_into_bundle`` becomes ``copied into bundle``."""
    return code.replace("_", " ")
