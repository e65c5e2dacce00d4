"""What a recording door keeps: the octets to and from servers, the resolver's answers, and nothing of anybody else."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from crawler.config import EgressSettings
from crawler.egress import Guard
from crawler.errors import CrawlError
from crawler.guard_policy import Target

RAW = b"HTTP/1.1 200 Quite Fine\r\nX-Odd-CASE: b\r\nSet-Cookie: 2\r\nset-cookie: 1\r\nContent-Length: 4\r\n\r\nbody"


@pytest.fixture
def site(serve: Callable[..., Any]) -> Any:
    """Answers everything with the same octets."""
    return serve(lambda connection, head: connection.sendall(RAW))


def guarded(site: Any, **more: Any) -> Guard:
    return Guard(EgressSettings(pinned={"site.example:80": f"127.0.0.1:{site.port}"}), **more)


def fetched(url: str, proxy: str) -> httpx.Response:
    with httpx.Client(proxy=proxy, trust_env=False) as client:
        return client.get(url, headers={"X-Mine": "1"})


def test_the_octets_of_both_sides_are_kept_as_they_went(site: Any) -> None:
    with guarded(site) as guard, guard.recording(10_000) as door:
        assert fetched("http://site.example/p?q", door.url).text == "body"
        (stream,) = door.tape.streams()
    assert bytes(stream.received) == RAW
    assert bytes(stream.sent) == site.heads[0]
    assert (stream.target, stream.ip, stream.kind) == (Target("site.example", 80), "127.0.0.1", "plain")
    assert (stream.local, stream.full) == ("127.0.0.1", False)


def test_doors_of_one_guard_hear_only_their_own(site: Any) -> None:
    with guarded(site) as guard, guard.recording(10_000) as one, guard.recording(10_000) as other:
        fetched("http://site.example/one", one.url)
        fetched("http://site.example/two", other.url)
        fetched("http://site.example/three", guard.url)
        assert [len(door.tape.streams()) for door in (one, other)] == [1, 1]
        assert b"/one" in one.tape.streams()[0].sent
        assert guard.tape is None
        assert [len(each.verdicts()) for each in (one, other, guard)] == [1, 1, 1]
        assert len({one.token, other.token, guard.token}) == 3


def test_a_tape_that_is_full_hears_no_more_and_says_so(site: Any) -> None:
    with guarded(site) as guard, guard.recording(200) as door:
        for _ in range(3):
            assert fetched("http://site.example/", door.url).text == "body"
        streams = door.tape.streams()
    assert sum(len(one.sent) + len(one.received) for one in streams) == 200
    assert [one.full for one in streams][-1] is True


def test_look_ups_are_kept_with_what_was_answered_and_when(site: Any) -> None:
    def resolve(host: str, port: int) -> tuple[str, ...]:
        if host == "inward.example":
            return ("203.0.113.1", "127.0.0.1")
        raise socket.gaierror

    with guarded(site, resolver=resolve) as guard, guard.recording(10_000) as door:
        assert fetched("http://inward.example/", door.url).status_code == 403
        assert fetched("http://nowhere.example/", door.url).status_code == 502
        fetched("http://site.example/", door.url)
        found = [(one.host, one.answers) for one in door.tape.lookups()]
        assert found == [("inward.example", ("203.0.113.1", "127.0.0.1")), ("nowhere.example", ())]
        assert all(one.took_ms >= 0 for one in door.tape.lookups())


def test_a_door_that_is_closed_takes_nobody_in(site: Any) -> None:
    with guarded(site) as guard:
        with guard.recording(10_000) as door:
            pass
        with pytest.raises(httpx.ConnectError):
            fetched("http://site.example/", door.url)
        assert fetched("http://site.example/", guard.url).text == "body"


def test_a_guard_that_does_not_run_has_no_doors() -> None:
    with pytest.raises(CrawlError, match="is not running"), Guard(EgressSettings()).recording(1):
        pass
