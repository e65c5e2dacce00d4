"""The thinc model inside the pipeline's ``textcat``: documents in, ten label probabilities out (see ``linear``).

The weights are found by :mod:`classifiers.training`, not by gradient steps of spaCy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model
from thinc.types import Floats1d, Floats2d

from classifiers.errors import JudgeError
from classifiers.model.linear import LABELS, Weights, nothing, page_scores
from classifiers.model.page import Page, read
from classifiers.model.reader import Reader

NgramModel = Model[list[Doc], Floats2d]


def hashed_ngrams(window_words: int, stride_words: int, nO: int | None = None) -> NgramModel:  # noqa: N803
    """An empty model; :func:`fill` or spaCy's ``from_disk`` puts the weights in. ``nO`` is the number of labels."""
    attrs = {"window_words": window_words, "stride_words": stride_words, "keys": None, "idf": None, "blocks": None}
    params: dict[str, Any] = {"table": None, "bias": None}
    return Model("hashed_ngrams", _forward, init=_initialise, dims={"nO": nO}, params=params, attrs=attrs)


registry.architectures.register("offsignal.HashedNgrams.v1", func=hashed_ngrams)


def fill(model: NgramModel, weights: Weights) -> None:
    """Put trained weights into a model made by :func:`hashed_ngrams`."""
    model.attrs.update(keys=weights.keys, idf=weights.idf, blocks=weights.blocks)
    model.set_param("table", cast(Floats2d, weights.table))
    model.set_param("bias", cast(Floats1d, weights.bias))


def weights_of(model: NgramModel) -> Weights:
    """The weights in a model."""
    table, bias = (np.asarray(model.get_param(name)) for name in ("table", "bias"))
    return Weights(model.attrs["keys"], model.attrs["idf"], table, bias, model.attrs["blocks"])


def page_of(model: NgramModel, composed: str) -> Page:
    """A text (see :func:`classifiers.model.page.compose`) cut into windows as the model has them."""
    return read(composed, model.attrs["window_words"], model.attrs["stride_words"])


def reader_of(model: NgramModel) -> Reader:
    """What reads texts as the model does, without spaCy's Docs."""
    return Reader(weights_of(model), model.attrs["window_words"], model.attrs["stride_words"])


def _initialise(model: NgramModel, X: object = None, Y: Floats2d | None = None) -> None:  # noqa: ARG001, N803  thinc's names
    """Weights that know nothing, until trained ones are put in."""
    if Y is not None:
        model.set_dim("nO", Y.shape[1], force=True)
    if model.attrs["keys"] is None:
        fill(model, nothing())


def _forward(
    model: NgramModel,
    docs: Sequence[Doc],
    is_train: bool,  # noqa: ARG001  thinc's signature
) -> tuple[Floats2d, Callable[[Floats2d], list[Doc]]]:
    def backprop(_gradient: Floats2d) -> list[Doc]:
        raise JudgeError("this model is not trained by 'spacy train': run 'python -m classifiers.training train'")

    weights = weights_of(model)
    scores = np.zeros((len(docs), len(LABELS)), dtype=np.float32)
    for row, doc in enumerate(docs):
        scores[row] = page_scores(weights, page_of(model, doc.text))
    return cast(Floats2d, scores), backprop
