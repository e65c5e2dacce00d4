"""App packages that pages offer: found, fetched only where that is allowed, kept inert, read, and told with reasons."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler import clock
from crawler.config import CollectorSettings
from crawler.egress import Guard
from crawler.exchange import Exchange
from evidence import apps, beside
from evidence.app_identifiers import APPS, by_exhibit, identifiers
from evidence.app_offers import APK_TYPE, Offer, offers
from evidence.apps import NOTE, AppKeeper, Kept
from evidence.config import CaptureSettings
from evidence.exhibit import seal
from evidence.guarded_fetch import Fetcher
from evidence.suggestion import strong_key, suggest
from evidence.verify import verify
from tests.evidence.apk_making import archive, certificate, digest_of, rsa_key, sign_block, signed
from tests.evidence.exhibit_making import make_draft, open_house
from tests.evidence.rdap_serving import Desk, answering

HOST, MIRROR = "pelican-mods.example", "files.example"
ALLOWED = CaptureSettings(fetch_apps=True, rdap=False)
AGENT = "offsignal/0 (+desk@heron.example)"
PAGE = f"""<a href="/get/app.apk?v=3">GB Chat</a> <a href="http://{MIRROR}/x.XAPK#top">all parts</a>
<a href="/dl?id=7" download="chat.apk">save</a> <a href="/help.html">help</a> <a href="javascript:x()">x</a>
<a href="/get/app.apk?v=3">again</a>"""


def answer(body: bytes, status: int = 200, kind: str = APK_TYPE, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": kind, **headers}, body


@pytest.fixture
def running() -> Iterator[tuple[Desk, Guard]]:
    with answering({"/robots.txt": answer(b"", 404)}, (HOST, MIRROR)) as (desk, guard):
        yield desk, guard


def keep(folder: Path, guard: Guard, *urls: str, settings: CaptureSettings = ALLOWED) -> tuple[Kept, dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    offered = tuple(Offer(f"http://{HOST}{url}" if url.startswith("/") else url, ("link",)) for url in urls)
    kept = AppKeeper(settings, Fetcher(guard, AGENT, "apps"), folder).keep(offered)
    return kept, json.loads((folder / APPS).read_bytes())


def exchange(url: str, kind: str, body: bytes = b"PK\x03\x04", **changes: Any) -> Exchange:
    fields: dict[str, Any] = {"status": 200, "method": "GET", **changes}
    headers = (("Content-Type", kind),)
    return Exchange(
        url=url, request_headers=(), request_body=b"", reason="OK", protocol="HTTP/1.1", response_headers=headers,
        body=body, fetched_at=clock.now(), **fields,
    )  # fmt: skip


def test_offers_are_links_answers_and_downloads() -> None:
    got = [
        exchange(f"http://{HOST}/start", f"{APK_TYPE}; v=1"),
        exchange(f"http://{HOST}/gone.apk", APK_TYPE, status=404),
        exchange(f"http://{HOST}/page.apk", "text/html"),
    ]
    found = offers(PAGE, f"http://{HOST}/", got, [f"http://{HOST}/d as GB.apk", "blob:x as y.apk", "/z as z.zip"])
    assert [(one.url, one.found, one.answer is not None) for one in found] == [
        (f"http://{HOST}/start", ("answer",), True),
        (f"http://{HOST}/d", ("download",), False),
        (f"http://{HOST}/get/app.apk?v=3", ("link",), False),
        (f"http://{MIRROR}/x.XAPK", ("link",), False),
        (f"http://{HOST}/dl?id=7", ("link",), False),
    ]
    based = offers('<base href="http://files.example/a/"><a href="b.apk">', f"http://{HOST}/", (), ())
    assert [one.url for one in based] == ["http://files.example/a/b.apk"]
    assert offers("", "", (), ()) == ()


def test_a_package_is_fetched_along_its_redirects_and_kept_inert(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    package = signed()
    desk.answers["/app.apk"] = answer(b"", 302, Location=f"http://{MIRROR}/real?x=1", **{"Set-Cookie": "a=b"})
    desk.answers["/real?x=1"] = answer(package, kind="application/octet-stream")
    kept, content = keep(tmp_path / "x", guard, "/app.apk")
    digest = hashlib.sha256(package).hexdigest()
    name = f"apps/{digest}.apk.quarantined"
    assert (kept.files, kept.missing) == ((APPS, name, NOTE), ())
    [row] = content["offers"]
    assert row["file"] == {"path": name, "bytes": len(package), "sha256": digest}
    assert (tmp_path / "x" / name).read_bytes() == package
    assert stat.S_IMODE((tmp_path / "x" / name).stat().st_mode) == 0o400
    assert [(hop["url"], hop["status"], hop["server_ip"]) for hop in row["chain"]] == [
        (f"http://{HOST}/app.apk", 302, "127.0.0.1"),
        (f"http://{MIRROR}/real?x=1", 200, "127.0.0.1"),
    ]
    assert ["Set-Cookie", "a=b"] in row["chain"][0]["response_headers"]
    assert "cookie" not in str(row["chain"][1]["request_headers"]).lower()
    assert row["app"]["manifest"]["package"] == "com.gbwhatsapp"
    assert desk.asked == ["/robots.txt", "/app.apk", "/robots.txt", "/real?x=1"]
    assert [(one["url"], one["status"], one["decision"]) for one in content["robots"]] == [
        (f"http://{HOST}/robots.txt", 404, "none"),
        (f"http://{MIRROR}/robots.txt", 404, "none"),
    ]
    assert desk.agents == {AGENT}
    assert (tmp_path / "x" / NOTE).read_text("utf-8").startswith("NEVER RUN.")
    assert content["warning"].startswith("NEVER RUN.")


def test_the_certificate_is_an_identifier_that_quotes_its_file(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    desk.answers["/a.apk"] = answer(signed())
    desk.answers["/b.apk"] = answer(archive())
    debug = certificate(rsa_key(), "Android Debug")
    desk.answers["/c.apk"] = answer(sign_block(archive(), [("v2", rsa_key(), debug)]))
    keep(tmp_path / "x", guard, "/a.apk", "/b.apk", "/c.apk")
    data = (tmp_path / "x" / APPS).read_bytes()
    [found] = identifiers(data)
    assert (found.kind, found.value) == ("app_certificate", digest_of(certificate(rsa_key())))
    assert data.decode("utf-8")[found.start : found.end] == found.quote == found.value
    assert strong_key(found) == (found.kind, found.value)
    rows = json.loads(data)["offers"]
    assert "debug key" in rows[2]["app"]["signing"]["certificates"][0]["shared_key"]


def test_the_certificates_of_sealed_exhibits_are_found(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    desk.answers["/a.apk"] = answer(signed())
    db, exhibits, custody = open_house(tmp_path)
    draft = make_draft(tmp_path / "draft")
    kept, _ = keep(tmp_path / "draft", guard, "/a.apk")
    exhibit = seal(replace(draft, files=(*draft.files, *kept.files)), exhibits, custody)
    found = by_exhibit(db, exhibits.vault)
    assert [one.value for one in found[exhibit.exhibit_id]] == [digest_of(certificate(rsa_key()))]
    shared = {"ex-other": found[exhibit.exhibit_id], exhibit.exhibit_id: found[exhibit.exhibit_id]}
    [suggestion] = suggest({"ex-other": shared["ex-other"]}, shared)
    assert suggestion.shared[0].kind == "app_certificate"
    exhibits.export(exhibit.exhibit_id, tmp_path / "out")
    report = verify(tmp_path / "out")
    assert [text for step in report.steps[:5] for text in step.failed] == []
    (tmp_path / "out" / kept.files[1]).chmod(0o600)
    (tmp_path / "out" / kept.files[1]).write_bytes(b"PK another")
    failed = [text for step in verify(tmp_path / "out").steps for text in step.failed]
    assert any(kept.files[1] in text for text in failed)


def test_nothing_is_asked_for_unless_the_settings_allow_it(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    kept, content = keep(tmp_path / "x", guard, "/a.apk", settings=CaptureSettings())
    assert (desk.asked, kept.files, kept.missing) == ([], (APPS,), ())
    assert content["offers"][0]["file"]["reason"] == "the settings do not allow fetching apps (capture.fetch_apps)"
    assert not (tmp_path / "x" / "apps").exists()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"/robots.txt": answer(b"User-agent: *\nDisallow: /a", kind="text/plain")}, "robots.txt forbids /a.apk"),
        ({"/robots.txt": answer(b"", 503)}, "robots.txt answered 503, which forbids everything for now"),
        ({"/a.apk": answer(b"", 301, Location="/secret/x")}, "robots.txt forbids /secret/x"),
        ({"/a.apk": answer(b"gone", 410)}, "the server answered 410"),
        ({"/a.apk": answer(b"<html>", kind="text/html; x")}, "what came is no app package, but text/html"),
        ({"/a.apk": answer(b"P" * (3 << 20))}, "it declares 3145728 bytes, more than 1048576"),
        ({"/a.apk": answer(b"", 302, Location="http://127.0.0.1:1/x.apk")}, "port 1 is not one of the allowed ports"),
        ({"/a.apk": answer(b"", 302, Location="http://169.254.169.254/")}, "169.254.169.254"),
        ({"/a.apk": answer(b"", 302, Location="market://details?id=x")}, "not an http or https URL"),
        ({"/a.apk": answer(b"", 302, Location="/a.apk")}, "more than 5 redirects"),
    ],
)
def test_what_cannot_be_had_says_why(
    tmp_path: Path, running: tuple[Desk, Guard], answers: dict[str, Any], sentence: str
) -> None:
    desk, guard = running
    desk.answers["/robots.txt"] = answer(b"User-agent: offsignal\nDisallow: /secret", kind="text/plain")
    desk.answers |= answers
    settings = CaptureSettings(fetch_apps=True, max_app_bytes=1 << 20)
    kept, content = keep(tmp_path / "x", guard, "/a.apk", settings=settings)
    [row] = content["offers"]
    assert sentence in row["file"]["reason"]
    assert (kept.files, [what for what, _ in kept.missing]) == ((APPS,), ["apps"])
    assert [one.name for one in (tmp_path / "x").iterdir()] == [APPS]


def test_a_package_that_came_with_the_page_is_not_asked_for_again(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    package = signed()
    got = exchange(f"http://{HOST}/a.apk", APK_TYPE, package)
    collector = CollectorSettings(contact="desk@heron.example", operator="R. Iyer")
    given = {"settings": CaptureSettings(), "collector": collector, "guard": guard}
    made = beside.lay_down(tmp_path, "", got.url, [got], [], **given)
    name = f"apps/{hashlib.sha256(package).hexdigest()}.apk.quarantined"
    assert (desk.asked, made.files, made.missing) == ([], ("rdap.json", APPS, name, NOTE), ())
    assert beside.role_of(name)[0].endswith("NEVER RUN")
    assert [beside.role_of(one)[1] for one in ("rdap.json", NOTE)] == ["application/json", "text/plain; charset=utf-8"]
    told = json.loads((tmp_path / "rdap.json").read_bytes())
    assert told["registration"] == {"value": None, "reason": ".example is reserved; no registry has such names"}


def test_one_package_from_two_addresses_is_written_once(
    tmp_path: Path, running: tuple[Desk, Guard], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is read-only at once: whoever is not root could not write it a second time."""
    write = Path.write_bytes

    def as_nobody(path: Path, data: bytes) -> int:
        if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(13, "Permission denied", str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", as_nobody)
    urls = [f"http://{HOST}/a.apk", f"http://{MIRROR}/b.apk"]
    offered = [Offer(url, ("answer",), exchange(url, APK_TYPE, signed())) for url in urls]
    kept = AppKeeper(CaptureSettings(), Fetcher(running[1], AGENT, "apps"), tmp_path).keep(offered)
    name = f"apps/{hashlib.sha256(signed()).hexdigest()}.apk.quarantined"
    assert kept == Kept((APPS, name, NOTE), ())
    rows = json.loads((tmp_path / APPS).read_bytes())["offers"]
    assert [(row["url"], row["file"]["path"]) for row in rows] == [(url, name) for url in urls]


def test_only_so_many_are_kept_and_a_hostile_one_costs_no_other(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    desk, guard = running
    desk.answers |= {f"/{n}.apk": answer(archive([("n", str(n).encode())])) for n in range(5)}
    desk.answers["/1.apk"] = answer(b"PK\x05\x06" + bytes(18))
    kept, content = keep(tmp_path / "x", guard, *(f"/{n}.apk" for n in range(5)))
    rows = content["offers"]
    assert [row["file"].get("bytes") is not None for row in rows] == [True, True, True, False, False]
    assert rows[1]["app"] == {"value": None, "reason": "it lists no files"}
    assert rows[2]["app"]["manifest"]["package"] == "com.gbwhatsapp"
    assert rows[3]["file"]["reason"] == "only the first 3 offers of a page are kept"
    assert len(kept.files) == 1 + 3 + 1


def test_a_page_without_offers_leaves_nothing(tmp_path: Path, running: tuple[Desk, Guard]) -> None:
    assert AppKeeper(ALLOWED, Fetcher(running[1], AGENT, "apps"), tmp_path).keep(()) == Kept((), ())
    assert list(tmp_path.iterdir()) == []
    assert apps.MAX_APPS == 3
