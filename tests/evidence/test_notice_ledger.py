"""Two people approve exactly one document; a final copy needs them, a look-up and pinned terms; service is a record."""

from __future__ import annotations

import io
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document

from classifiers.providers import Standing
from crawler import clock
from evidence.custody import CustodyLog
from evidence.errors import NotAllowed, Unreadable
from evidence.notice.docx_text import read_docx
from evidence.notice.ledger import fact_numbers
from tests.evidence.notice_making import NoticeHouse, make_notice_house

ALL = ("1.1", "1.2", "1.3")


@pytest.fixture
def house(tmp_path: Path) -> NoticeHouse:
    made = make_notice_house(tmp_path)
    made.pin()
    return made


def _final(house: NoticeHouse, name: str = "final.docx") -> Path:
    target = house.root / name
    draft = house.office.read(house.root / "draft")
    house.office.export(draft, target, house.lint(draft), final=True, by="Anita Rao", purpose="service")
    return target


def test_two_people_in_two_roles(house: NoticeHouse) -> None:
    draft = house.draft()
    notice, given = draft.notice.id, {"ticked": ALL, "docx_sha256": draft.docx_sha256}
    assert fact_numbers(draft.notice.data) == ALL
    house.notices.approve(notice, role="analyst", by="R. Iyer", **given)
    assert house.notices.state(notice) == "drafted"
    with pytest.raises(NotAllowed, match="approved it as analyst: another person"):
        house.notices.approve(notice, role="counsel", by="r.  iyer", **given)
    house.notices.approve(notice, role="analyst", by="A. Okafor", **given)
    assert not house.notices.approved(notice, draft.docx_sha256)
    house.notices.approve(notice, role="counsel", by="Anita Rao", **given)
    assert house.notices.state(notice) == "approved"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ticked": ("1.1", "1.2")}, "facts 1.3 are not ticked"),
        ({"ticked": (*ALL, "9.9")}, "no fact 9.9"),
        ({"role": "intern"}, "analyst or counsel"),
        ({"by": ""}, "named person"),
        ({"override": "lapsed", "role": "analyst"}, "only counsel"),
    ],
)
def test_what_is_no_approval(house: NoticeHouse, changes: dict[str, object], says: str) -> None:
    draft = house.draft()
    given = {"ticked": ALL, "docx_sha256": draft.docx_sha256, "role": "counsel", "by": "Anita Rao"} | changes
    with pytest.raises(NotAllowed, match=says):
        house.notices.approve(draft.notice.id, **given)
    assert house.notices.approvals(draft.notice.id, draft.docx_sha256) == ()


def test_an_edit_after_approval_voids_it(house: NoticeHouse) -> None:
    draft = house.draft()
    house.approve(draft)
    document = Document(io.BytesIO(draft.path.read_bytes()))
    document.paragraphs[2].add_run(" and more")
    document.save(draft.path)
    with pytest.raises(NotAllowed, match="not approved by an analyst and by counsel"):
        _final(house)


def test_a_final_copy_has_no_draft_mark_and_is_logged(house: NoticeHouse) -> None:
    draft = house.draft()
    with pytest.raises(NotAllowed, match="not approved"):
        _final(house)
    house.approve(draft)
    target = _final(house)
    text = read_docx(target.read_bytes(), "final")
    assert not any("DRAFT" in line for line in text.headers)
    assert text.identifier == ""
    assert [p.text for p in text.paragraphs] == [p.text for p in read_docx(draft.document, "draft").paragraphs]
    actions = [entry.action for entry in CustodyLog(house.db).entries(draft.notice.id)]
    assert actions == ["notice_drafted", "notice_approval", "notice_approval", "notice_exported"]
    read = [entry.purpose for entry in CustodyLog(house.db).entries("ex-0001") if entry.action == "read"]
    assert read == ["drafting a notice", *(2 * ["holding the facts of a notice against it"])]
    CustodyLog(house.db).verify()


def test_no_final_copy_without_pinned_terms_or_with_a_missing_look_up(tmp_path: Path) -> None:
    house = make_notice_house(tmp_path)
    house.approve(house.draft())
    with pytest.raises(NotAllowed, match=r"cannot be final: .*terms-unpinned"):
        _final(house)
    house.pin()
    house.standing = Standing.NOT_CHECKED
    with pytest.raises(NotAllowed, match=r"cannot be final: .*provider-missing"):
        _final(house)
    assert not (tmp_path / "final.docx").exists()


def test_a_draft_of_another_casebook_is_refused(house: NoticeHouse, tmp_path: Path) -> None:
    draft = house.draft()
    other = make_notice_house(tmp_path / "other")
    with pytest.raises(NotAllowed, match="no notice 'notice-0001'"):
        other.office.read(draft.path)
    other.draft()
    with pytest.raises(Unreadable, match="drafted from other data"):
        other.office.read(draft.path)


def test_service_is_recorded_by_a_person_and_only_of_what_was_approved(house: NoticeHouse) -> None:
    draft = house.draft()
    given = {"method": "courier", "proof_sha256": "0" * 64, "docx_sha256": draft.docx_sha256, "by": "Anita Rao"}
    with pytest.raises(NotAllowed, match="is drafted; this step needs"):
        house.notices.record_service(draft.notice.id, served_at=clock.now(), **given)
    house.approve(draft)
    with pytest.raises(NotAllowed, match="lies in the future"):
        house.notices.record_service(draft.notice.id, served_at=clock.now() + timedelta(hours=1), **given)
    moment = clock.now()
    house.notices.record_service(draft.notice.id, served_at=moment, **given)
    (served,) = house.notices.services(house.case_id)
    assert (served.served_at, served.method, served.recorded_by) == (moment, "courier", "Anita Rao")
    assert house.notices.state(draft.notice.id) == "served"


def test_the_states_after_service(house: NoticeHouse) -> None:
    draft = house.draft()
    notice = draft.notice.id
    with pytest.raises(NotAllowed, match="is drafted"):
        house.notices.record(notice, "complied", by="Anita Rao", note="page gone")
    house.approve(draft)
    given = {"method": "courier", "proof_sha256": "0" * 64, "docx_sha256": draft.docx_sha256, "by": "Anita Rao"}
    house.notices.record_service(notice, served_at=clock.now(), **given)
    with pytest.raises(NotAllowed, match="names the exhibits"):
        house.notices.record(notice, "reoffended", by="Anita Rao", note="again")
    with pytest.raises(NotAllowed, match="not after service"):
        house.notices.record(notice, "reoffended", by="Anita Rao", note="again", exhibits=["ex-0001"])
    for kind in ("acknowledged", "disputed", "closed"):
        house.notices.record(notice, kind, by="Anita Rao", note="a letter came")
        assert house.notices.state(notice) == kind
    with pytest.raises(NotAllowed, match="is closed"):
        house.notices.record(notice, "complied", by="Anita Rao", note="page gone")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        house.db.execute("DELETE FROM notice_events")
    notes = [str(entry.facts) for entry in CustodyLog(house.db).entries(notice)]
    assert not any("a letter came" in facts for facts in notes)
