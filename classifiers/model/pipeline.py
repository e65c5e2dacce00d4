"""Loads the shipped spaCy pipeline and asks it: documents in, label probabilities and window scores out, in order.

The pipeline's folder holds what spaCy wrote (config.cfg, meta.json, textcat …) and ``calibration.json``. Its
``meta.json`` names the SHA-256 of the weights; a folder whose weights differ is not loaded.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.about import __version__ as spacy_version
from spacy.language import Language
from spacy.pipeline import TextCategorizer
from spacy.util import load_model

from classifiers.errors import ModelMissing
from classifiers.labels import OFFENCES, Label
from classifiers.model import architecture, linear
from classifiers.model.attribution import Passage
from classifiers.model.linear import log_odds
from classifiers.model.page import compose
from classifiers.model.reader import Reading

PIPELINE_DIR = Path(__file__).parent / "pipeline"
WEIGHTS_FILE = "textcat/model"
BATCH = 32


@dataclass(frozen=True, slots=True)
class TextScores:
    """What the text alone says. ``labels`` sum to 1; ``odds`` are log-odds of an offence, before calibration."""

    labels: Mapping[Label, float]
    odds: float


class Pipeline:
    """The loaded pipeline. ``weights_id`` is the first eight hex digits of the SHA-256 of its weights."""

    def __init__(self, directory: Path = PIPELINE_DIR) -> None:
        """Raises ModelMissing for a folder that is missing, damaged, or written by another spaCy."""
        self.directory = directory
        digest = weights_sha256(directory)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # spaCy only warns about a pipeline of another version
                self._nlp: Language = load_model(directory)
        except (OSError, ValueError, KeyError, ImportError, UserWarning) as error:
            raise ModelMissing(
                f"{directory}: the trained pipeline cannot be loaded with spaCy {spacy_version} ({error}); "
                "run 'python -m classifiers.training train' to make it anew"
            ) from error
        if self.facts.get("weights_sha256") != digest:
            raise ModelMissing(f"{directory / WEIGHTS_FILE}: not the weights that meta.json names; restore both files")
        self.weights_id = digest[:8]
        self._reader = architecture.reader_of(self._model)
        self._last: Reading | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What training wrote about itself: digests of weights and corpus, versions, seed, counts."""
        facts: Mapping[str, Any] = self._nlp.meta.get("offsignal", {})
        return facts

    def scores(self, texts: Iterable[tuple[str, str]]) -> Iterator[TextScores]:
        """The scores of (title, text) pairs, in order: what ``nlp(text).cats`` would say, to the last bit.

        The component reads nothing of a Doc but its text, so no Doc is made: cutting it into tokens would take longer
        than everything else that is done to a page.
        """
        for title, text in texts:
            yield _scores(self._reading(compose(title, text)[0]).scores())

    def of_spacy(self, texts: Iterable[tuple[str, str]]) -> Iterator[TextScores]:
        """The same by way of spaCy's own Docs; what it remembers of a batch's words is given back after it."""
        waiting = iter(texts)
        while batch := [compose(title, text)[0] for title, text in islice(waiting, BATCH)]:
            with self._nlp.memory_zone():
                found = [[doc.cats[name] for name in linear.LABELS] for doc in self._nlp.pipe(batch)]
            yield from map(_scores, found)

    def strongest(self, title: str, text: str) -> Passage | None:
        """The sentence of ``text`` that speaks loudest for an offence, None when there is none to quote."""
        composed, offset = compose(title, text)
        passage = self._reader.strongest(self._reading(composed))
        if passage is None or passage.start < offset:
            return None
        return Passage(passage.start - offset, passage.end - offset, passage.share)

    def _reading(self, composed: str) -> Reading:
        """The text read; the last one is kept, because it is asked for its scores and then for its sentence."""
        if self._last is None or self._last.composed != composed:
            self._last = self._reader.read(composed)
        return self._last

    @property
    def _model(self) -> architecture.NgramModel:
        component = self._nlp.get_pipe("textcat")
        assert isinstance(component, TextCategorizer)  # noqa: S101  narrows spaCy's untyped return
        model: architecture.NgramModel = component.model
        return model


def weights_sha256(directory: Path) -> str:
    """The hex digest of the weights file. Raises ModelMissing when it cannot be read."""
    try:
        return hashlib.sha256((directory / WEIGHTS_FILE).read_bytes()).hexdigest()
    except OSError as error:
        raise ModelMissing(
            f"{directory / WEIGHTS_FILE}: the trained weights cannot be read ({error.strerror}); "
            "run 'python -m classifiers.training train' to make them"
        ) from error


def _scores(found: Iterable[float]) -> TextScores:
    labels = {label: float(score) for label, score in zip(Label, found, strict=True)}
    return TextScores(labels, log_odds(sum(labels[label] for label in OFFENCES)))
