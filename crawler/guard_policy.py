"""Where the crawler may connect: a host and port in, the addresses to use or the reason for a refusal out.

An address is judged after the name is resolved, never before, because ``2130706433``, ``0x7f.1`` and a name that
answers ``127.0.0.1`` are all the same loopback. A name is resolved once, one forbidden answer refuses it, and the
caller connects to the very addresses judged here: a second look-up, which could answer otherwise, does not happen.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler import clock
from crawler.config import EgressSettings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Host and port in, every address of the host out as text. Raises OSError when there is none.
Resolver = Callable[[str, int], Iterable[str]]

#: Networks that ``ipaddress`` calls global, or does not know, and that are not public hosts (IANA special-purpose
#: registries; RFC 6890 and the RFCs named).
SPECIAL_NETWORKS = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("192.0.0.0/24", "in the range for protocol assignments"),
        ("192.88.99.0/24", "a 6to4 relay"),  # RFC 7526
        ("168.63.129.16/32", "a cloud provider's machine service"),
        ("64:ff9b::/96", "an IPv4 address in NAT64 form"),  # RFC 6052
        ("64:ff9b:1::/48", "an IPv4 address in local NAT64 form"),  # RFC 8215
        ("::ffff:0:0/96", "an IPv4 address in mapped form"),
        ("::ffff:0:0:0/96", "an IPv4 address in translated form"),  # RFC 2765
        ("::/96", "an IPv4 address in compatible form"),
        ("2001::/32", "a Teredo address, which holds an IPv4 address"),  # RFC 4380
        ("2001::/23", "in the range for protocol assignments"),
        ("2002::/16", "a 6to4 address, which holds an IPv4 address"),  # RFC 3056
        ("3fff::/20", "for documentation only"),  # RFC 9637
        ("fec0::/10", "site-local"),  # RFC 3879
    )
)
ISATAP_INTERFACES = (0x00005EFE, 0x02005EFE)  # RFC 5214: the low 32 bits are an IPv4 address

#: Services that Chromium calls on its own account. No page is made of them.
BROWSER_SERVICES = frozenset(
    {
        "clients2.google.com",
        "edgedl.me.gvt1.com",
        "optimizationguide-pa.googleapis.com",
        "redirector.gvt1.com",
        "safebrowsing.googleapis.com",
        "update.googleapis.com",
    }
)

_REG_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_MAX_HOST = 253


def judge_address(address: str | IPAddress) -> str:
    """Why the crawler must not connect to this address, or an empty text when it may."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "not an address"
    for network, what in SPECIAL_NETWORKS:
        if ip.version == network.version and ip in network and int(ip) not in (0, 1):
            return what
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return "bound to a network interface"
        if (int(ip) >> 32) & 0xFFFFFFFF in ISATAP_INTERFACES:
            return "an ISATAP address, which holds an IPv4 address"
    for what, holds in (
        ("unspecified", ip.is_unspecified),
        ("loopback", ip.is_loopback),
        ("multicast", ip.is_multicast),
        ("link-local", ip.is_link_local),
        ("reserved", ip.is_reserved),
        ("private", ip.is_private),
        ("not public", not ip.is_global),
    ):
        if holds:
            return what
    return ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a client asked for: the host in lower case without brackets or a final dot, and the port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the resolver answered for a name, when it was asked, and how long it took; no answers: there were none."""

    host: str
    asked_at: datetime
    took_ms: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """The addresses to connect to, in order; or why not.

    ``refusal`` is the guard's no, ``failure`` a name without an answer. ``ip`` is the address that was refused.
    ``pinned`` says that the address was set in the settings and is not judged. ``lookup`` is there where the resolver
    was asked.
    """

    addresses: tuple[tuple[str, int], ...] = ()
    refusal: str = ""
    failure: str = ""
    ip: str = ""
    pinned: bool = False
    lookup: Lookup | None = field(default=None, compare=False)


def read_target(authority: str, default_port: int | None = None) -> Target:
    """``host``, ``host:port`` or ``[v6]:port``. Raises ValueError with a clause saying what is wrong with it."""
    if "@" in authority:
        raise ValueError("it carries a user name")
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:\[\]]*)(?::([0-9]{1,5}))?", authority.lower())
    if match is None:
        raise ValueError("host and port cannot be told apart")
    host, port_text = match[1], match[2]
    port = int(port_text) if port_text else default_port
    if port is None or not 0 < port < 65536:
        raise ValueError("it has no port between 1 and 65535")
    if host.startswith("["):
        try:
            return Target(str(ipaddress.IPv6Address(host[1:-1])), port)
        except ValueError:
            raise ValueError("its host is not an IPv6 address") from None
    host = host.removesuffix(".")
    if len(host) > _MAX_HOST or not _REG_NAME.fullmatch(host):
        raise ValueError("its host is not a host name")
    return Target(host, port)


def find_way(target: Target, settings: EgressSettings, resolve: Resolver) -> Way:
    """Judges a target: pins first, then the port, the name, and every address the name has. Blocks on the resolver."""
    pins = {name.lower(): place for name, place in settings.pinned.items()}
    if (place := pins.get(str(target))) is not None:
        host, _, port = place.rpartition(":")
        return Way(((host.strip("[]"), int(port)),), pinned=True)
    if target.port not in settings.ports:
        return Way(refusal=f"port {target.port} is not one of the allowed ports")
    if target.host in BROWSER_SERVICES:
        return Way(refusal=f"{target.host} is a service the browser calls on its own account")
    lookup: Lookup | None = None
    answers = _literal(target.host)
    if not answers:
        asked_at = clock.now()
        try:
            answers = tuple(dict.fromkeys(resolve(target.host, target.port)))
            failure = f"the name {target.host} has no address"
        except (OSError, UnicodeError):
            failure = f"the name {target.host} cannot be resolved"
        took_ms = round((clock.now() - asked_at) / timedelta(milliseconds=1))
        lookup = Lookup(target.host, asked_at, took_ms, answers)
        if not answers:
            return Way(failure=failure, lookup=lookup)
    for answer in answers:
        if reason := judge_address(answer):
            return Way(refusal=f"its address {answer} is {reason}", ip=answer, lookup=lookup)
    return Way(tuple((answer, target.port) for answer in answers), lookup=lookup)


def _literal(host: str) -> tuple[str, ...]:
    """The host itself when it is an address in its ordinary form, which needs no look-up."""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Every address the operating system has for ``host``. Raises OSError (gaierror) when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(entry[4][0]) for entry in found)
