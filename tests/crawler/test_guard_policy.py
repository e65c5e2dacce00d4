"""The address policy, trap by trap, and the reading of hosts and ports."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import EgressSettings
from crawler.guard_policy import Target, Way, find_way, judge_address, read_target, system_resolver

FORBIDDEN = {
    "0.0.0.0": "unspecified",  # noqa: S104  # refused, not bound
    "0.1.2.3": "private",
    "10.1.2.3": "private",
    "100.64.0.1": "not public",
    "100.100.100.200": "not public",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.8": "protocol assignments",
    "192.0.0.192": "protocol assignments",
    "192.0.2.1": "private",
    "192.88.99.1": "6to4 relay",
    "192.168.1.1": "private",
    "198.18.0.1": "private",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "168.63.129.16": "cloud",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "compatible",
    "::ffff:127.0.0.1": "mapped",
    "::ffff:8.8.8.8": "mapped",
    "::ffff:0:127.0.0.1": "translated",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::8.8.8.8": "NAT64",
    "64:ff9b:1::7f00:1": "local NAT64",
    "100::1": "reserved",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "Teredo",
    "2001:10::1": "protocol assignments",
    "2001:db8::1": "private",
    "2002:7f00:1::": "6to4",
    "2002:808:808::1": "6to4",
    "2a00:1450::5efe:7f00:1": "ISATAP",
    "2a00:1450::200:5efe:127.0.0.1": "ISATAP",
    "3fff::1": "documentation",
    "5f00::1": "reserved",
    "4000::1": "reserved",
    "fc00::1": "private",
    "fd00:ec2::254": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "bound to a network interface",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "not an address": "not an address",
    "": "not an address",
}
PUBLIC = ("8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::8a")


@pytest.mark.parametrize(("address", "why"), FORBIDDEN.items())
def test_addresses_that_are_no_public_host(address: str, why: str) -> None:
    assert why in judge_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert judge_address(address) == ""


@given(st.ip_addresses(v=4))
def test_no_way_of_writing_a_forbidden_ipv4_address_into_ipv6_is_allowed(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    forms = [
        (0xFFFF << 32) | number,
        number,
        (0x64FF9B << 96) | number,
        (0x2002 << 112) | (number << 80),
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),
        (0x2A00 << 112) | (0x5EFE << 32) | number,
    ]
    assert all(judge_address(ipaddress.IPv6Address(form)) for form in forms)


@given(st.ip_addresses())
def test_what_is_allowed_is_global_unicast(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if judge_address(ip) == "":
        assert ip.is_global
        assert not any((ip.is_multicast, ip.is_private, ip.is_reserved, ip.is_loopback, ip.is_unspecified))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Example.COM", Target("example.com", 80)),
        ("example.com.:8080", Target("example.com", 8080)),
        ("[::1]:443", Target("::1", 443)),
        ("[0:0::0001]", Target("::1", 80)),
        ("0x7f.1", Target("0x7f.1", 80)),
        ("under_score.example", Target("under_score.example", 80)),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert read_target(text, 80) == target


@pytest.mark.parametrize(
    "text",
    ["", ":80", "a:", "a:0", "a:65536", "a:999999", "u@a", "a b", "a\\b", "::1", "[::1", "[fe80::1%25eth0]", "a%2e",
     "[127.0.0.1]", "a..b", ".a", "é.example", "x" * 254, "a:8o", "a:80:80", "a/b", "a?b", "a\0b"],
)  # fmt: skip
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match=r"user name|told apart|no port|not an IPv6|not a host name"):
        read_target(text, None if text == "a:" else 80)


def answers(*addresses: str) -> Way:
    settings = EgressSettings(pinned={"Shop.example:80": "127.0.0.1:18480", "six.example:443": "[::1]:9"})
    return find_way(Target("a.example", 80), settings, lambda host, port: addresses)


def test_one_forbidden_answer_refuses_the_name() -> None:
    way = answers("93.184.216.34", "10.0.0.7", "8.8.8.8")
    assert way == Way(refusal="its address 10.0.0.7 is private", ip="10.0.0.7")


def test_allowed_answers_are_used_in_order_and_once() -> None:
    assert answers("8.8.8.8", "1.1.1.1", "8.8.8.8").addresses == (("8.8.8.8", 80), ("1.1.1.1", 80))


def test_a_name_without_an_answer_is_a_failure_and_not_a_refusal() -> None:
    def nothing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    for resolve in (nothing, lambda host, port: ()):
        way = find_way(Target("a.example", 80), EgressSettings(), resolve)
        assert way.failure
        assert not way.refusal


def test_ports_services_and_pins() -> None:
    settings = EgressSettings(pinned={"Shop.example:80": "127.0.0.1:18480", "six.example:443": "[::1]:9"})

    def never(host: str, port: int) -> tuple[str, ...]:
        raise AssertionError("a refused or pinned name must not be looked up")

    assert find_way(Target("a.example", 22), settings, never).refusal == "port 22 is not one of the allowed ports"
    assert "on its own account" in find_way(Target("update.googleapis.com", 443), settings, never).refusal
    assert find_way(Target("shop.example", 80), settings, never).addresses == (("127.0.0.1", 18480),)
    assert find_way(Target("six.example", 443), settings, never).addresses == (("::1", 9),)
    for near in (Target("shop.example", 443), Target("www.shop.example", 80), Target("shop.example.evil", 80)):
        assert not find_way(near, settings, lambda host, port: ("127.0.0.1",)).addresses


@pytest.mark.parametrize("text", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "0", "localhost"])
def test_the_system_resolver_takes_every_notation_and_the_policy_refuses_it(text: str) -> None:
    assert system_resolver(text, 80)
    assert find_way(read_target(text, 80), EgressSettings(), system_resolver).refusal
