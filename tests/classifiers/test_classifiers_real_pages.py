"""The check on public pages: what the list holds, what a cache holds, and the figures, by texts of our own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from classifiers.judgement import Decision
from classifiers.labels import OFFENCES, Label
from classifiers.training import real_figures, real_pages
from classifiers.training.__main__ import app
from classifiers.training.real_figures import Judged
from classifiers.training.real_pages import RealPage, RealPagesError, part_of

SENDER = b"""# wa-rocket
Bulk WhatsApp sender for Windows. Scan the QR code and send unlimited messages to unsaved numbers, anti-ban delays
included. Import your CSV, press start, buy the lifetime licence for $29. No Meta approval needed."""
BAKERY = b"""<!doctype html><title>Birch Lane Bakery</title><h1>Birch Lane Bakery</h1>
<p>Fresh rye bread every morning from six. Order your birthday cake two days ahead on WhatsApp, or come by.</p>"""


def page(name: str, body: bytes, label: Label, path: str = "README.md") -> RealPage:
    group = f"somebody/{name}"
    address = f"https://code.example/{group}/{path}"
    return RealPage(address, group, "en", label, True, part_of(group), hashlib.sha256(body).hexdigest())


def judged(label: Label, probability: float, decision: Decision = Decision.REVIEW, name: str = "one") -> Judged:
    return Judged(page(name, b"", label), label, probability, decision)


def written(folder: Path, pages: list[RealPage]) -> Path:
    rows = [{name: getattr(one, name) for name in RealPage.__slots__} for one in pages]
    file = folder / "pages.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def test_the_list_is_whole_and_mixed() -> None:
    pages = real_pages.load()
    assert len(pages) >= 120
    assert {one.label for one in pages} == set(Label)
    assert len({one.lang for one in pages}) >= 8
    assert {one.part for one in pages} == set(real_pages.PARTS)
    assert max(Counter(one.group for one in pages).values()) <= 2
    assert all(len(one.sha256) == 64 and urlsplit(one.address).scheme == "https" for one in pages)
    assert 0.3 <= sum(one.label in OFFENCES for one in pages) / len(pages) <= 0.6


def test_only_the_kept_half_is_listed() -> None:
    for one in real_pages.load():
        assert hashlib.sha1(one.group.lower().encode(), usedforsecurity=False).hexdigest()[0] in "89abcdef"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": "vendor"}, "line 1: not a labelled page"),
        ({"colour": "red"}, "line 1: not a labelled page"),
        ({"part": "neither"}, "line 1: somebody/a belongs to"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, change: dict[str, str], said: str) -> None:
    file = written(tmp_path, [page("a", SENDER, Label.UNRELATED)])
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(RealPagesError, match=said):
        real_pages.load(file)


def test_an_address_twice_is_refused(tmp_path: Path) -> None:
    one = page("a", SENDER, Label.UNRELATED)
    with pytest.raises(RealPagesError, match=r"line 2: .* is there twice"):
        real_pages.load(written(tmp_path, [one, one]))


def test_changed_and_missing_pages_are_named_and_left_out(tmp_path: Path) -> None:
    good, changed, missing = (page(name, SENDER, Label.BULK_SENDING_OFFER) for name in "abc")
    real_pages.cached(tmp_path, good.address).write_bytes(SENDER)
    real_pages.cached(tmp_path, changed.address).write_bytes(SENDER + b" now free")
    found = real_pages.held([good, changed, missing], tmp_path)
    assert found.pages == ((good, SENDER),)
    assert found.changed == (changed.address,)
    assert found.missing == (missing.address,)


def test_html_is_extracted_whatever_the_file_is_called() -> None:
    for path in ("index.html", "README.md"):
        made = real_pages.document(page("shop", BAKERY, Label.CUSTOMER_SERVICE_USE, path), BAKERY)
        assert made.extracted.title == "Birch Lane Bakery"
        assert "<p>" not in made.extracted.text
    plain = real_pages.document(page("sender", SENDER, Label.BULK_SENDING_OFFER), b"\xef\xbb\xbf" + SENDER)
    assert plain.extracted.text.startswith("# wa-rocket")
    assert plain.lang == ""


def test_figures_of_a_perfect_judge() -> None:
    right = [judged(Label.BULK_SENDING_OFFER, 1.0, Decision.CAPTURE, f"o{n}") for n in range(4)]
    right += [judged(Label.UNRELATED, 0.0, Decision.DISCARD, f"i{n}") for n in range(4)]
    found = real_figures.figures(right)
    assert found["average_precision"] == found["recall_at_precision_95"] == found["macro_f1"] == 1.0
    assert found["average_precision_interval"] == [1.0, 1.0]
    assert found["brier"] == found["calibration_error"] == 0.0
    assert found["innocents_captured"] == found["offences_discarded"] == 0
    assert found["languages"]["en"] == {"pages": 8, "offences": 4, "average_precision": 1.0, "interval": [1.0, 1.0]}


def test_figures_count_each_kind_of_error() -> None:
    some = [
        judged(Label.AUTHORISED_PROVIDER, 0.9, Decision.CAPTURE),
        judged(Label.UNRELATED, 0.7),
        judged(Label.CLONE_APP_OFFER, 0.2, Decision.DISCARD),
        judged(Label.CLONE_APP_OFFER, 0.6),
    ]
    found = real_figures.figures(some)
    assert [one.wrong for one in some] == [True, True, True, False]
    assert found["innocents_captured_by_label"]["authorised_provider"] == found["protected_captured"] == 1
    assert found["innocents_held_offence"] == 2
    assert found["offences_held_innocent"] == found["offences_discarded"] == 1
    assert found["brier"] == pytest.approx((0.81 + 0.49 + 0.64 + 0.16) / 4)
    assert found["calibration_error"] == pytest.approx((0.9 + 0.7 + 0.8 + 0.4) / 4)
    assert found["languages"]["en"]["average_precision"] is None


def test_groups_are_drawn_whole() -> None:
    alone = [judged(Label.CLONE_APP_OFFER, 0.9, name="one"), judged(Label.UNRELATED, 0.1, name="one")]
    assert real_figures.interval(alone, real_figures.ranking) == [1.0, 1.0]
    assert real_figures.interval([], real_figures.ranking) is None


def test_the_command_prints_figures_and_says_what_it_left_out(tmp_path: Path) -> None:
    sender, bakery = page("a", SENDER, Label.BULK_SENDING_OFFER), page("b", BAKERY, Label.CUSTOMER_SERVICE_USE)
    absent = page("c", BAKERY, Label.CUSTOMER_SERVICE_USE)
    file = written(tmp_path, [sender, bakery, absent])
    for one, body in ((sender, SENDER), (bakery, BAKERY)):
        real_pages.cached(tmp_path, one.address).write_bytes(body)
    command = ["real", "--cache", str(tmp_path), "--pages", str(file)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "2 pages judged" in told.output
    assert "not fetched yet: 1 pages" in told.output
    answer = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)
    assert answer["missing"] == [absent.address]
    assert sum(part["pages"] for part in answer["parts"].values()) == 2
    assert sum(part["offences_held_innocent"] for part in answer["parts"].values()) == 0


def test_a_part_that_does_not_exist_and_an_empty_cache(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["real", "--cache", str(tmp_path), "--part", "all"]).exit_code == 2
    assert CliRunner().invoke(app, ["real", "--cache", str(tmp_path)]).exit_code == 1
