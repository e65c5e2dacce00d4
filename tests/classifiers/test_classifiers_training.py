"""Training: folds that keep relatives together, weights that come out byte for byte, the gate and its floors."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifiers.judgement import Decision
from classifiers.labels import OFFENCES, Label
from classifiers.training import corpus, crossval, gate, measures, run, ship
from classifiers.training.__main__ import app
from classifiers.training.corpus import Example
from classifiers.training.gate import Floors, GateError
from classifiers.training.measures import Prediction


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return corpus.load()


@pytest.fixture(scope="module")
def few(examples: list[Example]) -> list[Example]:
    """A few documents of every label."""
    chosen = []
    for label in Label:
        chosen += [one for one in examples if one.label is label and one.file in ("offers", "non_offers")][:8]
    return chosen


def test_every_document_is_well_formed(examples: list[Example]) -> None:
    assert len({one.id for one in examples}) == len(examples)
    for one in examples:
        assert one.text.strip()
        assert one.lang
        for _, quote in one.claims:
            assert quote in one.text


def test_folds_hold_out_each_measured_document_once_and_part_no_relatives(examples: list[Example]) -> None:
    groups, folds = corpus.related(examples), corpus.folds(examples)
    held = sorted(int(i) for _, test in folds for i in test)
    assert held == [i for i, one in enumerate(examples) if one.file != corpus.PARALLEL]
    for train, test in folds:
        assert not {groups[i] for i in train} & {groups[i] for i in test}
        assert {examples[i].label for i in test} == set(Label)
    sets: dict[str, set[int]] = {}
    for number, (_, test) in enumerate(folds):
        for i in test:
            if examples[i].group:
                sets.setdefault(examples[i].group, set()).add(number)
    assert all(len(numbers) == 1 for numbers in sets.values())


def test_near_duplicates_are_related() -> None:
    text = "send bulk whatsapp messages without saving any number, lifetime licence for one computer only"
    one = Example("1", "x", "en", "", text, Label.BULK_SENDING_OFFER, (), "")
    other = replace(one, id="2", text=text.replace("one computer", "two computers"))
    third = replace(one, id="3", text="fresh bread and cakes every morning from eight until the shelves are empty")
    groups = corpus.related([one, other, third])
    assert groups[0] == groups[1] != groups[2]


def test_the_same_documents_give_the_same_bytes(few: list[Example], tmp_path: Path) -> None:
    prepared = crossval.prepare(few)
    folds = [(train, test) for train, test in corpus.folds(few, 2)]
    digests = []
    for name in ("one", "two"):
        scores = crossval.held_out(prepared, folds)
        ship.ship(prepared, scores, "0" * 64, tmp_path / name)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        digests.append(
            [(path.relative_to(tmp_path / name), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
        )
    assert digests[0] == digests[1]
    meta = json.loads((tmp_path / "one" / "meta.json").read_text("utf-8"))["offsignal"]
    assert meta["documents"] == len(few)
    assert set(meta["versions"]) == {"numpy", "scikit-learn", "scipy", "spacy", "thinc"}


def test_shipping_replaces_the_folder_whole(few: list[Example], tmp_path: Path) -> None:
    old = tmp_path / "pipeline"
    old.mkdir()
    (old / "stale").write_text("x")
    prepared = crossval.prepare(few)
    ship.ship(prepared, crossval.held_out(prepared, corpus.folds(few, 2)), "0" * 64, old)
    assert not (old / "stale").exists()
    assert not (tmp_path / "pipeline.new").exists()


def test_the_first_fold_reaches_its_floors(examples: list[Example]) -> None:
    """The gate of the test suite: figures recomputed on documents their model never saw."""
    floors = gate.read()
    assert floors.corpus_sha256 == corpus.fingerprint(), (
        "the corpus changed: run 'python -m classifiers.training train --pin'"
    )
    measured = measures.figures(run.first_fold(crossval.prepare(examples), corpus.folds(examples)))
    assert gate.failures(measured, floors.first_fold) == []


FLOORS = Floors("c", {"average_precision": 0.9, "accused_protected": 1.0}, {"macro_f1": 0.7})


def test_failures_name_figure_value_and_floor() -> None:
    assert gate.failures({"average_precision": 0.95, "accused_protected": 0.0}, FLOORS.full) == []
    found = gate.failures({"average_precision": 0.5}, FLOORS.full)
    assert found == [
        "accused_protected: not measured, its floor is 1.0000",
        "average_precision: 0.5000, its floor is 0.9000",
    ]
    assert gate.failures({"average_precision": 0.9, "accused_protected": 2.0}, FLOORS.full) == [
        "accused_protected: 2.0000, its floor is 1.0000"
    ]


def test_the_margin_forgives_rounding_only() -> None:
    assert gate.failures({"macro_f1": 0.7 - gate.MARGIN / 2}, FLOORS.first_fold) == []
    assert gate.failures({"macro_f1": 0.7 - gate.MARGIN * 2}, FLOORS.first_fold) != []


def test_pinning_raises_floors() -> None:
    better = Floors("d", {"average_precision": 0.92, "accused_protected": 0.0}, {"macro_f1": 0.7})
    assert gate.pin(FLOORS, better) == better
    assert gate.pin(None, better) == better


def test_pinning_never_lowers_without_a_reason() -> None:
    worse = Floors("d", {"average_precision": 0.92, "accused_protected": 3.0}, {"macro_f1": 0.6})
    with pytest.raises(GateError, match=r"accused_protected \(full\), macro_f1 \(first fold\)"):
        gate.pin(FLOORS, worse)
    lowered = gate.pin(FLOORS, worse, "harder documents")
    assert lowered.full == worse.full
    assert "harder documents" in lowered.lowered[0]
    better = Floors("e", {"average_precision": 0.93, "accused_protected": 0.0}, {"macro_f1": 0.7})
    assert gate.pin(lowered, better).lowered == lowered.lowered


def test_a_floor_that_is_no_longer_measured_has_fallen() -> None:
    with pytest.raises(GateError, match="average_precision"):
        gate.pin(FLOORS, Floors("c", {"accused_protected": 1.0}, {"macro_f1": 0.7}))


def test_floors_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    gate.write(FLOORS, path)
    assert gate.read(path) == FLOORS
    path.write_text("{}", "utf-8")
    with pytest.raises(GateError, match="cannot be read"):
        gate.read(path)


def test_the_gate_refuses_another_corpus(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["gate", "--corpus", str(tmp_path)])
    assert done.exit_code == 1
    assert "not the corpus" in done.output


def prediction(example: Example, probability: float, decision: Decision) -> Prediction:
    return Prediction(example, example.label, probability, decision, "en")


def test_figures_of_a_perfect_and_of_a_slanderous_model(few: list[Example]) -> None:
    perfect = [
        prediction(one, 0.9 if one.offence else 0.1, Decision.CAPTURE if one.offence else Decision.DISCARD)
        for one in few
    ]
    figures = measures.figures(perfect)
    assert figures["average_precision"] == figures["macro_f1"] == figures["captured_share"] == 1
    assert figures["recall_at_precision_95"] == figures["not_discarded_share"] == 1
    assert figures["accused_protected"] == figures["accused_innocent"] == 0
    assert figures["brier"] == pytest.approx(0.01)
    slander = [prediction(one, 0.9, Decision.CAPTURE) for one in few]
    assert measures.figures(slander)["accused_innocent"] == sum(one.label not in OFFENCES for one in few)
    assert measures.figures(slander)["accused_protected"] == sum(one.label in measures.PROTECTED for one in few)


def test_recall_at_precision_by_hand() -> None:
    assert measures.recall_at([True, True, False, True], [0.9, 0.8, 0.7, 0.6], 0.95) == pytest.approx(2 / 3)
    assert measures.recall_at([False, True], [0.9, 0.8], 0.95) == 0


@pytest.mark.parametrize(("hits", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (0, 0, 0, 1)])
def test_wilson_intervals(hits: int, of: int, low: float, high: float) -> None:
    assert measures.interval(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_tables_have_a_row_for_each_value(few: list[Example]) -> None:
    predictions = [prediction(one, 0.5, Decision.REVIEW) for one in few]
    rows = measures.table(predictions, lambda one: one.example.label.value)
    assert len(rows) == 2 + len(Label)
    assert len(measures.reliability(predictions)) == 3
