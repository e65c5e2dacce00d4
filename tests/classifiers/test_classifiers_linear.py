"""The linear model and its attributions: exact sums, probabilities that add up."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.model import attribution, linear
from classifiers.model.architecture import fill, hashed_ngrams, page_of, weights_of
from classifiers.model.linear import COLUMNS, LABELS, Weights
from classifiers.model.ngrams import count, text_keys
from classifiers.model.page import compose, read

OFFER = "Send unlimited messages. No ban at all, we promise!\nThe weather in June is mild.\nNo ban, never."


@pytest.fixture
def weights() -> Weights:
    rng = np.random.default_rng(7)
    keys, _ = count(text_keys("send unlimited messages no ban at all we promise the weather in june is mild"))
    table = rng.normal(size=(len(keys), COLUMNS)).astype(np.float32)
    idf = rng.uniform(1, 5, len(keys)).astype(np.float32)
    bias = rng.normal(size=COLUMNS).astype(np.float32)
    return Weights(keys, idf, table, bias, np.array([1, 1, 0.3], dtype=np.float32))


def test_scores_are_probabilities(weights: Weights) -> None:
    scores = linear.page_scores(weights, read(compose("Title", OFFER)[0], 150, 100))
    assert len(scores) == len(LABELS)
    assert scores.min() > 0
    assert scores.sum() == pytest.approx(1, abs=1e-5)


def test_without_weights_every_label_is_as_likely_within_its_side() -> None:
    scores = linear.page_scores(linear.nothing(), read(compose("", "anything")[0], 150, 100))
    assert np.allclose(scores[linear.OFFENCE_MASK], scores[linear.OFFENCE_MASK][0])
    assert np.allclose(scores[~linear.OFFENCE_MASK], scores[~linear.OFFENCE_MASK][0])


def test_each_block_has_its_length(weights: Weights) -> None:
    page = read(compose("", OFFER)[0], 150, 100)
    rows, values = linear.vector(page.features, weights.keys, weights.idf, weights.blocks)
    block = weights.keys[rows] >> 30
    for number in (0, 1):
        assert np.sqrt((values[block == number] ** 2).sum()) == pytest.approx(1, abs=1e-5)


def test_extreme_weights_stay_finite(weights: Weights) -> None:
    huge = Weights(weights.keys, weights.idf, weights.table * 1e6, weights.bias, weights.blocks)
    scores = linear.page_scores(huge, read(compose("", OFFER)[0], 150, 100))
    assert np.isfinite(scores).all()


def test_shares_of_sentences_and_of_what_crosses_them_add_up_to_the_gate(weights: Weights) -> None:
    composed, _ = compose("", OFFER)
    page = read(composed, 150, 100)
    window = page.windows[0]
    passages = attribution.shares(weights, window.features, composed, window.start, window.end)
    gate = float(linear.logits(weights, [window.features])[0, 0]) - float(weights.bias[0])
    inside = sum(passage.share for passage in passages)
    rows, values = linear.vector(window.features, weights.keys, weights.idf, weights.blocks)
    per_key = dict(zip(weights.keys[rows].tolist(), (values * weights.table[rows, 0]).tolist(), strict=True))
    counts = dict(zip(*(part.tolist() for part in window.features), strict=True))
    held: dict[int, int] = {}
    for passage in passages:
        for key, times in zip(*count(text_keys(folded(composed[passage.start : passage.end]))), strict=True):
            held[int(key)] = held.get(int(key), 0) + int(times)
    crossing = sum(term * (counts[key] - held.get(key, 0)) / counts[key] for key, term in per_key.items())
    assert inside + crossing == pytest.approx(gate, abs=1e-4)


def test_passages_are_quotes(weights: Weights) -> None:
    composed, _ = compose("T", OFFER)
    page = read(composed, 150, 100)
    passage = attribution.strongest(weights, page, composed)
    assert passage is not None
    assert composed[passage.start : passage.end] in OFFER


def test_the_architecture_keeps_its_weights_through_bytes(weights: Weights) -> None:
    model = hashed_ngrams(150, 100)
    model.initialize()
    fill(model, weights)
    other = hashed_ngrams(10, 5)
    other.initialize()
    other.from_bytes(model.to_bytes())
    read_back = weights_of(other)
    for name in ("keys", "idf", "table", "bias", "blocks"):
        assert np.array_equal(getattr(read_back, name), getattr(weights, name))
    assert other.attrs["window_words"] == 150
    assert len(page_of(other, "a\n" + "word " * 400).windows) == len(page_of(model, "a\n" + "word " * 400).windows)


def folded(text: str) -> str:
    from classifiers.deobfuscate import normalise
    from classifiers.model.normalise import letters

    return letters(normalise(text).text)
