"""The reader says what the definitions say, to the last bit, whatever it has read before."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.model import architecture, attribution, linear, reader
from classifiers.model.page import compose, read
from classifiers.model.pipeline import Pipeline
from classifiers.training import corpus

PIECES = st.sampled_from(
    [
        "bulk WhatsApp sender",
        "no ban",
        "Rs 999",
        "व्हाट्सऐप",
        "واتساب",
        "\n",
        " ",
        "।",
        "𝐁",
        "w h a t s",
        "о",
        "群发",
        ". ",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=60).map("".join)
PIPELINE = lru_cache(maxsize=1)(Pipeline)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


def check(pipeline: Pipeline, title: str, text: str, size: int, stride: int) -> None:
    weights = architecture.weights_of(pipeline._model)
    fast = reader.Reader(weights, size, stride)
    composed, _ = compose(title, text)
    for _ in range(2):  # first with words it has never met, then with words it knows
        page, reading = read(composed, size, stride), fast.read(composed)
        assert np.array_equal(reading.scores(), linear.page_scores(weights, page))
        assert reading.spans == tuple((window.start, window.end) for window in page.windows)
        assert fast.strongest(reading) == attribution.strongest(weights, page, composed)


@given(st.text(max_size=20), TEXTS, st.integers(2, 12))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_as_defined(title: str, text: str, size: int) -> None:
    check(PIPELINE(), title, text, size, max(1, size // 2))


def test_the_corpus_is_read_as_defined(pipeline: Pipeline) -> None:
    for example in corpus.load()[::40]:
        check(pipeline, example.title, example.text, 150, 100)


def test_scores_are_those_of_spacys_own_docs(pipeline: Pipeline) -> None:
    texts = [(example.title, example.text) for example in corpus.load()[::60]]
    assert list(pipeline.scores(texts)) == list(pipeline.of_spacy(texts))


def test_what_is_remembered_is_bounded(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_WORDS", 50)
    fast = architecture.reader_of(pipeline._model)
    for number in range(20):
        fast.read("\n" + " ".join(f"word{chr(97 + number)}{chr(97 + n)}" for n in range(26)) + " " + "x" * 1000)
        assert len(fast._known) <= 50


def test_weights_that_know_nothing() -> None:
    fast = reader.Reader(linear.nothing(), 150, 100)
    expected = linear.page_scores(linear.nothing(), read("Title\nsome words", 150, 100))
    assert np.array_equal(fast.read("Title\nsome words").scores(), expected)
