"""Feature counts and weights in, scores out: the linear model, in plain arrays.

Two questions are asked of the same features: *is this an offence?* (the gate) and *which of the ten labels?* The
probability of an offence is the mean of what both say; it is then shared out among the labels as the second answer
has them. A page is judged half as a whole and half by its strongest window, so that a long page does not drown its
offer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifiers.labels import OFFENCES, Label
from classifiers.model.ngrams import Counts, Keys, block_of
from classifiers.model.page import Features, Page

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

LABELS = tuple(label.value for label in Label)
OFFENCE_MASK = np.array([label in OFFENCES for label in Label])
COLUMNS = 1 + len(LABELS)
EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1, so that their log-odds stay finite."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What training finds. ``keys`` are sorted; row ``i`` of ``idf`` and ``table`` belongs to ``keys[i]``.

    ``table`` has one column for the gate and one for each label in the order of :data:`LABELS`, ``bias`` likewise.
    ``blocks`` are the lengths of the three blocks of features.
    """

    keys: Keys
    idf: Floats
    table: Floats
    bias: Floats
    blocks: Floats


def nothing() -> Weights:
    """Weights that know no feature: every label is as likely as any other."""
    empty = np.zeros(0, np.float32)
    bias = np.zeros(COLUMNS, np.float32)
    return Weights(np.zeros(0, np.uint32), empty, np.zeros((0, COLUMNS), np.float32), bias, np.ones(3, np.float32))


def vector(features: Features, keys: Keys, idf: Floats, blocks: Floats) -> tuple[Rows, Floats]:
    """Rows of ``keys`` that occur and their values: (1 + log count) * idf, each block of length ``blocks[b]``."""
    found, counts = features
    if not len(keys):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    rows = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    known = keys[rows] == found
    rows = rows[known]
    return rows, weigh(counts[known], idf[rows], block_of(keys[rows]), blocks)


def weigh(counts: Counts, idf: Floats, block: Keys, blocks: Floats) -> Floats:
    """The values of features that stand ``counts`` times; ``idf`` and ``block`` have one entry for each feature."""
    values = (1.0 + np.log(counts)).astype(np.float32) * idf
    squares = np.bincount(block, weights=values.astype(np.float64) ** 2, minlength=len(blocks))
    scale = np.divide(blocks, np.sqrt(squares), out=np.zeros(len(blocks)), where=squares > 0)
    return np.asarray(values * scale[block].astype(np.float32))


def logits(weights: Weights, pages: Sequence[Features]) -> Floats:
    """One row for each set of features: the gate's logit, then one for each label."""
    out = np.empty((len(pages), COLUMNS), dtype=np.float32)
    for row, features in enumerate(pages):
        rows, values = vector(features, weights.keys, weights.idf, weights.blocks)
        out[row] = values @ weights.table[rows] + weights.bias
    return out


def page_scores(weights: Weights, page: Page) -> Floats:
    """Ten probabilities, in the order of :data:`LABELS`, summing to 1."""
    return scores_of(logits(weights, [page.features]), window_odds(weights, page))


def scores_of(whole: Floats, windows: Floats) -> Floats:
    """The same from the whole page's logits (one row) and the windows' log-odds."""
    odds = (odds_of(whole)[0] + windows.max()) / 2
    offence = _sigmoid(odds)
    scores = np.empty(len(LABELS), dtype=np.float32)
    for mask, mass in ((OFFENCE_MASK, offence), (~OFFENCE_MASK, 1 - offence)):
        scores[mask] = mass * _softmax(whole[:, 1:][:, mask])[0]
    return scores


def window_odds(weights: Weights, page: Page) -> Floats:
    """For each window, the log-odds of an offence if it were the whole page."""
    return odds_of(logits(weights, [window.features for window in page.windows]))


def odds_of(logits: Floats) -> Floats:
    """For each row of logits, the log-odds of an offence."""
    return _log_odds(_offence(logits))


def log_odds(probability: float) -> float:
    """log(p / (1 - p)) with ``probability`` kept :data:`EDGE` from 0 and 1."""
    clipped = min(max(probability, EDGE), 1 - EDGE)
    return math.log(clipped / (1 - clipped))


def _offence(logits: Floats) -> Floats:
    """The probability of an offence: the mean of the gate's and of the offences' share among the labels."""
    shares = _softmax(logits[:, 1:])[:, OFFENCE_MASK].sum(axis=1)
    return np.asarray((_sigmoid(logits[:, 0]) + shares) / 2, dtype=np.float32)


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _sigmoid(odds: Floats) -> Floats:
    """1 / (1 + e^-x), with x kept where single precision can tell the result from 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float32)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
