"""What registries say of a domain: asked rarely, believed little, kept without persons; else a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import clock
from crawler.casebook import open_casebook
from crawler.egress import Guard
from evidence import rdap_store
from evidence.config import CaptureSettings
from evidence.digest import canonical_json, sha256_hex
from evidence.guarded_fetch import Fetcher
from evidence.rdap import NoRegistry, RdapRegistry
from evidence.rdap_answer import BadAnswerError, facts, parse, without_persons
from evidence.rdap_bootstrap import base_address, read_bootstrap, registrable_domain
from tests.evidence.rdap_serving import BOOTSTRAP, BOOTSTRAP_URL, FULL, THIN, Desk, registry, told

AGENT = "offsignal/0 (+desk@heron.example)"
COM = "/com/v1/domain/example.com"


@pytest.fixture
def running() -> Iterator[tuple[Desk, Guard]]:
    with registry() as (desk, guard):
        yield desk, guard


def asker(folder: Path, guard: Guard, **changes: Any) -> RdapRegistry:
    db = open_casebook(folder / "casebook.db", (rdap_store.MIGRATIONS,))
    settings = CaptureSettings(rdap_bootstrap=BOOTSTRAP_URL, rdap_timeout_s=5, **changes)
    return RdapRegistry(db, Fetcher(guard, AGENT, "rdap"), settings)


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + later)


def test_the_registration_is_had_with_how_it_was_asked(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    found = asker(tmp_path, guard).look_up("shop.example.com")
    told_of = found["registration"]
    assert found["domain"] == "example.com"
    assert told_of["registrar"] == {"name": "Heron Registrar Ltd", "iana_id": "376"}
    assert told_of["abuse"] == {"email": "abuse@heron-registrar.example", "telephone": "+1.5550100"}
    assert (told_of["registered_at"], told_of["expires_at"]) == ("2024-08-14T04:00:00Z", "2027-08-13T04:00:00Z")
    assert told_of["changed_at"] == {"value": None, "reason": "not a date: 'yesterday'"}
    assert told_of["name_servers"] == ["a.ns.example", "b.ns.example"]
    assert (told_of["dnssec"], told_of["status"]) == (True, ["client transfer prohibited", "active"])
    assert found["answer_sha256"] == sha256_hex(desk.answers[COM][2])
    [hop] = found["asked"]["chain"]
    assert (hop["status"], hop["server_ip"]) == (200, "127.0.0.1")
    assert ["Content-Type", "application/rdap+json"] in hop["response_headers"]
    assert found["bootstrap"]["publication"] == BOOTSTRAP["publication"]
    assert desk.asked == ["/rdap/dns.json", COM]
    assert desk.agents == {AGENT}
    assert json.loads(canonical_json(found)) == json.loads(json.dumps(found))


def test_persons_stay_out_and_the_bytes_stay_in_the_casebook(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    asks = asker(tmp_path, guard)
    found = asks.look_up("www.example.co.in")
    text = canonical_json(found).decode()
    for private in ("Asha", "Lake Road", "9000000411", "asha.rao", "AR-77"):
        assert private not in text
    assert {"roles": ["registrant", "technical"], "organisation": "Pelican Digital Services"} in found["registration"][
        "entities"
    ]
    assert found["registration"]["redacted"] == ["Registrant Phone Ext"]
    kept = rdap_store.latest(asks._db, "example.co.in", good=True)
    assert kept is not None
    assert kept.body == desk.answers["/in/domain/example.co.in"][2]
    assert kept.sha256 == found["answer_sha256"]


def test_an_answer_is_used_again_until_it_is_old(
    tmp_path: Path, running: tuple[Desk, Guard], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, guard = running
    first = asker(tmp_path, guard).look_up("example.com")
    again = asker(tmp_path, guard).look_up("a.b.example.com")
    assert (again["registration"], again["asked"]["url"]) == (first["registration"], first["asked"]["url"])
    assert desk.asked == ["/rdap/dns.json", COM]
    at(monkeypatch, timedelta(days=8))
    desk.answers[COM] = told({"errorCode": 500}, 500)
    old = asker(tmp_path, guard).look_up("example.com")
    assert desk.asked == ["/rdap/dns.json", COM, "/rdap/dns.json", COM]
    assert old["registration"] == first["registration"]
    assert old["asked"]["age_s"] >= 8 * 86_400 - 60
    asker(tmp_path, guard).look_up("example.com")
    assert len(desk.asked) == 4  # what failed is left alone for a while


def test_a_server_is_asked_once_a_second_and_not_when_it_asked_for_quiet(
    tmp_path: Path, running: tuple[Desk, Guard], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, guard = running
    slept: list[float] = []
    monkeypatch.setattr("evidence.rdap.time.sleep", slept.append)
    desk.answers["/com/v1/domain/example.net"] = told(b"", 429, **{"Retry-After": "900"})
    asks = asker(tmp_path, guard)
    asks.look_up("example.com")
    assert slept == []
    limited = asks.look_up("example.net")
    assert len(slept) == 1
    assert 0 < slept[0] <= 1
    assert limited["registration"] == {"value": None, "reason": "rdap.registry.test answered 429"}
    quiet = asks.look_up("example.co.in")
    assert "asked to be left alone for another 8" in quiet["registration"]["reason"]
    assert desk.asked[-1] == "/com/v1/domain/example.net"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (told({"errorCode": 404}, 404), "answered 404, it knows no such domain"),
        (told(b"<html>"), "not readable as JSON: JSONDecodeError"),
        (told(b"[" * 100_000), "not readable as JSON: RecursionError"),
        (told(b"\xff\xfe"), "not readable as JSON: UnicodeDecodeError"),
        (told([1]), "no domain object"),
        (told({**THIN, "objectClassName": "entity"}), "no domain object"),
        (told({**THIN, "ldhName": "other.com"}), "the registry answered about another domain"),
        (told(b'{"a":"' + b"x" * (2 << 20) + b'"}'), "more than 1048576"),
        (told(b"", 302, Location="http://127.0.0.1/x"), "127.0.0.1"),
        (told(b"", 302, Location="file:///etc/passwd"), "not an http or https URL"),
        (told(b"", 302, Location=COM), "more than 5 redirects"),
    ],
)
def test_what_is_no_answer_gives_a_reason(
    tmp_path: Path, running: tuple[Desk, Guard], answer: tuple[int, dict[str, str], bytes], sentence: str
) -> None:
    desk, guard = running
    desk.answers[COM] = answer
    found = asker(tmp_path, guard).look_up("example.com")
    assert found["registration"]["value"] is None
    assert sentence in found["registration"]["reason"]
    assert found["domain"] == "example.com"


@pytest.mark.parametrize("listing", [b"", b"{}", b'{"services": 3}', b'{"services": [["com"]]}'])
def test_a_list_that_is_none_gives_a_reason(tmp_path: Path, running: tuple[Desk, Guard], listing: bytes) -> None:
    desk, guard = running
    desk.answers["/rdap/dns.json"] = told(listing)
    reason = asker(tmp_path, guard).look_up("example.com")["registration"]["reason"]
    assert reason == "the list of registries cannot be had: it is no bootstrap file (RFC 9224 section 3)"


def test_names_without_a_registry_are_not_asked_for(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    asks = asker(tmp_path, guard)
    for host, sentence in (
        ("pelican-sender.example", ".example is reserved"),
        ("192.0.2.7", "bare IP address"),
        ("[2001:db8::1]", "bare IP address"),
        ("localhost", "reserved"),
        ("co.in", "no registrable domain"),
    ):
        assert sentence in asks.look_up(host)["registration"]["reason"]
    assert desk.asked == []
    assert "names no RDAP server for example.de" in asks.look_up("www.example.de")["registration"]["reason"]
    off = NoRegistry("asking registries is switched off (capture.rdap)").look_up("www.example.com")
    assert (off["domain"], off["registration"]["reason"][:6]) == ("example.com", "asking")


def test_the_registrable_domain_is_the_registrys_own() -> None:
    assert registrable_domain("a.shop.github.io.")[0] == "github.io"
    assert registrable_domain("WWW.Example.CO.IN")[0] == "example.co.in"
    found = read_bootstrap(json.dumps(BOOTSTRAP).encode())
    assert base_address(found, "example.co.in") == "http://rdap.registry.test/in/"
    assert base_address(found, "example.org") == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*FULL, "roles", "vcardArray", "publicIds", "eventAction", "eventDate", "name", "x"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from([*FULL]), JSON, max_size=8))
def test_whatever_a_registry_says_it_can_be_recorded(answer: dict[str, Any]) -> None:
    assert canonical_json(facts(answer))
    assert canonical_json(without_persons(answer))


def test_texts_are_cleared_and_cut() -> None:
    answer = {**THIN, "status": ["a\u202eb\r\nSet-Cookie: x", "y" * 10_000], "port43": 1.5, "lang": 1 << 80}
    assert facts(answer)["status"] == ["a\ufffdb\ufffd\ufffdSet-Cookie: x", "y" * 500]
    assert without_persons(answer)["port43"] == "1.5"
    with pytest.raises(BadAnswerError):
        parse(b'{"objectClassName": "domain"')
