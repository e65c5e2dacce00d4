"""Which registry answers for a domain: IANA's bootstrap file (RFC 9224) and a host in, a base address out.

The file is fetched from IANA and kept for a while (:mod:`evidence.rdap_store`), not shipped: a shipped copy would be
old, and nobody would notice.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from functools import cache

from tldextract import TLDExtract

from crawler.egress import check_url
from crawler.errors import BadURL

#: Names that no registry has (RFC 2606, RFC 6761, RFC 7686, RFC 8375).
RESERVED = ("example", "test", "invalid", "localhost", "local", "onion", "alt", "home.arpa")
MAX_SERVICES = 5_000


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """IANA's file as read: when it was published, and for each suffix the base addresses of its registry."""

    publication: str
    services: dict[str, tuple[str, ...]]


def registrable_domain(host: str) -> tuple[str, str]:
    """The domain that a registry has on record for ``host``, or why there is none: one of the two is empty.

    Public suffixes of registries alone count: ``shop.github.io`` is registered as ``github.io``.
    """
    name = host.rstrip(".").lower()
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        pass
    else:
        return "", "the page stands under a bare IP address; no domain is registered for it"
    for reserved in RESERVED:
        if name == reserved or name.endswith(f".{reserved}"):
            return "", f".{reserved} is reserved; no registry has such names"
    found = _suffixes()(name)
    if not found.domain or not found.suffix:
        return "", f"{name[:100]} has no registrable domain by the public suffix list"
    return f"{found.domain}.{found.suffix}", ""


def read_bootstrap(data: bytes) -> Bootstrap:
    """IANA's file (RFC 9224 section 3). Raises ValueError with a clause for anything else."""
    try:
        value = json.loads(data.decode("utf-8"))
        services = {
            str(suffix).lower().strip("."): tuple(str(url) for url in urls)
            for suffixes, urls in value["services"][:MAX_SERVICES]
            for suffix in suffixes
        }
        return Bootstrap(str(value.get("publication", ""))[:40], services)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("it is no bootstrap file (RFC 9224 section 3)") from None


def base_address(bootstrap: Bootstrap, domain: str) -> str:
    """The registry's base address, https first, the longest suffix winning (section 4); empty when there is none."""
    labels = domain.split(".")
    for start in range(len(labels)):
        urls = bootstrap.services.get(".".join(labels[start:]), ())
        for url in sorted(urls, key=lambda one: not one.startswith("https:")):
            try:
                return check_url(url).rstrip("/") + "/"
            except BadURL:
                continue
    return ""


@cache
def _suffixes() -> TLDExtract:
    """The bundled list only: no look-up on the network, no cache on the disk."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)
