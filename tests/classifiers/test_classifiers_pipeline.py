"""The shipped pipeline: what it is, that it loads alone, and that a damaged one is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classifiers import calibration
from classifiers.errors import ModelMissing
from classifiers.judge import TELLING
from classifiers.labels import Label
from classifiers.model.pipeline import PIPELINE_DIR, WEIGHTS_FILE, Pipeline
from classifiers.training import corpus

MAX_BYTES = 10 * 2**20


@pytest.fixture(scope="module")
def shipped() -> Pipeline:
    return Pipeline()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PIPELINE_DIR, tmp_path / "pipeline"))


def test_it_is_a_spacy_textcat_of_our_own_architecture() -> None:
    config = (PIPELINE_DIR / "config.cfg").read_text("utf-8")
    assert '@architectures = "offsignal.HashedNgrams.v1"' in config
    assert 'factory = "textcat"' in config
    assert 'lang = "xx"' in config


def test_it_is_small_and_holds_no_pickle() -> None:
    files = [path for path in PIPELINE_DIR.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MAX_BYTES
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".joblib")]
    assert (PIPELINE_DIR / WEIGHTS_FILE).read_bytes()[:1] != b"\x80"


def test_it_was_trained_on_the_corpus_that_lies_here(shipped: Pipeline) -> None:
    assert shipped.facts["corpus_sha256"] == corpus.fingerprint()
    assert shipped.facts["documents"] == len(corpus.load())


def test_scores_in_order_and_summing_to_one(shipped: Pipeline) -> None:
    texts = [("", "bulk whatsapp sender no ban lifetime licence"), ("Bakery", "bread and cake, open 8 to 6")] * 40
    scores = list(shipped.scores(texts))
    assert [score.odds for score in scores] == [scores[0].odds, scores[1].odds] * 40
    assert scores[0].odds > scores[1].odds
    assert sum(scores[0].labels.values()) == pytest.approx(1, abs=1e-5)
    assert set(scores[0].labels) == set(Label)


def test_the_strongest_passage_is_a_slice_of_the_text(shipped: Pipeline) -> None:
    offer = "Bulk WhatsApp sender software: scan the QR code, upload your Excel list, press start. "
    more = "It rotates several accounts so that none is banned. Lifetime licence with reseller panel. "
    text = "We bake bread.\n" * 60 + f"{offer}{more}\n" * 3 + "Fresh rolls.\n" * 60
    passage = shipped.strongest("Bakery", text)
    assert passage is not None
    assert text[passage.start : passage.end].strip() in offer + more
    assert passage.share >= TELLING
    assert shipped.strongest("Bakery", "") is None


def test_texts_longer_than_spacy_takes(shipped: Pipeline) -> None:
    short, long = shipped.scores([("", "bulk whatsapp sender, no ban. " * times) for times in (20, 100_000)])
    assert long.odds == pytest.approx(short.odds, abs=1.5)


def test_the_program_needs_no_training_library() -> None:
    code = (
        "import sys; from classifiers.judge import Judge; from classifiers.document import from_text; "
        "Judge().judge(from_text('a', 'bulk whatsapp')); "
        "print([m for m in ('sklearn', 'scipy', 'joblib', 'classifiers.training') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"cannot be read .* run 'python -m classifiers\.training train'"):
        Pipeline(tmp_path / "nowhere")


def test_changed_weights(copied: Path) -> None:
    weights = copied / WEIGHTS_FILE
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(ModelMissing, match=r"not the weights that meta\.json names"):
        Pipeline(copied)


def test_torn_weights(copied: Path) -> None:
    weights = copied / WEIGHTS_FILE
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelMissing):
        Pipeline(copied)


def test_another_spacy_version(copied: Path) -> None:
    meta = json.loads((copied / "meta.json").read_text("utf-8"))
    meta["spacy_version"] = ">=2.3.0,<2.4.0"
    (copied / "meta.json").write_text(json.dumps(meta), "utf-8")
    with pytest.raises(ModelMissing, match="was trained with spaCy v2"):
        Pipeline(copied)


def test_a_damaged_calibration(copied: Path) -> None:
    (copied / "calibration.json").write_text("{", "utf-8")
    with pytest.raises(ModelMissing, match="calibration cannot be read"):
        calibration.load(copied)
