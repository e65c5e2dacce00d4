"""Pages in, :class:`classifiers.model.linear.Weights` out: the vocabulary, and logistic regressions over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifiers.labels import OFFENCES, Label
from classifiers.model.linear import COLUMNS, LABELS, Weights, vector
from classifiers.model.ngrams import Keys, block_of
from classifiers.model.page import Features, Page

WINDOW_WORDS, STRIDE_WORDS = 150, 100
MIN_DOCUMENTS = (3, 2, 2)
"""In how many documents a letter group, a word and a title word must stand to count."""
BLOCK_WEIGHTS = (0.7, 1.4, 0.3)
STRENGTH = 50.0
"""Inverse of the regularisation, for the plain regressions."""
RATIO_STRENGTH = 20.0
RATIO_SHARE = 0.7
"""How much of the gate is the regression over features scaled by their log-ratio; the rest is the plain one."""


def vocabulary(pages: Sequence[Page]) -> tuple[Keys, npt.NDArray[np.float32]]:
    """Keys that stand in enough documents, and log((1 + n) / (1 + documents)) + 1 for each."""
    keys, documents = np.unique(np.concatenate([page.features[0] for page in pages]), return_counts=True)
    enough = documents >= np.array(MIN_DOCUMENTS)[block_of(keys)]
    idf = np.log((1 + len(pages)) / (1 + documents[enough])) + 1
    return keys[enough], idf.astype(np.float32)


def matrix(features: Sequence[Features], keys: Keys, idf: npt.NDArray[np.float32]) -> csr_matrix:
    """One row for each set of counts."""
    blocks = np.array(BLOCK_WEIGHTS, dtype=np.float32)
    rows = [vector(one, keys, idf, blocks) for one in features]
    pointers = np.concatenate(([0], np.cumsum([len(row) for row, _ in rows])))
    values = np.concatenate([value for _, value in rows]).astype(np.float64)
    return csr_matrix((values, np.concatenate([row for row, _ in rows]), pointers), shape=(len(rows), len(keys)))


def fit(pages: Sequence[Page], labels: Sequence[Label]) -> Weights:
    """The weights for these pages. The same pages in the same order give the same bytes."""
    keys, idf = vocabulary(pages)
    x = matrix([page.features for page in pages], keys, idf)
    offence = np.array([label in OFFENCES for label in labels])
    names = np.array([label.value for label in labels])
    table = np.zeros((len(keys), COLUMNS), dtype=np.float32)
    bias = np.full(COLUMNS, -20.0, dtype=np.float32)  # a label that no page has stays out of reach
    with threadpool_limits(1):  # the order of sums, and so the last bits, must not hang on the number of cores
        table[:, 0], bias[0] = _gate(x, offence)
        ten = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(x, names)
    for row, name in enumerate(ten.classes_):
        column = 1 + LABELS.index(name)
        table[:, column], bias[column] = ten.coef_[row], ten.intercept_[row]
    return Weights(keys, idf, table, bias, np.array(BLOCK_WEIGHTS, dtype=np.float32))


def _gate(x: csr_matrix, offence: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], float]:
    """Weights and bias of the first question: a blend of two linear models, and so a linear one.

    One sees every feature multiplied by the log-ratio of how often offences and others have it (Wang and Manning,
    "Baselines and bigrams", ACL 2012): it trusts what is spread evenly over many documents more than what one author
    likes to say, and so holds better on pages by other hands.
    """
    present = (x > 0).astype(np.float64)
    counts = [np.asarray(present[kind].sum(axis=0)).ravel() + 1 for kind in (offence, ~offence)]
    ratio = np.log((counts[0] / counts[0].sum()) / (counts[1] / counts[1].sum()))
    scaled = LogisticRegression(C=RATIO_STRENGTH, class_weight="balanced", max_iter=1000)
    scaled.fit(x.multiply(ratio).tocsr(), offence)
    plain = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(x, offence)
    weights = RATIO_SHARE * ratio * scaled.coef_[0] + (1 - RATIO_SHARE) * plain.coef_[0]
    return weights, float(RATIO_SHARE * scaled.intercept_[0] + (1 - RATIO_SHARE) * plain.intercept_[0])
