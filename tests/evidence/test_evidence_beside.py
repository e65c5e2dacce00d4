"""A real capture of a page that offers an app: the package, what it says and the registry's word are in the exhibit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from evidence.capture import Capturer
from evidence.exhibit import seal
from evidence.verify import verify
from tests.evidence.apk_making import signed
from tests.evidence.exhibit_making import open_house
from tests.evidence.page_serving import COLLECTOR, PAGES, QUICK, Answer, guarded, serving, sighting

PAGE = "<title>Clone</title><h1>GB Chat</h1><p>anti ban</p><a href='/dl/v17.apk'>Download</a>"

pytestmark = pytest.mark.browser


def test_an_offered_app_is_in_the_exhibit_and_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = signed()
    name = f"apps/{hashlib.sha256(package).hexdigest()}.apk.quarantined"
    monkeypatch.setitem(PAGES, "/clone", Answer(PAGE.encode()))
    monkeypatch.setitem(PAGES, "/dl/v17.apk", Answer(b"", 302, more=(("Location", "/real.apk"),)))
    monkeypatch.setitem(PAGES, "/real.apk", Answer(package, kind="application/vnd.android.package-archive"))
    place = tmp_path / "draft"
    place.mkdir()
    with serving() as web, guarded(web) as guard:
        settings = QUICK.model_copy(update={"fetch_apps": True})
        draft = Capturer(settings, COLLECTOR, guard).capture(sighting("/clone"), place)
    record = json.loads((place / "capture.json").read_bytes())
    listed = {row["path"]: row for row in record["content"]["files"]}
    assert {"rdap.json", "apps.json", name, "apps/NEVER-RUN.txt"} <= listed.keys()
    assert (listed[name]["role"], listed[name]["bytes"]) == ("app package as it was offered; NEVER RUN", len(package))
    assert [hop["status"] for hop in json.loads((place / "apps.json").read_bytes())["offers"][0]["chain"]] == [302, 200]
    assert draft.missing == ()
    _, exhibits, custody = open_house(tmp_path)
    exhibit = seal(draft, exhibits, custody)
    exhibits.export(exhibit.exhibit_id, tmp_path / "out")
    assert (tmp_path / "out" / name).read_bytes() == package
    assert [text for step in verify(tmp_path / "out").steps for text in step.failed] == []
