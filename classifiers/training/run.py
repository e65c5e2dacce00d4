"""The three things training does, as functions: predict on held-out folds, measure, and ship."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifiers import routing
from classifiers.calibration import Calibration
from classifiers.config import JudgeSettings
from classifiers.judge import OFFENCE_AT
from classifiers.labels import OFFENCES, Label
from classifiers.model.pipeline import TextScores
from classifiers.routing import Signals
from classifiers.topic import names_messenger, names_whatsapp
from classifiers.training import crossval
from classifiers.training.corpus import Fold
from classifiers.training.crossval import Prepared
from classifiers.training.measures import Prediction


def predict(prepared: Sequence[Prepared], scores: dict[int, TextScores], folds: Sequence[Fold]) -> list[Prediction]:
    """The decision on every document, with text model and calibration from the other folds only."""
    predictions: dict[int, Prediction] = {}
    for train_at, test_at in folds:
        fitted = _calibrate(prepared, scores, train_at)
        for i in test_at:
            predictions[int(i)] = _decide(prepared[i], scores[int(i)], fitted)
    return [predictions[i] for i in sorted(predictions)]


def first_fold(prepared: Sequence[Prepared], folds: Sequence[Fold]) -> list[Prediction]:
    """The same for the first fold alone, at less than half the cost.

    Its calibration is fitted on the other folds, each half of them judged by a model trained on the other half.
    """
    train_at, test_at = folds[0]
    middle = 1 + len(folds) // 2
    halves = [np.sort(np.concatenate([test for _, test in part])) for part in (folds[1:middle], folds[middle:])]
    inner = [(np.setdiff1d(train_at, half), half) for half in halves]
    scores = crossval.held_out(prepared, [*inner, (train_at, test_at)])
    fitted = _calibrate(prepared, scores, train_at)
    return [_decide(prepared[i], scores[int(i)], fitted) for i in test_at]


def _calibrate(prepared: Sequence[Prepared], scores: dict[int, TextScores], at: npt.NDArray[np.int64]) -> Calibration:
    """The calibration for those of the documents that have held-out scores."""
    known = [int(i) for i in at if int(i) in scores]
    return crossval.calibrate([scores[i] for i in known], [prepared[i] for i in known])


def _decide(one: Prepared, score: TextScores, fitted: Calibration) -> Prediction:
    example = one.example
    probability = fitted.probability(score.odds, (claim.type for claim in one.claims), one.examined.facts)
    label = max((x for x in Label if (x in OFFENCES) == (probability >= OFFENCE_AT)), key=lambda x: score.labels[x])
    alone = fitted.of_text(score.odds)
    signals = Signals(
        probability=probability,
        text_probability=alone,
        alleged=frozenset(claim.type for claim in one.claims),
        label=label,
        lang=one.lang,
        trained_language=one.lang in fitted.languages,
        names_whatsapp=names_whatsapp(one.document),
        names_messenger=names_messenger(one.document),
    )
    decision, _ = routing.decide(one.document, one.examined.claims(alone), signals, JudgeSettings())
    return Prediction(example, label, probability, decision, one.lang)
