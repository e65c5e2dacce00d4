"""What goes into a WARC file comes out, whatever a server sends."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.warc import Exchange, WarcWriter, read_record_at, read_records

OCTETS = st.characters(max_codepoint=255)
#: What a parser can hand over as a header: a token, and a value without line breaks or white space around it.
NAMES = st.text(st.sampled_from("!#$%&'*+-.^_`|~abcXYZ019"), min_size=1, max_size=12).filter(
    lambda name: not name.lower().startswith(("x-offsignal", "content-", "transfer-"))
)
VALUES = st.text(OCTETS.filter(lambda char: char not in "\r\n\0"), max_size=30).map(lambda text: text.strip(" \t"))
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001

EXCHANGES = st.builds(
    Exchange,
    url=st.sampled_from(
        ["http://a.example/", "https://b.example/x?y=1&y=2", "http://c.example/हिन्दी", "HTTP://D.example"]
    ),
    method=st.sampled_from(["GET", "POST", "HEAD", "PROPFIND"]),
    request_headers=HEADERS,
    request_body=st.binary(max_size=50),
    status=st.integers(100, 999),
    reason=VALUES,
    protocol=st.sampled_from(["HTTP/1.0", "HTTP/1.1", "h2"]),
    response_headers=HEADERS,
    body=st.binary(max_size=3000),
    fetched_at=MOMENTS,
    peer_ip=st.sampled_from(["", "192.0.2.7", "2001:db8::1"]),
    truncated=st.sampled_from(["", "length", "time", "disconnect"]),
)
#: Anything at all, as text, for the law that nothing can forge a record.
HOSTILE = st.text(st.one_of(st.sampled_from("\r\n\0\t: /\\"), st.characters()), max_size=40)


def _write(exchange: Exchange) -> tuple[bytes, int]:
    stream = BytesIO()
    writer = WarcWriter(stream, filename="law.warc.gz", info={"software": "test"})
    reference = writer.exchange(exchange)
    return stream.getvalue(), reference.offset


def _file(folder: str, data: bytes) -> Path:
    path = Path(folder) / "law.warc.gz"
    path.write_bytes(data)
    return path


@given(EXCHANGES)
def test_an_exchange_comes_back_as_it_went_in(exchange: Exchange) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, offset = _write(exchange)
        path = _file(folder, data)
        info, response, request = read_records(path)
        assert read_record_at(path, offset) == response
    assert info.type == "warcinfo"
    assert response.type == "response"
    assert response.payload == exchange.body
    assert response.http_status == exchange.status
    assert response.http_headers == exchange.response_headers
    assert response.date == exchange.fetched_at
    assert response.uri.lower() == exchange.url.lower()
    assert response.header("WARC-IP-Address") == exchange.peer_ip
    assert response.header("WARC-Truncated") == exchange.truncated
    assert response.header("WARC-Protocol") == ("h2" if exchange.protocol == "h2" else "")
    assert request.header("WARC-Concurrent-To") == response.record_id
    if exchange.method == "PROPFIND":
        assert request.type == "metadata"
        assert request.payload.endswith(b"\r\n\r\n" + exchange.request_body)
    else:
        assert request.payload == exchange.request_body
        assert request.http_headers == exchange.request_headers


@given(name=HOSTILE, value=HOSTILE, reason=HOSTILE, tail=HOSTILE, protocol=HOSTILE, method=HOSTILE, peer=HOSTILE)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_text_forges_a_record_or_a_header(
    name: str, value: str, reason: str, tail: str, protocol: str, method: str, peer: str
) -> None:
    exchange = Exchange(
        url=f"http://a.example/{tail}",
        method=method,
        request_headers=((name, value),),
        request_body=b"",
        status=200,
        reason=reason,
        protocol=protocol,
        response_headers=((name, value), ("Server", "s")),
        body=b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n",
        fetched_at=datetime(2026, 11, 24, tzinfo=UTC) + timedelta(microseconds=1),
        peer_ip=peer,
    )
    with tempfile.TemporaryDirectory() as folder:
        records = list(read_records(_file(folder, _write(exchange)[0])))
    assert [record.type for record in records][:2] == ["warcinfo", "response"]
    assert len(records) == 3
    response = records[1]
    assert len(response.http_headers) in (2, 3)  # three when the text happened to be a wrong Content-Length
    assert ("Server", "s") in response.http_headers
    assert response.payload == exchange.body
    for key, text in (*response.headers, *response.http_headers):
        assert not set("\r\n\0") & set(key + text)


def test_the_reference_checker_accepts_hostile_files(tmp_path: Path) -> None:
    """The same kind of text, in one file, through ``warcio check``: a reader that was not written here."""
    path = tmp_path / "hostile.warc.gz"
    texts = [
        "",
        "a\r\nb: c",
        "\r\n\r\nWARC/1.1\r\n",
        "\0",
        "é",
        "नमस्ते",
        "\ud800",
        " x ",
        ":",
        "x" * 70_000,
        "\x85",
        "\u2028",
    ]
    with path.open("wb") as stream:
        writer = WarcWriter(stream, filename="a\r\nb", info={"operator\r\nx": "A\r\nWARC-Type: response", "empty": ""})
        for text in texts:
            for method in ("GET", "HEAD", "get", text):
                pair = (
                    (text, text),
                    ("Content-Length", text),
                    ("Content-Encoding", "gzip"),
                    ("Transfer-Encoding", "chunked"),
                )
                at = datetime(2026, 1, 1, tzinfo=UTC)
                url = f"https://a.example/{text[:50]}?{text[:50]}"
                writer.exchange(
                    Exchange(url, method, pair, b"req", 200, text, text, pair, b"5\r\nhello", at, text, "time")
                )
            writer.resource(f"urn:screenshot:{text[:50]}", text[:50], text.encode("utf-8", "replace"), at)
            writer.metadata(f"urn:pageinfo:{text[:50]}", "application/json", b"", at, concerns=text[:50])
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no digest" not in checked.stdout
    records = list(read_records(path))
    assert checked.stdout.count("digest pass") == len(records) == 1 + len(texts) * 10
