"""``offsignal notice`` and ``offsignal terms`` on a data directory, from the suggestion to the recorded service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk.cli import run
from desk.settings import write_template
from evidence.notice.docx_text import read_docx
from tests.evidence.notice_making import CLAUSE, STATEMENT, TERMS, make_notice_house, make_page

SENDER = """
[sender]
name = "Anita Rao"
firm = "Heron Legal LLP"
address = "1 Example Road, New Delhi"
contact = "notices@heron.example"
authority = "a power of attorney of 1 June 2026"
[client]
name = "WhatsApp LLC"
about = "Our client operates the messaging service WhatsApp."
[letter]
subject = "Offer of bulk messaging"
contact = "notices@heron.example"
service_methods = ["courier"]
[[recipients]]
name = "Pelican Ltd"
"""
DIRECTORY = [{"name": "Kingfisher Messaging", "domains": ["kingfisher.example"], "numbers": [], "country": "IN"}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    house = make_notice_house(tmp_path)
    make_page(house.office.exhibits, "ex-terms", "https://www.whatsapp.com/legal/terms-of-service", TERMS)
    make_page(house.office.exhibits, "ex-faq", "https://faq.whatsapp.com/5957850900902049", f"<p>{STATEMENT}</p>")
    house.db.close()
    folder = tmp_path / "house"
    write_template(folder, contact="abuse@firm.example", operator="R. Iyer")
    (tmp_path / "sender.toml").write_text(SENDER)
    (tmp_path / "directory.json").write_text(json.dumps(DIRECTORY))
    (tmp_path / "receipt.txt").write_text("received by hand")
    return folder


def _do(data: Path, *words: str) -> int:
    return run(["--data", str(data), *words])


def _draft(data: Path, folder: str = "draft", *more: str) -> int:
    left_out = [word for ref in ("use-f", "harm-e", "harm-f") for word in ("--without", f"tos:{ref}")]
    given = ["--code", "bulk_sender", "--region", "IN", "--tz", "Asia/Kolkata", "--as", "R. Iyer", *left_out]
    sender = ["--sender-file", str(data.parent / "sender.toml"), "-o", str(data.parent / folder)]
    return _do(data, "notice", "draft", "case-0001", *given, *sender, *more)


def test_the_whole_way(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = data.parent
    folder, final = root / "draft", root / "letter.docx"
    assert _do(data, "notice", "suggest", "case-0001") == 0
    assert "suggested  BULK_SENDER" in capsys.readouterr().out
    assert _do(data, "providers", "import", str(root / "directory.json"), "--captured-at", "2026-11-20") == 0
    pin = [
        "--region",
        "IN",
        "--effective",
        "2021-01-04",
        "--exhibit",
        "ex-terms",
        "--words",
        CLAUSE,
        "--as",
        "Anita Rao",
    ]
    assert _do(data, "terms", "pin", "tos:use-e", *pin) == 0
    said = ["--region", "IN", "--effective", "2019-12-07", "--exhibit", "ex-faq", "--words", STATEMENT]
    assert _do(data, "terms", "pin", "faq-bulk:statement", *said, "--as", "Anita Rao") == 0
    assert _do(data, "terms", "list", "--region", "in") == 0
    assert "tos:use-e  2021-01-04  IN  pinned to ex-terms" in capsys.readouterr().out
    assert _draft(data) == 0
    assert "look-up" not in capsys.readouterr().out
    assert _do(data, "notice", "lint", str(folder / "notice.docx"), "--final") == 0
    export = ["notice", "export", str(folder), "-o", str(final), "--final", "--as", "Anita Rao"]
    assert _do(data, *export) == 2
    assert "not approved by an analyst and by counsel" in capsys.readouterr().err
    assert _do(data, "notice", "approve", str(folder), "--role", "analyst", "--facts", "all", "--as", "R. Iyer") == 0
    counsel = ["--role", "counsel", "--facts", "1.1,1.2,1.3", "--as", "Anita Rao"]
    assert _do(data, "notice", "approve", str(folder), *counsel) == 0
    assert "it is approved" in capsys.readouterr().out
    assert _do(data, *export) == 0
    assert not any("DRAFT" in line for line in read_docx(final.read_bytes(), "final").headers)
    served = ["--served-at", "2026-01-01T10:00", "--method", "courier", "--proof", str(root / "receipt.txt")]
    assert _do(data, "notice", "record-service", "case-0001", *served, "--as", "Anita Rao") == 0
    assert "served 2026-01-01T04:30:00" in capsys.readouterr().out
    assert _do(data, "notice", "record", "notice-0001", "complied", "--note", "gone", "--as", "Anita Rao") == 0
    assert _do(data, "notice", "show", "notice-0001", "--json") == 0
    out = capsys.readouterr().out
    shown = json.loads(out[out.index("{") :])
    assert shown["state"] == "complied"
    assert [event["kind"] for event in shown["events"]] == [
        *("drafted", "approval", "approval", "exported", "served", "complied"),
    ]


def test_without_a_look_up_a_draft_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _draft(data) == 1
    assert "provider-missing" in capsys.readouterr().out
    folder = str(data.parent / "draft")
    assert _do(data, "notice", "approve", folder, "--role", "analyst", "--facts", "all", "--as", "R. Iyer") == 2
    assert "provider-missing" in capsys.readouterr().err


def test_counsel_confirms_the_codes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--region", "IN", "--tz", "UTC", "--as", "R. Iyer", "-o", str(data.parent / "draft")]
    assert _do(data, "notice", "draft", "case-0001", *given) == 2
    assert "the claims suggest: BULK_SENDER" in capsys.readouterr().err
    assert _do(data, "notice", "draft", "case-0001", *given, "--code", "NICE_PAGE") == 2
    assert "no finding code 'NICE_PAGE'" in capsys.readouterr().err
    assert not (data.parent / "draft").exists()


def test_nobody_drafts_without_a_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--region", "IN", "--tz", "UTC", "--code", "BULK_SENDER", "-o", str(data.parent / "draft")]
    assert _do(data, "notice", "draft", "case-0001", *given) == 2
    assert "a named person" in capsys.readouterr().err


def test_a_wrong_sender_file_names_the_entry(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data.parent / "sender.toml").write_text('[sender]\nnmae = "x"\n')
    assert _draft(data) == 1
    assert "sender.toml: sender.nmae" in capsys.readouterr().err
