"""The acceptance table of the egress guard for a plain client: nothing private is ever reached. And check_url."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from crawler import guard_policy
from crawler.config import EgressSettings
from crawler.egress import Guard, check_url
from crawler.errors import BadURL
from crawler.guard_policy import system_resolver

Serve = Callable[..., Any]
NO_ANSWER = "2a00::1"  # public by the rules; nothing is there

LITERALS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "0", "localhost",
    "LOCALHOST.", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:1:2:3:4:80ff:fffe]", "[::ffff:0:127.0.0.1]", "[fe80::1]",
    "169.254.169.254", "10.0.0.1",
]  # fmt: skip


@pytest.fixture
def private(serve: Serve, http_answer: Callable[..., Any]) -> Any:
    """A server on loopback that must never be reached."""
    return serve(http_answer(b"secret"))


class Names:
    """A resolver: the answers of made-up names, in turn; the system's for everything else. Counts the look-ups."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, list[tuple[str, ...]]] = {
            "inside.example": [("127.0.0.1",)],
            "half.example": [(NO_ANSWER, "127.0.0.1")],
            "six.example": [("::1",)],
            "nat.example": [("64:ff9b::7f00:1",)],
            "rebinding.example": [(NO_ANSWER,), ("127.0.0.1",)],
            "metadata.example": [("169.254.169.254",)],
        }

    def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        turns = self.answers.get(host)
        if turns is None:
            if host.endswith(".example"):
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return system_resolver(host, port)
        return turns.pop(0) if len(turns) > 1 else turns[0]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def guard(private: Any, public: Any, names: Names) -> Iterator[Guard]:
    """A guard that would allow the private server's port: only the address stands between."""
    settings = EgressSettings(
        ports=(80, 443, private.port),
        pinned={"public.example:80": f"127.0.0.1:{public.port}"},
        connect_timeout_s=2,
    )
    with Guard(settings, resolver=names) as running:
        yield running


@pytest.fixture
def public(serve: Serve, private: Any) -> Any:
    """A server that redirects to whatever stands after ``to=``."""

    def answer(connection: socket.socket, head: bytes) -> None:
        target = head.split(b" ")[1].partition(b"to=")[2]
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n")

    return serve(answer)


@pytest.fixture
def client(guard: Guard) -> Iterator[httpx.Client]:
    with httpx.Client(proxy=guard.url, follow_redirects=True, timeout=10) as client:
        yield client


@pytest.mark.parametrize("host", LITERALS)
def test_no_notation_of_a_private_address_is_reached(host: str, guard: Guard, private: Any) -> None:
    """Sent by hand, because clients tidy up hosts before they send them."""
    address = guard.url.removeprefix("http://").split(":")
    for request in (
        f"GET http://{host}:{private.port}/ HTTP/1.1\r\nHost: public.example\r\n\r\n",
        f"CONNECT {host}:{private.port} HTTP/1.1\r\nHost: {host}:{private.port}\r\n\r\n",
    ):
        with socket.create_connection((address[0], int(address[1]))) as connection:
            connection.sendall(request.encode())
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 403 "), answer
        assert f"X-Offsignal-Egress: {guard.token}; ".encode() in answer
    assert private.connections == 0
    assert [verdict.allowed for verdict in guard.verdicts()] == [False, False]


@pytest.mark.parametrize("name", ["inside", "half", "six", "nat", "metadata"])
def test_names_that_resolve_to_private_addresses(name: str, guard: Guard, client: httpx.Client, private: Any) -> None:
    answer = client.get(f"http://{name}.example:{private.port}/")
    assert answer.status_code == 403
    assert answer.headers["X-Offsignal-Egress"].startswith(guard.token)
    with pytest.raises(httpx.ProxyError, match="403"):
        client.get(f"https://{name}.example:{private.port}/")
    assert private.connections == 0
    assert guard.refusal(f"{name}.example", private.port).startswith("its address ")
    assert guard.peer_ip(f"{name}.example", private.port) == ""


def test_a_name_that_changes_its_answer_is_looked_up_once_a_connection(
    guard: Guard, client: httpx.Client, names: Names, private: Any
) -> None:
    first = client.get(f"http://rebinding.example:{private.port}/")
    assert first.status_code in (502, 504)
    assert NO_ANSWER in first.headers["X-Offsignal-Egress"]  # it went to the address it had judged
    assert names.asked == ["rebinding.example"]
    second = client.get(f"http://rebinding.example:{private.port}/")
    assert second.status_code == 403
    assert names.asked == ["rebinding.example"] * 2
    assert private.connections == 0
    assert [verdict.allowed for verdict in guard.verdicts()] == [True, False]
    assert guard.verdicts()[0].reason.startswith("unreachable: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "inside.example", "[::ffff:127.0.0.1]", "half.example"])
def test_redirects_to_private_addresses(host: str, client: httpx.Client, public: Any, private: Any) -> None:
    answer = client.get(f"http://public.example/?to=http://{host}:{private.port}/")
    assert answer.status_code in (400, 403)  # httpx writes an IPv6 host without its brackets, which is no URL
    assert answer.headers["X-Offsignal-Egress"]
    assert [hop.status_code for hop in answer.history] == [302]
    assert (public.connections, private.connections) == (1, 0)


def test_a_pin_opens_one_name_and_one_port_and_nothing_else(client: httpx.Client, guard: Guard, public: Any) -> None:
    assert client.get("http://public.example/?to=http://nowhere.example/").status_code == 502
    assert guard.peer_ip("public.example", 80) == "127.0.0.1"
    assert guard.refusal("nowhere.example", 80) == ""  # unreachable is not refused
    assert guard.verdicts()[-1].reason == "unreachable: the name nowhere.example cannot be resolved"
    before = public.connections
    for near in ("http://public.example:443/", f"http://127.0.0.1:{public.port}/", "http://www.public.example/"):
        assert client.get(near).status_code in (403, 502)
    assert public.connections == before


def test_an_address_of_this_machine_is_refused_even_when_it_is_public(
    guard: Guard, client: httpx.Client, private: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine's own public address cannot be had on every machine, so loopback stands in as if it were public."""
    monkeypatch.setattr(guard_policy, "judge_address", lambda address: "")
    assert client.get(f"http://inside.example:{private.port}/").status_code == 403
    assert guard.refusal("inside.example", private.port) == "its address 127.0.0.1 is this machine's own"
    assert private.heads == []


def test_a_port_that_is_not_allowed(guard: Guard, client: httpx.Client, names: Names) -> None:
    assert client.get("http://public.example:22/").status_code == 403
    assert guard.refusal("public.example", 22) == "port 22 is not one of the allowed ports"
    assert names.asked == []


def test_an_endless_redirect_ends_in_the_client_and_every_hop_is_judged(guard: Guard, client: httpx.Client) -> None:
    client.max_redirects = 7
    with pytest.raises(httpx.TooManyRedirects):
        client.get("http://public.example/?to=/?to=/?to=/?to=/?to=/?to=/?to=/?to=/?to=/?to=/")
    assert len(guard.verdicts()) == 8


def test_a_guard_stops_with_connections_open(serve: Serve) -> None:
    held = threading.Event()

    def hold(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        held.wait(20)

    server = serve(hold)
    with Guard(EgressSettings(pinned={"a.example:80": f"127.0.0.1:{server.port}"})) as guard:
        host, _, port = guard.url.removeprefix("http://").partition(":")
        connection = socket.create_connection((host, int(port)))
        connection.sendall(b"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n")
        assert connection.recv(9) == b"HTTP/1.1 "
    held.set()
    connection.close()
    assert "egress-guard" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://Example.COM", "http://example.com/"),
        (" HTTPS://example.com:443/a?b=c#d ", "https://example.com/a?b=c#d"),
        ("http://example.com:8080/ä b".replace(" ", "%20"), "http://example.com:8080/%C3%A4%20b"),
        ("http://example.com./", "http://example.com/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://faß.de/", "http://xn--fa-hia.de/"),
        ("http://हिन्दी.example/नमस्ते?q=क", "http://xn--j2bd4cyah0f.example/%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87?q=%E0%A4%95"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
        ("http://a.example/%zz%2F", "http://a.example/%zz%2F"),
    ],
)  # fmt: skip
def test_one_spelling_of_a_url(given: str, expected: str) -> None:
    assert check_url(given) == expected
    assert check_url(expected) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "an empty text: not an http or https URL"),
        ("example.com", "not an http or https URL; write it in full"),
        ("//example.com/", "not an http or https URL"),
        ("ftp://example.com/", "not an http or https URL"),
        ("javascript:alert(1)", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("http://", "its host is not a host name"),
        ("http:///path", "its host is not a host name"),
        ("http://a b/", "holds no spaces"),
        ("http://a.example/\r\nX: y", "holds no spaces, control characters"),
        ("http://a.example\\@b.example/", "backslashes"),
        ("http://user:pw@a.example/", "it carries a user name"),
        ("http://a.example:99999/", "no port between 1 and 65535"),
        ("http://a.example:x/", "cannot be used"),
        ("http://[::1/", "not a URL"),
        ("http://[::1]x/", "cannot be used"),
        ("http://a..b/", "not a host name"),
        ("http://xn--\u0301.example/", "not a host name"),
        ("http://a.example/" + "x" * 9000, "too long; the most is 8192"),
    ],
)
def test_what_is_no_url(given: str, says: str) -> None:
    with pytest.raises(BadURL) as caught:
        check_url(given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
