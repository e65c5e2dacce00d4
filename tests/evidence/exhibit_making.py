"""Makes drafts by hand and opens casebooks for tests of sealing and stamping; no browser is needed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from crawler.casebook import open_casebook
from evidence import custody, store
from evidence.capture import ExhibitDraft, exhibit_id_of
from evidence.capture_state import CaptureState
from evidence.custody import CustodyLog
from evidence.exhibit import Exhibits, Recorder
from evidence.page_capture import Missing
from evidence.vault import Vault
from tests.evidence.wacz_making import URL, make_wacz

AT = datetime(2024, 1, 5, 13, 40, 0, 250000, tzinfo=UTC)
TEXT = "Stay 100% anti ban."


def open_house(root: Path) -> tuple[Database, Exhibits, Recorder]:
    """The casebook and vault below ``root``, made when they are not there."""
    db = open_casebook(root / "casebook.db", (store.MIGRATIONS, custody.MIGRATIONS))
    return db, Exhibits(db, Vault(root / "vault")), Recorder(CustodyLog(db), "offsignal, run by R. Iyer")


def make_draft(directory: Path, sighting_id: str = "sg-1", missing: tuple[Missing, ...] = ()) -> ExhibitDraft:
    """A draft with a true WACZ and a claim that stands in its page."""
    directory.mkdir(parents=True)
    body = f"<title>Offer</title><p>{TEXT}</p>".encode()
    make_wacz(directory)
    (directory / "data.warc.gz").unlink()
    (directory / "case.wacz").rename(directory / "capture.wacz")
    start = TEXT.index("100%")
    claim = {"type": "anti_ban", "quote": TEXT[start:], "start": start, "end": len(TEXT), "field": "body"}
    files = {
        "body.bin": b"<title>Offer</title>100% anti ban",
        "dom.html": body,
        "text.txt": TEXT.encode(),
        "claims.json": json.dumps({"claims": [claim], "identifiers": []}).encode(),
        "capture.json": json.dumps(
            {"url_final": URL, "missing": [{"what": one.what, "reason": one.reason} for one in missing]}
        ).encode(),
    }
    for name, data in files.items():
        (directory / name).write_bytes(data)
    state = CaptureState.PARTIAL if missing else CaptureState.COMPLETE
    names = ("capture.wacz", *files)
    return ExhibitDraft(exhibit_id_of(sighting_id), sighting_id, URL, AT, state, directory, names, missing)
