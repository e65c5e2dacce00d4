"""The settings file of a run on the sample web: pins in, the text of an ``offsignal.toml`` out.

The seeds are start pages as an investigator would have them: vendors, innocents and a few broken sites, unlabelled.
What the crawler makes of them is its own doing; ``truth.jsonl`` is not read here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

TOKEN_VARIABLE = "OFFSIGNAL_META_TOKEN"  # noqa: S105 - the variable's name
SEEDS = (
    "http://pelican-sender.example/",
    "http://quillhopper.example/",
    "http://lakhsandesh.example/",
    "http://rodafila.example/",
    "http://mandamil.example/",
    "http://kirimderas.example/",
    "http://barqrasael.example/",
    "http://gatefinch.example/",
    "http://gbwa-garden.example/",
    "http://wa-dhahab.example/",
    "http://pondlists.example/",
    "http://akkbaza.example/",
    "http://glowcast-app.example/",
    "http://glowcast-app.example/pricing",
    "http://posterwala.example/",
    "http://promo-fold.example/",
    "http://gale-blast.example/",
    "http://sparrow-blast.example/",  # a parked name until the second night
    "http://brandmykit.example/",
    "http://twodoor-inbox.example/",
    "http://hizlikanat.example/",
    "http://plumeconnect.example/",
    "http://pontecanal.example/",
    "http://harbourlantern.example/",
    "http://khabarpatri.example/",
    "http://cekfakta-lentera.example/",
    "http://kesari-sarees.example/",
    "http://clinicaipe.example/",
    "http://taqueria-fogon.example/",
    "http://kopi-lumbung.example/",
    "http://asnan-wadi.example/",
    "http://almanac-help.example/",
    "http://smsquay.example/",
    "http://mailheron.example/",
    "http://purewell-filters.example/",
    "http://modtavern.example/",
    "http://annapurna-rice.example/",
    "http://codefjord.example/",
    "http://sellersden.example/",
    "http://stonewall.example/",
    "http://halfgate.example/",
    "http://slowlane.example/",
    "http://brokenrobots.example/",
    "http://hopscotch.example/",
    "http://oddbytes.example/",
    "http://sunnyside-choir.example/",
)
AUTHORITIES = MappingProxyType({"tsa.practice.example": "practice/root.pem"})
CHANNELS = ("akkbaza_store", "kirimderas", "lantern_newsroom", "quillhopper_news")
MARKET_QUERIES = ("bulk whatsapp sender", "whatsapp marketing software")
AD_QUERIES = ("bulk whatsapp", "gb whatsapp", "disparo whatsapp", "whatsapp")


def settings_toml(
    pins: Mapping[str, str],
    *,
    authorities: Mapping[str, str] = AUTHORITIES,
    operator: str = "Practice Operator",
    contact: str = "practice@offsignal.example",
    pages_per_host: int = 5,
) -> str:
    """The whole settings file. ``pins`` are the guard's exact pins (``SampleWeb.pins()`` and the authority's).

    ``authorities`` are the practice authorities: host to root certificate, relative to the data directory.
    ``pages_per_host`` bounds how much of each site a night
    looks at; every site is small, 60 sees all of every one.
    """
    sections = (
        _collector(operator, contact, pages_per_host),
        "[egress.pinned]                  # the sample web; nothing else may point inward\n" + _pairs(pins),
        _sources(pins),
        _timestamp(authorities),
    )
    return "\n".join(sections)


def _collector(operator: str, contact: str, pages_per_host: int) -> str:
    return (
        "[collector]\n"
        f"contact = {_text(contact)}\n"
        f"operator = {_text(operator)}\n"
        'organisation = "sample run, nothing here is a finding"\n\n'
        "[crawl]                          # the sample web is this machine, so there is no need to wait\n"
        "delay_s = 0.0\n"
        "timeout_s = 15.0\n"
        "retries = 1\n"
        f"max_pages_per_host = {pages_per_host}\n"
        "max_depth = 2\n\n"
        "[capture]\n"
        "page_timeout_s = 20.0\n"
        "settle_s = 0.3\n"
        "rdap = false                     # the names of the sample web are registered nowhere\n"
    )


def _sources(pins: Mapping[str, str]) -> str:
    """The four sources; a seed whose host is not pinned is left out, since it could not be reached."""
    seeds = [seed for seed in SEEDS if f"{seed.split('/')[2]}:80" in pins]
    return (
        "[sources.watchlist]\n"
        f"seeds = {_array(seeds)}\n"
        "budget_pages = 600\n"
        "floor = 30\n\n"
        "[sources.marketplace]\n"
        'endpoint = "http://bazaar-listings.example/search?q={query}&page={page}"\n'
        f"queries = {_array(MARKET_QUERIES)}\n"
        'terms_url = "http://bazaar-listings.example/rules"\n'
        "budget_pages = 60\n\n"
        "[sources.meta_ads]\n"
        'endpoint = "http://graph.facebook.example/v26.0/ads_archive"\n'
        f'token_env = "{TOKEN_VARIABLE}"\n'
        'countries = ["IN", "BR"]\n'
        f"queries = {_array(AD_QUERIES)}\n"
        "budget_pages = 40\n\n"
        "[sources.telegram]\n"
        'endpoint = "http://t.example/s/"\n'
        f"seeds = {_array(CHANNELS)}\n"
        "budget_pages = 40\n"
    )


def _timestamp(authorities: Mapping[str, str]) -> str:
    lines = [f"[timestamp]\nwanted = {max(1, len(authorities))}\n"]
    for number, (host, root) in enumerate(authorities.items(), 1):
        lines.append(
            "[[timestamp.authorities]]        # a PRACTICE authority on this machine: its time proves nothing\n"
            f"name = {_text('practice' if number == 1 else f'practice-{number}')}\n"
            f"url = {_text(f'http://{host}/')}\n"
            f"root = {_text(root)}\n"
            "practice = true\n"
        )
    return "\n".join(lines)


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are all valid in one."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(values: list[str] | tuple[str, ...]) -> str:
    return "[\n" + "".join(f"    {_text(value)},\n" for value in values) + "]"


def _pairs(pairs: Mapping[str, str]) -> str:
    return "".join(f"{_text(name)} = {_text(value)}\n" for name, value in sorted(pairs.items()))
