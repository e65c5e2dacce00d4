"""What refuses a certificate, with which reason, and what the custody log keeps of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import store
from evidence.errors import CertificateRefused, NotAllowed
from tests.evidence.bundle_making import practice_stamper, public_stamper
from tests.evidence.certificate_making import Office, add_exhibit, make_office, stamp_all


def refusal(office: Office, form: str = "us-902-13", **changes: Any) -> CertificateRefused:
    """The refusal; nothing may be left behind."""
    with pytest.raises(CertificateRefused) as caught:
        office.issue(form, **changes)
    assert not (office.root / "out").exists()
    assert [path.name for path in office.root.iterdir()] == ["data"]
    return caught.value


def logged(office: Office) -> list[str]:
    return [
        entry.facts["kind"] for entry in office.log.entries(office.case_id) if entry.action == "certificate_refused"
    ]


def blob(office: Office, exhibit_id: str, path: str) -> Path:
    digest = next(file.sha256 for file in office.exhibits.files(exhibit_id) if file.path == path)
    return office.exhibits.vault.path(digest)


@pytest.mark.parametrize("path", ["dom.html", "full.png", "capture.json", "manifest.json"])
def test_a_flipped_byte_of_any_file_refuses_and_names_it(tmp_path: Path, path: str) -> None:
    office = make_office(tmp_path)
    place = blob(office, "ex-0002", path)
    place.chmod(0o600)
    data = bytearray(place.read_bytes())
    data[3] ^= 1
    place.write_bytes(data)
    found = refusal(office)
    assert (found.kind, found.subject) == ("hash", "ex-0002")
    assert path in str(found)
    assert logged(office) == ["hash"]


def test_a_file_that_is_gone_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    place = blob(office, "ex-0001", "full.png")
    place.unlink()
    assert refusal(office).kind == "hash"


def test_a_casebook_that_was_changed_around_the_log_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    other = office.exhibits.get("ex-0002").manifest_sha256
    raw = sqlite3.connect(tmp_path / "data" / "casebook.db")
    raw.execute("DROP TRIGGER exhibits_no_update")
    raw.execute("UPDATE exhibits SET manifest_sha256 = ? WHERE exhibit_id = 'ex-0001'", [other])
    raw.commit()
    raw.close()
    assert (refusal(office).kind, refusal(office).subject) == ("custody", "ex-0001")


def test_a_file_list_that_was_changed_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    extra = office.exhibits.vault.put(b"slipped in")
    office.db.execute("INSERT INTO exhibit_files VALUES ('ex-0001', 'extra.txt', 10, ?)", [extra])
    assert refusal(office).kind == "hash"


def test_a_custody_log_that_does_not_hold_refuses_and_is_not_written_to(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    raw = sqlite3.connect(tmp_path / "data" / "casebook.db")
    for (name,) in raw.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'custody'"
    ).fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute("UPDATE custody SET actor = 'somebody else' WHERE action = 'sealed'")
    raw.commit()
    before = raw.execute("SELECT COUNT(*) FROM custody").fetchone()
    assert refusal(office).kind == "custody"
    assert raw.execute("SELECT COUNT(*) FROM custody").fetchone() == before
    raw.close()


def test_an_exhibit_that_nobody_accepted_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=1)
    add_exhibit(office, 2, accept=False)
    assert refusal(office, exhibits=("ex-0002",)).kind == "not_accepted"
    office.cases.reject(office.case_id, "ex-0001", by="Anita Rao", reason="a newspaper")
    with pytest.raises(NotAllowed, match="no accepted exhibit"):
        office.issue("us-902-13")


def _missing(record: dict[str, Any]) -> None:
    record["missing"] = [{"what": "full.png", "reason": "the page never came to rest"}]
    record["state"] = "partial"


def _failed(record: dict[str, Any]) -> None:
    record["collection"]["failures"] = [{"url": "https://cdn.example/a.css", "reason": "timed out"}]
    record["collection"]["requests"]["answered"] = 2


def _unanswered(record: dict[str, Any]) -> None:
    record["collection"]["requests"]["answered"] = 1


def _certificate(record: dict[str, Any]) -> None:
    record["network"]["tls"]["certificate_error"] = "net::ERR_CERT_DATE_INVALID"


def _untrusted(record: dict[str, Any]) -> None:
    record["network"]["tls"]["trusted_by_browser"] = False


@pytest.mark.parametrize("fault", [_missing, _failed, _unanswered, _certificate, _untrusted])
def test_unexplained_errors_refuse_and_explained_ones_are_printed_and_logged(
    tmp_path: Path, fault: Callable[[dict[str, Any]], None]
) -> None:
    office = make_office(tmp_path, exhibits=1)
    add_exhibit(office, 2, fault)
    found = refusal(office)
    assert (found.kind, found.subject) == ("errors", "ex-0002")
    assert "--explain ex-0002=" in str(found)
    assert office.issue("us-902-13", "one", exhibits=("1",)).exhibit_ids == ("ex-0001",)
    words = "a style sheet of an advertiser; the offer's words are complete"
    issued = office.issue("us-902-13", "explained", explanations={"2": words})
    entry = next(e for e in office.log.entries("ex-0002") if e.action == "errors_explained")
    assert (entry.actor, entry.facts["explanation"]) == ("Anita Rao", words)
    assert any("Exhibit 2: captured with errors; Anita Rao explained" in one for one in issued.warnings)


def test_what_the_guard_refused_by_rule_is_no_error(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=0)

    def refused(record: dict[str, Any]) -> None:
        record["collection"]["requests"] = {"made": 3, "answered": 1, "refused_by_guard": 2}

    add_exhibit(office, 1, refused)
    assert office.issue("us-902-13").exhibit_ids == ("ex-0001",)


def test_a_needless_explanation_or_one_of_another_exhibit_is_wrong_use(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    with pytest.raises(NotAllowed, match="no error or missing part"):
        office.issue("us-902-13", explanations={"1": "nothing"})
    with pytest.raises(NotAllowed, match="not about such an exhibit"):
        office.issue("us-902-13", exhibits=("1",), explanations={"ex-0002": "nothing"})


@pytest.mark.openssl
def test_a_token_that_no_longer_verifies_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path, stamper=public_stamper(tmp_path.parent / f"{tmp_path.name}-keys", "one"))
    row = next(r for r in office.exhibits.stamps("ex-0001") if r.state == "verified")
    other = next(r for r in office.exhibits.stamps("ex-0002") if r.state == "verified")
    forged = {**row.files, "response.tsr": other.files["response.tsr"]}
    raw = sqlite3.connect(tmp_path / "data" / "casebook.db")
    raw.execute("DROP TRIGGER stamps_no_update")
    raw.execute("UPDATE stamps SET files = ? WHERE exhibit_id = 'ex-0001'", [store.json.dumps(forged)])
    raw.commit()
    raw.close()
    assert (refusal(office).kind, refusal(office).subject) == ("timestamp", "ex-0001")


@pytest.mark.openssl
def test_practice_or_absent_timestamps_are_said_and_refuse_the_note_on_timestamps(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=1)
    assert "no timestamp" in str(refusal(office, "eu-timestamps"))
    stamp_all(office, practice_stamper(tmp_path.parent / f"{tmp_path.name}-keys"))
    add_exhibit(office, 2)
    assert "only a PRACTICE timestamp" in str(refusal(office, "eu-timestamps"))
    warnings = office.issue("us-902-13").warnings
    assert any(one.startswith("Exhibit 2: UNSEALED") for one in warnings)
    assert any(one.startswith("Exhibit 1: PRACTICE timestamps only") for one in warnings)


def test_a_form_with_room_for_one_device_refuses_two(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=1)

    def elsewhere(record: dict[str, Any]) -> None:
        record["collection"]["host_id"] = "another machine"

    add_exhibit(office, 2, elsewhere)
    assert refusal(office, "in-bsa-63").kind == "device"
    assert refusal(office, "in-65b").kind == "device"
    assert office.issue("in-bsa-63", exhibits=("2",)).exhibit_ids == ("ex-0002",)


def test_a_record_that_disagrees_on_the_time_refuses(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=0)

    def later(record: dict[str, Any]) -> None:
        record["captured_at"] = "2020-01-01T00:00:00.000000Z"

    add_exhibit(office, 1, later)
    assert refusal(office).kind == "record"


def test_wrong_use_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    office = make_office(tmp_path, exhibits=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for form, name, changes in (
        ("us-902-99", "out", {}),
        ("us-902-13", "full", {}),
        ("us-902-13", "out", {"exhibits": ("ex-9",)}),
        ("uk-exhibits", "out", {"initials": "A1"}),
        ("uk-exhibits", "out", {"first_number": 0}),
    ):
        with pytest.raises(NotAllowed):
            office.issue(form, name, **changes)
    assert not (tmp_path / "out").exists()
    assert logged(office) == []


def test_every_generation_is_logged_with_the_digests_of_its_files(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    first, second = office.issue("uk-exhibits", "a"), office.issue("uk-exhibits", "b")
    entries = [e for e in office.log.entries(office.case_id) if e.action == "certificate_generated"]
    assert [e.facts["generation"] for e in entries] == [first.generation, second.generation]
    assert entries[1].facts["files"] == dict(second.files)
    assert (entries[1].actor, entries[1].purpose) == ("Anita Rao", "motion for injunction")
    assert [e.action for e in office.log.entries("ex-0001")].count("certificate_generated") == 2
    office.log.verify()
