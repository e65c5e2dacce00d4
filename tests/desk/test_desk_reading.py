"""Pages whose words stand in pictures: photographed, read, shown to a person; nothing is captured because of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers import pictures
from classifiers.judgement import Decision, Judgement
from classifiers.labels import Label
from desk import judging, looks, picture_reasons, reading
from desk.morning import why
from desk.workspace import Workspace, open_workspace
from tests.desk.small_world import offsignal, small_world

HOSTS = ("posterwala.example", "khabarpatri.example")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with both sites crawled, and the sample web still up."""
    data = tmp_path_factory.mktemp("pictures")
    with small_world(data, hosts=HOSTS, pages=3):
        done = offsignal(data, "crawl")
        assert done.returncode == 0, done.stderr
        yield data


@pytest.fixture(scope="module")
def workspace(night: Path) -> Iterator[Workspace]:
    with open_workspace(night) as opened:
        judging.judge_pending(opened, looks.all_runs(opened.db))
        yield opened


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not pictures.engine(), reason="no text reader is installed")
def test_the_vendor_in_the_picture_is_read_and_goes_to_a_person(workspace: Workspace) -> None:
    runs = looks.all_runs(workspace.db)
    counts = reading.read_pending(workspace, runs)
    assert counts["pictures_read"] >= 1
    assert reading.read_pending(workspace, runs) == {"pictures_read": 0, "pictures_not_read": 0}
    found = {look.url: look.judgement for look in looks.of_runs(workspace.db, runs)}
    poster = found["http://posterwala.example/"]
    assert poster is not None
    assert poster.decision is Decision.REVIEW
    said = {reason.rule: reason.sentence for reason in poster.reasons}
    assert "BULK WHATSAPP" in said["route.picture_text"]
    assert "may have misread" in said["route.picture_text"]
    assert why(poster) == said["route.picture_offer"]
    assert "route.picture" not in said
    assert "+919000000445" in said["picture.lead"] or "posterwala@upi" in said["picture.lead"]
    assert "BULK" not in "".join(one.quote for one in poster.identifiers)
    for row in workspace.db.query("select * from pictures"):
        assert "khabarpatri" not in row["sighting_id"]
        assert workspace.vault.read(row["png_sha256"]).startswith(b"\x89PNG")
        assert all(lead["lead"] for lead in json.loads(row["leads"]))


ROW = {
    "problem": "",
    "lines": json.dumps([{"text": "BULK SENDER", "confidence": 0.9}, {"text": "zzz", "confidence": 0.1}]),
    "codes": json.dumps([{"text": "https://wa.me/919000000011", "box": [0, 0, 9, 9]}]),
    "leads": json.dumps([{"kind": "wa_link", "value": "https://wa.me/919000000011"}]),
    "label": "bulk_sending_offer",
    "probability": 0.99,
    "decision": "notice-ready",
}
SILENT = Judgement(Label.UNRELATED, False, 0.1, Decision.DISCARD, "en", (), (), (), "m1", "0" * 64)


def test_a_picture_lifts_a_discarded_page_to_a_person_and_no_page_higher() -> None:
    for own, after in (
        (Decision.DISCARD, Decision.REVIEW),
        (Decision.REVIEW, Decision.REVIEW),
        (Decision.CAPTURE, Decision.CAPTURE),
    ):
        judged = picture_reasons.with_picture(replace(SILENT, decision=own), ROW)
        assert judged.decision is after
        assert judged.probability == SILENT.probability
        assert judged.identifiers == ()
    sentences = " ".join(reason.sentence for reason in judged.reasons)
    assert "BULK SENDER" in sentences
    assert "zzz" not in sentences
    assert "QR code: https://wa.me/919000000011" in sentences


def test_what_was_not_read_is_said_and_moves_nothing() -> None:
    unread = {**ROW, "problem": reading.NO_READER, "decision": "discard"}
    judged = picture_reasons.with_picture(SILENT, unread)
    assert judged.decision is Decision.DISCARD
    assert [reason.rule for reason in judged.reasons] == ["picture.unread"]
    empty = {**ROW, "lines": "[]", "codes": "[]", "leads": "[]", "decision": "discard"}
    assert [one.rule for one in picture_reasons.with_picture(SILENT, empty).reasons] == ["picture.silent"]
    assert picture_reasons.with_picture(SILENT, None) is SILENT
